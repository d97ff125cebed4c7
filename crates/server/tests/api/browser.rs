//! What browsers are told to refuse.

use feedme_testkit::TestApp;

#[tokio::test(start_paused = true)]
async fn pages_run_nothing_but_their_own_files_and_are_shown_in_no_frame() {
    let app = TestApp::start().await;
    for path in ["/", "/settings", "/nothing", "/api/docs/", "/api/docs/swagger-ui.css"] {
        let page = app.get(path).await;
        let policy = page.header("content-security-policy");
        let rules: Vec<&str> = policy.split("; ").collect();
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(rules.contains(&rule), "{path}: {policy}");
        }
        assert!(rules.iter().any(|rule| rule.starts_with("style-src 'self'")), "{path}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(page.header("cross-origin-resource-policy"), "same-origin", "{path}");
        let device = page.header("permissions-policy");
        assert!(device.contains("camera=()") && device.contains("screen-wake-lock=(self)"), "{path}: {device}");
    }
}

#[tokio::test(start_paused = true)]
async fn answers_of_the_api_are_no_pages() {
    let app = TestApp::start().await;
    for path in ["/api/board", "/api/orders/nothing", "/api/nothing", "/api", "/livez", "/readyz"] {
        let answer = app.get(path).await;
        assert_eq!(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'", "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("permissions-policy"), "", "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn https_is_demanded_for_the_future_only_where_it_is_spoken() {
    let app = TestApp::start().await;
    assert_eq!(app.get_with("/", "host", "kitchen.local").await.header("strict-transport-security"), "");
}
