//! Accounts, sessions, keys, devices, counts and the log.

#![expect(clippy::unwrap_used, reason = "a check that panics has failed, which is what it should do")]

use feedme_kitchen::{BotId, Mode, Time, UserId};
use feedme_store::RestaurantId;
use feedme_store::accounts::{
    Account, Accounts, ApiKey, Before, Counted, DEVICES_MAX, Device, LogEntry, Membership, PasswordHash, Role, Saved,
    Session, Step, Via, Which,
};
use uuid::Uuid;

use super::Subject;
use super::author::OPENING;

pub(super) fn at(after_ms: u64) -> Time {
    OPENING.plus_ms(after_ms)
}

pub(super) fn account(n: u8, name: &str) -> Account {
    Account {
        id: UserId(Uuid::from_u128(n.into())),
        name: name.to_owned(),
        password: Some(PasswordHash(format!("hash of {name}'s"))),
        has_second_factor: false,
        memberships: vec![Membership { restaurant: None, role: Role::Manager }],
        is_demonstration: false,
        created_at: at(u64::from(n)),
        updated_at: at(u64::from(n)),
        disabled_at: None,
        deleted_at: None,
    }
}

pub(super) fn session(n: u8, account: &Account) -> Session {
    Session {
        id: Uuid::from_u128(0x5e55_0000 + u128::from(n)),
        digest: [n; 32],
        user: account.id,
        via: Via::Password,
        created_at: at(u64::from(n)),
        seen_at: at(u64::from(n)),
        expires_at: at(1_000_000),
        address: Some("192.0.2.7".into()),
        device: None,
    }
}

pub(super) fn key(n: u8, restaurant: RestaurantId) -> ApiKey {
    ApiKey {
        id: Uuid::from_u128(0x4e1_0000 + u128::from(n)),
        digest: [n; 32],
        shown: format!("feedme_{n}"),
        name: "till '1'".into(),
        restaurant,
        role: Role::Normal,
        bot: None::<BotId>,
        created_at: at(u64::from(n)),
        expires_at: None,
        seen_at: None,
        revoked_at: None,
    }
}

fn entry(n: u8, restaurant: Option<RestaurantId>) -> LogEntry {
    LogEntry {
        at: at(u64::from(n)),
        kind: format!("kind.{n}"),
        restaurant,
        actor: "mei".into(),
        subject: "'); DROP TABLE sign_ins; --".into(),
        address: None,
        device: Some("<b>browser</b>".into()),
    }
}

pub(super) async fn restaurants(subject: &Subject) -> (RestaurantId, RestaurantId) {
    let all = subject.store.restaurants().await.expect("it can be read");
    (all[0].id, all[1].id)
}

pub(super) async fn save(accounts: &dyn Accounts, account: &Account) -> Saved {
    accounts.save_account(account, None, None).await.expect("it can be written")
}

pub(super) async fn begin(accounts: &dyn Accounts, session: &Session, account: &Account) -> bool {
    let begun = accounts.begin_session_if_unchanged(session, account).await;
    begun.expect("it can be written")
}

/// Every column, memberships included.
pub async fn an_account_is_read_back_as_it_was(subject: Subject) {
    let accounts = &*subject.accounts;
    let (here, there) = restaurants(&subject).await;
    let mut mei = account(1, "Méi O'Neil-2");
    mei.memberships = vec![
        Membership { restaurant: Some(here), role: Role::Vip },
        Membership { restaurant: Some(there), role: Role::Display },
    ];
    mei.memberships.sort();
    assert_eq!(save(accounts, &mei).await, Saved::Done(0));
    assert_eq!(accounts.account(mei.id).await.unwrap(), Some(mei.clone()));
    assert_eq!((mei.role_in(here), mei.role_in(there)), (Some(Role::Vip), Some(Role::Display)));
    mei.password = None;
    mei.memberships = vec![Membership { restaurant: None, role: Role::Bot }];
    (mei.updated_at, mei.disabled_at, mei.deleted_at) = (at(2), Some(at(3)), Some(at(4)));
    save(accounts, &mei).await;
    assert_eq!(accounts.account(mei.id).await.unwrap(), Some(mei));
    assert_eq!(accounts.account(UserId(Uuid::from_u128(9))).await.unwrap(), None);
}

