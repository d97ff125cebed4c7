//! A history written down from HTTP: the recorder reads all that a server says, an honest run has no violations, and one
//! change in what was told or shown is found.

mod broken;
mod tape;

use serde_json::{Value, json};

use tape::{Stage, Tape};

/// A run in which everything happens that a client can bring about.
async fn run() -> Tape {
    let mut stage = Stage::new().await;
    let id = |answer: &Value, what: &str| answer[what]["id"].as_str().expect("it has an id").to_owned();
    stage.follow().await;
    stage.ask("PATCH", "/api/settings", None, json!({ "cookMs": 1000 })).await;
    stage.ask("POST", "/api/bots", None, Value::Null).await;
    let order = |order_type: &str, note: &str| json!({ "type": order_type, "note": note });

    // Once, twice under one key, and once without hearing of it.
    let first = stage.ask("POST", "/api/orders", Some("key-1"), order("NORMAL", "key-1")).await;
    let again = stage.ask("POST", "/api/orders", Some("key-1"), order("NORMAL", "key-1")).await;
    assert_eq!(first, again);
    stage.lose("/api/orders", "key-2", order("VIP", "key-2")).await;
    stage.ask("POST", "/api/orders", Some("key-2"), order("VIP", "key-2")).await;
    let third = stage.ask("POST", "/api/orders", Some("key-3"), order("NORMAL", "key-3")).await;
    let fourth = stage.ask("POST", "/api/orders", None, order("NORMAL", "without a key")).await;
    stage.lose("/api/orders", "key-5", order("NORMAL", "key-5")).await;
    stage.ask("GET", "/api/board", None, Value::Null).await;
    stage.ask("GET", &format!("/api/orders/{}", id(&third, "order")), None, Value::Null).await;
    stage.follow().await;

    // Called off, deleted, brought back, called off again.
    let fourth = format!("/api/orders/{}", id(&fourth, "order"));
    stage.ask("POST", &format!("{fourth}/cancel"), None, Value::Null).await;
    stage.ask("POST", &format!("{fourth}/cancel"), None, Value::Null).await;
    stage.ask("DELETE", &fourth, None, Value::Null).await;
    stage.ask("GET", &fourth, None, Value::Null).await;
    stage.ask("POST", &format!("{fourth}/restore"), None, Value::Null).await;
    stage.ask("GET", &fourth, None, Value::Null).await;
    stage.pass(4500).await;
    let first = format!("/api/orders/{}", id(&first, "order"));
    stage.ask("POST", &format!("{first}/collect"), None, Value::Null).await;
    let refused = stage.ask("POST", &format!("{first}/cancel"), None, Value::Null).await;
    assert_eq!(refused["code"], "wrongStatus");
    stage.ask("DELETE", &first, None, Value::Null).await;

    // By hand: one that is done, one that is given back.
    stage.ask("DELETE", "/api/bots/newest", None, Value::Null).await;
    let pull = stage.ask("POST", "/api/bots", None, json!({ "mode": "pull" })).await;
    let pull = id(&pull, "bot");
    for done in [true, false] {
        stage.ask("POST", "/api/orders", None, order("VIP", "by hand")).await;
        let claimed = stage.ask("POST", &format!("/api/bots/{pull}/claim"), None, Value::Null).await;
        let (order, claim) = (&claimed["order"]["id"], &claimed["order"]["claim"]);
        if done {
            let body = json!({ "orderId": order, "botId": pull, "claim": claim });
            stage.ask("POST", "/api/orders/complete", None, body).await;
        } else {
            stage.ask("POST", &format!("/api/bots/{pull}/return"), None, json!({ "claim": claim })).await;
        }
    }
    stage.ask("DELETE", &format!("/api/bots/{pull}"), None, Value::Null).await;
    stage.ask("PATCH", "/api/settings", None, json!({ "acceptingOrders": false })).await;
    let refused = stage.ask("POST", "/api/orders", Some("key-6"), order("NORMAL", "key-6")).await;
    assert_eq!(refused["code"], "orderingPaused");
    let open = json!({ "acceptingOrders": true, "policy": { "kind": "ratio", "vip": 3, "normal": 1 } });
    stage.ask("PATCH", "/api/settings", None, open).await;
    stage.ask("PATCH", "/api/settings", None, json!({ "policy": { "kind": "strict" } })).await;
    stage.ask("PATCH", "/api/restaurants/default", None, json!({ "name": "At the station" })).await;

    // Cleared, and on with it: of two that wait the VIP order goes first, and both are cooked.
    stage.ask("DELETE", "/api/orders/clear", None, Value::Null).await;
    stage.ask("POST", "/api/orders", None, order("NORMAL", "after all")).await;
    stage.ask("POST", "/api/orders", None, order("VIP", "after all")).await;
    stage.ask("POST", "/api/bots", None, Value::Null).await;
    stage.pass(5000).await;
    stage.ask("POST", "/api/orders", None, order("NORMAL", "the last")).await;
    stage.pass(2000).await;
    stage.ask("GET", "/api/orders?limit=100", None, Value::Null).await;
    stage.ask("GET", "/api/board", None, Value::Null).await;
    stage.end().await
}

#[tokio::test(start_paused = true)]
async fn an_honest_server_breaks_no_promise() {
    let history = run().await.history();
    assert_eq!([history.violations(), history.unsettled()], [[""; 0], [""; 0]]);
    let last = history.finals.values().next().expect("there is a restaurant");
    let kinds: std::collections::BTreeSet<_> = last.events.iter().map(|event| event.change.name()).collect();
    let rare = ["order.archived", "restaurant.archived", "restaurant.restored", "numbers.skipped"];
    let expected = feedme_kitchen::Change::NAMES.into_iter().filter(|name| !rare.contains(name));
    assert_eq!(kinds, expected.collect(), "what happens in the run");
    assert_eq!(
        (history.calls.len(), last.callers.len()),
        (35, 29),
        "each effect has its call, but for what a bot gives back"
    );
}
