//! A call that may change something: its body is read within limits, and its idempotency key bound to it.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use feedme_api::{Code, Problem, json};
use feedme_engine::{Engine, Keyed, Reply, Request as Asked};
use feedme_kitchen::Command;
use feedme_store::{KeyScope, RestaurantId};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::answer::{self, Render};
use crate::app::App;
use crate::limits::BODY_MAX_BYTES;
use crate::problem::{Refused, of_failure};
use crate::site::{Site, base, no_parameters};

/// Characters of an idempotency key at most.
const KEY_MAX: usize = 255;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// In open mode all callers are one.
const OPEN_CALLER: &str = "open";

/// A call that may change something.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) site: Site,
    parts: Parts,
    body: Bytes,
}

impl FromRequest<App> for Call {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        no_parameters(&parts.uri)?;
        let site = Site::of(&parts.uri, app)?;
        Ok(Self { site, parts, body: read(body, app).await? })
    }
}

impl Call {
    /// The body, which must be JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        check_media_type(&self.parts.headers)?;
        json::parse(&self.body)
    }

    /// The body, which may be missing.
    pub(crate) fn json_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, Problem> {
        if self.body.is_empty() { Ok(T::default()) } else { self.json() }
    }

    /// A call that needs no body: it has none, or `{}`.
    pub(crate) fn no_body(&self) -> Result<(), Problem> {
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}
        self.json_or_default().map(|Nothing {}| ())
    }

    /// Has the command carried out and answers with what became of it, or with what became of it the first
    /// time.
    pub(crate) async fn execute(self, command: Command, render: Render) -> Result<Response, Refused> {
        let key = self.key(render)?;
        let Self { site, parts, .. } = self;
        let request = Asked { command, actor: site.actor, key };
        execute(site.engine(), site.restaurant, request, render, base(&parts.uri)).await
    }

    fn key(&self, render: Render) -> Result<Option<Keyed>, Problem> {
        let mut keys = self.parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        let Some(key) = keys.next() else { return Ok(None) };
        let legal = |key: &[u8]| (1..=KEY_MAX).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
        let key = key.to_str().ok().filter(|key| legal(key.as_bytes()) && keys.next().is_none());
        let key = key.ok_or_else(|| {
            Problem::invalid(IDEMPOTENCY_KEY.as_str(), "one value of 1 to 255 visible ASCII characters")
        })?;
        let base = base(&self.parts.uri).to_owned();
        Ok(Some(Keyed {
            scope: KeyScope { caller: OPEN_CALLER.to_owned(), key: key.to_owned() },
            fingerprint: self.fingerprint(),
            render: Box::new(move |outcome| render(outcome, &base)),
        }))
    }

    /// A digest of method, path and body. Neither of the first two can contain a NUL.
    fn fingerprint(&self) -> [u8; 32] {
        let mut digest = blake3::Hasher::new();
        for part in [self.parts.method.as_str().as_bytes(), b"\0", self.parts.uri.path().as_bytes(), b"\0"] {
            digest.update(part);
        }
        digest.update(&self.body);
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

fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let essence = types.next().and_then(|value| value.to_str().ok()?.split(';').next());
    if types.next().is_some() {
        return Err(Problem::invalid("Content-Type", "one value: `application/json`"));
    }
    let is_json = essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"));
    let encoded = headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity");
    if is_json && !encoded {
        return Ok(());
    }
    let detail = "Content-Type: expected `application/json` without a Content-Encoding";
    Err(Problem::new(Code::UnsupportedMediaType, detail))
}

/// Reads a body within the limits.
pub(crate) async fn read(body: Body, app: &App) -> Result<Bytes, Problem> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let late = |_| Problem::new(Code::RequestTimeout, "the body did not arrive in time");
    tokio::time::timeout(app.limits().body_within, read_whole(body)).await.map_err(late)?
}

/// Reads a body up to its largest size. One that arrives in one piece is not copied.
async fn read_whole(mut body: Body) -> Result<Bytes, Problem> {
    let too_large = || Problem::new(Code::PayloadTooLarge, "the body is larger than 64 KiB");
    if body.size_hint().lower() > BODY_MAX_BYTES as u64 {
        return Err(too_large());
    }
    let mut whole = Bytes::new();
    let mut pieces = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            tracing::debug!(%error, "a body broke off");
            Problem::new(Code::MalformedRequest, "the body broke off or is framed wrongly")
        })?;
        let Ok(piece) = frame.into_data() else { continue };
        if whole.len() + pieces.len() + piece.len() > BODY_MAX_BYTES {
            return Err(too_large());
        }
        if whole.is_empty() && pieces.is_empty() {
            whole = piece;
        } else {
            pieces.extend_from_slice(&std::mem::take(&mut whole));
            pieces.extend_from_slice(&piece);
        }
    }
    Ok(if pieces.is_empty() { whole } else { pieces.freeze() })
}
