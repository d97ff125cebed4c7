//! A request's body, read within limits.

use axum::body::Body as Stream;
use axum::extract::{FromRequest, Request};
use bytes::{Bytes, BytesMut};
use feedme_api::{Code, Problem, json};
use http::request::Parts;
use http::{HeaderMap, header};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::limits::BODY_MAX_BYTES;
use crate::problem::Refused;
use crate::site::no_parameters;

/// A request with its body.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) parts: Parts,
    pub(crate) bytes: Bytes,
}

impl FromRequest<App> for Body {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let bytes = if body.is_end_stream() {
            Bytes::new()
        } else {
            let late = |_| Problem::new(Code::RequestTimeout, "the body did not arrive in time");
            tokio::time::timeout(app.limits().body_within, read(body)).await.map_err(late)??
        };
        Ok(Self { parts, bytes })
    }
}

impl Body {
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// Refuses an address with parameters.
    pub(crate) fn no_parameters(&self) -> Result<(), Problem> {
        no_parameters(&self.parts.uri)
    }

    /// What it says, which must be JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.no_parameters()?;
        check_media_type(&self.parts.headers)?;
        json::parse(&self.bytes)
    }

    /// What it says; it may be missing.
    pub(crate) fn json_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, Problem> {
        if self.bytes.is_empty() { self.no_parameters().map(|()| T::default()) } else { self.json() }
    }

    /// Demands that it says nothing: that it is missing, or `{}`.
    pub(crate) fn nothing(&self) -> Result<(), Problem> {
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}
        self.json_or_default().map(|Nothing {}| ())
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

/// Reads a body up to the limit. One that arrives in one piece is not copied.
async fn read(mut body: Stream) -> Result<Bytes, Problem> {
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
