//! Orders that somebody outside completes: what he is told, and what happens when nothing comes back.

use std::sync::Arc;

use feedme_testkit::app::id;
use feedme_testkit::delayed::Driven;
use feedme_testkit::{MemoryStore, Normal, Span as _};

#[tokio::test(start_paused = true)]
async fn every_start_of_an_automatic_bots_order_is_told_once_and_no_other() {
    let mut driven = Driven::start().await;
    driven.app.add_pull_bot().await;
    let bot = driven.app.add_bot().await;
    let orders = [driven.app.place(Normal).await, driven.app.place(Normal).await];
    for (order, claim) in orders.iter().zip(1..) {
        let told = driven.started().await;
        assert_eq!((told.order.to_string(), told.bot.to_string()), (id(order).into(), id(&bot).into()));
        assert_eq!(told.claim.0, claim);
        let order = driven.app.order(order).await;
        assert_eq!(told.due_at.since_ms(driven.app.engine.now()), 10_000, "{order}");
        driven.app.advance(10.s()).await;
        driven.call_back(&Driven::body(&told)).await.expect(200);
    }
    driven.app.advance(1.minutes()).await;
    driven.app.place(Normal).await;
    assert_eq!(driven.started().await.claim.0, 3, "nothing was told in between");
}

#[tokio::test(start_paused = true)]
async fn when_nothing_comes_back_the_sweep_completes_in_time() {
    let mut driven = Driven::start().await;
    driven.app.add_bot().await;
    let order = driven.app.place(Normal).await;
    let told = driven.started().await;
    driven.app.advance(10_900.ms()).await;
    assert_eq!(driven.app.order(&order).await["status"], "PROCESSING");
    driven.app.advance(1_100.ms()).await;
    let done = driven.app.order(&order).await;
    assert_eq!(done["status"], "COMPLETE", "two seconds after it was due");
    assert_eq!(driven.call_back(&Driven::body(&told)).await.expect(200)["outcome"], "alreadyFinal");
}

#[tokio::test(start_paused = true)]
async fn out_of_order_late_and_doubled_callbacks_complete_each_order_once() {
    let mut driven = Driven::start().await;
    let mut told = Vec::new();
    for _ in 0..5 {
        driven.app.add_bot().await;
        driven.app.place(Normal).await;
        told.push(driven.started().await);
    }
    driven.app.advance(10.s()).await;
    let before = driven.app.board().await["version"].as_u64().unwrap();
    for timer in told.iter().rev() {
        let body = Driven::body(timer);
        assert_eq!(driven.call_back(&body).await.expect(200)["outcome"], "completed");
        assert_eq!(driven.call_back(&body).await.expect(200)["outcome"], "alreadyFinal");
    }
    let after = driven.app.board().await["version"].as_u64().unwrap();
    assert_eq!(after - before, 2 * 5, "each was completed once, and its bot became idle");
    for timer in &told {
        assert_eq!(driven.call_back(&Driven::body(timer)).await.expect(200)["outcome"], "alreadyFinal");
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_what_remains_is_told_and_what_is_overdue_is_complete_before_it_serves() {
    let store = Arc::new(MemoryStore::new());
    let mut before = Driven::on(store.clone()).await;
    before.app.add_bot().await;
    let overdue = before.app.place(Normal).await;
    before.app.advance(6.s()).await;
    before.app.add_bot().await;
    let cooking = before.app.place(Normal).await;
    before.started().await;
    let told = before.started().await;
    // The process dies here: nothing more is heard of the first engine.
    before.app.engine.stop().await;
    tokio::time::sleep(4.s()).await;

    let mut after = Driven::on_later(store, 10.s()).await;
    assert_eq!(after.app.order(&overdue).await["status"], "COMPLETE");
    let told_again = after.started().await;
    assert_eq!(told_again, told, "the same start, due when it was due");
    assert_eq!(told_again.due_at.since_ms(after.app.engine.now()), 6_000);
    after.app.advance(6.s()).await;
    assert_eq!(after.call_back(&Driven::body(&told_again)).await.expect(200)["outcome"], "completed");
    assert_eq!(after.app.order(&cooking).await["status"], "COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_does_not_listen_holds_up_nobody() {
    let driven = Driven::start().await;
    driven.app.patch("/api/settings", &serde_json::json!({ "cookMs": 3_600_000 })).await.expect(200);
    for _ in 0..LINE + 10 {
        driven.app.add_bot().await;
        driven.app.place(Normal).await;
    }
    assert_eq!(driven.dropped(), 10);
    assert_eq!(driven.app.place(Normal).await["status"], "PENDING");
}

/// Orders that may wait on the line.
const LINE: usize = 4096;
