//! Second factors, PINs, and screens that wait.

#![expect(clippy::unwrap_used, reason = "a check that panics has failed, which is what it should do")]

use feedme_kitchen::{BotId, Time, UserId};
use feedme_store::accounts::{Account, Accounts, ApiKey, Device, PasswordHash, Role, Which};
use feedme_store::factors::{Pin, SecondFactor, SharedSecret};
use feedme_store::pairing::{Granted, Pairing};
use uuid::Uuid;

use super::Subject;
use super::accounts::{account, at, begin, key, restaurants, save, session};

const TABLET: [u8; 32] = [7; 32];
const TELEPHONE: [u8; 32] = [8; 32];

fn factor(n: u8) -> SecondFactor {
    SecondFactor { secret: SharedSecret([n; 20]), made_at: at(u64::from(n)), confirmed_at: None }
}

fn pin(device: [u8; 32], account: &Account, hash: &str) -> Pin {
    Pin { device, user: account.id, hash: PasswordHash(hash.to_owned()), set_at: at(1) }
}

async fn know(accounts: &dyn Accounts, digest: [u8; 32], account: &Account) {
    accounts.note_device(&Device { digest, user: account.id, seen_at: at(1) }, None).await.unwrap();
}

async fn confirm(accounts: &dyn Accounts, user: UserId, secret: &SharedSecret) -> bool {
    accounts.confirm_second_factor(user, secret, 100, at(9), &[[1; 32], [2; 32]]).await.unwrap()
}

/// An account with a second factor.
async fn enrolled(accounts: &dyn Accounts) -> Account {
    let mei = account(1, "mei");
    save(accounts, &mei).await;
    assert!(accounts.offer_second_factor(mei.id, &factor(1)).await.unwrap());
    assert!(confirm(accounts, mei.id, &factor(1).secret).await);
    accounts.account(mei.id).await.unwrap().unwrap()
}

/// What was offered last can be confirmed, and once it was, nothing takes its place.
pub async fn a_second_factor_is_asked_for_once_it_was_confirmed(subject: Subject) {
    let accounts = &*subject.accounts;
    let mei = account(1, "mei");
    save(accounts, &mei).await;
    assert!(!confirm(accounts, mei.id, &factor(1).secret).await, "nothing was offered");
    assert!(accounts.offer_second_factor(mei.id, &factor(1)).await.unwrap());
    assert!(accounts.offer_second_factor(mei.id, &factor(2)).await.unwrap());
    assert_eq!(accounts.second_factor(mei.id).await.unwrap(), Some(factor(2)));
    assert!(!accounts.account(mei.id).await.unwrap().unwrap().has_second_factor);
    assert!(!confirm(accounts, mei.id, &factor(1).secret).await, "another was offered since");
    assert!(confirm(accounts, mei.id, &factor(2).secret).await);
    let confirmed = SecondFactor { confirmed_at: Some(at(9)), ..factor(2) };
    assert_eq!(accounts.second_factor(mei.id).await.unwrap(), Some(confirmed.clone()));
    assert!(accounts.account_named("mei").await.unwrap().unwrap().has_second_factor);
    assert!(accounts.accounts(false).await.unwrap()[0].has_second_factor);
    assert!(!accounts.offer_second_factor(mei.id, &factor(3)).await.unwrap());
    assert!(!confirm(accounts, mei.id, &factor(2).secret).await, "it is asked for already");
    assert_eq!(accounts.second_factor(mei.id).await.unwrap(), Some(confirmed));
    save(accounts, &mei).await;
    assert!(accounts.account(mei.id).await.unwrap().unwrap().has_second_factor, "it is not written with the account");

    assert!(accounts.remove_second_factor(mei.id).await.unwrap());
    assert!(!accounts.remove_second_factor(mei.id).await.unwrap());
    assert_eq!(accounts.second_factor(mei.id).await.unwrap(), None);
    assert_eq!(accounts.recovery_codes(mei.id).await.unwrap(), 0);
}

/// Steps rise, recovery codes go, and both are each account's own.
pub async fn each_code_is_good_once(subject: Subject) {
    let accounts = &*subject.accounts;
    let mei = enrolled(accounts).await;
    let ravi = account(2, "ravi");
    save(accounts, &ravi).await;
    let mut used = Vec::new();
    for step in [99, 100, 101, 101, 103, 102] {
        used.push(accounts.use_step(mei.id, step).await.unwrap());
    }
    assert_eq!(used, [false, false, true, false, true, false]);
    assert!(!accounts.use_step(ravi.id, 101).await.unwrap());

    assert!(!accounts.use_recovery_code(ravi.id, [1; 32]).await.unwrap());
    assert!(accounts.use_recovery_code(mei.id, [1; 32]).await.unwrap());
    assert!(!accounts.use_recovery_code(mei.id, [1; 32]).await.unwrap());
    assert_eq!(accounts.recovery_codes(mei.id).await.unwrap(), 1);
    accounts.save_recovery_codes(mei.id, &[[3; 32], [4; 32], [5; 32]]).await.unwrap();
    assert!(!accounts.use_recovery_code(mei.id, [2; 32]).await.unwrap());
    assert_eq!(accounts.recovery_codes(mei.id).await.unwrap(), 3);
}

