//! Who did what, as one list.

use std::collections::BTreeSet;

use feedme_store::accounts::{LogEntry, Role};
use feedme_testkit::app::id;
use feedme_testkit::{Answer, Span as _, TestApp, Visitor};
use serde_json::{Value, json};

const PASSWORD: &str = "velvet otter drums at noon";

/// A restaurant in which something was done, a second at a time.
struct Day {
    app: TestApp,
    mei: Visitor,
}

impl Day {
    async fn begin() -> Self {
        let app = TestApp::locked().await;
        let mei = app.hire("mei", Role::Manager, Some(app.restaurant("default"))).await;
        Self { app, mei }
    }

    /// Orders, bots, settings, keys and sign-ins, by people, devices and the kitchen.
    async fn passes() -> Self {
        let mut day = Self::begin().await;
        let (app, mei) = (day.app.clone(), &mut day.mei);
        app.open_account("ravi", Role::Vip, Some(app.restaurant("default")), PASSWORD).await;
        let mut till = app.equip(Role::Normal, app.restaurant("default"), None).await;
        mei.patch("/api/settings", &json!({ "cookMs": 1000 })).await.expect(200);
        app.advance(1.s()).await;
        let order = till.post("/api/orders", &json!({ "type": "NORMAL" })).await.expect(201)["order"].take();
        app.advance(1.s()).await;
        let mut ravi = app.stranger().at("192.0.2.9");
        ravi.sign_in("ravi", "something else").await.expect_problem(401, "wrongCredentials");
        ravi.sign_in("ravi", PASSWORD).await.expect(200);
        app.advance(1.s()).await;
        mei.post_empty("/api/bots").await.expect(201);
        app.advance(1.s()).await;
        mei.post(&format!("/api/orders/{}/collect", id(&order)), &json!({})).await.expect(200);
        app.advance(1.s()).await;
        mei.post("/api/keys", &json!({ "name": "Oven, \"the\" hot one", "role": "DISPLAY" })).await.expect(201);
        app.advance(1.s()).await;
        mei.delete("/api/bots/newest").await.expect(200);
        day
    }

    /// The entries of a question, a page at a time.
    async fn pages(&mut self, asked: &str, limit: usize) -> Vec<Value> {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.mei.get(&format!("/api/audit?limit={limit}{asked}{cursor}")).await.expect(200);
            let entries = page["entries"].as_array().unwrap();
            assert!(entries.len() <= limit);
            found.extend(entries.iter().cloned());
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return found,
            }
        }
    }
}

/// Entries in few words, newest first.
fn told(entries: &[Value]) -> Vec<String> {
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    entries.iter().map(|it| ["kind", "actor", "subject"].map(|name| text(it, name)).join(" | ")).collect()
}

const ALL: [&str; 11] = [
    "bot.removed | mei | bot 1",
    "key.added | mei | Oven, \"the\" hot one",
    "order.collected | mei | order 1",
    "bot.idle | timer | bot 1",
    "order.completed | timer | order 1",
    "order.started | mei | order 1",
    "bot.added | mei | bot 1",
    "signIn.succeeded | ravi | ravi",
    "signIn.failed |  | ravi",
    "order.placed | NORMAL device | order 1",
    "settings.changed | mei | settings",
];

#[tokio::test(start_paused = true)]
async fn events_and_the_log_are_one_list_newest_first() {
    let mut day = Day::passes().await;
    let page = day.mei.get("/api/audit").await.expect(200);
    let entries = page["entries"].as_array().unwrap();
    assert_eq!(told(entries), ALL);
    assert_eq!(page["nextCursor"], Value::Null);
    let moments: Vec<_> = entries.iter().map(|it| it["at"].as_str().unwrap()).collect();
    assert!(moments.is_sorted_by(|a, b| a >= b), "{moments:?}");
    let placed = &entries[9];
    let expected = json!({
        "at": "2026-05-04T09:30:01.000Z", "source": "event", "kind": "order.placed", "actor": "NORMAL device",
        "subject": "order 1", "restaurant": "default", "address": null, "device": null,
    });
    assert_eq!(*placed, expected);
    let signed_in = &entries[7];
    assert_eq!([&signed_in["source"], &signed_in["address"]], [&json!("account"), &json!("192.0.2.9")]);
}

#[tokio::test(start_paused = true)]
async fn pages_join_without_a_hole_whatever_happens_meanwhile() {
    let mut day = Day::passes().await;
    for limit in [1, 2, 3, 10, 11, 12] {
        assert_eq!(told(&day.pages("", limit).await), ALL, "{limit} a page");
    }
    let first = day.mei.get("/api/audit?limit=4").await.expect(200);
    day.mei.post_empty("/api/bots").await.expect(201);
    day.app.open_account("nia", Role::Normal, None, PASSWORD).await;
    day.app.stranger().sign_in("nia", PASSWORD).await.expect(200);
    let cursor = first["nextCursor"].as_str().unwrap();
    let rest = day.mei.get(&format!("/api/audit?cursor={cursor}")).await.expect(200);
    let entries = [first["entries"].as_array().unwrap().as_slice(), rest["entries"].as_array().unwrap()].concat();
    assert_eq!(told(&entries), ALL);
}

