//! Accounts, when several write at a time: whatever comes out is what would have come out one after the other.

#![expect(clippy::unwrap_used, reason = "a check that panics has failed, which is what it should do")]

use std::sync::Arc;

use feedme_store::StoreError;
use feedme_store::accounts::{
    Account, Accounts, ApiKey, Before, Counted, DEVICES_MAX, Device, Membership, PasswordHash, Role, Saved, Step, Which,
};
use feedme_store::factors::{Pin, SecondFactor, SharedSecret};
use feedme_store::pairing::Granted;
use uuid::Uuid;

use super::Subject;
use super::accounts::{account, at, begin, key, restaurants, save, session};
use super::factors::pairing;

/// How many write at a time.
const MANY: u8 = 8;

/// How often two meet: they do not always come at the same moment.
const ROUNDS: u8 = 20;

/// How often somebody signs in while something goes on beside.
const IN_A_ROW: u8 = 10;

/// Does something many times at once. What came of each.
async fn at_once<T, D>(subject: &Subject, many: u8, what: impl Fn(Arc<dyn Accounts>, u8) -> D) -> Vec<T>
where
    T: Send + 'static,
    D: Future<Output = Result<T, StoreError>> + Send + 'static,
{
    let doing: Vec<_> = (0..many).map(|n| tokio::spawn(what(Arc::clone(&subject.accounts), n))).collect();
    let mut came = Vec::new();
    for done in doing {
        came.push(done.await.unwrap().expect("it can be written"));
    }
    came
}

fn how_many(came: &[bool]) -> usize {
    came.iter().filter(|it| **it).count()
}

/// Whoever comes second is told that the name is taken, and nothing of theirs is there.
pub async fn of_many_with_one_name_one_gets_it(subject: Subject) {
    let saved = at_once(&subject, MANY, move |accounts, n| async move {
        let name = if n.is_multiple_of(2) { "mei" } else { "MEI" };
        accounts.save_account(&account(n, name), None, None).await
    });
    let saved = saved.await;
    let done = saved.iter().filter(|it| matches!(it, Saved::Done(_))).count();
    let taken = saved.iter().filter(|it| **it == Saved::NameTaken).count();
    assert_eq!((done, taken), (1, usize::from(MANY) - 1));
    assert_eq!(subject.accounts.accounts(true).await.unwrap().len(), 1);
}

/// Each writes the whole of it.
pub async fn an_account_that_many_change_is_as_one_of_them_wrote_it(subject: Subject) {
    let (here, there) = restaurants(&subject).await;
    let written = move |n: u8| {
        let role = Role::ALL[usize::from(n) % Role::ALL.len()];
        let at = if n.is_multiple_of(2) { [Some(here), Some(there)] } else { [None, Some(here)] };
        let memberships = at.map(|restaurant| Membership { restaurant, role }).to_vec();
        Account { memberships, password: Some(PasswordHash(n.to_string())), ..account(1, "mei") }
    };
    for _ in 0..ROUNDS / 4 {
        at_once(&subject, MANY, move |accounts, n| async move { accounts.save_account(&written(n), None, None).await })
            .await;
        let mut found = subject.accounts.account(account(1, "").id).await.unwrap().unwrap();
        found.memberships.sort();
        let mut possible: Vec<_> = (0..MANY).map(written).collect();
        for it in &mut possible {
            it.memberships.sort();
        }
        assert!(possible.contains(&found), "{found:?}");
    }
}

/// Begins sessions, one after the other, so that some begin at every moment of what goes on beside.
async fn sign_in_repeatedly(accounts: &dyn Accounts, n: u8, account: &Account) -> Result<(), StoreError> {
    for time in 0..IN_A_ROW {
        accounts.begin_session_if_unchanged(&session(n * IN_A_ROW + time, account), account).await?;
    }
    Ok(())
}

