//! The server's log, which can be switched while it runs.

use axum::extract::State;
use axum::response::Response;
use feedme_api::log::LogFilter;
use feedme_api::{Code, Problem};
use feedme_telemetry::Log;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::answer;
use crate::app::App;
use crate::body::Body;
use crate::problem::Refused;

/// Characters of a filter at most.
const FILTER_MAX: usize = 500;

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![routes!(get_log, patch_log)]
}

/// What is logged?
///
/// By the server that answers: each of several has a log of its own.
#[utoipa::path(get, path = "/api/log", tag = "health", responses(
    (status = 200, description = "What is written to its log", body = LogFilter),
))]
async fn get_log(State(app): State<App>) -> Result<Response, Refused> {
    let log = log(&app)?;
    Ok(answered(log.filter()))
}

/// Log something else from now on
///
/// Until the server ends; then its configuration holds again.
#[utoipa::path(patch, path = "/api/log", tag = "health", request_body = LogFilter, responses(
    (status = 200, description = "What is written to its log", body = LogFilter),
    (status = 422, description = "The filter makes no sense"),
))]
async fn patch_log(State(app): State<App>, body: Body) -> Result<Response, Refused> {
    body.no_parameters()?;
    let LogFilter { filter } = body.json()?;
    let log = log(&app)?;
    if filter.is_empty() || filter.len() > FILTER_MAX {
        return Err(Problem::invalid("filter", "1 to 500 characters").into());
    }
    let before = log.filter();
    log.switch(&filter).map_err(|error| Problem::new(Code::InvalidField, format!("filter: {error}")))?;
    tracing::warn!(%before, now = %filter, "the log is switched");
    Ok(answered(filter))
}

fn log(app: &App) -> Result<&Log, Problem> {
    app.log().ok_or_else(|| Problem::new(Code::UnknownRoute, "no server runs here, so there is no log to be switched"))
}

fn answered(filter: String) -> Response {
    answer::json(answer::to_json(&LogFilter { filter }).into())
}
