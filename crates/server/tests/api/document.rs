//! The document that describes all this, and the page that shows it.

use std::path::Path;

use feedme_api::Code;
use feedme_testkit::TestApp;

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
            "settings.changed",
            "snapshot",
        ]
    );
    for schema in ["Order", "Bot", "Settings", "PlaceOrder", "CompleteOrder", "Problem", "Heartbeat"] {
        let schema = &document["components"]["schemas"][schema];
        assert!(schema["example"].is_object() || schema["examples"].is_array(), "{schema}");
    }
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