/// In every script, by the rules of Unicode.
pub async fn a_name_is_one_however_it_is_capitalised(subject: Subject) {
    let accounts = &*subject.accounts;
    save(accounts, &account(1, "Åsa")).await;
    assert_eq!(save(accounts, &account(2, "åSA")).await, Saved::NameTaken, "the name is taken");
    assert_eq!(accounts.account(account(2, "").id).await.unwrap(), None, "nothing was written");
    let found = accounts.account_named("ÅSA").await.unwrap();
    assert_eq!(found.map(|account| account.name), Some("Åsa".to_owned()));
    assert_eq!(save(accounts, &account(1, "åsa")).await, Saved::Done(0), "one's own name is not taken");
    save(accounts, &account(3, "bo")).await;
    assert_eq!(save(accounts, &account(3, "ÅSA")).await, Saved::NameTaken, "nor can one change to it");
    assert_eq!(accounts.account_named("bo").await.unwrap().map(|bo| bo.id), Some(account(3, "").id));
}

/// And cannot come back while another has it.
pub async fn a_deleted_account_gives_its_name_back(subject: Subject) {
    let accounts = &*subject.accounts;
    let gone = Account { deleted_at: Some(at(5)), ..account(1, "mei") };
    save(accounts, &account(1, "mei")).await;
    save(accounts, &gone).await;
    assert_eq!(accounts.account_named("mei").await.unwrap(), None);
    assert_eq!(accounts.account(gone.id).await.unwrap(), Some(gone.clone()));
    assert_eq!(save(accounts, &account(2, "Mei")).await, Saved::Done(0));
    assert_eq!(
        save(accounts, &account(1, "mei")).await,
        Saved::NameTaken,
        "it cannot come back under a name that is taken"
    );
    assert_eq!(accounts.account(gone.id).await.unwrap(), Some(gone.clone()));
    let listed = accounts.accounts(false).await.unwrap();
    assert_eq!(listed.iter().map(|account| account.name.as_str()).collect::<Vec<_>>(), ["Mei"]);
    assert_eq!(accounts.accounts(true).await.unwrap().len(), 2);
}

/// Capitals or not, and letters of other scripts after those of ours.
pub async fn accounts_are_listed_by_name(subject: Subject) {
    let accounts = &*subject.accounts;
    for (n, name) in ["carol", "Åsa", "Bob", "alice"].into_iter().enumerate() {
        save(accounts, &account(u8::try_from(n).unwrap(), name)).await;
    }
    let listed = accounts.accounts(false).await.unwrap();
    assert_eq!(
        listed.iter().map(|account| account.name.as_str()).collect::<Vec<_>>(),
        ["alice", "Bob", "carol", "Åsa"]
    );
}

/// Once in the life of a database.
pub async fn the_first_account_is_made_once(subject: Subject) {
    let accounts = &*subject.accounts;
    let demonstration = Account { is_demonstration: true, password: None, ..account(1, "vip (demonstration)") };
    save(accounts, &demonstration).await;
    let first = account(2, "mei");
    assert!(accounts.save_first_account(&first).await.unwrap(), "those for demonstration do not count");
    assert!(!accounts.save_first_account(&account(3, "ravi")).await.unwrap());
    save(accounts, &Account { deleted_at: Some(at(9)), ..first }).await;
    assert!(
        !accounts.save_first_account(&account(3, "ravi")).await.unwrap(),
        "a deleted one was the first all the same"
    );
    assert_eq!(accounts.account(account(3, "").id).await.unwrap(), None);
    assert_eq!(accounts.account(demonstration.id).await.unwrap(), Some(demonstration));
}

/// Two who hold the set-up link make one manager.
pub async fn of_many_first_accounts_at_once_one_is_made(subject: Subject) {
    let tries = (0..8).map(|n| {
        let accounts = std::sync::Arc::clone(&subject.accounts);
        tokio::spawn(async move { accounts.save_first_account(&account(n, &format!("first {n}"))).await })
    });
    let mut made = 0;
    for tried in tries.collect::<Vec<_>>() {
        made += usize::from(tried.await.unwrap().unwrap());
    }
    assert_eq!((made, subject.accounts.accounts(true).await.unwrap().len()), (1, 1));
}

