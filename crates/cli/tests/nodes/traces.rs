//! The trace of an order that one node takes, and another completes.

use std::time::Duration;

use feedme_testkit::cluster::Cluster;
use feedme_testkit::collector::{Collector, Span};
use reqwest::Method;
use serde_json::json;

use crate::fleet::Fleet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_has_one_trace_from_place_to_collection_across_nodes() {
    let collector = Collector::start().await;
    let database = Cluster::shared().database();
    let flags: &[&str] = &["--traces", Box::leak(collector.url().to_owned().into_boxed_str())];
    let fleet = Fleet::start(database.url(), 1, flags).await;
    fleet.must(Method::PATCH, "default", "settings", Some(&json!({ "cookMs": 300 }))).await;
    let order = fleet.must(Method::POST, "default", "orders", Some(&json!({ "type": "VIP" }))).await["order"].clone();
    let id = order["id"].as_str().expect("it has an id").to_owned();
    let trace = id.replace('-', "");
    // What is placed is told of by the node that placed it, which is gone when the order is cooked.
    collector.trace(&trace, 2).await;
    fleet.replace(0).await;
    let bot = fleet.must(Method::POST, "default", "bots", Some(&json!({}))).await["bot"]["id"].clone();
    fleet.drained("default").await;
    fleet.must(Method::POST, "default", &format!("orders/{id}/collect"), Some(&json!({}))).await;
    let spans = collector.trace(&trace, 6).await;
    fleet.stop().await;

    let named = |name: &str| {
        let mut found = spans.iter().filter(|span| span.name == name);
        let span = found.next().unwrap_or_else(|| panic!("{name} is missing: {spans:#?}"));
        assert!(found.next().is_none(), "{name} is there twice: {spans:#?}");
        span
    };
    let place = named("order.place");
    let [wait, cook, ready] = ["order.wait", "order.cook", "order.ready"].map(named);
    assert_eq!((&*place.parent, &*place.id), ("", &trace[16..]), "the first span's id is part of the order's");
    let below = ["POST /api/orders", "order.wait", "order.cook", "order.ready", "POST /api/orders/{id}/collect"];
    for span in below.map(named) {
        assert_eq!(span.parent, place.id, "{span:?}");
        assert_eq!(span.attribute("feedme.order.id"), Some(&*id), "{span:?}");
    }
    assert_ne!(place.instance, cook.instance, "two processes had a part in it");
    assert_eq!(cook.attribute("feedme.bot.id"), bot.as_str());
    assert_eq!(cook.attribute("feedme.outcome"), Some("order.completed"));
    assert_eq!(wait.attribute("feedme.outcome"), Some("order.started"));
    assert_eq!([wait.from_ns, wait.to_ns, cook.to_ns], [place.from_ns, cook.from_ns, ready.from_ns], "{spans:#?}");
    assert!(Duration::from_nanos(cook.to_ns - cook.from_ns) >= Duration::from_millis(300), "{cook:?}");
    // Each step points to the commit that made it durable.
    for span in [place, wait, cook, ready] {
        let (trace, id) = &span.links[0];
        let commit = collector.once(1, |commit| commit.trace == *trace && commit.id == *id).await.remove(0);
        let batch = collector.once(1, |batch| batch.id == commit.parent && batch.trace == *trace).await.remove(0);
        assert_eq!((&*commit.name, &*batch.name, &*batch.parent), ("commit", "batch", ""));
        assert_eq!(commit.instance, span.instance);
        assert!(batch.from_ns <= commit.from_ns && commit.to_ns <= batch.to_ns);
        assert!(batch.attribute("feedme.batch.won").is_some_and(|won| won != "0"), "{batch:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_in_a_trace_of_its_caller_points_to_the_orders() {
    let collector = Collector::start().await;
    let database = Cluster::shared().database();
    let flags: &[&str] = &["--traces", Box::leak(collector.url().to_owned().into_boxed_str())];
    let fleet = Fleet::start(database.url(), 1, flags).await;
    let (trace, caller) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let post = |traceparent: String| {
        let url = format!("{}/api/orders", fleet.address());
        let request = reqwest::Client::new().post(url).header("traceparent", traceparent);
        async move { request.json(&json!({ "type": "NORMAL" })).send().await.expect("it answers") }
    };
    for not_traced in [format!("00-{trace}-{caller}-00"), format!("ff-{trace}-{caller}-01"), "nonsense".into()] {
        assert_eq!(post(not_traced).await.status(), 201);
    }
    let answer: serde_json::Value =
        post(format!("00-{trace}-{caller}-01")).await.json().await.expect("it answers JSON");
    let order = answer["order"]["id"].as_str().expect("it has an id").replace('-', "");
    let spans: Vec<Span> = collector.trace(trace, 1).await;
    collector.once(4, |span| span.name == "order.place").await;
    fleet.stop().await;
    let [span] = &*spans else { panic!("one request was in that trace: {spans:#?}") };
    assert_eq!((&*span.name, &*span.parent), ("POST /api/orders", caller));
    assert_eq!(span.links, [(order.clone(), order[16..].to_owned())]);
}