/// Either the session is there when all are ended, or it does not begin.
pub async fn nobody_stays_with_a_password_that_was_changed_meanwhile(subject: Subject) {
    let accounts = &*subject.accounts;
    for round in 0..ROUNDS {
        let before = Account { password: Some(PasswordHash("old".into())), ..account(1, "mei") };
        save(accounts, &before).await;
        let after = Account { password: Some(PasswordHash("new".into())), ..before.clone() };
        at_once(&subject, 4, move |accounts, n| {
            let (before, after) = (before.clone(), after.clone());
            async move {
                if n == 1 {
                    accounts.save_account(&after, None, None).await.map(drop)
                } else {
                    sign_in_repeatedly(&*accounts, n, &before).await
                }
            }
        })
        .await;
        assert_eq!(accounts.sessions(account(1, "").id).await.unwrap(), [], "round {round}");
    }
}

/// As for passwords.
pub async fn nobody_stays_without_a_second_factor_that_was_added_meanwhile(subject: Subject) {
    let accounts = &*subject.accounts;
    let mei = account(1, "mei");
    save(accounts, &mei).await;
    let factor = SecondFactor { secret: SharedSecret([1; 20]), made_at: at(1), confirmed_at: None };
    for round in 0..ROUNDS {
        assert!(accounts.offer_second_factor(mei.id, &factor).await.unwrap());
        let before = mei.clone();
        at_once(&subject, 4, move |accounts, n| {
            let mei = before.clone();
            async move {
                if n == 1 {
                    accounts.confirm_second_factor(mei.id, &SharedSecret([1; 20]), 100, at(9), &[[1; 32]]).await?;
                    accounts.end_sessions(mei.id, Which::AllBut(None)).await.map(drop)
                } else {
                    sign_in_repeatedly(&*accounts, n, &mei).await
                }
            }
        })
        .await;
        assert_eq!(accounts.sessions(mei.id).await.unwrap(), [], "round {round}");
        assert!(accounts.remove_second_factor(mei.id).await.unwrap());
    }
}

/// However many guess at once.
pub async fn of_many_tries_at_a_pin_few_are_judged(subject: Subject) {
    let accounts = &*subject.accounts;
    let mei = account(1, "mei");
    save(accounts, &mei).await;
    accounts.note_device(&Device { digest: [7; 32], user: mei.id, seen_at: at(1) }, None).await.unwrap();
    for _ in 0..ROUNDS / 4 {
        let pin = Pin { device: [7; 32], user: mei.id, hash: PasswordHash("m".into()), set_at: at(1) };
        assert!(accounts.save_pin(&pin).await.unwrap());
        let user = mei.id;
        let judged =
            at_once(&subject, MANY, move |accounts, _| async move { accounts.try_pin([7; 32], user, 3).await }).await;
        assert_eq!(judged.iter().flatten().count(), 3);
        assert!(!accounts.remove_pin([7; 32], mei.id).await.unwrap(), "it is forgotten");
    }
}

/// Each reads, and writes one more if nobody was quicker.
pub async fn of_many_who_count_none_is_lost(subject: Subject) {
    at_once(&subject, MANY, move |accounts, _| async move {
        loop {
            let [before] = accounts.counted(&["a".into()]).await?[..] else { panic!("one was asked for") };
            let after = Counted { count: before.count + 1, last_at: at(1) };
            if accounts.count(&[Step { against: "a".into(), before, after }]).await? {
                return Ok(());
            }
        }
    })
    .await;
    let counted = subject.accounts.counted(&["a".into()]).await.unwrap();
    assert_eq!(counted, [Counted { count: MANY.into(), last_at: at(1) }]);
}

/// One set of codes is on the paper that somebody printed, not two.
pub async fn recovery_codes_that_two_replace_are_those_of_one(subject: Subject) {
    let accounts = &*subject.accounts;
    let mei = account(1, "mei");
    save(accounts, &mei).await;
    let user = mei.id;
    for _ in 0..ROUNDS / 4 {
        at_once(&subject, MANY, move |accounts, n| async move {
            accounts.save_recovery_codes(user, &[[n; 32], [100 + n; 32], [200 + n; 32]]).await
        })
        .await;
        assert_eq!(accounts.recovery_codes(user).await.unwrap(), 3);
    }
}

