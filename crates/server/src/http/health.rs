//! How the server is doing.

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use feedme_api::health::{Check, Health, Verdict};
use feedme_delayed::{Answers, Delayed};
use feedme_engine::Health as Found;
use feedme_kitchen::Time;
use http::StatusCode;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::answer;
use crate::app::App;

/// How old a confirmation by the database may be. It is asked twice a second; ten times in vain is no hiccup.
const CONFIRMED_WITHIN_MS: u64 = 5_000;

/// How long ago the sweep may have run, which it does twice a second, and how late an order may be: a lost
/// timer is made good after a second or two.
const LATE_AFTER_MS: u64 = 5_000;

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![routes!(get_live), routes!(get_ready), routes!(get_health)]
}

/// Does the process run?
#[utoipa::path(get, path = "/livez", tag = "health", responses((status = 200, description = "It does")))]
async fn get_live() -> Response {
    answer::json(Bytes::from_static(br#"{"status":"ok"}"#))
}

/// May requests be sent here?
#[utoipa::path(get, path = "/readyz", tag = "health", responses(
    (status = 200, description = "They may"),
    (status = 503, description = "The server is stopping, or its database has failed"),
))]
async fn get_ready(State(app): State<App>) -> Response {
    if app.is_stopping() || app.engine().health().failed.is_some() {
        return answer::respond(503, None, br#"{"status":"failing"}"#.to_vec());
    }
    answer::json(Bytes::from_static(br#"{"status":"ok"}"#))
}

/// How is the server doing?
#[utoipa::path(get, path = "/api/health", tag = "health", responses(
    (status = 200, description = "Every check is as it should be", body = Health),
    (status = 503, description = "One is not", body = Health),
))]
async fn get_health(State(app): State<App>) -> Response {
    let found = app.engine().health();
    let mut checks = checks(&found);
    checks.extend(app.delayed().map(|delayed| delayed_messages(delayed, found.now)));
    let health = Health::of(checks);
    let status = match health.status {
        Verdict::Ok => StatusCode::OK,
        Verdict::Failing => StatusCode::SERVICE_UNAVAILABLE,
    };
    answer::respond(status.as_u16(), None, answer::to_json(&health))
}

fn checks(found: &Found) -> Vec<Check> {
    vec![database(found), scheduler(found), stuck_orders(found), queue(found)]
}

fn database(found: &Found) -> Check {
    if found.failed.is_some() {
        // The reason may name files and machines; it is in the log.
        return Check::new("database", false, "it has failed; the server is ending".into());
    }
    let confirmed_ms = found.now.since_ms(found.confirmed_at);
    let ok = confirmed_ms <= CONFIRMED_WITHIN_MS;
    Check::new("database", ok, format!("it confirmed what is shown {confirmed_ms} ms ago"))
}

fn scheduler(found: &Found) -> Check {
    let (swept_ms, lag_ms) = (found.now.since_ms(found.swept_at), found.scheduler_lag_ms);
    let lag = match lag_ms {
        0 => "no order is overdue".to_owned(),
        _ => format!("the most overdue order is {lag_ms} ms late"),
    };
    let ok = swept_ms <= LATE_AFTER_MS && lag_ms <= LATE_AFTER_MS;
    Check::new("scheduler", ok, format!("the sweep ran {swept_ms} ms ago; {lag}"))
}

fn stuck_orders(found: &Found) -> Check {
    let detail = match found.stuck_orders {
        0 => "no order is more than 30 s overdue".to_owned(),
        stuck => format!("more than 30 s overdue: {stuck}"),
    };
    Check::new("stuckOrders", found.stuck_orders == 0, detail)
}

fn delayed_messages(delayed: &Delayed, now: Time) -> Check {
    let instead = "the sweep completes what is due";
    let (ok, detail) = match delayed.answers() {
        Answers::NotAsked => (true, "the service was not asked for anything yet".to_owned()),
        Answers::At(at) => (true, format!("the service answered {} ms ago", now.since_ms(at))),
        Answers::NotSince(since) => {
            (false, format!("the service has not answered for {} ms; {instead}", now.since_ms(since)))
        }
        Answers::Refuses { since, status } => {
            let since_ms = now.since_ms(since);
            (false, format!("the service has refused messages for {since_ms} ms, with status {status}; {instead}"))
        }
    };
    let detail = match delayed.dropped() {
        0 => detail,
        dropped => format!("{detail}; not published since the start because too many waited: {dropped}"),
    };
    Check::new("delayedMessages", ok, detail)
}

fn queue(found: &Found) -> Check {
    let Found { queued, queue_max, .. } = found;
    // Beyond nine tenths the next burst is refused.
    Check::new("queue", queued * 10 < queue_max * 9, format!("{queued} of {queue_max} places are taken"))
}
