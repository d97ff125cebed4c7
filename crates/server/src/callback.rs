//! Callbacks of the delayed-message service: completions that are believed for their signature alone.

use axum::extract::{FromRequest as _, Request};
use axum::response::Response;
use feedme_api::place::CompleteDue;
use feedme_api::{Code, Problem, json};
use feedme_delayed::Delayed;
use feedme_engine::Request as Asked;
use feedme_kitchen::Actor;
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, Uri};

use crate::answer;
use crate::app::App;
use crate::body::Body;
use crate::call;
use crate::problem::Refused;
use crate::site::{base, no_parameters, restaurant, slug};

const SIGNATURE: HeaderName = HeaderName::from_static("upstash-signature");

/// Where callbacks go, below what the restaurant's addresses begin with.
const PATH: &str = "/orders/complete";

/// Whether a request claims to be a callback.
pub(crate) fn is_one(request: &Parts) -> bool {
    claims(&request.method, &request.uri, &request.headers)
}

/// Whether what stands before a body claims to be a callback's.
pub(crate) fn claims(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    method == Method::POST && uri.path().strip_prefix(base(uri)) == Some(PATH) && headers.contains_key(SIGNATURE)
}

/// The name under which this request may arrive besides the server's own: only what claims to be a callback has
/// one.
pub(crate) fn host<'a, B>(request: &http::Request<B>, app: &'a App) -> Option<&'a str> {
    let is_callback = claims(request.method(), request.uri(), request.headers());
    app.delayed().filter(|_| is_callback).map(Delayed::callback_host)
}

/// Completes an order on the service's word. It needs no idempotency key: the claim makes a second word worthless.
pub(crate) async fn complete(request: Request, app: &App) -> Result<Response, Refused> {
    let Body { parts, bytes: body } = Body::from_request(request, app).await?;
    if let Err(bad) = judge(&parts.headers, slug(&parts.uri), &body, app) {
        app.rates().count_stranger(&parts)?;
        return Err(bad.into());
    }
    no_parameters(&parts.uri)?;
    let restaurant = restaurant(&parts.uri, app).await?;
    let body: CompleteDue = json::parse(&body)?;
    let asked = Asked::new(body.into(), Actor::Timer);
    call::execute(app.engine(), restaurant, asked, answer::completion, base(&parts.uri)).await
}

fn judge(headers: &HeaderMap, slug: Option<&str>, body: &[u8], app: &App) -> Result<(), Problem> {
    let bad = |why: &str| {
        tracing::debug!(why, "a callback is refused");
        Problem::new(Code::BadSignature, format!("Upstash-Signature: {why}"))
    };
    let delayed = app.delayed().ok_or_else(|| bad("no delayed-message service is used here"))?;
    let mut signatures = headers.get_all(SIGNATURE).iter();
    let token = signatures.next().and_then(|token| token.to_str().ok()).filter(|_| signatures.next().is_none());
    let token = token.ok_or_else(|| bad("expected one value of visible ASCII characters"))?;
    let now = app.engine().wall_time();
    delayed.verify(token, slug, body, now).map_err(|why| bad(&why.to_string()))
}