/// And nobody ends somebody else's.
pub async fn a_session_leads_to_its_account_until_it_ends(subject: Subject) {
    let accounts = &*subject.accounts;
    let (mei, ravi) = (account(1, "mei"), account(2, "ravi"));
    save(accounts, &mei).await;
    save(accounts, &ravi).await;
    for n in 1..=3 {
        assert!(begin(accounts, &session(n, &mei), &mei).await);
    }
    assert!(begin(accounts, &session(4, &ravi), &ravi).await);
    assert_eq!(accounts.session([2; 32]).await.unwrap(), Some((session(2, &mei), mei.clone())));
    assert_eq!(accounts.session([9; 32]).await.unwrap(), None);
    let listed = accounts.sessions(mei.id).await.unwrap();
    assert_eq!(listed, [session(3, &mei), session(2, &mei), session(1, &mei)], "newest first, and nobody else's");
    accounts.note_session(session(1, &mei).id, at(77)).await.unwrap();
    assert_eq!(accounts.session([1; 32]).await.unwrap().map(|(it, _)| it.seen_at), Some(at(77)));

    let foreign = Which::One(session(4, &ravi).id);
    assert_eq!(accounts.end_sessions(mei.id, foreign).await.unwrap(), 0, "somebody else's is not ended");
    assert_eq!(accounts.end_sessions(mei.id, Which::One(session(2, &mei).id)).await.unwrap(), 1);
    assert_eq!(accounts.session([2; 32]).await.unwrap(), None);
    assert_eq!(accounts.end_sessions(mei.id, Which::AllBut(Some(session(1, &mei).id))).await.unwrap(), 1);
    assert_eq!(accounts.sessions(mei.id).await.unwrap().len(), 1);
    assert_eq!(accounts.end_sessions(mei.id, Which::AllBut(None)).await.unwrap(), 1);
    assert_eq!(accounts.sessions(ravi.id).await.unwrap().len(), 1);
}

/// In the same transaction: what an account may do is never older than its sessions.
pub async fn a_change_of_an_account_ends_its_sessions(subject: Subject) {
    let accounts = &*subject.accounts;
    let (mei, ravi) = (account(1, "mei"), account(2, "ravi"));
    for who in [&mei, &ravi] {
        save(accounts, who).await;
    }
    for n in 1..=3 {
        begin(accounts, &session(n, &mei), &mei).await;
    }
    begin(accounts, &session(4, &ravi), &ravi).await;
    let kept = session(2, &mei).id;
    assert_eq!(accounts.save_account(&mei, Some(kept), None).await.unwrap(), Saved::Done(2));
    assert_eq!(accounts.sessions(mei.id).await.unwrap(), [session(2, &mei)]);
    assert_eq!(save(accounts, &Account { name: "RAVI".into(), ..mei.clone() }).await, Saved::NameTaken);
    assert_eq!(accounts.sessions(mei.id).await.unwrap().len(), 1, "a change that was refused ends nothing");
    assert_eq!(save(accounts, &mei).await, Saved::Done(1));
    assert_eq!(accounts.sessions(ravi.id).await.unwrap().len(), 1);
}

/// Whoever proved an old password does not get in after it was changed.
pub async fn a_session_begins_only_for_an_account_that_is_as_it_was(subject: Subject) {
    let accounts = &*subject.accounts;
    let mei = account(1, "mei");
    assert!(!begin(accounts, &session(1, &mei), &mei).await, "there is no such account");
    for changed in [
        Account { password: Some(PasswordHash("another".into())), ..mei.clone() },
        Account { password: None, ..mei.clone() },
        Account { disabled_at: Some(at(1)), ..mei.clone() },
        Account { deleted_at: Some(at(1)), ..mei.clone() },
    ] {
        save(accounts, &changed).await;
        assert!(!begin(accounts, &session(1, &mei), &mei).await, "{changed:?}");
        assert_eq!(accounts.sessions(mei.id).await.unwrap(), []);
    }
    save(accounts, &mei).await;
    assert!(begin(accounts, &session(1, &mei), &mei).await);
    let ravi = Account { password: None, ..account(2, "ravi") };
    save(accounts, &ravi).await;
    assert!(begin(accounts, &session(2, &ravi), &ravi).await, "one without a password has none to change");
}

/// With all that was noted of it.
pub async fn a_key_is_found_by_its_digest_and_kept_when_revoked(subject: Subject) {
    let accounts = &*subject.accounts;
    let (here, there) = restaurants(&subject).await;
    let mut author = subject.author(0).await;
    let bot = author.add(Mode::Pull).id;
    author.commit(&*subject.store).await;
    let of_bot = ApiKey { role: Role::Bot, bot: Some(bot), expires_at: Some(at(9_000)), ..key(2, here) };
    for key in [&key(1, here), &of_bot, &key(3, there)] {
        accounts.save_key(key).await.unwrap();
    }
    assert_eq!(accounts.key([2; 32]).await.unwrap(), Some(of_bot.clone()));
    assert_eq!(accounts.key([9; 32]).await.unwrap(), None);
    assert_eq!(accounts.keys(here).await.unwrap(), [of_bot.clone(), key(1, here)], "newest first, and nobody else's");
    accounts.note_key(of_bot.id, at(50)).await.unwrap();
    let revoked = ApiKey { revoked_at: Some(at(60)), ..of_bot };
    accounts.save_key(&revoked).await.unwrap();
    let seen = ApiKey { seen_at: Some(at(50)), ..revoked };
    assert_eq!(accounts.key([2; 32]).await.unwrap(), Some(seen), "what was noted of its use stays");
    assert_eq!(accounts.keys(here).await.unwrap().len(), 2);
}

