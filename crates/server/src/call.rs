//! A call that may change something: its body is read within limits, and its idempotency key bound to it.

use axum::extract::{FromRequest, Request};
use axum::response::Response;
use feedme_api::Problem;
use feedme_engine::{Engine, Keyed, Reply, Request as Asked};
use feedme_kitchen::Command;
use feedme_store::{KeyScope, RestaurantId};
use http::{HeaderName, HeaderValue};
use serde::de::DeserializeOwned;

use crate::answer::{self, Render};
use crate::app::App;
use crate::body::Body;
use crate::problem::{Refused, of_failure};
use crate::site::{Site, base};

/// Characters of an idempotency key at most.
const KEY_MAX: usize = 255;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A call that may change something.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) site: Site,
    body: Body,
}

impl FromRequest<App> for Call {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let body = Body::from_request(request, app).await?;
        body.no_parameters()?;
        Ok(Self { site: Site::of(&body.parts, app).await?, body })
    }
}

impl Call {
    /// The body, which must be JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.body.json()
    }

    /// The body, which may be missing.
    pub(crate) fn json_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, Problem> {
        self.body.json_or_default()
    }

    /// A call that needs no body: it has none, or `{}`.
    pub(crate) fn no_body(&self) -> Result<(), Problem> {
        self.body.nothing()
    }

    /// Has the command carried out and answers with what became of it, or with what became of it the first
    /// time.
    pub(crate) async fn execute(self, command: Command, render: Render) -> Result<Response, Refused> {
        let key = self.key(render)?;
        let Self { site, body } = self;
        let request = Asked { command, actor: site.caller.actor(), key };
        execute(site.engine(), site.restaurant, request, render, base(&body.parts.uri)).await
    }

    fn key(&self, render: Render) -> Result<Option<Keyed>, Problem> {
        let mut keys = self.body.parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        let Some(key) = keys.next() else { return Ok(None) };
        let legal = |key: &[u8]| (1..=KEY_MAX).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
        let key = key.to_str().ok().filter(|key| legal(key.as_bytes()) && keys.next().is_none());
        let key = key.ok_or_else(|| {
            Problem::invalid(IDEMPOTENCY_KEY.as_str(), "one value of 1 to 255 visible ASCII characters")
        })?;
        let base = base(&self.body.parts.uri).to_owned();
        Ok(Some(Keyed {
            scope: KeyScope { caller: self.site.caller.scope(), key: key.to_owned() },
            fingerprint: self.fingerprint(),
            render: Box::new(move |outcome| render(outcome, &base)),
        }))
    }

    /// A digest of method, path and body. Neither of the first two can contain a NUL.
    fn fingerprint(&self) -> [u8; 32] {
        let mut digest = blake3::Hasher::new();
        for part in [self.body.parts.method.as_str().as_bytes(), b"\0", self.body.parts.uri.path().as_bytes(), b"\0"] {
            digest.update(part);
        }
        digest.update(&self.body.bytes);
        *digest.finalize().as_bytes()
    }
}

/// Has a request carried out and answers with what became of it.
pub(crate) async fn execute(
    engine: &Engine,
    restaurant: RestaurantId,
    request: Asked,
    render: Render,
    base: &str,
) -> Result<Response, Refused> {
    match engine.execute(restaurant, request).await {
        Ok(Reply::Fresh { outcome, .. }) => {
            let answer = render(&outcome, base);
            Ok(answer::respond(answer.status, answer.location, answer.body))
        }
        Ok(Reply::Replayed(kept)) => {
            let mut response = answer::respond(kept.status, kept.location, kept.body);
            response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
            Ok(response)
        }
        Err(failure) => Err(of_failure(&failure, engine.now()).into()),
    }
}
