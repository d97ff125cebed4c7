//! The web app, embedded in the binary.
//!
//! Vite puts a hash of its content into the name of every file in `assets`, so those are kept for a year. Everything
//! else is asked for again each time, and answered with 304 while it is the same.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::header::{CACHE_CONTROL, IF_NONE_MATCH};
use http::{HeaderValue, StatusCode, Uri};
use memory_serve::CacheControl;
use tower::ServiceExt as _;

/// The app's own pages: it decides what to show by the address.
const PAGES: [&str; 13] = [
    "/display",
    "/order",
    "/station",
    "/history",
    "/settings",
    "/sign-in",
    "/set-up",
    "/pair",
    "/account",
    "/people",
    "/devices",
    "/audit",
    "/chain",
];

/// The files of the app, and its page at each of its addresses.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let mut files = memory_serve::load!()
        .index_file(Some("/index.html"))
        .fallback(None)
        .fallback_status(StatusCode::NOT_FOUND)
        .html_cache_control(CacheControl::NoCache)
        .cache_control(CacheControl::Long);
    for page in PAGES {
        files = files.add_alias(page, "/index.html");
    }
    files.into_router().layer(from_fn(keep_only_what_never_changes))
}

/// The page of the app for an address that leads nowhere: it says so itself.
pub async fn page_not_found(mut request: Request) -> Response {
    static PAGE: LazyLock<Router> = LazyLock::new(routes);
    *request.uri_mut() = Uri::from_static("/");
    // It is not what stands at this address, whatever was kept for it.
    request.headers_mut().remove(IF_NONE_MATCH);
    let Ok(mut response) = PAGE.clone().oneshot(request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

async fn keep_only_what_never_changes(request: Request, next: Next) -> Response {
    let hashed = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    if !hashed {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    async fn get(path: &str) -> Response {
        let request = Request::get(path).body(Body::empty()).expect("it is a request");
        routes::<()>().with_state(()).oneshot(request).await.expect("a router always answers")
    }

    #[tokio::test]
    async fn every_page_is_the_app_and_is_asked_for_again() {
        for path in ["/"].into_iter().chain(PAGES) {
            let page = get(path).await;
            assert_eq!(page.status(), StatusCode::OK, "{path}");
            assert_eq!(page.headers()["content-type"], "text/html", "{path}");
            assert_eq!(page.headers()["cache-control"], "no-cache", "{path}");
        }
        assert_eq!(get("/nothing").await.status(), StatusCode::NOT_FOUND);
    }
}
