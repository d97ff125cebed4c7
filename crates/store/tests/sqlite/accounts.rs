//! What only the file can show of accounts.

use feedme_kitchen::{Time, UserId};
use feedme_store::accounts::{Account, Accounts as _, LogEntry, Membership, Role, Session, Via};
use feedme_store::sqlite::backup::backup;
use feedme_store::sqlite::restore::restore;
use feedme_testkit::conformance::author::OPENING;
use uuid::Uuid;

use crate::{EPOCH, beside, open};

/// Not even somebody who has the database open takes anything from the log, or changes it.
#[tokio::test]
async fn the_log_is_only_added_to() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = open(folder.path());
    let entry = LogEntry {
        at: Time(1),
        kind: "user.added".into(),
        restaurant: None,
        actor: "mei".into(),
        subject: "ravi".into(),
        address: None,
        device: None,
    };
    store.log(&entry).await.expect("it can be written");
    let connection = beside(folder.path());
    for sql in ["DELETE FROM sign_ins", "UPDATE sign_ins SET actor = 'nobody'"] {
        let refused = connection.execute(sql, []).expect_err(sql).to_string();
        assert!(refused.contains("only added to"), "{refused}");
    }
}

/// A session that somebody ended after the backup was made must not come back with it.
#[tokio::test]
async fn a_restore_signs_everybody_out() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = open(folder.path());
    let account = Account {
        id: UserId(Uuid::from_u128(1)),
        name: "mei".into(),
        password: None,
        has_second_factor: false,
        memberships: vec![Membership { restaurant: None, role: Role::Manager }],
        is_demonstration: false,
        created_at: OPENING,
        updated_at: OPENING,
        disabled_at: None,
        deleted_at: None,
    };
    let session = Session {
        id: Uuid::from_u128(2),
        digest: [2; 32],
        user: account.id,
        via: Via::Password,
        created_at: OPENING,
        seen_at: OPENING,
        expires_at: OPENING.plus_ms(1_000_000),
        address: None,
        device: None,
    };
    store.save_account(&account, None, None).await.expect("it can be written");
    assert!(store.begin_session_if_unchanged(&session, &account).await.expect("it can be written"));
    let file = folder.path().join("copy.db");
    backup(folder.path(), &file, |_, _| {}).expect("a backup can be made");
    drop(store);
    restore(folder.path(), &file, 1000, OPENING, || EPOCH).expect("the backup is good");
    let store = open(folder.path());
    assert_eq!(store.session([2; 32]).await.expect("it can be read"), None);
    assert_eq!(store.account(account.id).await.expect("it can be read"), Some(account));
}
