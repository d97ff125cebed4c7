//! Somebody who asks: a browser with its cookies, or a device with its key.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use feedme_access::token::Secret;
use feedme_kitchen::{BotId, UserId};
use feedme_server::Peer;
use feedme_store::RestaurantId;
use feedme_store::accounts::{Account, ApiKey, Membership, PasswordHash, Role, Saved, Session, Via};
use http::{HeaderValue, Method, Request, header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::app::{TestApp, bare, with_json};
use crate::screen::Screen;

/// How long a session lasts that was not begun by signing in: a week.
const SESSION_MS: u64 = 7 * 24 * 60 * 60_000;

/// Somebody who asks. A clone is another tab of the same browser.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Whom they ask.
    pub app: TestApp,
    /// What their browser keeps, by name.
    pub cookies: BTreeMap<String, String>,
    /// What their device shows.
    pub key: Option<String>,
    /// The account, if it was made for them.
    pub user: Option<UserId>,
    address: Option<SocketAddr>,
}

impl TestApp {
    /// Somebody whom nobody knows, without an address.
    #[must_use]
    pub fn stranger(&self) -> Visitor {
        Visitor { app: self.clone(), cookies: BTreeMap::new(), key: None, user: None, address: None }
    }

    /// Makes an account with a password.
    pub async fn open_account(
        &self,
        name: &str,
        role: Role,
        restaurant: Option<RestaurantId>,
        password: &str,
    ) -> UserId {
        let password = PasswordHash(feedme_access::password::hash(password));
        self.save_account(name, role, restaurant, Some(password)).await.id
    }

    /// Somebody with an account and a session, neither of which took a password.
    pub async fn hire(&self, name: &str, role: Role, restaurant: Option<RestaurantId>) -> Visitor {
        let account = self.save_account(name, role, restaurant, None).await;
        let (now, token) = (self.engine.now(), Secret::token());
        let session = Session {
            id: self.engine.ids().uuid(now),
            digest: token.digest().0,
            user: account.id,
            via: Via::Password,
            created_at: now,
            seen_at: now,
            expires_at: now.plus_ms(SESSION_MS),
            address: None,
            device: None,
        };
        let begun = self.accounts.begin_session_if_unchanged(&session, &account).await.expect("it can be written");
        assert!(begun, "the account is there");
        let mut visitor = self.stranger();
        visitor.cookies.insert("feedme_session".into(), token.reveal().to_owned());
        Visitor { user: Some(account.id), ..visitor }
    }

    /// A device with a key.
    pub async fn equip(&self, role: Role, restaurant: RestaurantId, bot: Option<&Value>) -> Visitor {
        let (now, secret) = (self.engine.now(), Secret::api_key());
        let bot = bot.map(|bot| BotId(bot["id"].as_str().and_then(|id| id.parse().ok()).expect("bots have an id")));
        let key = ApiKey {
            id: self.engine.ids().uuid(now),
            digest: secret.digest().0,
            shown: secret.shown().to_owned(),
            name: format!("{} device", role.name()),
            restaurant,
            role,
            bot,
            created_at: now,
            expires_at: None,
            seen_at: None,
            revoked_at: None,
        };
        self.accounts.save_key(&key).await.expect("it can be written");
        Visitor { key: Some(secret.reveal().to_owned()), ..self.stranger() }
    }

    /// The restaurant with this slug, which is served already.
    #[must_use]
    pub fn restaurant(&self, slug: &str) -> RestaurantId {
        let mut served = self.engine.positions().into_iter().filter_map(|(id, _)| self.engine.served(id));
        let found = served.find_map(|feed| Some(feed.restaurant()).filter(|restaurant| restaurant.slug == slug));
        found.expect("the restaurant is there").id
    }

    async fn save_account(
        &self,
        name: &str,
        role: Role,
        restaurant: Option<RestaurantId>,
        password: Option<PasswordHash>,
    ) -> Account {
        let now = self.engine.now();
        let account = Account {
            id: UserId(self.engine.ids().uuid(now)),
            name: name.to_owned(),
            password,
            has_second_factor: false,
            memberships: vec![Membership { restaurant, role }],
            is_demonstration: false,
            created_at: now,
            updated_at: now,
            disabled_at: None,
            deleted_at: None,
        };
        let saved = self.accounts.save_account(&account, None, None).await.expect("it can be written");
        assert!(matches!(saved, Saved::Done(_)), "the name {name} is free");
        account
    }
}

impl Visitor {
    /// The same from an address.
    #[must_use]
    pub fn at(self, address: &str) -> Self {
        let address: IpAddr = address.parse().expect("it is an address");
        Self { address: Some((address, 40_000).into()), ..self }
    }

    /// Sends a request with what the browser or the device sends along, and keeps the cookies of the answer.
    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        self.sign(&mut request);
        let response = self.app.service.answer(request).await;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("our cookies are ASCII");
            let (name, rest) = cookie.split_once('=').expect("a cookie has a name");
            match rest.split(';').next().expect("it has a value") {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        if response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream") {
            let (parts, _) = response.into_parts();
            return Answer { status: parts.status, headers: parts.headers, body: Vec::new() };
        }
        Answer::read(response).await
    }

    /// GET.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(bare(Method::GET, path)).await
    }

    /// POST with a body of JSON.
    pub async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send(with_json(Method::POST, path, body)).await
    }

    /// POST with a body of JSON and an idempotency key.
    pub async fn post_keyed(&mut self, path: &str, body: &Value, key: &str) -> Answer {
        let mut request = with_json(Method::POST, path, body);
        request.headers_mut().insert("idempotency-key", HeaderValue::try_from(key).expect("a legal header"));
        self.send(request).await
    }

    /// POST without a body.
    pub async fn post_empty(&mut self, path: &str) -> Answer {
        self.send(bare(Method::POST, path)).await
    }

    /// PATCH with a body of JSON.
    pub async fn patch(&mut self, path: &str, body: &Value) -> Answer {
        self.send(with_json(Method::PATCH, path, body)).await
    }

    /// DELETE.
    pub async fn delete(&mut self, path: &str) -> Answer {
        self.send(bare(Method::DELETE, path)).await
    }

    /// Signs in.
    pub async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        self.post("/api/auth/login", &json!({ "username": name, "password": password })).await
    }

    /// Opens a stream.
    pub async fn screen(&mut self) -> Screen {
        let mut request = bare(Method::GET, "/api/events");
        self.sign(&mut request);
        Screen::open(self.app.service.answer(request).await)
    }

    /// The account's id, as it stands in bodies.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.user.expect("there is an account").0
    }

    fn sign(&self, request: &mut Request<Body>) {
        if !self.cookies.is_empty() {
            let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let cookies = HeaderValue::try_from(cookies.join("; ")).expect("our cookies are ASCII");
            request.headers_mut().insert(header::COOKIE, cookies);
        }
        if let Some(key) = &self.key {
            let key = HeaderValue::try_from(format!("Bearer {key}")).expect("a key is ASCII");
            request.headers_mut().insert(header::AUTHORIZATION, key);
        }
        if let Some(address) = self.address {
            request.extensions_mut().insert(Peer { address, tls: false });
        }
    }
}