#[tokio::test(start_paused = true)]
async fn filters_select_each_for_itself_and_together() {
    let mut day = Day::passes().await;
    let lines = |which: &[usize]| which.iter().map(|n| ALL[*n]).collect::<Vec<_>>();
    for (asked, which) in [
        ("&who=mei", &[0, 1, 2, 5, 6, 10][..]),
        ("&who=timer", &[3, 4]),
        ("&who=NORMAL%20device", &[9]),
        ("&who=me", &[]),
        ("&kind=order.placed", &[9]),
        ("&kind=order.*", &[2, 4, 5, 9]),
        ("&kind=bot.*&who=mei", &[0, 6]),
        ("&kind=signIn.*", &[7, 8]),
        ("&kind=signIn", &[]),
        ("&kind=*", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("&about=order%201", &[2, 4, 5, 9]),
        ("&about=ravi", &[7, 8]),
        ("&about=order%2011", &[]),
        ("&from=2026-05-04T09:30:05Z", &[0, 1]),
        ("&to=2026-05-04T09:30:01Z", &[10]),
        ("&to=2026-05-04T09:30:01.001Z", &[9, 10]),
        ("&from=2026-05-04T09:30:02Z&to=2026-05-04T09:30:04Z", &[5, 6, 7, 8]),
        ("&from=2026-05-04T11:30:02%2B02:00&to=2026-05-04T09:30:04Z&kind=signIn.failed", &[8]),
        ("&from=2026-05-05T00:00:00Z", &[]),
        ("&to=2026-05-04T09:30:00Z", &[]),
        ("&from=2026-05-04T09:30:04Z&to=2026-05-04T09:30:02Z", &[]),
    ] {
        for limit in [1, 100] {
            assert_eq!(told(&day.pages(asked, limit).await), lines(which), "{asked}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_parameters_are_named() {
    let mut day = Day::begin().await;
    for (asked, field) in [
        ("cursor=x", "cursor"),
        ("cursor=4711", "cursor"),
        ("cursor=a1-1&cursor=a1-1", "cursor"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("from=yesterday", "from"),
        ("who=", "who"),
        ("format=xml", "format"),
        ("format=csv&limit=5", "limit"),
        ("format=jsonl&cursor=a1-1", "cursor"),
        ("whom=mei", "whom"),
    ] {
        let problem = day.mei.get(&format!("/api/audit?{asked}")).await.expect_problem(422, "invalidField");
        assert_eq!(problem["field"], field, "{asked}");
    }
    day.mei.get("/api/audit?cursor=a7fffffffffffffff-7fffffffffffffff").await.expect(200);
    day.mei.get("/api/audit?cursor=a0-0").await.expect(200);
}

#[tokio::test(start_paused = true)]
async fn a_manager_reads_of_their_own_restaurant_alone() {
    let mut day = Day::passes().await;
    let mut root = day.app.hire("root", Role::Manager, None).await;
    root.post_empty("/api/restaurants/south/bots").await.expect(201);
    let everywhere = LogEntry {
        at: day.app.engine.now(),
        kind: "user.added".into(),
        restaurant: None,
        actor: "root".into(),
        subject: "nia".into(),
        address: None,
        device: None,
    };
    day.app.accounts.log(&everywhere).await.unwrap();
    assert_eq!(told(&day.pages("", 100).await), ALL);
    day.mei.get("/api/restaurants/south/audit").await.expect_problem(404, "unknownRestaurant");
    let south = root.get("/api/restaurants/south/audit").await.expect(200);
    assert_eq!(told(south["entries"].as_array().unwrap()), ["user.added | root | nia", "bot.added | root | bot 1"]);
    assert_eq!(south["entries"][0]["restaurant"], Value::Null);
    assert_eq!(south["entries"][1]["restaurant"], "south");
    let default = root.get("/api/audit").await.expect(200);
    assert_eq!(default["entries"].as_array().unwrap().len(), 12);
}

#[tokio::test(start_paused = true)]
async fn those_who_are_gone_keep_their_names() {
    let app = TestApp::locked().await;
    let default = app.restaurant("default");
    let mut mei = app.hire("mei", Role::Manager, Some(default)).await;
    let mut ravi = app.hire("ravi", Role::Normal, Some(default)).await;
    let made = mei.post("/api/keys", &json!({ "name": "Till 7", "role": "NORMAL" })).await.expect(201);
    let mut till = app.stranger();
    till.key = made["secret"].as_str().map(str::to_owned);
    for visitor in [&mut ravi, &mut till] {
        visitor.post("/api/orders", &json!({ "type": "NORMAL" })).await.expect(201);
    }
    mei.delete(&format!("/api/keys/{}", id(&made["key"]))).await.expect(200);
    mei.delete(&format!("/api/users/{}", ravi.id())).await.expect(200);
    let page = mei.get("/api/audit?kind=order.placed").await.expect(200);
    let entries = page["entries"].as_array().unwrap();
    assert_eq!(told(entries), ["order.placed | Till 7 | order 2", "order.placed | ravi | order 1"]);
}

fn text(answer: &Answer) -> String {
    assert_eq!(answer.status, 200);
    String::from_utf8(answer.body.clone()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_file_has_all_that_matches() {
    let mut day = Day::passes().await;
    let lines = day.mei.get("/api/audit?format=jsonl").await;
    assert_eq!(lines.header("content-type"), "application/jsonl");
    assert_eq!(lines.header("content-disposition"), "attachment; filename=\"audit-2026-05-04.jsonl\"");
    assert_eq!(lines.header("cache-control"), "no-store");
    let entries: Vec<Value> = text(&lines).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries, day.pages("", 100).await);

    let table = day.mei.get("/api/audit?format=csv&kind=key.added").await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(table.header("content-disposition"), "attachment; filename=\"audit-2026-05-04.csv\"");
    let expected = "\u{feff}at,source,kind,actor,subject,restaurant,address,device\r\n\
                    2026-05-04T09:30:05.000Z,account,key.added,mei,\"Oven, \"\"the\"\" hot one\",default,,\r\n";
    assert_eq!(text(&table), expected);
    let nothing = day.mei.get("/api/audit?format=jsonl&who=nobody").await;
    assert_eq!(text(&nothing), "");
}

#[tokio::test(start_paused = true)]
async fn no_cell_of_a_file_is_a_formula() {
    let mut day = Day::begin().await;
    let name = "=HYPERLINK(\"http://evil.example\")";
    day.mei.post("/api/keys", &json!({ "name": name, "role": "DISPLAY" })).await.expect(201);
    let table = text(&day.mei.get("/api/audit?format=csv").await);
    assert!(table.contains(",\"'=HYPERLINK(\"\"http://evil.example\"\")\","), "{table}");
}

#[tokio::test(start_paused = true)]
async fn much_more_than_a_portion_is_read_whole_and_in_order() {
    let mut day = Day::begin().await;
    let mut till = day.app.equip(Role::Normal, day.app.restaurant("default"), None).await;
    let entry = |n: usize, at| LogEntry {
        at,
        kind: "test.written".into(),
        restaurant: Some(day.app.restaurant("default")),
        actor: "test".into(),
        subject: n.to_string(),
        address: None,
        device: None,
    };
    let mut middle = None;
    for n in 0..1200 {
        till.post("/api/orders", &json!({ "type": "NORMAL" })).await.expect(201);
        day.app.accounts.log(&entry(n, day.app.engine.now())).await.unwrap();
        tokio::time::advance(if n % 7 == 0 { 100.ms() } else { 20.ms() }).await;
        if n == 600 {
            middle = Some(feedme_api::Timestamp(day.app.engine.now()).with_str(str::to_owned));
        }
    }
    let lines = text(&day.mei.get("/api/audit?format=jsonl").await);
    let entries: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries.len(), 2400);
    let subjects: BTreeSet<_> = entries.iter().map(|it| it["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects.len(), 2400, "each once");
    assert!(entries.is_sorted_by(|a, b| a["at"].as_str() >= b["at"].as_str()));
    // What is long ago is found without reading what came later.
    let middle = middle.unwrap();
    let old = day.mei.get(&format!("/api/audit?to={middle}&limit=2")).await.expect(200);
    assert_eq!(told(old["entries"].as_array().unwrap()).len(), 2);
    assert_eq!(day.pages(&format!("&to={middle}"), 100).await.len(), 1202);
    assert_eq!(day.pages(&format!("&from={middle}"), 100).await.len(), 1198);
}

#[tokio::test(start_paused = true)]
async fn a_file_breaks_off_when_whoever_asked_may_no_longer() {
    use http_body_util::BodyExt as _;
    let mut day = Day::begin().await;
    let request = feedme_testkit::app::bare(http::Method::GET, "/api/audit?format=csv");
    let mut request = request;
    let cookie = format!("feedme_session={}", day.mei.cookies["feedme_session"]);
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    let mut file = day.app.service.answer(request).await.into_body();
    file.frame().await.unwrap().unwrap();
    day.mei.post_empty("/api/auth/logout").await.expect(200);
    assert!(file.frame().await.unwrap().is_err(), "the rest is not for nobody");
}
