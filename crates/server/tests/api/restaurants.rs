//! Restaurants by name, each for itself.

use std::sync::Arc;

use feedme_testkit::app::id;
use feedme_testkit::{MemoryStore, Normal, TestApp};
use serde_json::json;

async fn two_restaurants() -> TestApp {
    let store = MemoryStore::new();
    store.open_restaurant("south", "FeedMe South");
    TestApp::on(Arc::new(store)).await
}

#[tokio::test(start_paused = true)]
async fn the_default_restaurant_stands_at_both_addresses() {
    let app = TestApp::start().await;
    let order = app.place(Normal).await;
    let found = app.get(&format!("/api/restaurants/default/orders/{}", id(&order))).await.expect(200);
    assert_eq!(found["order"], order);
    assert_eq!(app.get("/api/restaurants/default/board").await.expect(200), app.board().await);
}

#[tokio::test(start_paused = true)]
async fn restaurants_share_nothing() {
    let app = two_restaurants().await;
    let north = app.place(Normal).await;
    let answer = app.post("/api/restaurants/south/orders", &json!({ "type": "VIP" })).await;
    let south = answer.expect(201)["order"].take();
    assert_eq!(south["number"], 1);
    assert_eq!(answer.header("location"), format!("/api/restaurants/south/orders/{}", id(&south)));
    app.get(answer.header("location")).await.expect(200);
    app.get(&format!("/api/orders/{}", id(&south))).await.expect_problem(404, "unknownOrder");
    let foreign = format!("/api/restaurants/south/orders/{}/cancel", id(&north));
    app.post_empty(&foreign).await.expect_problem(404, "unknownOrder");
    let board = app.get("/api/restaurants/south/board").await.expect(200);
    assert_eq!(board["restaurant"], json!({ "slug": "south", "name": "FeedMe South", "archivedAt": null }));
    assert_eq!(board["orders"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn keys_of_two_restaurants_are_independent() {
    let app = two_restaurants().await;
    let body = json!({ "type": "NORMAL" });
    app.post_keyed("/api/orders", &body, "key-1").await.expect(201);
    app.post_keyed("/api/restaurants/south/orders", &body, "key-1").await.expect(201);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_restaurant_is_404_on_every_route() {
    let app = two_restaurants().await;
    for slug in ["west", "Default", "default%2F", "%2e%2e", "a b".replace(' ', "%20").as_str()] {
        for path in ["board", "orders", "bots", "events", "settings"] {
            app.get(&format!("/api/restaurants/{slug}/{path}")).await.expect_problem(404, "unknownRestaurant");
        }
        let placed = app.post(&format!("/api/restaurants/{slug}/orders"), &json!({ "type": "NORMAL" })).await;
        placed.expect_problem(404, "unknownRestaurant");
    }
    app.get("/api/restaurants/").await.expect_problem(404, "unknownRoute");
    app.get("/api/restaurants/south").await.expect_problem(404, "unknownRoute");
}
