//! Problems as answers, and what the engine refuses as problems.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use feedme_api::problem::PROBLEM_JSON;
use feedme_api::{Code, Problem, Timestamp};
use feedme_engine::Failure;
use feedme_kitchen::{Refusal, Status, Time};
use feedme_store::StoreError;
use http::{HeaderValue, StatusCode, header};

/// When to try again after the lane's queue was full: it drains within a second.
const RETRY_QUEUE_AFTER_S: u32 = 1;

/// When to try again while the database is away: the sweep looks at it twice a second.
const RETRY_DATABASE_AFTER_S: u32 = 2;

/// When to try again while ordering is paused: a person paused it, and resumes it after minutes.
const RETRY_PAUSED_AFTER_S: u32 = 30;

/// A problem on its way to the caller.
#[derive(Clone, Debug)]
pub(crate) struct Refused(pub(crate) Box<Problem>);

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "a read failed");
        Problem::new(Code::Unavailable, "the database is not available").retry_after_s(RETRY_DATABASE_AFTER_S).into()
    }
}

impl Refused {
    /// What the engine did not find out or do.
    pub(crate) fn of(failure: &Failure, now: Time) -> Self {
        of_failure(failure, now).into()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let problem = *self.0;
        let body = serde_json::to_vec(&problem).expect("a problem serialises into memory");
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(problem.status()).expect("every code has a valid status");
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = problem.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// What the engine did not do, as a problem.
pub(crate) fn of_failure(failure: &Failure, now: Time) -> Problem {
    match failure {
        Failure::Refused(refusal) => of_refusal(*refusal, now),
        Failure::Violated => Problem::new(Code::ConstraintViolated, "a constraint of the database refused this"),
        Failure::KeyReused => {
            Problem::new(Code::IdempotencyKeyReused, "Idempotency-Key: it was used for another method, path or body")
        }
        Failure::KeyInUse => {
            Problem::new(Code::IdempotencyKeyInUse, "Idempotency-Key: its first request is still being carried out")
                .retry_after_s(RETRY_QUEUE_AFTER_S)
        }
        Failure::QueueFull => {
            Problem::new(Code::QueueFull, "too many requests wait; nothing changed").retry_after_s(RETRY_QUEUE_AFTER_S)
        }
        // The reason may name files and machines; it is in the log.
        Failure::Unavailable(_) => Problem::new(Code::Unavailable, "the database is not available; nothing changed")
            .retry_after_s(RETRY_DATABASE_AFTER_S),
        Failure::OutcomeUnknown => Problem::new(
            Code::OutcomeUnknown,
            "the database did not say whether this was done; ask again with the same Idempotency-Key",
        ),
    }
}

fn of_refusal(refusal: Refusal, now: Time) -> Problem {
    match refusal {
        Refusal::UnknownOrder => crate::path::unknown_order(),
        Refusal::UnknownBot => crate::path::unknown_bot(),
        Refusal::NoBots => Problem::new(Code::NoBots, "there is no bot to remove"),
        Refusal::OrderingPaused => Problem::new(Code::OrderingPaused, "the restaurant takes no orders at the moment")
            .retry_after_s(RETRY_PAUSED_AFTER_S),
        Refusal::OrdersActive { waiting, cooking } => {
            Problem::new(Code::OrdersActive, format!("{waiting} orders wait and {cooking} cook"))
        }
        Refusal::RestaurantArchived => Problem::new(Code::RestaurantArchived, "restore the restaurant first"),
        Refusal::WrongStatus { number, status } => {
            let status = match status {
                Status::Pending => "PENDING",
                Status::Processing => "PROCESSING",
                Status::Complete => "COMPLETE",
                Status::Cancelled => "CANCELLED",
            };
            Problem::new(Code::WrongStatus, format!("order {number} is {status}, which does not allow this"))
        }
        Refusal::TooLateToRestore { number, window_ms } => {
            let window_s = window_ms / 1000;
            Problem::new(Code::TooLateToRestore, format!("order {number} was cancelled more than {window_s} s ago"))
        }
        Refusal::TooEarly { number, due_at } => {
            let seconds = u32::try_from(due_at.since_ms(now).div_ceil(1000)).unwrap_or(u32::MAX);
            let detail = Timestamp(due_at).with_str(|due_at| format!("order {number} is due at {due_at}"));
            Problem::new(Code::TooEarly, detail).retry_after_s(seconds)
        }
        Refusal::BotBusy { number } => Problem::new(Code::BotBusy, format!("bot {number} is busy")),
        Refusal::StaleClaim { number } => {
            Problem::new(Code::StaleClaim, format!("bot {number} does not hold an order under this claim"))
        }
        Refusal::WrongMode { number, .. } => {
            Problem::new(Code::WrongMode, format!("bot {number} is automatic; only pull bots give orders back"))
        }
    }
}
