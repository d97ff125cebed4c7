//! Every kind of bad input, and that it changes nothing.

use axum::body::Body;
use feedme_testkit::app::{bare, id, with_body, with_json};
use feedme_testkit::{Normal, TestApp};
use http::{Method, Request};
use serde_json::json;

const JSON: &str = "application/json";

#[tokio::test(start_paused = true)]
async fn what_is_no_json_is_400_whatever_else_is_wrong_with_it() {
    let app = TestApp::start().await;
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let deep_field = format!(r#"{{"type":{deep}}}"#);
    for body in [
        "",
        "{",
        "null null",
        r#"{"type":"NORMAL""#,
        r#"{"type":5,"#,
        r#"{"type":NORMAL}"#,
        "{'type':'NORMAL'}",
        r#"{"type":"NORMAL","type":"NORMAL"}"#,
        r#"{"type":"NORMAL","x":{"a":1,"a":2}}"#,
        r#"{"type":"NORMAL","lines":[{"name":"a","name":"b","quantity":1}]}"#,
        r#"{"type":"NORMAL","note":"\ud800"}"#,
        deep.as_str(),
        deep_field.as_str(),
    ] {
        let answer = app.send(with_body(Method::POST, "/api/orders", JSON, body.to_owned())).await;
        answer.expect_problem(400, "malformedJson");
    }
    for body in [&b"{\"type\":\"NORMAL\",\"note\":\"\xff\"}"[..], b"\xff\xfe", b"{\"\xc3\x28\":1}"] {
        let answer = app.send(with_body(Method::POST, "/api/orders", JSON, body)).await;
        answer.expect_problem(400, "malformedJson");
    }
    assert_eq!(app.board().await["version"], 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_out_of_range_is_422_and_names_the_field_and_what_is_allowed() {
    let app = TestApp::start().await;
    let line = |quantity: serde_json::Value| json!({ "name": "a", "quantity": quantity });
    for (body, field) in [
        (json!({}), "type"),
        (json!({ "type": null }), "type"),
        (json!({ "type": "GOLD" }), "type"),
        (json!({ "type": "normal" }), "type"),
        (json!({ "type": 1 }), "type"),
        (json!({ "type": "NORMAL", "kind": 1 }), "kind"),
        (json!({ "type": "NORMAL", "role": "MANAGER" }), "role"),
        (json!({ "type": "NORMAL", "note": "x".repeat(501) }), "note"),
        (json!({ "type": "NORMAL", "note": "a\0b" }), "note"),
        (json!({ "type": "NORMAL", "note": 5 }), "note"),
        (json!({ "type": "NORMAL", "externalRef": "x".repeat(101) }), "externalRef"),
        (json!({ "type": "NORMAL", "lines": {} }), "lines"),
        (json!({ "type": "NORMAL", "lines": vec![line(json!(1)); 51] }), "lines"),
        (json!({ "type": "NORMAL", "lines": [line(json!(1)), line(json!(0))] }), "lines[1].quantity"),
        (json!({ "type": "NORMAL", "lines": [line(json!(100))] }), "lines[0].quantity"),
        (json!({ "type": "NORMAL", "lines": [line(json!(-1))] }), "lines[0].quantity"),
        (json!({ "type": "NORMAL", "lines": [line(json!(1.5))] }), "lines[0].quantity"),
        (json!({ "type": "NORMAL", "lines": [{ "quantity": 1 }] }), "lines[0].name"),
        (json!({ "type": "NORMAL", "lines": [{ "name": "a" }] }), "lines[0].quantity"),
        (json!({ "type": "NORMAL", "lines": [{ "name": "", "quantity": 1 }] }), "lines[0].name"),
        (json!({ "type": "NORMAL", "lines": [{ "name": "x".repeat(81), "quantity": 1 }] }), "lines[0].name"),
        (
            json!({ "type": "NORMAL", "lines": [{ "name": "a", "quantity": 1, "note": "x".repeat(201) }] }),
            "lines[0].note",
        ),
        (json!({ "type": "NORMAL", "lines": [{ "name": "a", "quantity": 1, "price": 1 }] }), "lines[0].price"),
        (json!({ "type": "NORMAL", "userId": "not a uuid" }), "userId"),
        (json!({ "type": "NORMAL", "userId": "019696f2-3b80-7cc3-98c5-0bd7c1b4a1f0" }), "userId"),
        (json!({ "type": "NORMAL", "lines": [["a", 1, null]] }), "lines[0]"),
        (json!({ "type": { "NORMAL": null } }), "type"),
        (json!(["NORMAL", null, null, [], null]), "body"),
        (json!([]), "body"),
        (json!("NORMAL"), "body"),
    ] {
        let problem = app.post("/api/orders", &body).await.expect_problem(422, "invalidField");
        assert_eq!(problem["field"], field, "{body}");
        let allowed = problem["allowed"].as_str().unwrap();
        assert!(!["", "a value"].contains(&allowed) && !allowed.contains("struct"), "{body}: {allowed}");
    }
    let huge = r#"{"type":"NORMAL","lines":[{"name":"a","quantity":1e400}]}"#;
    let answer = app.send(with_body(Method::POST, "/api/orders", JSON, huge)).await;
    assert_eq!(answer.expect_problem(422, "invalidField")["field"], "lines[0].quantity");
    assert_eq!(app.board().await["version"], 0);
}

#[tokio::test(start_paused = true)]
async fn the_largest_values_are_taken_and_markup_is_stored_as_it_came() {
    let app = TestApp::start().await;
    let line = json!({ "name": "ß".repeat(80), "quantity": 99, "note": "x".repeat(200) });
    let body = json!({
        "type": "NORMAL",
        "userId": null,
        "note": "<script>alert('x')</script>'; DROP TABLE orders; --",
        "lines": vec![line; 50],
        "externalRef": "x".repeat(100),
    });
    let order = app.post("/api/orders", &body).await.expect(201)["order"].take();
    assert_eq!((&order["note"], &order["lines"]), (&body["note"], &body["lines"]));
}

#[tokio::test(start_paused = true)]
async fn problems_read_like_this() {
    let app = TestApp::start().await;
    let order = app.place(Normal).await;
    let mut problems = Vec::new();
    for body in [json!({}), json!({ "type": "GOLD" }), json!({ "type": "VIP", "price": 1 })] {
        problems.push(app.post("/api/orders", &body).await.json());
    }
    problems.push(app.send(with_body(Method::POST, "/api/orders", JSON, "{")).await.json());
    problems.push(app.send(with_body(Method::POST, "/api/orders", "text/plain", "{}")).await.json());
    problems.push(app.post("/api/orders/complete", &json!({ "orderId": order["id"] })).await.json());
    problems.push(app.post_empty(&format!("/api/orders/{}/collect", id(&order))).await.json());
    problems.push(app.get("/api/orders/7").await.json());
    problems.push(app.get("/api/orders?limit=1000").await.json());
    problems.push(app.get("/api/menu").await.json());
    problems.push(app.send(bare(Method::PUT, "/api/bots")).await.json());
    problems.push(app.delete("/api/bots/newest").await.json());
    insta::assert_json_snapshot!(problems);
}

#[tokio::test(start_paused = true)]
async fn the_other_bodies_are_checked_alike() {
    let app = TestApp::start().await;
    let order = app.place(Normal).await;
    let bot = app.add_pull_bot().await;
    let back = format!("/api/bots/{}/return", id(&bot));
    for (path, body, field) in [
        ("/api/bots", json!({ "mode": "fast" }), "mode"),
        ("/api/bots", json!({ "number": 7 }), "number"),
        (back.as_str(), json!({}), "claim"),
        (back.as_str(), json!({ "claim": 0 }), "claim"),
        (back.as_str(), json!({ "claim": "1" }), "claim"),
        ("/api/orders/complete", json!({ "orderId": order["id"], "botId": bot["id"] }), "claim"),
        ("/api/orders/complete", json!({ "botId": bot["id"], "claim": 1 }), "orderId"),
        ("/api/orders/complete", json!({ "orderId": "7", "botId": bot["id"], "claim": 1 }), "orderId"),
        ("/api/orders/complete", json!({ "orderId": order["id"], "botId": 3, "claim": 1 }), "botId"),
        ("/api/orders/complete", json!([order["id"], bot["id"], 1]), "body"),
        ("/api/bots", json!(["pull"]), "body"),
        ("/api/bots/newest", json!([]), "body"),
        ("/api/bots/newest", json!({ "force": true }), "force"),
        (back.as_str(), json!([1]), "body"),
    ] {
        let method = if path.ends_with("newest") { Method::DELETE } else { Method::POST };
        let problem = app.send(with_json(method, path, &body)).await.expect_problem(422, "invalidField");
        assert_eq!(problem["field"], field, "{body}");
        assert!(
            problem["allowed"] != "a value" && !problem["detail"].as_str().unwrap().contains("struct"),
            "{problem}"
        );
    }
    let unknown = json!({ "orderId": bot["id"], "botId": bot["id"], "claim": 1 });
    app.post("/api/orders/complete", &unknown).await.expect_problem(404, "unknownOrder");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_needs_no_body_takes_none_or_an_empty_one_of_any_type() {
    let app = TestApp::start().await;
    let order = app.place(Normal).await;
    let cancel = format!("/api/orders/{}/cancel", id(&order));
    for request in [
        bare(Method::POST, &cancel),
        with_body(Method::POST, &cancel, "text/plain", ""),
        with_body(Method::POST, &cancel, "nonsense", ""),
        with_body(Method::POST, &cancel, JSON, "{}"),
    ] {
        app.send(request).await.expect(200);
    }
    app.send(with_body(Method::POST, &cancel, "text/plain", "x")).await.expect_problem(415, "unsupportedMediaType");
    app.send(with_body(Method::POST, &cancel, JSON, "{")).await.expect_problem(400, "malformedJson");
    app.send(with_body(Method::POST, &cancel, JSON, r#"{"force":true}"#)).await.expect_problem(422, "invalidField");
    app.send(with_body(Method::POST, "/api/bots", "text/plain", "")).await.expect(201);
}

#[tokio::test(start_paused = true)]
async fn a_body_must_be_json_by_name() {
    let app = TestApp::start().await;
    let body = r#"{"type":"NORMAL"}"#;
    for media_type in [JSON, "application/json; charset=utf-8", "Application/JSON"] {
        app.send(with_body(Method::POST, "/api/orders", media_type, body)).await.expect(201);
    }
    for media_type in
        ["text/plain", "text/plain; application/json", "application/jsonp", "application/x-www-form-urlencoded", ""]
    {
        let answer = app.send(with_body(Method::POST, "/api/orders", media_type, body)).await;
        answer.expect_problem(415, "unsupportedMediaType");
    }
    for (first, second) in [(JSON, "text/plain"), ("text/plain", JSON), (JSON, JSON)] {
        let named = Request::post("/api/orders").header("content-type", first).header("content-type", second);
        let problem = app.send(named.body(Body::from(body)).unwrap()).await.expect_problem(422, "invalidField");
        assert_eq!(problem["field"], "Content-Type");
    }
    let unnamed = Request::post("/api/orders").body(Body::from(body)).unwrap();
    app.send(unnamed).await.expect_problem(415, "unsupportedMediaType");
    let packed = Request::post("/api/orders").header("content-type", JSON).header("content-encoding", "gzip");
    app.send(packed.body(Body::from(body)).unwrap()).await.expect_problem(415, "unsupportedMediaType");
}

#[tokio::test(start_paused = true)]
async fn a_body_over_64_kib_is_413_also_when_its_length_is_not_told() {
    let app = TestApp::start().await;
    let body = r#"{"type":"NORMAL"}"#;
    let padded = |bytes: usize| format!("{body}{}", " ".repeat(bytes - body.len()));
    app.send(with_body(Method::POST, "/api/orders", JSON, padded(64 * 1024))).await.expect(201);
    let answer = app.send(with_body(Method::POST, "/api/orders", JSON, padded(64 * 1024 + 1))).await;
    answer.expect_problem(413, "payloadTooLarge");
    let piece = || Ok::<_, std::io::Error>(vec![b' '; 1024]);
    let endless = Body::from_stream(futures::stream::repeat_with(piece));
    app.send(with_body(Method::POST, "/api/orders", JSON, endless)).await.expect_problem(413, "payloadTooLarge");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_408_and_one_that_breaks_off_is_400() {
    let app = TestApp::start().await;
    let silent = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    app.send(with_body(Method::POST, "/api/orders", JSON, silent)).await.expect_problem(408, "requestTimeout");
    let broken = futures::stream::iter([Ok(b"{".to_vec()), Err(std::io::Error::other("gone"))]);
    let answer = app.send(with_body(Method::POST, "/api/orders", JSON, Body::from_stream(broken))).await;
    answer.expect_problem(400, "malformedRequest");
}

#[tokio::test(start_paused = true)]
async fn ids_that_are_no_uuids_name_nothing() {
    let app = TestApp::start().await;
    let order = app.place(Normal).await;
    let braced = format!("%7B{}%7D", id(&order));
    let simple = id(&order).replace('-', "");
    for name in ["7", "x", "%00", "%ff", "..%2f..%2fetc", braced.as_str(), simple.as_str(), "a'--"] {
        app.get(&format!("/api/orders/{name}")).await.expect_problem(404, "unknownOrder");
        app.post_empty(&format!("/api/orders/{name}/cancel")).await.expect_problem(404, "unknownOrder");
        app.delete(&format!("/api/bots/{name}")).await.expect_problem(404, "unknownBot");
        app.post_empty(&format!("/api/bots/{name}/claim")).await.expect_problem(404, "unknownBot");
    }
    let upper = id(&order).to_uppercase();
    app.get(&format!("/api/orders/{upper}")).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn unknown_parameters_are_refused_on_every_route() {
    let app = TestApp::start().await;
    let order = app.place(Normal).await;
    let path = format!("/api/orders/{}", id(&order));
    for path in ["/api/board", "/api/bots", "/api/settings", "/api/auth/me", "/api/events", path.as_str()] {
        let problem = app.get(&format!("{path}?x=1")).await.expect_problem(422, "invalidField");
        assert_eq!(problem["field"], "x", "{path}");
    }
    for path in ["/api/bots", "/api/orders/complete", format!("{path}/cancel").as_str()] {
        app.post_empty(&format!("{path}?force")).await.expect_problem(422, "invalidField");
    }
    app.get("/api/orders?").await.expect(200);
    assert_eq!(app.board().await["version"], 1);
}
