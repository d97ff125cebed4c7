//! Callbacks of the delayed-message service: who is believed, and what a callback is worth.

use feedme_testkit::app::{bare, id, with_body};
use feedme_testkit::delayed::{Driven, KEYS, Token, base64_url};
use feedme_testkit::{Normal, Span as _, TestApp};
use http::{HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

const CURRENT: &str = KEYS[1];
const NEXT: &str = KEYS[2];
const RS256: &str = r#"{"alg":"RS256","typ":"JWT"}"#;
const NONE: &str = r#"{"alg":"none","typ":"JWT"}"#;

/// An order that is due, and what the service would call back with.
async fn due() -> (Driven, Value, Value) {
    let mut driven = Driven::start().await;
    driven.app.add_bot().await;
    let order = driven.app.place(Normal).await;
    let body = Driven::body(&driven.started().await);
    driven.app.advance(10.s()).await;
    (driven, order, body)
}

/// Whether the order still cooks: a refused callback changed nothing.
async fn still_cooks(driven: &Driven, order: &Value) -> bool {
    driven.app.order(order).await["status"] == "PROCESSING"
}

#[tokio::test(start_paused = true)]
async fn a_signed_callback_completes_what_is_due() {
    let (driven, order, body) = due().await;
    assert!(still_cooks(&driven, &order).await, "the engine's own timers are off");
    let answer = driven.call_back(&body).await.expect(200);
    assert_eq!((&answer["outcome"], &answer["order"]["status"]), (&json!("completed"), &json!("COMPLETE")));
    assert_eq!(answer["order"]["completedAt"], order["dueAt"]);
    assert_eq!(driven.call_back(&body).await.expect(200)["outcome"], "alreadyFinal");
}

#[tokio::test(start_paused = true)]
async fn every_forged_callback_is_refused_and_changes_nothing() {
    let (driven, order, body) = due().await;
    let good = || driven.token(&body, "a");
    let now_s = good().nbf;
    let with = |change: &dyn Fn(&mut Token)| {
        let mut token = good();
        change(&mut token);
        token.signed(CURRENT)
    };
    let header = base64_url(NONE.as_bytes());
    let claims = good().signed(CURRENT);
    let claims = claims.split('.').nth(1).unwrap();
    for (signature, why) in [
        (with(&|token| token.sub = "https://feedme.example/api/orders".into()), "subject"),
        (with(&|token| token.sub = "http://feedme.example/api/orders/complete".into()), "subject"),
        (with(&|token| token.sub = "https://feedme.example/api/restaurants/east/orders/complete".into()), "subject"),
        (with(&|token| token.iss = "upstash".into()), "issuer"),
        (with(&|token| token.exp = now_s - 1), "expired"),
        (with(&|token| token.exp = i64::MIN), "expired"),
        (with(&|token| token.nbf = now_s + 3), "not valid yet"),
        (with(&|token| token.nbf = i64::MAX), "not valid yet"),
        (with(&|token| token.body = Token::of("", b"another body", 0, "").body), "another body"),
        (with(&|token| token.body = String::new()), "another body"),
        (with(&|token| token.body = "!".into()), "another body"),
        (good().signed(KEYS[0]), "current or next key"),
        (good().signed(KEYS[3]), "current or next key"),
        (good().signed(""), "current or next key"),
        (good().signed_under(RS256, CURRENT), "current or next key"),
        (good().signed_under(r#"{"alg":"HS512","typ":"JWT"}"#, CURRENT), "current or next key"),
        (good().signed_under(r#"{"typ":"JWT"}"#, CURRENT), "current or next key"),
        (good().signed_under(NONE, CURRENT), "current or next key"),
        (format!("{}.", good().unsigned(NONE)), "current or next key"),
        (good().unsigned(NONE), "current or next key"),
        (format!("{header}.{claims}."), "current or next key"),
        (String::new(), "current or next key"),
        ("..".into(), "current or next key"),
        ("Bearer token".into(), "current or next key"),
    ] {
        let refused = driven.call_back_with(&signature, &body).await.expect_problem(403, "badSignature");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.starts_with("Upstash-Signature: ") && detail.contains(why), "{why}: {detail}");
    }
    for missing in ["iss", "sub", "exp", "nbf", "jti", "body"] {
        let mut claims = serde_json::to_value(good()).unwrap();
        claims.as_object_mut().unwrap().remove(missing);
        driven.call_back_with(&signed(&claims), &body).await.expect_problem(403, "badSignature");
    }
    assert!(still_cooks(&driven, &order).await);
    driven.call_back_with(&good().signed(CURRENT), &body).await.expect(200);
}

/// Any claims, signed with the current key.
fn signed(claims: &Value) -> String {
    use aws_lc_rs::hmac;
    let header = base64_url(br#"{"alg":"HS256","typ":"JWT"}"#);
    let text = format!("{header}.{}", base64_url(claims.to_string().as_bytes()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, CURRENT.as_bytes());
    format!("{text}.{}", base64_url(hmac::sign(&key, text.as_bytes()).as_ref()))
}

#[tokio::test(start_paused = true)]
async fn a_changed_body_is_refused() {
    let (driven, order, body) = due().await;
    let signature = driven.token(&body, "a").signed(CURRENT);
    for (field, value) in [("claim", json!(2)), ("claim", Value::Null), ("botId", order["id"].clone())] {
        let mut changed = body.clone();
        changed[field] = value;
        driven.call_back_with(&signature, &changed).await.expect_problem(403, "badSignature");
    }
    assert!(still_cooks(&driven, &order).await);
}

#[tokio::test(start_paused = true)]
async fn an_id_stands_for_one_body_and_a_redelivery_is_harmless() {
    let (driven, order, body) = due().await;
    let signature = driven.token(&body, "a").signed(CURRENT);
    assert_eq!(driven.call_back_with(&signature, &body).await.expect(200)["outcome"], "completed");
    assert_eq!(driven.call_back_with(&signature, &body).await.expect(200)["outcome"], "alreadyFinal");
    let other = json!({ "orderId": order["id"], "botId": order["botId"] });
    let again = driven.token(&other, "a").signed(CURRENT);
    let refused = driven.call_back_with(&again, &other).await.expect_problem(403, "badSignature");
    assert!(refused["detail"].as_str().unwrap().contains("id was used"), "{refused}");
    assert_eq!(driven.call_back(&other).await.expect(200)["outcome"], "alreadyFinal");
}

#[tokio::test(start_paused = true)]
async fn the_body_may_be_signed_with_padding_and_with_the_next_key() {
    let (driven, _, body) = due().await;
    let mut token = driven.token(&body, "a");
    token.body.push('=');
    driven.call_back_with(&token.signed(NEXT), &body).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn a_callback_is_good_for_five_minutes() {
    let (driven, _, body) = due().await;
    let signature = driven.token(&body, "a").signed(CURRENT);
    driven.app.advance(299.s()).await;
    assert_eq!(driven.call_back_with(&signature, &body).await.expect(200)["outcome"], "alreadyFinal");
    driven.app.advance(2.s()).await;
    driven.call_back_with(&signature, &body).await.expect_problem(403, "badSignature");
}

#[tokio::test(start_paused = true)]
async fn a_callback_may_come_without_a_claim_and_completes_nothing_too_early() {
    let mut driven = Driven::start().await;
    let bot = driven.app.add_bot().await;
    let order = driven.app.place(Normal).await;
    let first = Driven::body(&driven.started().await);
    let unclaimed = json!({ "orderId": order["id"], "botId": bot["id"] });
    driven.app.advance(9.s()).await;
    let path = format!("/api/orders/{}", id(&order));
    driven.app.post_empty(&format!("{path}/cancel")).await.expect(200);
    driven.app.post_empty(&format!("{path}/restore")).await.expect(200);
    let second = driven.started().await;
    assert_eq!(second.claim.0, 2, "the same bot has started the same order anew");
    driven.app.advance(1.s()).await;
    assert_eq!(driven.call_back(&first).await.expect(200)["outcome"], "stale");
    let early = driven.call_back(&unclaimed).await;
    early.expect_problem(425, "tooEarly");
    assert_eq!(early.header("retry-after"), "9");
    driven.app.advance(9.s()).await;
    assert_eq!(driven.call_back(&unclaimed).await.expect(200)["outcome"], "completed");
    assert_eq!(driven.call_back(&Driven::body(&second)).await.expect(200)["outcome"], "alreadyFinal");
}

#[tokio::test(start_paused = true)]
async fn what_a_good_signature_carries_is_judged_like_anything_else() {
    let (driven, order, body) = due().await;
    let unknown = json!({ "orderId": body["botId"], "botId": body["botId"] });
    driven.call_back(&unknown).await.expect_problem(404, "unknownOrder");
    for (body, field) in [
        (json!({ "orderId": body["orderId"] }), "botId"),
        (json!({ "orderId": body["orderId"], "botId": body["botId"], "claim": 0 }), "claim"),
        (json!({ "orderId": body["orderId"], "botId": body["botId"], "force": true }), "force"),
    ] {
        assert_eq!(driven.call_back(&body).await.expect_problem(422, "invalidField")["field"], field);
    }
    let cook = driven.app.add_pull_bot().await;
    driven.app.place(Normal).await;
    let claimed = driven.app.post_empty(&format!("/api/bots/{}/claim", id(&cook))).await.expect(200);
    let pulled = json!({
        "orderId": claimed["order"]["id"], "botId": cook["id"], "claim": claimed["order"]["claim"],
    });
    assert_eq!(driven.call_back(&pulled).await.expect(200)["outcome"], "stale", "a pull bot says itself when");
    assert!(still_cooks(&driven, &order).await);
}

#[tokio::test(start_paused = true)]
async fn where_no_service_is_used_no_signature_is_good() {
    let app = TestApp::start().await;
    app.add_bot().await;
    let order = app.place(Normal).await;
    let body = json!({ "orderId": order["id"], "botId": order["botId"], "claim": order["claim"] });
    let mut request = with_body(Method::POST, "/api/orders/complete", "application/json", body.to_string());
    request.headers_mut().insert("upstash-signature", HeaderValue::from_static("a.b.c"));
    app.send(request).await.expect_problem(403, "badSignature");
}

#[tokio::test(start_paused = true)]
async fn a_signature_is_judged_even_where_the_claim_would_do_and_there_must_be_one() {
    let (driven, order, body) = due().await;
    let mut request = with_body(Method::POST, "/api/orders/complete", "application/json", body.to_string());
    for signature in [driven.token(&body, "a").signed(CURRENT), "a.b.c".into()] {
        request.headers_mut().append("upstash-signature", HeaderValue::from_str(&signature).unwrap());
    }
    driven.app.send(request).await.expect_problem(403, "badSignature");
    assert!(still_cooks(&driven, &order).await);
    // Without one it is a bot that says so, and a bot names its claim.
    let unclaimed = json!({ "orderId": body["orderId"], "botId": body["botId"] });
    driven.app.post("/api/orders/complete", &unclaimed).await.expect_problem(422, "invalidField");
    assert_eq!(driven.app.post("/api/orders/complete", &body).await.expect(200)["outcome"], "completed");
}

#[tokio::test(start_paused = true)]
async fn the_callbacks_name_opens_its_own_door_and_no_other() {
    let (driven, order, body) = due().await;
    let signature = driven.token(&body, "a").signed(CURRENT);
    for (method, path) in [
        (Method::GET, "/api/board"),
        (Method::GET, "/api/orders/complete"),
        (Method::POST, "/api/orders"),
        (Method::POST, "/api/orders/complete/"),
        (Method::DELETE, "/api/orders/clear"),
    ] {
        let mut request = bare(method, path);
        request.headers_mut().insert("host", HeaderValue::from_static("feedme.example"));
        request.headers_mut().insert("upstash-signature", HeaderValue::from_str(&signature).unwrap());
        driven.app.send(request).await.expect_problem(421, "unknownHost");
    }
    for (host, signature, origin, status, code) in [
        ("feedme.example", None, None, 421, "unknownHost"),
        ("evil.example", Some(&*signature), None, 421, "unknownHost"),
        ("feedme.example.evil.example", Some(&signature), None, 421, "unknownHost"),
        ("feedme.example", Some("a.b.c"), None, 403, "badSignature"),
        ("feedme.example", Some(&signature), Some("https://evil.example"), 403, "crossSite"),
    ] {
        let mut request = with_body(Method::POST, "/api/orders/complete", "application/json", body.to_string());
        let headers = request.headers_mut();
        headers.insert("host", HeaderValue::from_static(host));
        for (name, value) in [("upstash-signature", signature), ("origin", origin)] {
            headers.extend(value.map(|value| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())));
        }
        driven.app.send(request).await.expect_problem(status, code);
    }
    assert!(still_cooks(&driven, &order).await);
    let mut request = with_body(Method::POST, "/api/%6Frders/complete", "text/plain", body.to_string());
    request.headers_mut().insert("host", HeaderValue::from_static("FeedMe.example:8443"));
    request.headers_mut().insert("upstash-signature", HeaderValue::from_str(&signature).unwrap());
    driven.app.send(request).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn a_signature_for_one_restaurant_is_none_for_another() {
    let (driven, order, body) = due().await;
    let signature = driven.token(&body, "a").signed(CURRENT);
    for slug in ["default", "east"] {
        let path = format!("/api/restaurants/{slug}/orders/complete");
        driven.call_back_at(&path, &signature, &body).await.expect_problem(403, "badSignature");
        let mut token = driven.token(&body, slug);
        token.sub = format!("https://feedme.example{path}");
        let answer = driven.call_back_at(&path, &token.signed(CURRENT), &body).await;
        if slug == "east" {
            answer.expect_problem(404, "unknownRestaurant");
        } else {
            answer.expect(200);
        }
    }
    assert!(!still_cooks(&driven, &order).await);
}
