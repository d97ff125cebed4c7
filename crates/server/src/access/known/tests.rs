use std::sync::Arc;

use feedme_store::RestaurantId;
use feedme_store::accounts::{ApiKey, Role};

use super::*;
use crate::access::caller::Device;

fn device(n: u128) -> (Digest, Caller, Arc<Standing>) {
    let digest = Digest::of(&n.to_string());
    let key = ApiKey {
        id: Uuid::from_u128(n),
        digest: digest.0,
        shown: String::new(),
        name: "till".into(),
        restaurant: RestaurantId(Uuid::nil()),
        role: Role::Normal,
        bot: None,
        created_at: Time(0),
        expires_at: None,
        seen_at: None,
        revoked_at: None,
    };
    let standing = Standing::new(None, None, Time(0), 0);
    (digest, Caller::Device(Device { key, standing: Arc::clone(&standing) }.into()), standing)
}

fn get(known: &Known, digest: Digest) -> Option<Caller> {
    known.get(digest, Shown::Key)
}

/// A stream hangs on the standing with which it was opened, and must end with the key: there is only one.
#[test]
fn whoever_is_looked_up_twice_at_a_time_has_one_standing() {
    let known = Known::default();
    let ((digest, first, standing), (_, second, _)) = (device(1), device(1));
    assert!(known.keep(digest, first, 0, || true));
    assert!(!known.keep(digest, second, 0, || true));
    let kept = get(&known, digest).expect("one was kept");
    assert!(Arc::ptr_eq(kept.standing().expect("devices have one"), &standing));
    known.forget_key(Uuid::from_u128(1));
    assert!(standing.ended().is_cancelled() && get(&known, digest).is_none());
}

#[test]
fn a_lookup_that_was_under_way_when_somebody_was_forgotten_is_not_kept() {
    let known = Known::default();
    let (digest, caller, _) = device(1);
    let changes = known.state.lock().changes;
    known.forget_key(Uuid::from_u128(1));
    assert!(!known.keep(digest, caller.clone(), changes, || true), "what it read may be of before");
    assert!(!known.keep(digest, caller.clone(), changes + 1, || false), "the same of what others changed");
    assert!(get(&known, digest).is_none());
    assert!(known.keep(digest, caller, changes + 1, || true) && get(&known, digest).is_some());
}

#[test]
fn whoever_takes_the_place_of_somebody_who_is_out_stays() {
    let known = Known::default();
    let ((digest, first, former), (_, second, latter)) = (device(1), device(1));
    assert!(known.keep(digest, second, 0, || true));
    known.drop(digest, &first);
    assert!(former.ended().is_cancelled() && !latter.ended().is_cancelled() && get(&known, digest).is_some());
}

#[test]
fn whoever_is_one_too_many_is_looked_up_anew_and_no_stream_is_out_of_reach() {
    let known = Known::default();
    let (digest, caller, standing) = device(0);
    known.keep(digest, caller, 0, || true);
    for n in 1..KNOWN_MAX as u128 {
        let (digest, caller, _) = device(n);
        known.keep(digest, caller, 0, || true);
    }
    assert!(!standing.ended().is_cancelled());
    let (further, caller, _) = device(KNOWN_MAX as u128);
    known.keep(further, caller, 0, || true);
    assert!(standing.ended().is_cancelled() && get(&known, digest).is_none());
    assert_eq!(known.state.lock().callers.len(), 1);
}
