//! Who calls. Without accounts every caller is the open manager.

use axum::response::Response;
use feedme_api::user::{User, UserAnswer};
use http::Uri;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::answer;
use crate::app::App;
use crate::problem::Refused;
use crate::site::no_parameters;

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![routes!(get_me)]
}

/// Who am I?
#[utoipa::path(get, path = "/api/auth/me", tag = "auth", responses(
    (status = 200, description = "The caller", body = UserAnswer<'static>),
))]
async fn get_me(uri: Uri) -> Result<Response, Refused> {
    no_parameters(&uri)?;
    Ok(answer::json(answer::to_json(&UserAnswer { user: User::OPEN }).into()))
}
