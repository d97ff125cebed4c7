//! How the server says that it is doing.

use feedme_testkit::{Normal, Span as _, TestApp};

#[tokio::test(start_paused = true)]
async fn a_server_that_is_well_says_so_in_words() {
    let app = TestApp::start().await;
    app.add_bot().await;
    app.place(Normal).await;
    app.advance(60_250.ms()).await;
    insta::assert_json_snapshot!(app.get("/api/health").await.expect(200));
    app.get("/livez").await.expect(200);
    app.get("/readyz").await.expect(200);
}