/// Whoever read it before and writes it after does not make it good again.
pub async fn a_key_that_was_revoked_stays_so(subject: Subject) {
    let accounts = &*subject.accounts;
    let (here, _) = restaurants(&subject).await;
    accounts.save_key(&ApiKey { revoked_at: Some(at(60)), ..key(1, here) }).await.unwrap();
    for later in [None, Some(at(70))] {
        accounts.save_key(&ApiKey { revoked_at: later, name: "other".into(), ..key(1, here) }).await.unwrap();
        let kept = accounts.key([1; 32]).await.unwrap().unwrap();
        assert_eq!((kept.revoked_at, &*kept.name), (Some(at(60)), "other"));
    }
}

/// A node that remembers thousands asks for them in portions.
pub async fn many_callers_are_looked_up_at_once(subject: Subject) {
    let accounts = &*subject.accounts;
    let (here, _) = restaurants(&subject).await;
    let (mei, ravi) = (account(1, "mei"), account(2, "ravi"));
    for who in [&mei, &ravi] {
        save(accounts, who).await;
    }
    for (n, who) in [(1, &mei), (2, &mei), (3, &ravi)] {
        assert!(begin(accounts, &session(n, who), who).await);
        accounts.save_key(&key(n, here)).await.unwrap();
    }
    let mut found = accounts.sessions_of(&[[3; 32], [9; 32], [2; 32]]).await.unwrap();
    found.sort_by_key(|(session, _)| session.digest);
    assert_eq!(found, [(session(2, &mei), mei), (session(3, &ravi), ravi)]);
    let mut found = accounts.keys_of(&[[9; 32], [3; 32], [1; 32]]).await.unwrap();
    found.sort_by_key(|key| key.digest);
    assert_eq!(found, [key(1, here), key(3, here)]);
    assert_eq!(accounts.sessions_of(&[]).await.unwrap(), []);
    assert_eq!(accounts.keys_of(&[]).await.unwrap(), []);
}

fn step(against: &str, before: Counted, after: Counted) -> Step {
    Step { against: against.to_owned(), before, after }
}

/// Tries are counted against many at a time, and by nobody who read something else.
pub async fn counts_are_kept_per_whom_and_forgotten_at_zero(subject: Subject) {
    let accounts = &*subject.accounts;
    let counted = |count| Counted { count, last_at: at(5) };
    let (none, whom) = (Counted::default(), ["a".to_owned(), "b".to_owned()]);
    assert_eq!(accounts.counted(&whom).await.unwrap(), [none; 2]);
    assert!(accounts.count(&[step("a", none, counted(3)), step("b", none, counted(1))]).await.unwrap());
    assert!(accounts.count(&[step("a", counted(3), counted(4))]).await.unwrap());
    assert_eq!(accounts.counted(&whom).await.unwrap(), [counted(4), counted(1)]);
    for (outdated, after) in [(none, counted(9)), (counted(3), counted(9)), (counted(3), none)] {
        let steps = [step("b", counted(1), counted(2)), step("a", outdated, after)];
        assert!(!accounts.count(&steps).await.unwrap(), "{steps:?}");
    }
    let earlier = Counted { last_at: at(4), ..counted(4) };
    assert!(!accounts.count(&[step("a", earlier, counted(5))]).await.unwrap());
    assert_eq!(accounts.counted(&whom).await.unwrap(), [counted(4), counted(1)], "all of it or nothing");
    assert!(accounts.count(&[step("a", counted(4), none)]).await.unwrap());
    assert_eq!(accounts.counted(&whom).await.unwrap(), [none, counted(1)]);
    assert!(!accounts.count(&[step("a", counted(4), counted(5))]).await.unwrap(), "it was forgotten");
}

