//! One effect for each idempotency key; a replay answers the same.

use std::collections::{BTreeMap, HashSet};

use feedme_kitchen::UserId;
use feedme_store::{KeyScope, RestaurantId};

use super::{Call, Ended, History, caller, demand};

pub(super) fn check(history: &History, found: &mut Vec<String>) {
    let mut by_key = BTreeMap::<(RestaurantId, &KeyScope), Vec<&Call>>::new();
    for call in &history.calls {
        if let Some(key) = &call.key {
            by_key.entry((call.restaurant, key)).or_default().push(call);
        }
    }
    let mut acted = HashSet::<(RestaurantId, UserId)>::new();
    for (restaurant, last) in &history.finals {
        acted.extend(last.events.iter().filter_map(|event| Some((*restaurant, caller(event)?))));
    }
    for ((restaurant, key), calls) in by_key {
        let effects = calls.iter().filter(|call| acted.contains(&(restaurant, call.caller))).count();
        demand(found, effects <= 1, || format!("key {} acted {effects} times", key.key));
        let answers: HashSet<&[u8]> = calls.iter().filter_map(|call| answered(call)).collect();
        demand(found, answers.len() <= 1, || format!("key {} got {} different answers", key.key, answers.len()));
        let kept = history.finals.get(&restaurant).and_then(|last| last.answers.get(key));
        let same = answers.iter().all(|answer| kept.is_some_and(|kept| kept.body == *answer));
        demand(found, same, || format!("what key {} was answered is not what is kept", key.key));
        demand(found, effects == 0 || kept.is_some(), || format!("key {} acted, but no answer is kept", key.key));
    }
}

fn answered(call: &Call) -> Option<&[u8]> {
    match &call.outcome {
        Ended::Ok { body, .. } => body.as_deref(),
        Ended::Replayed(body) => Some(body),
        Ended::Refused(_) | Ended::Unknown => None,
    }
}
