//! Restaurants by name, each for itself.

use std::sync::Arc;

use feedme_store::accounts::Role;
use feedme_testkit::app::id;
use feedme_testkit::{MemoryStore, Normal, Span as _, TestApp};
use serde_json::{Value, json};

use crate::faulty::{FaultyStore, Mood};

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
    app.get("/api/restaurants/south").await.expect_problem(405, "methodNotAllowed");
}

fn slugs(list: &Value) -> Vec<&str> {
    list["restaurants"].as_array().unwrap().iter().map(|it| it["slug"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_restaurant_is_opened_renamed_archived_and_restored() {
    let app = TestApp::start().await;
    let opened = app.post("/api/restaurants", &json!({ "slug": "station-2", "name": " At the station " })).await;
    let view = json!({ "slug": "station-2", "name": "At the station", "archivedAt": null });
    assert_eq!(opened.expect(201)["restaurant"], view);
    assert_eq!(opened.header("location"), "/api/restaurants/station-2");
    let here = "/api/restaurants/station-2";
    let again = app.post("/api/restaurants", &json!({ "slug": "station-2", "name": "Other" })).await;
    again.expect_problem(409, "slugTaken");
    let renamed = app.patch(here, &json!({ "name": "By the river" })).await.expect(200);
    assert_eq!(renamed["restaurant"]["name"], "By the river");
    let order = app.post(&format!("{here}/orders"), &json!({ "type": "VIP" })).await.expect(201)["order"].take();
    app.post_empty(&format!("{here}/archive")).await.expect_problem(409, "ordersActive");
    app.post_empty(&format!("{here}/orders/{}/cancel", id(&order))).await.expect(200);
    let archived = app.post_empty(&format!("{here}/archive")).await.expect(200);
    assert_eq!(archived["restaurant"]["archivedAt"], "2026-05-04T09:30:00.000Z");
    app.advance(1.s()).await;
    assert_eq!(app.post_empty(&format!("{here}/archive")).await.expect(200), archived, "again: unchanged");
    let refused = app.post(&format!("{here}/orders"), &json!({ "type": "VIP" })).await;
    refused.expect_problem(409, "restaurantArchived");
    app.patch(here, &json!({ "name": "x" })).await.expect_problem(409, "restaurantArchived");
    let board = app.get(&format!("{here}/board")).await.expect(200);
    assert_eq!(board["restaurant"], archived["restaurant"], "its board can still be seen");
    let restored = app.post_empty(&format!("{here}/restore")).await.expect(200);
    assert_eq!(restored["restaurant"]["archivedAt"], Value::Null);
    app.post(&format!("{here}/orders"), &json!({ "type": "VIP" })).await.expect(201);
}

#[tokio::test(start_paused = true)]
async fn screens_learn_of_a_name_and_an_end() {
    let app = TestApp::start().await;
    let mut screen = app.screen().await;
    assert_eq!(screen.take(1).await[0].event, "snapshot");
    app.patch("/api/restaurants/default", &json!({ "name": "By the river" })).await.expect(200);
    app.post_empty("/api/restaurants/default/archive").await.expect(200);
    app.post_empty("/api/restaurants/default/restore").await.expect(200);
    let frames = screen.take(3).await.into_iter();
    let seen: Vec<_> = frames.map(|it| (it.event, it.data["name"].clone(), it.data["archivedAt"].clone())).collect();
    let at = json!("2026-05-04T09:30:00.000Z");
    let expected = [
        ("restaurant.renamed".to_owned(), json!("By the river"), Value::Null),
        ("restaurant.archived".to_owned(), Value::Null, at),
        ("restaurant.restored".to_owned(), Value::Null, Value::Null),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test(start_paused = true)]
async fn names_that_nobody_could_use_are_refused() {
    let app = TestApp::start().await;
    for slug in ["", "Station", "a b", "a/b", "ä", "..", &"x".repeat(41)] {
        let answer = app.post("/api/restaurants", &json!({ "slug": slug, "name": "x" })).await;
        assert_eq!(answer.expect_problem(422, "invalidField")["field"], "slug", "{slug}");
    }
    for name in ["", "   ", "a\u{0}b", &"x".repeat(81)] {
        let answer = app.post("/api/restaurants", &json!({ "slug": "x", "name": name })).await;
        assert_eq!(answer.expect_problem(422, "invalidField")["field"], "name", "{name}");
        app.patch("/api/restaurants/default", &json!({ "name": name })).await.expect_problem(422, "invalidField");
    }
}

#[tokio::test(start_paused = true)]
async fn the_list_says_how_busy_each_restaurant_is() {
    let app = two_restaurants().await;
    app.add_bot().await;
    for _ in 0..3 {
        app.place(Normal).await;
    }
    let list = app.get("/api/restaurants").await;
    let default = json!({
        "slug": "default", "name": "FeedMe", "archivedAt": null, "role": "MANAGER", "waiting": 2, "cooking": 1,
        "waitingSince": "2026-05-04T09:30:00.000Z", "bots": 1, "busyBots": 1, "version": 5, "confirmedAt": null,
    });
    assert_eq!(list.expect(200)["restaurants"][0], default);
    assert_eq!((slugs(&list.expect(200)), &list.expect(200)["nextCursor"]), (vec!["default", "south"], &Value::Null));
    let tag = list.header("etag").to_owned();
    let same = app.get_with("/api/restaurants", "if-none-match", &tag).await;
    assert_eq!((same.status.as_u16(), same.header("etag")), (304, tag.as_str()));
    assert!(!same.header("feedme-confirmed-at").is_empty() && !same.header("feedme-server-time").is_empty());
    app.place(Normal).await;
    app.get_with("/api/restaurants", "if-none-match", &tag).await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn the_list_is_searched_and_paged() {
    let app = two_restaurants().await;
    app.post("/api/restaurants", &json!({ "slug": "east", "name": "At the Harbour" })).await.expect(201);
    assert_eq!(slugs(&app.get("/api/restaurants?q=HARB").await.expect(200)), ["east"]);
    assert_eq!(slugs(&app.get("/api/restaurants?q=%25").await.expect(200)), [""; 0]);
    let first = app.get("/api/restaurants?limit=2").await.expect(200);
    assert_eq!((slugs(&first), &first["nextCursor"]), (vec!["default", "east"], &json!("east")));
    assert_eq!(slugs(&app.get("/api/restaurants?limit=2&cursor=east").await.expect(200)), ["south"]);
    for bad in ["limit=0", "limit=1001", "cursor=%20", "sort=name", "q=a&q=b"] {
        app.get(&format!("/api/restaurants?{bad}")).await.expect_problem(422, "invalidField");
    }
}

/// Of a restaurant that nobody asked this server for, the database tells.
#[tokio::test(start_paused = true)]
async fn the_list_knows_restaurants_that_are_served_elsewhere() {
    let store = MemoryStore::new().shared();
    let elsewhere = TestApp::on(Arc::new(store.clone())).await;
    elsewhere.place(Normal).await;
    let app = TestApp::on(Arc::new(store)).await;
    let list = app.get("/api/restaurants").await.expect(200);
    assert_eq!(list["restaurants"][0]["waiting"], 1);
    assert!(app.engine.positions().is_empty(), "nobody asked for its board");
}

#[tokio::test(start_paused = true)]
async fn the_list_says_what_the_database_does_not_confirm() {
    let store = FaultyStore::new();
    let app = TestApp::on(store.clone()).await;
    store.be(Mood::Silent);
    let fresh = app.get("/api/restaurants").await.expect(200);
    assert_eq!(fresh["restaurants"][0]["confirmedAt"], Value::Null);
    store.be(Mood::Away);
    app.advance(6.s()).await;
    app.get("/api/restaurants").await.expect_problem(503, "unavailable");
}

#[tokio::test(start_paused = true)]
async fn everybody_sees_the_restaurants_they_belong_to() {
    let app = TestApp::locked().await;
    let (default, south) = (app.restaurant("default"), app.restaurant("south"));
    let mut of_south = app.hire("ann", Role::Normal, Some(south)).await;
    let list = of_south.get("/api/restaurants").await.expect(200);
    assert_eq!((slugs(&list), &list["restaurants"][0]["role"]), (vec!["south"], &json!("NORMAL")));
    let mut of_all = app.hire("mei", Role::Manager, None).await;
    assert_eq!(slugs(&of_all.get("/api/restaurants").await.expect(200)), ["default", "south"]);
    let mut screen = app.equip(Role::Display, default, None).await;
    assert_eq!(slugs(&screen.get("/api/restaurants").await.expect(200)), ["default"]);
    let me = of_south.get("/api/auth/me").await.expect(200);
    let reach = json!([{ "slug": "south", "name": "FeedMe South", "role": "NORMAL" }]);
    assert_eq!((&me["restaurants"], &me["everywhere"]), (&reach, &json!(false)));
    let me = of_all.get("/api/auth/me").await.expect(200);
    assert_eq!((slugs(&me), &me["everywhere"]), (vec!["default", "south"], &json!(true)));
}

#[tokio::test(start_paused = true)]
async fn who_belongs_to_several_is_at_home_in_the_first_by_its_slug() {
    let app = TestApp::locked().await;
    let mut root = app.hire("root", Role::Manager, None).await;
    root.post("/api/restaurants", &json!({ "slug": "airport", "name": "Airport" })).await.expect(201);
    let password = "velvet otter drums at noon";
    let body = |role: &str, restaurants: &[&str]| {
        json!({
            "username": format!("{role} of {}", restaurants.len()), "password": password, "role": role,
            "restaurants": restaurants,
        })
    };
    let made = root.post("/api/users", &body("MANAGER", &["south", "airport", "south"])).await.expect(201);
    assert_eq!(made["user"]["restaurants"], json!(["airport", "south"]));
    let mut both = app.stranger();
    both.sign_in("MANAGER of 3", password).await.expect(200);
    let me = both.get("/api/auth/me").await.expect(200);
    assert_eq!(me["restaurants"].as_array().unwrap().len(), 2);
    assert_eq!(both.get("/api/board").await.expect(200)["restaurant"]["slug"], "airport");
    both.get("/api/restaurants/south/board").await.expect(200);
    both.get("/api/restaurants/default/board").await.expect_problem(404, "unknownRestaurant");

    // Whoever runs several gives others what they run, and no more.
    let till = both.post("/api/users", &body("NORMAL", &["airport", "south"])).await.expect(201);
    both.post("/api/users", &body("VIP", &["airport", "default"])).await.expect_problem(404, "unknownRestaurant");
    both.post("/api/users", &body("VIP", &[])).await.expect_problem(422, "invalidField");
    let path = format!("/api/users/{}", id(&till["user"]));
    let moved = both.patch(&path, &json!({ "restaurants": ["airport"], "role": "VIP" })).await.expect(200);
    assert_eq!((&moved["user"]["restaurants"], &moved["user"]["role"]), (&json!(["airport"]), &json!("VIP")));
    let mut of_south = app.hire("sue", Role::Manager, Some(app.restaurant("south"))).await;
    of_south.patch(&path, &json!({ "role": "NORMAL" })).await.expect_problem(404, "unknownUser");
    let boss = format!("/api/users/{}", id(&made["user"]));
    of_south.patch(&boss, &json!({ "role": "NORMAL" })).await.expect_problem(403, "forbidden");
    let list = of_south.get("/api/users").await.expect(200);
    let shown = list["users"].as_array().unwrap().iter().find(|user| user["id"] == made["user"]["id"]).unwrap();
    assert_eq!(shown["restaurants"], json!(["south"]), "where else they are is others' business");
    root.delete(&boss).await.expect_problem(404, "unknownUser");
    let boss = boss.replace("/api/users", "/api/restaurants/airport/users");
    root.delete(&boss).await.expect(200);
}
