//! Who may do what: every route, for every kind of caller, at every address.

mod own;

use std::collections::{BTreeMap, BTreeSet};

use feedme_server::{AccessOptions, Limits};
use feedme_store::accounts::Role;
use feedme_testkit::app::{bare, id, with_json};
use feedme_testkit::{Answer, MemoryStore, TestApp, Visitor};
use http::Method;
use serde_json::{Value, json};

/// The table of docs/API.md. `own` is: for what is one's own.
#[rustfmt::skip]
const TABLE: &[(&str, [&str; 5])] = &[
    //                            NORMAL VIP    MANAGER BOT    DISPLAY
    ("place NORMAL",             ["yes", "no",  "yes",  "no",  "no"]),
    ("place VIP",                ["no",  "yes", "yes",  "no",  "no"]),
    ("see the board",            ["yes", "yes", "yes",  "yes", "yes"]),
    ("see history",              ["own", "own", "yes",  "no",  "no"]),
    ("cancel, undo",             ["own", "own", "yes",  "no",  "no"]),
    ("run the restaurant",       ["no",  "no",  "yes",  "no",  "no"]),
    ("cook",                     ["no",  "no",  "yes",  "own", "no"]),
    ("health and documentation", ["yes", "yes", "yes",  "yes", "yes"]),
];

