//! Who did what.

use std::borrow::Cow;

use axum::extract::{Extension, Query, State};
use axum::response::Response;
use feedme_api::audit::{AuditFormat, AuditPage, AuditParameters, AuditQuery};
use feedme_api::{Code, Problem};
use http::Uri;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::access::Granted;
use crate::answer;
use crate::app::App;
use crate::audit::{Trail, file};
use crate::body::Body;
use crate::problem::Refused;

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![routes!(read_audit)]
}

/// Read who did what
///
/// The events of the restaurant and the log of its accounts as one list: what became of orders, bots and settings,
/// sign-ins, and what was done to accounts and keys. What is of no one restaurant is for those who run all of them. With
/// `format` all that matches is one file; a file that breaks off is not whole.
#[utoipa::path(get, path = "/api/audit", tag = "users", params(AuditParameters), responses(
    (status = 200, description = "A page, newest first, or a file", content(
        (AuditPage = "application/json"),
        (String = "text/csv"),
        (String = "application/jsonl"),
    )),
    (status = 422, description = "A parameter is unknown or out of range"),
))]
async fn read_audit(
    State(app): State<App>,
    Extension(Granted { caller, restaurant, .. }): Extension<Granted>,
    body: Body,
) -> Result<Response, Refused> {
    let query = query(&body.parts.uri)?;
    let forgotten = || Problem::new(Code::Forbidden, "nobody has decided who may do this");
    let restaurant = restaurant.ok_or_else(forgotten)?;
    let format = query.format;
    let AuditFormat::Page(cursor, limit) = format else {
        let trail = Trail::begin(app, restaurant, caller.is_everywhere(), query, None).await?;
        return Ok(file(trail, caller, format));
    };
    let mut trail = Trail::begin(app, restaurant, caller.is_everywhere(), query, cursor).await?;
    let (entries, next) = trail.page(limit).await?;
    let page = AuditPage { entries, next_cursor: next.map(feedme_api::audit::AuditCursor::to_text) };
    Ok(answer::json(answer::to_json(&page).into()))
}

fn query(uri: &Uri) -> Result<AuditQuery, Problem> {
    let malformed = |_| Problem::new(Code::InvalidField, "the parameters are not encoded as an address demands");
    let Query(pairs) = Query::<Vec<(Cow<'_, str>, Cow<'_, str>)>>::try_from_uri(uri).map_err(malformed)?;
    AuditQuery::parse(pairs.iter().map(|(name, value)| (&**name, &**value)))
}
