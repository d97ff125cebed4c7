//! The routes, by resource, and the document that describes them.

mod auth;
pub(crate) mod board;
mod bots;
mod docs;
mod events;
mod health;
mod keys;
mod orders;
mod settings;
pub(crate) mod users;

use axum::Router;
use axum::response::IntoResponse as _;
use feedme_api::{Code, Problem};
use http::{Method, Uri};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::UtoipaMethodRouter;

use crate::app::App;
use crate::problem::Refused;

/// Every route.
pub(crate) fn router(app: App) -> Router {
    docs::documented()
        .split_for_parts()
        .0
        .merge(docs::page())
        .merge(feedme_web::routes())
        .fallback(unknown_route)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(app)
}

/// The document that describes the routes: `OpenAPI` 3.1.
#[must_use]
pub fn openapi() -> OpenApi {
    docs::documented().into_openapi()
}

/// The routes that stand both at `/api/…` and at `/api/restaurants/{restaurant}/…`.
fn of_restaurants() -> impl Iterator<Item = UtoipaMethodRouter<App>> {
    [
        orders::routes(),
        bots::routes(),
        board::routes(),
        events::routes(),
        settings::routes(),
        users::routes(),
        keys::routes(),
    ]
    .into_iter()
    .flatten()
}

/// The routes that stand once.
fn of_server() -> impl Iterator<Item = UtoipaMethodRouter<App>> {
    [auth::routes(), health::routes(), docs::routes()].into_iter().flatten()
}

async fn unknown_route(uri: Uri) -> Refused {
    let path: String = uri.path().chars().take(200).collect();
    Problem::new(Code::UnknownRoute, format!("there is nothing at {path}; /api/docs lists what there is")).into()
}

async fn method_not_allowed(method: Method) -> axum::response::Response {
    let problem = Problem::new(Code::MethodNotAllowed, format!("{method} is not allowed here; see the header Allow"));
    Refused::from(problem).into_response()
}
