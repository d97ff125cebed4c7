//! Reads of a version: the bytes are made once, and a caller who has them is told so.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use feedme_api::Timestamp;
use feedme_engine::{Position, Snapshot};
use feedme_kitchen::Time;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::answer;
use crate::site::{Read, Site};

const SERVER_TIME: HeaderName = HeaderName::from_static("feedme-server-time");
const CONFIRMED_AT: HeaderName = HeaderName::from_static("feedme-confirmed-at");

/// Reads may be kept, but never shown without asking.
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// The renderings of a snapshot that are kept.
#[derive(Clone, Copy, Debug)]
#[repr(usize)]
pub(crate) enum Rendering {
    Orders,
    Board,
    Bots,
    SnapshotFrame,
}

/// Answers with a rendering of the current version; 304 when the caller has it. A 304 looks at nothing but
/// the version's number.
pub(crate) fn read(Read { site, parts }: &Read, which: Rendering, render: fn(&Snapshot) -> Vec<u8>) -> Response {
    // Read first: what is read afterwards is at least as new as what was confirmed.
    let confirmed_at = site.feed.confirmed_at();
    let tag = tag(site.feed.position());
    if matches(&parts.headers, &tag) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        stamp(site, &mut response, tag, confirmed_at);
        return response;
    }
    let snapshot = site.feed.snapshot();
    let bytes = snapshot.rendering(which as usize, |snapshot| Bytes::from(render(snapshot)));
    let mut response = answer::json(bytes);
    let shown = Position { epoch: snapshot.epoch(), version: snapshot.version };
    stamp(site, &mut response, self::tag(shown), confirmed_at);
    response
}

/// Answers with bytes that belong to no one version; 304 when the caller has them.
pub(crate) fn of_bytes(asked: &HeaderMap, body: Vec<u8>, now: Time, confirmed_at: Time) -> Response {
    let digest = blake3::hash(&body).to_hex();
    // Sixteen digits: two answers that one caller holds against each other are not alike by chance.
    let tag = format!("\"{}\"", &digest[..16]);
    let mut response = if matches(asked, &tag) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        answer::json(body.into())
    };
    put(&mut response, tag, now, confirmed_at);
    response
}

fn stamp(site: &Site, response: &mut Response, tag: String, confirmed_at: Time) {
    put(response, tag, site.engine().now(), confirmed_at);
}

fn put(response: &mut Response, tag: String, now: Time, confirmed_at: Time) {
    let headers = response.headers_mut();
    headers.insert(header::ETAG, HeaderValue::try_from(tag).expect("a tag is ASCII"));
    headers.insert(header::CACHE_CONTROL, NO_CACHE);
    headers.insert(SERVER_TIME, moment(now));
    headers.insert(CONFIRMED_AT, moment(confirmed_at));
}

fn moment(time: Time) -> HeaderValue {
    Timestamp(time).with_str(|text| HeaderValue::from_str(text).expect("a moment is ASCII"))
}

fn tag(at: Position) -> String {
    format!("\"{}-{}\"", at.epoch, at.version)
}

/// Whether `If-None-Match` names the tag. Weak tags count, as RFC 9110 says for this header.
fn matches(headers: &HeaderMap, tag: &str) -> bool {
    headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
    })
}
