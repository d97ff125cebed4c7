//! One effect for each idempotency key; a replay answers the same.

use std::collections::{BTreeMap, HashSet};

use feedme_kitchen::UserId;

use super::{Call, Ended, Key, Part, demand};

pub(super) fn check(part: &Part<'_>, found: &mut Vec<String>) {
    let mut by_key = BTreeMap::<&Key, Vec<&Call>>::new();
    for call in &part.calls {
        if let Some(key) = &call.key {
            by_key.entry(key).or_default().push(call);
        }
    }
    let acted: HashSet<UserId> = part.last.events.iter().filter_map(|event| part.last.caller(event)).collect();
    for (Key(key), calls) in by_key {
        let effects = calls.iter().filter(|call| acted.contains(&call.caller)).count();
        demand(found, effects <= 1, || format!("key {key} acted {effects} times"));
        let answers: HashSet<&[u8]> = calls.iter().filter_map(|call| answered(call)).collect();
        demand(found, answers.len() <= 1, || format!("key {key} got {} different answers", answers.len()));
        let Some(kept) = &part.last.answers else { continue };
        let kept = kept.get(&Key(key.clone()));
        let same = answers.iter().all(|answer| kept.is_some_and(|kept| kept == answer));
        demand(found, same, || format!("what key {key} was answered is not what is kept"));
        demand(found, effects == 0 || kept.is_some(), || format!("key {key} acted, but no answer is kept"));
    }
}

fn answered(call: &Call) -> Option<&[u8]> {
    match &call.outcome {
        Ended::Ok { body, .. } => body.as_deref(),
        Ended::Replayed(body) => Some(body),
        Ended::Refused(_) | Ended::Unknown => None,
    }
}
