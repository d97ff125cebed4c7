//! The examination is content with what the store wrote, and finds every kind of tampering.

use feedme_store::doctor::{Findings, examine};
use feedme_store::sqlite::SqliteMoment;

use crate::{a_day, beside, open};

async fn database() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = open(folder.path());
    a_day(&store).await;
    folder
}

async fn examined(folder: &tempfile::TempDir) -> Findings {
    crate::examined(folder.path()).await
}

#[tokio::test]
async fn a_good_database_is_good_also_while_a_server_runs() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let store = open(folder.path());
    let author = a_day(&store).await;
    let mut progress = (0, 0);
    let mut moment = SqliteMoment::of(folder.path()).expect("it can be looked at");
    let findings = examine(&mut moment, None, |done, of| progress = (done, of)).await.expect("it can be examined");
    assert_eq!(findings.problems, [""; 0]);
    let [examined] = &findings.examined[..] else { panic!("{findings:?}") };
    let version = author.kitchen.version().0;
    assert_eq!((examined.events, progress), (version, (version, version)));
    assert_eq!(examined.orders, author.orders.len() as u64);
    assert_eq!(examined.bots, author.kitchen.bots().count());
}

/// Each change is one that no commit makes; the examination must name what it is about.
#[tokio::test]
async fn tampering_is_found() {
    let tampering = [
        ("UPDATE orders SET note = 'extra cheese' WHERE number = 12", "order 12"),
        ("UPDATE orders SET updated_at = updated_at + 1 WHERE status = 'PENDING'", "order"),
        ("UPDATE orders SET type = 'VIP' WHERE number = 12", "order 12"),
        ("UPDATE orders_history SET completed_at = completed_at + 1", "order"),
        ("UPDATE orders_history SET cancelled_at = cancelled_at + 1", "order"),
        ("DELETE FROM orders WHERE number = 12", "not in the tables"),
        ("DELETE FROM orders_history", "not in the tables"),
        ("INSERT INTO orders_history SELECT * FROM orders WHERE status = 'COMPLETE' LIMIT 1", "two orders"),
        ("UPDATE orders SET number = 900 WHERE number = 12", "order 900"),
        ("UPDATE bots SET status = 'IDLE', current_order_id = NULL WHERE status = 'PROCESSING'", "contradict"),
        ("UPDATE bots SET updated_at = updated_at + 1 WHERE deleted_at IS NULL", "bots"),
        ("UPDATE bots SET mode = 'pull'", "bots"),
        ("UPDATE bots SET deleted_at = 1, status = 'IDLE', current_order_id = NULL", "bots"),
        ("UPDATE restaurants SET next_order_number = next_order_number + 1", "counters"),
        ("UPDATE restaurants SET next_bot_number = 1", "counters"),
        ("UPDATE restaurants SET next_claim = next_claim + 1", "counters"),
        ("UPDATE restaurants SET version = version - 1", "version"),
        ("UPDATE restaurants SET updated_at = updated_at + 1", "time of the last event"),
        ("UPDATE restaurants SET settings = json_set(settings, '$.cook_ms', 1)", "settings"),
        ("UPDATE restaurants SET name = 'Somebody else''s'", "the name"),
        ("UPDATE restaurants SET opened_as = 'Somebody else''s'", "the name"),
        ("UPDATE restaurants SET archived_at = updated_at", "archived"),
        ("UPDATE restaurants SET policy_state = '{\"vip\":1,\"normal\":0}'", "policy"),
        ("DELETE FROM events WHERE id = (SELECT max(id) FROM events)", "version"),
        ("DELETE FROM events WHERE id = 5", "follows event"),
        ("UPDATE events SET payload = replace(payload, 'PENDING', 'COMPLETE') WHERE id = 3", "event"),
        ("UPDATE events SET payload = '[]' WHERE id = 3", "holds others"),
        ("UPDATE events SET payload = 'x' WHERE id = 3", "events"),
        ("UPDATE events SET payload = replace(payload, 'order.placed', 'order.eaten') WHERE id = 3", "unknown kind"),
        ("UPDATE events SET last_seq = last_seq + 100 WHERE id = (SELECT max(id) FROM events)", "holds others"),
    ];
    for (change, expected) in tampering {
        let folder = database().await;
        assert_eq!(examined(&folder).await.problems, [""; 0]);
        let connection = beside(folder.path());
        connection.pragma_update(None, "foreign_keys", false).expect("nobody asks");
        let changed = connection.execute(change, []).unwrap_or_else(|error| panic!("{change}: {error}"));
        assert!(changed > 0, "nothing to change: {change}");
        let problems = examined(&folder).await.problems;
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{change}: {problems:#?}");
    }
}

#[tokio::test]
async fn a_reference_to_nowhere_is_found() {
    let folder = database().await;
    let connection = beside(folder.path());
    connection.pragma_update(None, "foreign_keys", false).expect("nobody asks");
    connection.execute("UPDATE orders SET user_id = zeroblob(16) WHERE number = 12", []).expect("nobody asks");
    let problems = examined(&folder).await.problems;
    assert!(problems.iter().any(|problem| problem.contains("users")), "{problems:#?}");
}

#[tokio::test]
async fn a_damaged_index_is_found() {
    let folder = database().await;
    let connection = beside(folder.path());
    connection
        .execute_batch(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = replace(sql, 'status = ''PROCESSING''', 'status = ''PENDING''')
                 WHERE name = 'orders_one_order_a_bot';
             PRAGMA writable_schema = RESET;",
        )
        .expect("nobody asks");
    drop(connection);
    let problems = examined(&folder).await.problems;
    assert!(problems.iter().any(|problem| problem.contains("integrity")), "{problems:#?}");
}
