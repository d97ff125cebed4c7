//! An old primary that comes back as one is not written to, whatever the address says first.

use std::sync::Arc;
use std::time::{Duration, Instant};

use feedme_testkit::cluster::Stop;

use crate::fleet::Fleet;
use crate::open;
use crate::pair::{BACK_WITHIN, Pair, next_number};

/// All that nodes write.
const WRITTEN: &str = "SELECT (SELECT coalesce(max(last_seq), 0) FROM events)::text || ' '
    || (SELECT string_agg(name || term || holder || expires_at, ' ' ORDER BY name) FROM leases) || ' '
    || (SELECT sum(version) FROM restaurants)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_primary_that_comes_back_is_not_written_to() {
    let pair = Pair::start(false);
    let fleet = Arc::new(Fleet::start(pair.url(), 1, &[]).await);
    open(&fleet, 1).await.finish();
    let before = next_number(&fleet, "default").await;
    pair.fail_over();
    let after = next_number(&fleet, "default").await;
    assert!(after > before);

    pair.primary.start_again().unwrap_or_else(|error| panic!("{error}"));
    let written = || pair.ask_old_primary(WRITTEN);
    let was_written = written();
    // The one that was promoted is away: whoever knows of it waits for it.
    pair.standby.stop(Stop::Fast).unwrap_or_else(|error| panic!("{error}"));
    let mut refused = 0;
    for _ in 0..20 {
        let order = serde_json::json!({ "type": "NORMAL" });
        match fleet
            .call(reqwest::Method::POST, "default", "orders", None, Some(&order))
            .await
            .map(|answer| answer.status)
        {
            Some(503 | 504) => refused += 1,
            Some(status) => panic!("an order is answered with {status} while the primary is away"),
            // Nobody answers in time.
            None => {}
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(refused > 0, "nobody was told that the database is away");
    assert_eq!(written(), was_written);
    let said = fleet.said();
    assert!(said.iter().any(|line| line.contains("is an old primary")), "nobody says why: {said:#?}");

    pair.standby.start_again().unwrap_or_else(|error| panic!("{error}"));
    let number = next_number(&fleet, "default").await;
    assert_eq!(number, after + 1, "a restart passes over no numbers");
    // Whoever starts now finds two that take writes, and the old one first.
    let fresh = Fleet::start(pair.url(), 1, &[]).await;
    assert_eq!(next_number(&fresh, "default").await, number + 1);
    assert_eq!(written(), was_written);
    fleet.stop().await;
    fresh.stop().await;
}

/// Nobody has hung up on those who were connected to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_primary_that_lives_on_is_left_for_the_one_that_was_promoted() {
    let pair = Pair::start(false);
    let fleet = Arc::new(Fleet::start(pair.url(), 1, &[]).await);
    open(&fleet, 1).await.finish();
    let before = next_number(&fleet, "default").await;
    pair.standby.promote().unwrap_or_else(|error| panic!("{error}"));
    let since = Instant::now();
    let mut shown = before;
    while pair.ask_promoted("SELECT max(number)::text FROM orders").and_then(|it| it.parse().ok()) <= Some(before) {
        let number = next_number(&fleet, "default").await;
        assert!(number > shown, "{number} comes after {shown}");
        shown = number;
        assert!(since.elapsed() < BACK_WITHIN, "the old primary is still written to");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    fleet.stop().await;
    pair.is_sound();
}
