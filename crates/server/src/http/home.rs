//! What stands at the root.

use axum::Router;
use axum::response::Html;
use axum::routing::get;

use crate::app::App;

const HOME: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>FeedMe</title>
<h1>FeedMe</h1>
<p>The server runs. Its interface is described at <a href=\"/api/docs/\">/api/docs</a>;
the board is at <a href=\"/api/board\">/api/board</a>.</p>
";

pub(super) fn routes() -> Router<App> {
    Router::new().route("/", get(async || Html(HOME)))
}
