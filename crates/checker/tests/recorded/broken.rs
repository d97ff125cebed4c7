//! One change in what was told or shown, and the checker says what cannot be.

use std::sync::Arc;

use feedme_checker::Recorder;
use feedme_checker::recorder::Callers;
use serde_json::{Value, json};

use crate::run;
use crate::tape::{Step, Tape};

/// Changes the tape of a run and expects to be told so.
async fn broken(expected: &str, change: impl FnOnce(&mut Tape)) {
    let mut tape = run().await;
    change(&mut tape);
    let history = tape.history();
    let found = [history.violations(), history.unsettled()].concat();
    assert!(found.iter().any(|what| what.contains(expected)), "{expected}: {found:#?}");
}

fn set(value: &mut Value, pointer: &str, to: Value) {
    *value.pointer_mut(pointer).expect("it is there") = to;
}

#[tokio::test(start_paused = true)]
async fn acknowledged_and_not_there() {
    broken("acknowledged, but nothing happened", |tape| {
        set(tape.answers("POST", "/api/orders")[0], "/order/id", json!("019696f2-3b80-7cc3-98c5-0bd7c1b4a1f0"));
    })
    .await;
    broken("have no row", |tape| {
        let Some(Step::Page(page)) = tape.0.iter_mut().find(|step| matches!(step, Step::Page(_))) else { panic!() };
        page["orders"].as_array_mut().expect("a page has orders").remove(0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn another_content() {
    broken("stored with another content", |tape| {
        let asked = tape.0.iter_mut().find_map(|step| match step {
            Step::Asked { path, body, .. } if path == "/api/orders" => Some(body),
            _ => None,
        });
        let body = asked.expect("orders were placed");
        *body = body.replace("NORMAL", "VIP");
    })
    .await;
    broken("in the table and", |tape| {
        let Some(Step::Page(page)) = tape.0.iter_mut().find(|step| matches!(step, Step::Page(_))) else { panic!() };
        set(page, "/orders/0/note", json!("another"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn refused_and_done_all_the_same() {
    broken("but it changed something", |tape| {
        let Some(Step::Answered { status, .. }) =
            tape.0.iter_mut().rev().find(|step| matches!(step, Step::Answered { status: 201, .. }))
        else {
            panic!()
        };
        *status = 409;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn done_and_asked_for_by_nobody() {
    broken("nobody asked for event", |tape| {
        let asked = tape.0.iter_mut().find_map(|step| match step {
            Step::Asked { body, .. } if body.contains("the last") => Some(body),
            _ => None,
        });
        let body = asked.expect("it was placed");
        *body = body.replace("the last", "another");
        tape.0.retain(|step| !matches!(step, Step::Answered { body, .. } if body["order"]["note"] == "the last"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn one_key_that_acts_twice_or_answers_twice() {
    broken("acted 2 times", |tape| {
        for step in &mut tape.0 {
            if let Step::Asked { key: Some(key), .. } = step
                && key == "key-3"
            {
                *key = "key-1".into();
            }
        }
    })
    .await;
    broken("different answers", |tape| {
        set(tape.answers("POST", "/api/orders")[1], "/order/updatedAt", json!("2026-05-04T09:30:01.000Z"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn numbers_that_go_back_or_mean_two_orders() {
    broken("was asked for after number", |tape| {
        // The first order is asked for and answered when all others were.
        let is_first = |step: &Step| matches!(step, Step::Asked { key: Some(key), .. } if key == "key-1");
        let at = tape.0.iter().position(is_first).expect("it was placed");
        let Step::Answered { status, replayed, body, .. } = tape.0[at + 1].clone() else { panic!() };
        let asked = tape.0.iter().filter(|step| matches!(step, Step::Asked { .. })).count();
        let again = tape.0[at].clone();
        tape.0.extend([again, Step::Answered { asked, status, replayed, body }]);
        // What was asked before is not heard of again.
        tape.0.remove(at + 1);
        if let Step::Asked { key, body, .. } = &mut tape.0[at] {
            (*key, *body) = (None, body.replace("key-1", "another"));
        }
    })
    .await;
    broken("means both", |tape| {
        set(tape.answers("GET", "/api/orders/")[0], "/order/number", json!(1));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_order_of_two_restaurants() {
    let tape = run().await;
    let recorder = Arc::new(Recorder::new(Callers::All));
    tape.tell(&recorder, "default");
    tape.tell(&recorder, "station");
    let found = recorder.finish().violations();
    assert!(found.iter().any(|what| what.contains("was shown in restaurant default and in station")), "{found:#?}");
}

#[tokio::test(start_paused = true)]
async fn bots_and_claims_that_cannot_be() {
    broken("is illegal", |tape| set(tape.frames(0, "order.completed")[0], "/order/claim", json!(9))).await;
    broken("follows claim", |tape| set(tape.frames(0, "order.started")[1], "/order/claim", json!(1))).await;
    broken("which the events do not know", |tape| {
        let claimed = tape.answers("POST", "/api/bots/").into_iter().find(|answer| answer["order"].is_object());
        set(claimed.expect("an order was claimed"), "/order/claim", json!(99));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn somebody_who_jumps_the_queue() {
    broken("while VIP", |tape| {
        let waits = |frame: &&mut Value| frame["order"]["note"] == "key-3";
        let placed = tape.frames(0, "order.placed").into_iter().find(waits).expect("it was placed");
        set(placed, "/order/type", json!("VIP"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_completion_too_early_or_too_late() {
    for (expected, at) in
        [("before it was due", "2026-05-04T09:30:00.001Z"), ("and complete at", "2026-05-04T10:00:00Z")]
    {
        broken(expected, |tape| set(tape.frames(0, "order.completed")[0], "/order/completedAt", json!(at))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_misses_an_event_or_shows_another() {
    broken("follows", |tape| {
        let at = tape
            .0
            .iter()
            .rposition(|step| matches!(step, Step::Frame { screen: 1, name, .. } if name == "order.placed"));
        tape.0.remove(at.expect("the second screen saw orders"));
    })
    .await;
    broken("is not the one in the database", |tape| {
        set(tape.frames(1, "order.placed")[0], "/order/note", json!("another"));
    })
    .await;
    broken("shows something else", |tape| set(tape.frames(1, "snapshot")[0], "/orders/0/note", json!("another"))).await;
    broken("a heartbeat says", |tape| {
        let beat = tape.frames(0, "heartbeat").pop().expect("streams have heartbeats");
        set(beat, "/version", json!(2));
    })
    .await;
    broken("no screen saw event", |tape| {
        let has = |step: &Step| matches!(step, Step::Frame { id: Some(id), .. } if id.ends_with("-30"));
        tape.0.retain(|step| !has(step));
    })
    .await;
    broken("in the end", |tape| {
        let last = |step: &Step| matches!(step, Step::Frame { screen: 1, id: Some(_), .. });
        let at = tape.0.iter().rposition(last).expect("the second screen saw events");
        tape.0.remove(at);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_goes_back_in_time() {
    broken("was shown after version", |tape| {
        let boards = tape.answers("GET", "/api/board");
        let old = boards[0].clone();
        *tape.answers("GET", "/api/board").pop().expect("boards were read") = old;
    })
    .await;
    broken("was shown as", |tape| {
        let page = tape.answers("GET", "/api/orders?").pop().expect("the history was read");
        set(page, "/orders/0/status", json!("PENDING"));
    })
    .await;
    broken("was shown as None", |tape| {
        let Some(Step::Answered { status, .. }) = tape.0.iter_mut().find(
            |step| matches!(step, Step::Answered { status: 200, body, .. } if body.get("queuePosition").is_some()),
        ) else {
            panic!()
        };
        *status = 404;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_log_that_says_something_else() {
    let log = |tape: &mut Tape, change: fn(&str) -> String| {
        for step in &mut tape.0 {
            if let Step::Log(lines) = step {
                *lines = change(lines);
            }
        }
    };
    broken("the log has", |tape| log(tape, |lines| lines.lines().skip(1).collect::<Vec<_>>().join("\n"))).await;
    broken("the log says", |tape| log(tape, |lines| lines.replacen("order.completed", "order.collected", 1))).await;
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_read() {
    broken("cannot be read", |tape| {
        tape.answers("POST", "/api/orders")[0]["order"].as_object_mut().expect("an order").remove("type");
    })
    .await;
    broken("is Complete without its end", |tape| {
        set(tape.frames(0, "order.completed")[0], "/order/completedAt", Value::Null);
    })
    .await;
}