/// Of two who come with one code at a time, one is let in.
pub async fn of_many_with_one_code_one_is_let_in(subject: Subject) {
    let accounts = &*subject.accounts;
    let mei = enrolled(accounts).await;
    let steps =
        tokio::join!(accounts.use_step(mei.id, 200), accounts.use_step(mei.id, 200), accounts.use_step(mei.id, 200),);
    assert_eq!([steps.0, steps.1, steps.2].into_iter().filter(|used| *used.as_ref().unwrap()).count(), 1);
    let codes = tokio::join!(accounts.use_recovery_code(mei.id, [2; 32]), accounts.use_recovery_code(mei.id, [2; 32]),);
    assert_eq!([codes.0, codes.1].into_iter().filter(|used| *used.as_ref().unwrap()).count(), 1);
}

/// Whoever proved a password alone gets no session when the account was asked for more meanwhile.
pub async fn a_session_begins_only_with_the_second_factor_that_the_account_has(subject: Subject) {
    let accounts = &*subject.accounts;
    let before = account(1, "mei");
    let mei = enrolled(accounts).await;
    assert!(!begin(accounts, &session(1, &mei), &before).await);
    assert!(begin(accounts, &session(2, &mei), &mei).await);
    accounts.remove_second_factor(mei.id).await.unwrap();
    assert!(!begin(accounts, &session(3, &mei), &mei).await);
    assert!(begin(accounts, &session(4, &mei), &before).await);
}

/// One for each device, counted before it is judged.
pub async fn a_pin_is_good_on_its_device_for_a_few_tries(subject: Subject) {
    let accounts = &*subject.accounts;
    let (mei, ravi) = (account(1, "mei"), account(2, "Ravi"));
    for person in [&mei, &ravi] {
        save(accounts, person).await;
    }
    assert!(!accounts.save_pin(&pin(TABLET, &mei, "hash")).await.unwrap(), "nobody signed in there");
    know(accounts, TABLET, &ravi).await;
    know(accounts, TABLET, &mei).await;
    know(accounts, TELEPHONE, &mei).await;
    for (device, person, hash) in [(TABLET, &ravi, "r"), (TABLET, &mei, "m"), (TELEPHONE, &mei, "t")] {
        assert!(accounts.save_pin(&pin(device, person, hash)).await.unwrap());
    }
    let names = |people: Vec<Account>| people.into_iter().map(|it| it.name).collect::<Vec<_>>();
    assert_eq!(names(accounts.people_on(TABLET).await.unwrap()), ["mei", "Ravi"]);
    assert_eq!(names(accounts.people_on(TELEPHONE).await.unwrap()), ["mei"]);
    assert_eq!(accounts.try_pin(TABLET, mei.id, 3).await.unwrap(), Some(pin(TABLET, &mei, "m")));
    assert!(accounts.try_pin(TABLET, mei.id, 3).await.unwrap().is_some());
    accounts.pin_was_right(TABLET, mei.id).await.unwrap();
    for _ in 0..3 {
        assert!(accounts.try_pin(TABLET, mei.id, 3).await.unwrap().is_some());
    }
    assert_eq!(accounts.try_pin(TABLET, mei.id, 3).await.unwrap(), None);
    assert_eq!(names(accounts.people_on(TABLET).await.unwrap()), ["Ravi"], "it is forgotten");
    assert!(accounts.try_pin(TELEPHONE, mei.id, 3).await.unwrap().is_some());

    assert!(accounts.remove_pin(TABLET, ravi.id).await.unwrap());
    assert!(!accounts.remove_pin(TABLET, ravi.id).await.unwrap());
    // A new one counts anew.
    assert!(accounts.save_pin(&pin(TELEPHONE, &mei, "new")).await.unwrap());
    for _ in 0..3 {
        assert_eq!(accounts.try_pin(TELEPHONE, mei.id, 3).await.unwrap(), Some(pin(TELEPHONE, &mei, "new")));
    }
}

