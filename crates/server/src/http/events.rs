//! Live events.

use axum::body::Body;
use axum::extract::Query;
use axum::response::Response;
use feedme_api::event::LiveEvents;
use feedme_api::{Problem, history};
use feedme_engine::Position;
use feedme_kitchen::Version;
use feedme_store::Epoch;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::problem::Refused;
use crate::site::{Follow, Read};
use crate::stream::EventStream;
use crate::transport::handover::Endless;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Tells nginx and its like not to hold frames back.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![routes!(follow_events)]
}

/// Follow everything that happens
///
/// Server-sent events. Without a position, or with one that cannot be resumed, the first event is `snapshot`,
/// the same as `/api/board`; then one frame for each event, with `id: epoch-version`, its name in `event:` and
/// its payload in `data:` (see the schema: a payload for each name). `heartbeat` comes at once and every two
/// seconds, without an id. A client that comes back with `Last-Event-ID` goes on where it was.
#[utoipa::path(get, path = "/api/events", tag = "board", params(
    ("Last-Event-ID" = Option<String>, Header, description = "The last id that arrived; goes before `after`"),
    ("after" = Option<String>, Query, description = "The last id that arrived, for clients that cannot set headers"),
), responses(
    (status = 200, description = "The stream", body = LiveEvents<'static>, content_type = "text/event-stream"),
    (status = 429, description = "Too many requests, or too many streams of this account or key; see `Retry-After`"),
))]
async fn follow_events(Follow(Read { site, parts }): Follow) -> Result<Response, Refused> {
    let after = after(&parts.uri)?;
    let last = last(&parts.headers)?;
    let place = site.app.following().begin(&site.caller)?;
    let standing = site.caller.standing().cloned();
    let following = site.engine().follow(&site.feed, last.or(after)).await;
    let following = following.map_err(|failure| Refused::of(&failure, site.engine().now()))?;
    let stream = EventStream::new(site.app, site.feed, standing, place, following);
    let mut response = Response::new(Body::new(stream));
    response.extensions_mut().insert(Endless);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}

fn last(headers: &HeaderMap) -> Result<Option<Position>, Problem> {
    const NAME: &str = "Last-Event-ID";
    let mut ids = headers.get_all(LAST_EVENT_ID).iter();
    let last = ids.next().map(|id| position(NAME, id.to_str().unwrap_or_default())).transpose()?;
    if ids.next().is_some() { Err(Problem::invalid(NAME, "one value")) } else { Ok(last) }
}

fn after(uri: &Uri) -> Result<Option<Position>, Problem> {
    let malformed = |_| Problem::invalid("after", "the id of an event: `epoch-version`");
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(malformed)?;
    if let Some((unknown, _)) = pairs.iter().find(|(name, _)| name != "after") {
        return Err(history::unknown_parameter(unknown, "`after`"));
    }
    match &pairs[..] {
        [] => Ok(None),
        [(_, id)] => position("after", id).map(Some),
        _ => Err(Problem::invalid("after", "one value")),
    }
}

fn position(field: &str, id: &str) -> Result<Position, Problem> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = id.split_once('-').filter(|(epoch, version)| digits(epoch) && digits(version));
    let parsed = parsed.and_then(|(epoch, version)| {
        Some(Position { epoch: Epoch(epoch.parse().ok()?), version: Version(version.parse().ok()?) })
    });
    parsed.ok_or_else(|| Problem::invalid(field, "the id of an event: `epoch-version`"))
}
