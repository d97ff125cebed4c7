//! A history by the restaurants that it is about.

use std::collections::{BTreeMap, BTreeSet};

use super::{Call, Final, History, Look, Lookup, Restaurant, ScreenLog};

/// What was seen of one restaurant.
pub(crate) struct Part<'a> {
    pub(crate) last: &'a Final,
    /// By their start.
    pub(crate) calls: Vec<&'a Call>,
    pub(crate) looks: Vec<&'a Look>,
    pub(crate) lookups: Vec<&'a Lookup>,
    pub(crate) screens: Vec<(usize, &'a ScreenLog)>,
}

impl History {
    /// Everything by the restaurant that it is about, looked at once.
    pub(crate) fn parts(&self, found: &mut Vec<String>) -> BTreeMap<&Restaurant, Part<'_>> {
        let empty = |last| Part { last, calls: vec![], looks: vec![], lookups: vec![], screens: vec![] };
        let mut parts: BTreeMap<_, _> = self.finals.iter().map(|(id, last)| (id, empty(last))).collect();
        let mut lost = BTreeSet::new();
        for call in &self.calls {
            match parts.get_mut(&call.restaurant) {
                Some(part) => part.calls.push(call),
                None => drop(lost.insert(&call.restaurant)),
            }
        }
        for look in &self.looks {
            match parts.get_mut(&look.restaurant) {
                Some(part) => part.looks.push(look),
                None => drop(lost.insert(&look.restaurant)),
            }
        }
        for lookup in &self.lookups {
            match parts.get_mut(&lookup.restaurant) {
                Some(part) => part.lookups.push(lookup),
                None => drop(lost.insert(&lookup.restaurant)),
            }
        }
        for (index, screen) in self.screens.iter().enumerate() {
            match parts.get_mut(&screen.restaurant) {
                Some(part) => part.screens.push((index, screen)),
                None => drop(lost.insert(&screen.restaurant)),
            }
        }
        found.extend(lost.iter().map(|id| format!("restaurant {id} was seen, and is not there in the end")));
        for part in parts.values_mut() {
            part.calls.sort_by_key(|call| call.start);
        }
        parts
    }
}
