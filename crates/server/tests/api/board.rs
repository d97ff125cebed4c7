//! Reads of a version: tags, 304 and how fresh they are.

use feedme_testkit::{Normal, Span as _, TestApp};
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn the_board_has_all_that_a_screen_needs() {
    let app = TestApp::start().await;
    app.add_bot().await;
    app.place(Normal).await;
    let board = app.board().await;
    insta::assert_json_snapshot!(board);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_has_the_version_is_told_so() {
    let app = TestApp::start().await;
    app.place(Normal).await;
    for path in ["/api/board", "/api/orders", "/api/bots"] {
        let full = app.get(path).await;
        full.expect(200);
        let tag = full.header("etag");
        assert_eq!((tag, full.header("cache-control")), ("\"500-1\"", "no-cache"));
        app.advance(100.ms()).await;
        for named in [tag.to_owned(), format!("W/{tag}"), format!("\"1-1\", {tag}"), "*".to_owned()] {
            let answer = app.get_with(path, "if-none-match", &named).await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0), "{named}");
            assert_eq!(answer.header("etag"), tag);
            assert!(answer.header("feedme-server-time") > full.header("feedme-server-time"));
            assert!(!answer.header("feedme-confirmed-at").is_empty());
        }
        for other in ["\"500-0\"", "\"501-1\"", "500-1", ""] {
            assert_eq!(app.get_with(path, "if-none-match", other).await.status, 200, "{other}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_tag_changes_with_the_version() {
    let app = TestApp::start().await;
    let before = app.get("/api/board").await;
    app.place(Normal).await;
    let after = app.get_with("/api/board", "if-none-match", before.header("etag")).await;
    assert_eq!(after.expect(200)["version"], 1);
}

#[tokio::test(start_paused = true)]
async fn freshness_is_in_the_headers() {
    let app = TestApp::start().await;
    app.place(Normal).await;
    app.advance(750.ms()).await;
    let answer = app.get("/api/board").await;
    assert_eq!(answer.header("feedme-server-time"), "2026-05-04T09:30:00.750Z");
    assert_eq!(answer.header("feedme-confirmed-at"), "2026-05-04T09:30:00.500Z");
}

#[tokio::test(start_paused = true)]
async fn complete_orders_leave_the_board_after_half_an_hour() {
    let app = TestApp::start().await;
    app.add_bot().await;
    app.place(Normal).await;
    app.advance(30.minutes()).await;
    assert_eq!(app.listing().await, ["1 COMPLETE"]);
    app.advance(11.s()).await;
    assert!(app.listing().await.is_empty());
    assert_eq!(app.get("/api/orders?status=COMPLETE").await.expect(200)["orders"][0]["number"], json!(1));
}