/// A script that signs in on many devices at once leaves no more behind than one that does so in turn.
pub async fn of_many_devices_at_once_few_are_remembered(subject: Subject) {
    let accounts = &*subject.accounts;
    let mei = account(1, "mei");
    save(accounts, &mei).await;
    let (user, many) = (mei.id, u8::try_from(DEVICES_MAX).unwrap() + MANY);
    at_once(&subject, many, move |accounts, n| async move {
        accounts.note_device(&Device { digest: [n; 32], user, seen_at: at(u64::from(n)) }, None).await
    })
    .await;
    let mut known = 0;
    for n in 0..many {
        known += usize::from(accounts.is_device([n; 32], user).await.unwrap());
    }
    assert_eq!(known, DEVICES_MAX);
}

/// Each counts the others.
pub async fn of_many_screens_of_one_network_few_wait(subject: Subject) {
    for round in 0..ROUNDS / 4 {
        let network = format!("192.0.2.{round}");
        let begun = at_once(&subject, MANY, |accounts, n| {
            let waits = pairing(round * MANY + n, &network);
            async move { accounts.begin_pairing(&waits, 2).await }
        });
        assert_eq!(how_many(&begun.await), 2, "round {round}");
    }
}

/// Two managers may type the code in, and a screen may ask twice.
pub async fn of_many_who_let_a_screen_in_one_does_and_it_gets_one_key(subject: Subject) {
    let accounts = &*subject.accounts;
    let (here, _) = restaurants(&subject).await;
    for round in 0..ROUNDS / 4 {
        let waits = pairing(round, "192.0.2.7");
        assert!(accounts.begin_pairing(&waits, 1).await.unwrap());
        let code = waits.code;
        let granted = at_once(&subject, MANY, move |accounts, n| async move {
            let granted = Granted {
                name: format!("screen of {n}"),
                restaurant: here,
                role: Role::Display,
                bot: None,
                key_expires_at: None,
                by: "mei".into(),
                by_id: None,
            };
            accounts.grant_pairing(code, &granted, at(2)).await
        });
        assert_eq!(how_many(&granted.await), 1);
        let ended = at_once(&subject, MANY, move |accounts, n| async move {
            let its = round * MANY + n;
            let its = ApiKey { id: Uuid::from_u128(its.into()), digest: [its; 32], ..key(its, here) };
            accounts.end_pairing(waits.secret, &its).await
        });
        assert_eq!(how_many(&ended.await), 1);
        assert_eq!(accounts.keys(here).await.unwrap().len(), usize::from(round) + 1);
    }
}

async fn version(subject: &Subject) -> u64 {
    subject.store.confirm(&[]).await.unwrap().accounts
}

/// Two managers who each take the other's rights away have both read that one is left.
pub async fn an_account_is_written_only_while_accounts_are_as_they_were(subject: Subject) {
    if !subject.shared {
        // Its one process sees to it by itself.
        return;
    }
    let accounts = &*subject.accounts;
    for n in 0..MANY {
        save(accounts, &account(n, &n.to_string())).await;
    }
    for round in 0..ROUNDS {
        let read = version(&subject).await;
        let demoted = move |n| Account { updated_at: at(100 + u64::from(round)), ..account(n, &n.to_string()) };
        let saved = at_once(&subject, MANY, move |accounts, n| async move {
            accounts.save_account(&demoted(n), None, Some(read)).await
        });
        let saved = saved.await;
        let done = saved.iter().filter(|it| **it == Saved::Done(0)).count();
        let conflicts = saved.iter().filter(|it| **it == Saved::Conflict).count();
        assert_eq!((done, conflicts), (1, usize::from(MANY) - 1), "round {round}");
        let written = accounts.accounts(true).await.unwrap();
        let written = written.iter().filter(|it| it.updated_at == at(100 + u64::from(round))).count();
        assert_eq!((written, version(&subject).await), (1, read + 1), "whoever lost changed nothing");
    }

    let (mei, read) = (account(1, "1"), version(&subject).await);
    assert!(begin(accounts, &session(1, &mei), &mei).await);
    assert_eq!(accounts.save_account(&mei, None, Some(read - 1)).await.unwrap(), Saved::Conflict);
    assert_eq!(accounts.sessions(mei.id).await.unwrap().len(), 1, "nor does it end a session");
    assert_eq!(accounts.save_account(&mei, None, Some(read)).await.unwrap(), Saved::Done(1));
}

