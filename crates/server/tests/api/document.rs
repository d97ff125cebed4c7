//! The document that describes all this, and the page that shows it.

use std::path::Path;

use feedme_api::Code;
use feedme_testkit::app::id;
use feedme_testkit::{Answer, Normal, Span as _, TestApp};
use serde_json::{Value, json};

use crate::schema;

/// Where the document is committed.
const COMMITTED: &str = "../../docs/openapi.json";

/// Set to rewrite the committed document.
const REWRITE: &str = "FEEDME_REWRITE_OPENAPI";

#[test]
fn the_committed_document_is_the_current_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(COMMITTED);
    let current = feedme_server::openapi().to_pretty_json().unwrap() + "\n";
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == current, "docs/openapi.json is out of date: run this test with {REWRITE}=1 to rewrite it");
}

#[tokio::test(start_paused = true)]
async fn the_document_is_openapi_3_1_with_every_event_and_examples() {
    let app = TestApp::start().await;
    let document = app.get("/api/openapi.json").await.expect(200);
    assert_eq!(document["openapi"], "3.1.0");
    let events = document["components"]["schemas"]["LiveEvents"]["properties"].as_object().unwrap();
    let names: Vec<_> = events.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "bot.added",
            "bot.idle",
            "bot.removed",
            "heartbeat",
            "numbers.skipped",
            "order.archived",
            "order.cancelled",
            "order.collected",
            "order.completed",
            "order.deleted",
            "order.placed",
            "order.restored",
            "order.returned",
            "order.started",
            "orders.cleared",
            "restaurant.archived",
            "restaurant.renamed",
            "restaurant.restored",
            "settings.changed",
            "snapshot",
        ]
    );
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let shown = schema["examples"].as_array().into_iter().flatten().chain(schema.get("example"));
        let shown: Vec<_> = shown.collect();
        let describes_values = schema["type"] == "object" && name != "LiveEvents" && name != "Check";
        assert!(!describes_values || !shown.is_empty(), "{name} has no example");
        for example in shown {
            schema::demand(&document, schema, example);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_answered_is_as_documented() {
    let app = TestApp::start().await;
    let document = app.get("/api/openapi.json").await.expect(200);
    let check = |name: &str, answer: &Answer| {
        schema::demand(&document, &document["components"]["schemas"][name], &answer.json());
    };
    let mut screen = app.screen().await;
    let policies = [
        json!({ "kind": "ageing", "afterMs": 1 }),
        json!({ "kind": "ratio", "vip": 1, "normal": 1 }),
        json!({ "kind": "deadline", "vipMs": 1, "normalMs": 1 }),
    ];
    for policy in policies {
        check("Settings", &app.patch("/api/settings", &json!({ "policy": policy })).await);
    }
    let body = json!({ "type": "VIP", "note": "n", "lines": [{ "name": "a", "quantity": 1 }], "externalRef": "r" });
    let order = app.post("/api/orders", &body).await;
    check("OrderAnswer", &order);
    let order = order.json()["order"].take();
    check("OrderLookup", &app.get(&format!("/api/orders/{}", id(&order))).await);
    check("BotAnswer", &app.post_empty("/api/bots").await);
    check("Board", &app.get("/api/board").await);
    check("OrderList", &app.get("/api/orders").await);
    check("OrderPage", &app.get("/api/orders?limit=1").await);
    check("BotList", &app.get("/api/bots").await);
    let claim = format!("/api/bots/{}/claim", id(&app.add_pull_bot().await));
    check("ClaimAnswer", &app.post_empty(&claim).await);
    app.place(Normal).await;
    let claimed = app.post_empty(&claim).await;
    check("ClaimAnswer", &claimed);
    let claimed = claimed.json()["order"].take();
    let done = json!({ "orderId": claimed["id"], "botId": claimed["botId"], "claim": claimed["claim"] });
    check("CompletionAnswer", &app.post("/api/orders/complete", &done).await);
    check("BotRemoved", &app.delete("/api/bots/newest").await);
    app.advance(10.s()).await;
    check("OrderAnswer", &app.post_empty(&format!("/api/orders/{}/collect", id(&order))).await);
    check("Cleared", &app.delete("/api/orders/clear").await);
    check("Me", &app.get("/api/auth/me").await);
    let opened = app.post("/api/restaurants", &json!({ "slug": "station", "name": "At the station" })).await;
    check("RestaurantAnswer", &opened);
    check("RestaurantPage", &app.get("/api/restaurants").await);
    let renamed = app.patch("/api/restaurants/default", &json!({ "name": "By the river" })).await;
    check("RestaurantAnswer", &renamed);
    check("RestaurantAnswer", &app.post_empty("/api/restaurants/default/archive").await);
    check("RestaurantAnswer", &app.post_empty("/api/restaurants/default/restore").await);
    check("Health", &app.get("/api/health").await);
    check("Problem", &app.post("/api/orders", &json!({})).await);
    check("Problem", &app.get("/api/menu").await);
    for _ in 0..15 {
        let frame = screen.next().await.unwrap();
        let schema = &document["components"]["schemas"]["LiveEvents"]["properties"][&frame.event];
        schema::demand(&document, schema, &frame.data);
    }
}

#[tokio::test(start_paused = true)]
async fn no_object_in_a_request_takes_unknown_fields_and_answers_may_gain_some() {
    let app = TestApp::start().await;
    let document = app.get("/api/openapi.json").await.expect(200);
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.values().flat_map(|path| path.as_object().unwrap().values());
    let bodies: Vec<_> = operations.filter_map(|operation| operation.get("requestBody")).collect();
    let orders_and_bots = ["place", "complete", "add a bot", "return", "settings"];
    let people = ["add a user", "change a user", "add a key", "find a screen", "let a screen in"];
    let coming_in = ["sign in", "set up", "demonstrate", "password", "switch", "set a PIN", "collect a key"];
    let second_factor = ["begin", "confirm", "renew", "remove"];
    let chain = ["open a restaurant", "rename one"];
    let operation = ["switch the log"];
    let of_server = operation.len() + coming_in.len() + second_factor.len() + chain.len();
    let of_restaurants = [orders_and_bots, people].concat();
    assert_eq!(bodies.len(), 2 * of_restaurants.len() + of_server);
    for body in bodies {
        let open = schema::open_objects(&document, &body["content"]["application/json"]["schema"]);
        assert_eq!(open, Vec::<&Value>::new());
    }
    let answer = schema::open_objects(&document, &document["components"]["schemas"]["Settings"]);
    assert_eq!(answer.len(), 1 + ["strict", "ageing", "ratio", "deadline"].len());
}

#[test]
fn the_guide_names_every_problem_with_its_status() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/API.md");
    let guide = std::fs::read_to_string(path).unwrap();
    for code in Code::ALL {
        let name = serde_json::to_value(code).unwrap();
        let name = format!("`{}`", name.as_str().unwrap());
        let status = code.status().to_string();
        let is_its_row = |line: &&str| line.starts_with("| ") && line.contains(&name);
        let row = guide.lines().find(is_its_row).unwrap_or_else(|| panic!("{name} is not in docs/API.md"));
        assert!(row.split('|').nth(1).unwrap().contains(&status), "{name} is not {status} in docs/API.md");
    }
}

#[tokio::test(start_paused = true)]
async fn operations_have_names_of_their_own() {
    let app = TestApp::start().await;
    let document = app.get("/api/openapi.json").await.expect(200);
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.values().flat_map(|path| path.as_object().unwrap().values());
    let mut names: Vec<_> = operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[tokio::test(start_paused = true)]
async fn the_page_loads_nothing_from_elsewhere() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/api/docs").await.header("location"), "/api/docs/");
    let page = app.get("/api/docs/").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html"));
    let page = String::from_utf8(page.body).unwrap();
    let is_file = |text: &&str| Path::new(text).extension().is_some_and(|kind| kind == "js" || kind == "css");
    for file in page.split('"').filter(is_file) {
        assert!(!file.contains("//"), "{file}");
        assert_eq!(app.get(&format!("/api/docs/{}", file.trim_start_matches("./"))).await.status, 200, "{file}");
    }
    let start = app.get("/api/docs/swagger-initializer.js").await;
    assert!(String::from_utf8(start.body).unwrap().contains("/api/openapi.json"));
    let home = app.get("/").await;
    assert!(String::from_utf8(home.body).unwrap().contains("/api/docs"));
}