/// Every route of a restaurant: what it needs of the table, a body, and what those who may are answered. `{waiting}`
/// and its like are made anew for each call; for a customer they are the customer's own.
#[rustfmt::skip]
const OF_RESTAURANTS: &[(&str, &str, &str, u16)] = &[
    ("POST /orders", "place NORMAL", r#"{"type":"NORMAL"}"#, 201),
    ("POST /orders", "place VIP", r#"{"type":"VIP"}"#, 201),
    ("GET /orders", "see the board", "", 200),
    ("GET /orders?limit=1", "see history", "", 200),
    ("GET /orders/{waiting}", "see history", "", 200),
    ("POST /orders/{waiting}/cancel", "cancel, undo", "", 200),
    ("POST /orders/{cancelled}/restore", "cancel, undo", "", 200),
    ("DELETE /orders/{cancelled}", "run the restaurant", "", 200),
    ("POST /orders/{ready}/collect", "run the restaurant", "", 200),
    ("DELETE /orders/clear", "run the restaurant", "", 200),
    ("POST /orders/complete", "cook", r#"{"orderId":"{waiting}","botId":"{bot}","claim":7}"#, 200),
    ("POST /bots/{bot}/claim", "cook", "", 200),
    ("POST /bots/{bot}/return", "cook", r#"{"claim":7000}"#, 409),
    ("GET /bots", "see the board", "", 200),
    ("POST /bots", "run the restaurant", "", 201),
    ("DELETE /bots/{bot}", "run the restaurant", "", 200),
    ("DELETE /bots/newest", "run the restaurant", "", 200),
    ("GET /board", "see the board", "", 200),
    ("GET /events", "see the board", "", 200),
    ("GET /settings", "see the board", "", 200),
    ("PATCH /settings", "run the restaurant", r#"{"acceptingOrders":true}"#, 200),
    ("GET /users", "run the restaurant", "", 200),
    ("POST /users", "run the restaurant", r#"{"username":"{name}","password":"velvet otter drums","role":"VIP"}"#, 201),
    ("PATCH /users/{user}", "run the restaurant", r#"{"role":"VIP"}"#, 200),
    ("DELETE /users/{user}", "run the restaurant", "", 200),
    ("POST /users/{deleted user}/restore", "run the restaurant", "", 200),
    ("GET /users/{user}/sessions", "run the restaurant", "", 200),
    ("DELETE /users/{user}/sessions", "run the restaurant", "", 200),
    ("DELETE /users/{user}/sessions/{session}", "run the restaurant", "", 404),
    ("DELETE /users/{user}/second-factor", "run the restaurant", "", 200),
    ("POST /pairings/find", "run the restaurant", r#"{"code":"{pairing}"}"#, 200),
    ("POST /pairings/confirm", "run the restaurant", r#"{"code":"{pairing}","name":"screen","role":"DISPLAY"}"#, 200),
    ("GET /keys", "run the restaurant", "", 200),
    ("POST /keys", "run the restaurant", r#"{"name":"till","role":"NORMAL"}"#, 201),
    ("DELETE /keys/{key}", "run the restaurant", "", 200),
    ("GET /audit", "run the restaurant", "", 200),
];

/// Every route that is about no restaurant: a body, and what a stranger, somebody who signed in, and a device are
/// answered.
#[rustfmt::skip]
const OF_SERVER: &[(&str, &str, [u16; 3])] = &[
    ("GET /livez", "", [200, 200, 200]),
    ("GET /readyz", "", [200, 200, 200]),
    ("GET /api/auth/ways", "", [200, 200, 200]),
    ("POST /api/auth/login", r#"{"username":"{name}","password":"nothing"}"#, [401, 401, 401]),
    ("POST /api/auth/logout", "", [200, 200, 200]),
    ("POST /api/auth/setup", r#"{"link":"x","username":"x","password":"x"}"#, [403, 403, 403]),
    ("POST /api/auth/demonstrate", r#"{"username":"manager"}"#, [404, 404, 404]),
    ("GET /api/auth/me", "", [401, 200, 200]),
    ("POST /api/auth/password", r#"{"current":"x","new":"y"}"#, [401, 401, 403]),
    ("POST /api/auth/switch", r#"{"user":"{id}","pin":"4831"}"#, [401, 401, 401]),
    ("POST /api/pairings", "", [201, 201, 201]),
    ("POST /api/pairings/collect", r#"{"secret":"x"}"#, [404, 404, 404]),
    ("GET /api/auth/second-factor", "", [401, 200, 403]),
    ("POST /api/auth/second-factor", r#"{"password":"x"}"#, [401, 401, 403]),
    ("DELETE /api/auth/second-factor", r#"{"password":"x","code":"x"}"#, [401, 403, 403]),
    ("POST /api/auth/second-factor/confirm", r#"{"code":"123456"}"#, [401, 409, 403]),
    ("POST /api/auth/second-factor/recovery-codes", r#"{"password":"x","code":"x"}"#, [401, 403, 403]),
    ("POST /api/auth/pin", r#"{"password":"x","pin":"4831"}"#, [401, 401, 403]),
    ("DELETE /api/auth/pin", "", [401, 200, 403]),
    ("GET /api/auth/sessions", "", [401, 200, 403]),
    ("DELETE /api/auth/sessions", "", [401, 200, 403]),
    ("DELETE /api/auth/sessions/{id}", "", [401, 404, 403]),
    ("GET /api/health", "", [401, 200, 200]),
    ("GET /api/openapi.json", "", [401, 200, 200]),
    // These two are no part of the document that they show.
    ("GET /api/docs/", "", [401, 200, 200]),
    ("GET /api/docs/index.css", "", [401, 200, 200]),
];

/// Every route that lists, opens, names or ends a restaurant: a slug, a body, and what those who belong to "default"
/// are answered; managers of it and of all are answered what they are in the last two.
#[rustfmt::skip]
const OF_CHAIN: &[(&str, &str, &str, [u16; 3])] = &[
    ("GET /api/restaurants", "", "", [200, 200, 200]),
    ("POST /api/restaurants", "", r#"{"slug":"{slug}","name":"New"}"#, [403, 403, 201]),
    ("PATCH /api/restaurants/{restaurant}", "default", r#"{"name":"{name}"}"#, [403, 200, 200]),
    ("GET /api/log", "", "", [403, 403, 404]),
    ("PATCH /api/log", "", r#"{"filter":"info"}"#, [403, 403, 404]),
    ("POST /api/restaurants/{restaurant}/archive", "default", "", [403, 403, 200]),
    ("POST /api/restaurants/{restaurant}/restore", "default", "", [403, 403, 200]),
];

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Stranger,
    /// Somebody of the restaurant "default": an account, or a key for bots and displays.
    Of(Role),
    /// A device of the restaurant "default" with a role that people have.
    Device(Role),
    ManagerOfSouth,
    ManagerOfAll,
}

const EVERYBODY: [Who; 11] = [
    Who::Stranger,
    Who::Of(Role::Normal),
    Who::Of(Role::Vip),
    Who::Of(Role::Manager),
    Who::Of(Role::Bot),
    Who::Of(Role::Display),
    Who::Device(Role::Normal),
    Who::Device(Role::Vip),
    Who::Device(Role::Manager),
    Who::ManagerOfSouth,
    Who::ManagerOfAll,
];

/// At which address, and with whose ids in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Address {
    /// `/api/…`, which is the caller's own restaurant.
    Own,
    /// The same by its slug.
    OwnSlug,
    /// The other restaurant by its slug.
    OtherSlug,
    /// `/api/…` with ids of the other restaurant.
    OtherIds,
}

impl Who {
    fn role(self) -> Option<Role> {
        match self {
            Self::Stranger => None,
            Self::Of(role) | Self::Device(role) => Some(role),
            Self::ManagerOfSouth | Self::ManagerOfAll => Some(Role::Manager),
        }
    }

    fn home(self) -> &'static str {
        if self == Self::ManagerOfSouth { "south" } else { "default" }
    }

    fn elsewhere(self) -> &'static str {
        if self == Self::ManagerOfSouth { "default" } else { "south" }
    }

    /// What the table says.
    fn may(self, right: &str) -> &'static str {
        let Some(role) = self.role() else { return "no" };
        let (_, row) = TABLE.iter().find(|(name, _)| *name == right).unwrap();
        row[Role::ALL.iter().position(|it| *it == role).unwrap()]
    }
}

/// The restaurants, and a manager of both who makes what the calls are about.
struct Stage {
    app: TestApp,
    root: Visitor,
    /// The pull bot of each restaurant, by its slug. Callers with the role BOT are the one of "default".
    bots: BTreeMap<&'static str, Value>,
    count: usize,
}

impl Stage {
    async fn set() -> Self {
        // Far more is tried out here at one moment than one session may.
        let limits = Limits { caller_per_s: 0, ..Limits::default() };
        let store = MemoryStore::new();
        store.open_restaurant("south", "FeedMe South");
        let app = TestApp::granting(store, AccessOptions::default(), limits).await;
        let root = app.hire("root", Role::Manager, None).await;
        let mut stage = Self { app, root, bots: BTreeMap::new(), count: 0 };
        stage.clear().await;
        stage
    }

    fn fresh_name(&mut self) -> String {
        self.count += 1;
        format!("name {}", self.count)
    }

    async fn enter(&mut self, who: Who) -> Visitor {
        let name = self.fresh_name();
        let (default, south) = (self.app.restaurant("default"), self.app.restaurant("south"));
        match who {
            Who::Stranger => self.app.stranger(),
            Who::Of(Role::Bot) => self.app.equip(Role::Bot, default, Some(&self.bots["default"])).await,
            Who::Of(Role::Display) => self.app.equip(Role::Display, default, None).await,
            Who::Of(role) => self.app.hire(&name, role, Some(default)).await,
            Who::Device(role) => self.app.equip(role, default, None).await,
            Who::ManagerOfSouth => self.app.hire(&name, Role::Manager, Some(south)).await,
            Who::ManagerOfAll => self.app.hire(&name, Role::Manager, None).await,
        }
    }

    /// Makes what a template names in a restaurant.
    async fn fill(&mut self, template: &str, slug: &str, own: Option<&Visitor>) -> String {
        let Some((before, rest)) = template.split_once('{') else { return template.to_owned() };
        let Some((name, after)) = rest.split_once('}').filter(|(name, _)| !name.contains('"')) else {
            let rest = Box::pin(self.fill(rest, slug, own)).await;
            return format!("{before}{{{rest}");
        };
        let made = self.make(name, slug, own).await;
        let after = Box::pin(self.fill(after, slug, own)).await;
        format!("{before}{made}{after}")
    }

    async fn make(&mut self, what: &str, slug: &str, own: Option<&Visitor>) -> String {
        let base = format!("/api/restaurants/{slug}");
        match what {
            "name" => self.fresh_name(),
            "slug" => self.fresh_name().replace(' ', "-"),
            "bot" => id(&self.bots[slug]).to_owned(),
            "waiting" | "cancelled" | "ready" => {
                let mut body = json!({ "type": "NORMAL" });
                if let Some(user) = own.and_then(|own| own.user) {
                    body["userId"] = user.0.to_string().into();
                }
                let order = self.root.post(&format!("{base}/orders"), &body).await.expect(201)["order"].take();
                let order = id(&order).to_owned();
                if what == "cancelled" {
                    self.root.post_empty(&format!("{base}/orders/{order}/cancel")).await.expect(200);
                } else if what == "ready" {
                    self.cook(&base, &order).await;
                }
                order
            }
            "user" | "deleted user" => {
                let name = self.fresh_name();
                let account = self.app.hire(&name, Role::Normal, Some(self.app.restaurant(slug))).await;
                if what == "deleted user" {
                    self.root.delete(&format!("{base}/users/{}", account.id())).await.expect(200);
                }
                account.id().to_string()
            }
            "key" => {
                let body = json!({ "name": "till", "role": "NORMAL" });
                let made = self.root.post(&format!("{base}/keys"), &body).await.expect(201);
                id(&made["key"]).to_owned()
            }
            "pairing" => {
                // As many wait as there are calls, and so many do not at one address.
                self.count += 1;
                let address = format!("192.0.{}.{}", self.count / 256, self.count % 256);
                let begun = self.app.stranger().at(&address).post_empty("/api/pairings").await.expect(201);
                begun["code"].as_str().expect("it has a code").to_owned()
            }
            "session" => "019696f2-3b80-7cc3-98c5-0bd7c1b4a1f1".to_owned(),
            "id" => "019696f2-3b80-7cc3-98c5-0bd7c1b4a1f0".to_owned(),
            other => panic!("nobody knows how to make {other}"),
        }
    }

    /// Has an order cooked by a pull bot that is there for that alone.
    async fn cook(&mut self, base: &str, order: &str) {
        let bot = self.root.post(&format!("{base}/bots"), &json!({ "mode": "pull" })).await.expect(201);
        let bot = &bot["bot"];
        let claimed = self.root.post_empty(&format!("{base}/bots/{}/claim", id(bot))).await.expect(200);
        assert_eq!(id(&claimed["order"]), order, "nothing else waits");
        let done = json!({ "orderId": order, "botId": bot["id"], "claim": claimed["order"]["claim"] });
        self.root.post(&format!("{base}/orders/complete"), &done).await.expect(200);
        self.root.delete(&format!("{base}/bots/{}", id(bot))).await.expect(200);
    }

    /// Takes away what one call left for the next: no order waits, and each restaurant has one pull bot.
    async fn clear(&mut self) {
        for slug in ["default", "south"] {
            let base = format!("/api/restaurants/{slug}");
            self.root.delete(&format!("{base}/orders/clear")).await.expect(200);
            let bots = self.root.get(&format!("{base}/bots")).await.expect(200)["bots"].take();
            for bot in bots.as_array().unwrap() {
                self.root.delete(&format!("{base}/bots/{}", id(bot))).await.expect(200);
            }
            let added = self.root.post(&format!("{base}/bots"), &json!({ "mode": "pull" })).await.expect(201);
            self.bots.insert(slug, added["bot"].clone());
        }
    }
}

async fn call(visitor: &mut Visitor, method: &str, path: &str, body: &str) -> Answer {
    let method: Method = method.parse().unwrap();
    let request = match body {
        "" => bare(method, path),
        body => with_json(method, path, &serde_json::from_str(body).unwrap()),
    };
    visitor.send(request).await
}

/// What a caller is answered, by the table: a status, and the code of a problem. `names` is a route with its body.
fn expected(who: Who, right: &str, address: Address, names: &str, success: u16) -> (u16, &'static str) {
    let may = who.may(right);
    let names_an_order = ["{waiting}", "{cancelled}", "{ready}"].iter().any(|it| names.contains(it));
    let unknown = [("{bot}", "unknownBot"), ("user}", "unknownUser"), ("{key}", "unknownKey")];
    let unknown = unknown.iter().find(|(name, _)| names.contains(name)).map(|(_, code)| *code);
    let unknown = if names_an_order { Some("unknownOrder") } else { unknown };
    if who == Who::Stranger {
        return (401, "notSignedIn");
    }
    if address == Address::OtherSlug && who != Who::ManagerOfAll {
        return (404, "unknownRestaurant");
    }
    let of_people = ["/users", "/keys", "/pairings", "/audit"].iter().any(|it| names.contains(&format!(" {it}")));
    if may == "no" || of_people && matches!(who, Who::Device(_)) {
        return (403, "forbidden");
    }
    if let Some(unknown) = unknown.filter(|_| address == Address::OtherIds) {
        // A bot's key is asked first which bot it is.
        return if may == "own" && right == "cook" { (409, "notYourBot") } else { (404, unknown) };
    }
    // A device has no account, so no order is its own.
    if matches!(who, Who::Device(_)) && may == "own" && names_an_order {
        return (404, "unknownOrder");
    }
    let code = match success {
        409 => "staleClaim",
        // The account is there, the session is not.
        404 => "unknownSession",
        _ => "",
    };
    (success, code)
}

#[tokio::test(start_paused = true)]
async fn everybody_may_what_the_table_says_and_nothing_else() {
    let mut stage = Stage::set().await;
    let mut calls = 0;
    for (route, right, body, success) in OF_RESTAURANTS {
        for who in EVERYBODY {
            for address in [Address::Own, Address::OwnSlug, Address::OtherSlug, Address::OtherIds] {
                let of_other = matches!(address, Address::OtherSlug | Address::OtherIds);
                let slug = if of_other { who.elsewhere() } else { who.home() };
                let mut visitor = stage.enter(who).await;
                let is_customer = matches!(who, Who::Of(Role::Normal | Role::Vip)) && !of_other;
                let own = visitor.clone();
                let path = stage.fill(route, slug, Some(&own).filter(|_| is_customer)).await;
                let filled = stage.fill(body, slug, Some(&own).filter(|_| is_customer)).await;
                let (method, path) = path.split_once(' ').unwrap();
                let base = match address {
                    Address::Own | Address::OtherIds => "/api".to_owned(),
                    Address::OwnSlug | Address::OtherSlug => format!("/api/restaurants/{slug}"),
                };
                let answer = call(&mut visitor, method, &format!("{base}{path}"), &filled).await;
                let names = format!("{route} {body}");
                let (status, code) = expected(who, right, address, &names, *success);
                let said = String::from_utf8_lossy(&answer.body).into_owned();
                assert_eq!(answer.status.as_u16(), status, "{who:?} at {address:?}: {names}: {said}");
                if !code.is_empty() {
                    answer.expect_problem(status, code);
                }
                calls += 1;
                stage.clear().await;
            }
        }
    }
    assert_eq!(calls, OF_RESTAURANTS.len() * EVERYBODY.len() * 4);
}

#[tokio::test(start_paused = true)]
async fn the_routes_of_the_server_ask_who_one_is_and_no_more() {
    let mut stage = Stage::set().await;
    for (route, body, [of_stranger, of_person, of_device]) in OF_SERVER {
        for who in EVERYBODY {
            let mut visitor = stage.enter(who).await;
            let expected = match who {
                Who::Stranger => of_stranger,
                Who::Device(_) | Who::Of(Role::Bot | Role::Display) => of_device,
                _ => of_person,
            };
            let path = stage.fill(route, "default", None).await;
            let body = stage.fill(body, "default", None).await;
            let (method, path) = path.split_once(' ').unwrap();
            let answer = call(&mut visitor, method, path, &body).await;
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(answer.status.as_u16(), *expected, "{who:?}: {route}: {said}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_chain_is_run_by_those_who_run_all_of_it() {
    let mut stage = Stage::set().await;
    for (route, slug, body, [of_others, of_manager, of_all]) in OF_CHAIN {
        for who in EVERYBODY {
            let mut visitor = stage.enter(who).await;
            let expected = match who {
                Who::Stranger => 401,
                Who::ManagerOfAll => *of_all,
                // Whose restaurants are others' business does not learn which there are.
                Who::ManagerOfSouth if !slug.is_empty() => 404,
                Who::ManagerOfSouth | Who::Of(Role::Manager) | Who::Device(Role::Manager) => *of_manager,
                _ => *of_others,
            };
            let body = stage.fill(body, "default", None).await;
            let (method, path) = route.split_once(' ').unwrap();
            let answer = call(&mut visitor, method, &path.replace("{restaurant}", slug), &body).await;
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(answer.status.as_u16(), expected, "{who:?}: {route}: {said}");
        }
    }
    let unknown = stage.app.hire("nobody", Role::Normal, Some(stage.app.restaurant("default"))).await;
    for rest in ["", "/archive", "/restore"] {
        let method = if rest.is_empty() { "PATCH" } else { "POST" };
        let body = if rest.is_empty() { r#"{"name":"x"}"# } else { "" };
        for slug in ["south", "nowhere"] {
            let answer = call(&mut unknown.clone(), method, &format!("/api/restaurants/{slug}{rest}"), body).await;
            answer.expect_problem(404, "unknownRestaurant");
        }
    }
}

/// So that a route which is added without a thought for who may use it fails here.
#[test]
fn the_tables_above_have_every_route_of_the_document_and_no_other() {
    let document = serde_json::to_value(feedme_server::openapi()).unwrap();
    let mut documented = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            documented.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let without_names = |route: &str| {
        let route = route.split('?').next().unwrap();
        let parts =
            route.split('/').map(|part| if part == "{session}" || !part.starts_with('{') { part } else { "{id}" });
        parts.collect::<Vec<_>>().join("/")
    };
    let mut listed = BTreeSet::new();
    for (route, ..) in OF_RESTAURANTS {
        let (method, path) = route.split_once(' ').unwrap();
        listed.insert(without_names(&format!("{method} /api{path}")));
        listed.insert(format!("{method} /api/restaurants/{{restaurant}}{}", without_names(path)));
    }
    listed.extend(OF_CHAIN.iter().map(|(route, ..)| (*route).to_owned()));
    listed.extend(OF_SERVER.iter().map(|(route, ..)| without_names(route)).filter(|it| !it.contains("/api/docs")));
    assert_eq!(listed, documented);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_route_is_refused_to_everybody_alike() {
    let mut stage = Stage::set().await;
    for who in EVERYBODY {
        let mut visitor = stage.enter(who).await;
        for path in ["/api/nothing", "/api/users/x/y/z", "/api/restaurants/default/nothing"] {
            visitor.get(path).await.expect_problem(404, "unknownRoute");
        }
        visitor.post_empty("/api/board").await.expect_problem(405, "methodNotAllowed");
    }
}