/// For several accounts, under a token that may change.
pub async fn a_device_is_known_for_whom_it_signed_in(subject: Subject) {
    let accounts = &*subject.accounts;
    let (mei, ravi) = (account(1, "mei"), account(2, "ravi"));
    for who in [&mei, &ravi] {
        save(accounts, who).await;
    }
    let device = |n, who: &Account, seen_ms| Device { digest: [n; 32], user: who.id, seen_at: at(seen_ms) };
    let is_known = async |n, who: &Account| accounts.is_device([n; 32], who.id).await.unwrap();
    accounts.note_device(&device(1, &mei, 1), None).await.unwrap();
    assert!(is_known(1, &mei).await && !is_known(1, &ravi).await && !is_known(2, &mei).await);
    accounts.note_device(&device(2, &ravi, 2), Some([1; 32])).await.unwrap();
    assert!(is_known(2, &mei).await && is_known(2, &ravi).await, "what was known goes on under the new token");
    assert!(!is_known(1, &mei).await, "and not under the former");
    accounts.note_device(&device(2, &ravi, 3), None).await.unwrap();
    for n in 0..DEVICES_MAX {
        let n = u8::try_from(n).unwrap();
        accounts.note_device(&device(100 + n, &ravi, 10 + u64::from(n)), None).await.unwrap();
    }
    assert!(!is_known(2, &ravi).await, "the one not seen for longest is forgotten");
    assert!(is_known(100, &ravi).await && is_known(2, &mei).await);
}

/// Without what is of other restaurants.
pub async fn the_log_is_read_newest_first_page_by_page(subject: Subject) {
    let accounts = &*subject.accounts;
    let (here, there) = restaurants(&subject).await;
    for (n, place) in [Some(here), None, Some(there), Some(here), None, Some(here)].into_iter().enumerate() {
        accounts.log(&entry(u8::try_from(n).unwrap(), place)).await.unwrap();
    }
    let page = async |everywhere, before| accounts.log_before(here, everywhere, before, 2).await.unwrap();
    let first = page(true, None).await;
    assert_eq!(first.iter().map(|(_, it)| it).collect::<Vec<_>>(), [&entry(5, Some(here)), &entry(4, None)]);
    let second = page(true, Some(first[1].0)).await;
    assert_eq!(second.iter().map(|(_, it)| it).collect::<Vec<_>>(), [&entry(3, Some(here)), &entry(1, None)]);
    let last = page(true, Some(second[1].0)).await;
    assert_eq!(last.iter().map(|(_, it)| it).collect::<Vec<_>>(), [&entry(0, Some(here))]);
    let own: Vec<_> = accounts.log_before(here, false, None, 100).await.unwrap();
    let own: Vec<_> = own.into_iter().map(|(_, it)| it).collect();
    assert_eq!(
        own,
        [entry(5, Some(here)), entry(3, Some(here)), entry(0, Some(here))],
        "what is of all is not asked for"
    );
}

/// To the millisecond, and the log stays.
pub async fn what_no_longer_matters_is_forgotten(subject: Subject) {
    let accounts = &*subject.accounts;
    let mei = account(1, "mei");
    save(accounts, &mei).await;
    let expired = Session { expires_at: at(499), seen_at: at(400), ..session(1, &mei) };
    let idle = Session { seen_at: at(299), ..session(2, &mei) };
    let good = Session { expires_at: at(500), seen_at: at(300), ..session(3, &mei) };
    for session in [&expired, &idle, &good] {
        begin(accounts, session, &mei).await;
    }
    let counted = |at_ms| Counted { count: 1, last_at: at(at_ms) };
    let none = Counted::default();
    assert!(accounts.count(&[step("old", none, counted(99)), step("new", none, counted(100))]).await.unwrap());
    for (n, seen_ms) in [(1, 49), (2, 50)] {
        accounts.note_device(&Device { digest: [n; 32], user: mei.id, seen_at: at(seen_ms) }, None).await.unwrap();
    }
    accounts.log(&entry(0, None)).await.unwrap();
    accounts.forget(Before { ended: at(500), idle: at(300), counted: at(100), devices: at(50) }).await.unwrap();
    assert_eq!(accounts.sessions(mei.id).await.unwrap(), [good]);
    let kept = accounts.counted(&["old".into(), "new".into()]).await.unwrap();
    assert_eq!(kept, [Counted::default(), counted(100)]);
    assert!(!accounts.is_device([1; 32], mei.id).await.unwrap());
    assert!(accounts.is_device([2; 32], mei.id).await.unwrap());
    let (here, _) = restaurants(&subject).await;
    assert_eq!(accounts.log_before(here, true, None, 9).await.unwrap().len(), 1, "the log stays");
}