/// With the device, and with all sessions, which end with every change of the account. It follows the device under a new token.
pub async fn a_pin_goes_with_what_it_hangs_on(subject: Subject) {
    let accounts = &*subject.accounts;
    let mei = account(1, "mei");
    save(accounts, &mei).await;
    know(accounts, TABLET, &mei).await;
    accounts.save_pin(&pin(TABLET, &mei, "m")).await.unwrap();
    let renewed = Device { digest: TELEPHONE, user: mei.id, seen_at: at(2) };
    accounts.note_device(&renewed, Some(TABLET)).await.unwrap();
    assert!(accounts.people_on(TABLET).await.unwrap().is_empty());
    assert_eq!(accounts.people_on(TELEPHONE).await.unwrap().len(), 1);

    let one = Which::One(session(1, &mei).id);
    accounts.end_sessions(mei.id, one).await.unwrap();
    assert_eq!(accounts.people_on(TELEPHONE).await.unwrap().len(), 1, "other sessions go on, and so does it");
    accounts.end_sessions(mei.id, Which::AllBut(None)).await.unwrap();
    assert!(accounts.people_on(TELEPHONE).await.unwrap().is_empty());
    assert!(accounts.save_pin(&pin(TELEPHONE, &mei, "m")).await.unwrap());
    save(accounts, &Account { disabled_at: Some(at(3)), ..mei.clone() }).await;
    save(accounts, &mei).await;
    assert!(accounts.people_on(TELEPHONE).await.unwrap().is_empty(), "it does not come back");
}

pub(super) fn pairing(n: u8, network: &str) -> Pairing {
    Pairing {
        code: [n; 32],
        secret: [100 + n; 32],
        address: Some(format!("{network}{n}")),
        network: Some(network.to_owned()),
        device: Some("<b>screen</b>".into()),
        created_at: at(u64::from(n)),
        expires_at: at(1_000 + u64::from(n)),
        granted: None,
    }
}

/// From its first question to its key.
pub async fn a_screen_waits_is_let_in_and_ends_its_waiting_once(subject: Subject) {
    let accounts = &*subject.accounts;
    let (here, _) = restaurants(&subject).await;
    save(accounts, &account(1, "mei")).await;
    let waits = pairing(1, "192.0.2.7");
    assert!(accounts.begin_pairing(&waits, 2).await.unwrap());
    assert_eq!(accounts.pairing_of_code(waits.code).await.unwrap(), Some(waits.clone()));
    assert_eq!(accounts.pairing_of_secret(waits.secret).await.unwrap(), Some(waits.clone()));
    assert_eq!(accounts.pairing_of_code(waits.secret).await.unwrap(), None);
    let its = ApiKey { role: Role::Display, name: "Television".into(), expires_at: Some(at(7)), ..key(1, here) };
    assert!(!accounts.end_pairing(waits.secret, &its).await.unwrap(), "nobody let it in");
    let granted = Granted {
        name: "Television".into(),
        restaurant: here,
        role: Role::Display,
        bot: None::<BotId>,
        key_expires_at: Some(at(7)),
        by: "mei".into(),
        by_id: Some(account(1, "mei").id),
    };
    assert!(!accounts.grant_pairing(waits.code, &granted, at(1_001)).await.unwrap(), "its time is over");
    assert!(accounts.grant_pairing(waits.code, &granted, at(1_000)).await.unwrap());
    assert!(!accounts.grant_pairing(waits.code, &granted, at(1_000)).await.unwrap(), "it was let in");
    let let_in = Pairing { granted: Some(granted), ..waits.clone() };
    assert_eq!(accounts.pairing_of_secret(waits.secret).await.unwrap(), Some(let_in));
    assert!(accounts.end_pairing(waits.secret, &its).await.unwrap());
    assert!(!accounts.end_pairing(waits.secret, &ApiKey { id: Uuid::from_u128(9), ..its.clone() }).await.unwrap());
    assert_eq!(accounts.keys(here).await.unwrap(), [its]);
    assert_eq!(accounts.pairing_of_secret(waits.secret).await.unwrap(), None);
}

/// Those whose time is over make room.
pub async fn few_screens_wait_in_one_network(subject: Subject) {
    let accounts = &*subject.accounts;
    for (n, address, is_let) in
        [(1, "192.0.2.7", true), (2, "192.0.2.7", true), (3, "192.0.2.7", false), (4, "192.0.2.8", true)]
    {
        assert_eq!(accounts.begin_pairing(&pairing(n, address), 2).await.unwrap(), is_let, "{n}");
    }
    let later = Pairing { created_at: Time(at(1_001).0), expires_at: at(2_000), ..pairing(5, "192.0.2.7") };
    assert!(accounts.begin_pairing(&later, 2).await.unwrap());
    let nowhere = Pairing { network: None, ..pairing(6, "") };
    assert!(accounts.begin_pairing(&nowhere, 1).await.unwrap());
    assert!(!accounts.begin_pairing(&Pairing { network: None, ..pairing(7, "") }, 1).await.unwrap());
}