/// Where several processes remember callers, each must hear of whatever changes what one may do, and of little else.
pub async fn whatever_changes_what_a_caller_may_do_is_told(subject: Subject) {
    let accounts = &*subject.accounts;
    let (here, _) = restaurants(&subject).await;
    let mei = account(1, "mei");
    let mut told = Vec::new();
    macro_rules! after {
        ($did:expr, $told:expr) => {
            let before = version(&subject).await;
            let _ = $did.await.unwrap();
            told.push((stringify!($did), version(&subject).await > before, $told));
        };
    }
    after!(accounts.save_first_account(&mei), true);
    after!(accounts.save_first_account(&account(2, "ravi")), false);
    after!(accounts.save_account(&mei, None, None), true);
    after!(accounts.save_account(&account(2, "MEI"), None, None), false);
    after!(accounts.begin_session_if_unchanged(&session(1, &mei), &mei), false);
    after!(accounts.note_session(session(1, &mei).id, at(77)), false);
    after!(accounts.end_sessions(mei.id, Which::One(session(2, &mei).id)), false);
    after!(accounts.end_sessions(mei.id, Which::One(session(1, &mei).id)), true);
    after!(accounts.end_sessions(mei.id, Which::AllBut(None)), false);
    after!(accounts.save_key(&key(1, here)), true);
    after!(accounts.note_key(key(1, here).id, at(77)), false);
    let factor = SecondFactor { secret: SharedSecret([1; 20]), made_at: at(1), confirmed_at: None };
    after!(accounts.offer_second_factor(mei.id, &factor), false);
    after!(accounts.confirm_second_factor(mei.id, &factor.secret, 1, at(9), &[]), true);
    after!(accounts.use_step(mei.id, 2), false);
    after!(accounts.remove_second_factor(mei.id), true);
    after!(accounts.remove_second_factor(mei.id), false);
    after!(accounts.note_device(&Device { digest: [7; 32], user: mei.id, seen_at: at(1) }, None), false);
    let waits = pairing(1, "192.0.2.7");
    after!(accounts.begin_pairing(&waits, 1), false);
    after!(accounts.end_pairing(waits.secret, &key(2, here)), false);
    let granted = Granted {
        name: "screen".into(),
        restaurant: here,
        role: Role::Display,
        bot: None,
        key_expires_at: None,
        by: "mei".into(),
        by_id: None,
    };
    after!(accounts.grant_pairing(waits.code, &granted, at(2)), false);
    after!(accounts.end_pairing(waits.secret, &key(2, here)), true);
    assert!(begin(accounts, &session(3, &mei), &mei).await);
    let long_ago = Before { ended: at(0), idle: at(0), counted: at(0), devices: at(0) };
    after!(accounts.forget(long_ago), false);
    after!(accounts.forget(Before { idle: at(1_000), ..long_ago }), true);
    for (did, was_told, expected) in told {
        // A store of one process has nobody to tell.
        assert_eq!(was_told, expected && subject.shared, "{did}");
    }

    let many = version(&subject).await;
    at_once(&subject, MANY, move |accounts, n| async move { accounts.save_key(&key(10 + n, here)).await }).await;
    let risen = version(&subject).await - many;
    assert_eq!(risen, if subject.shared { MANY.into() } else { 0 }, "none is lost");
}
