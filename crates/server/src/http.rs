//! The routes, by resource, and the document that describes them.

mod audit;
mod auth;
pub(crate) mod board;
mod bots;
mod docs;
mod events;
mod factor;
mod health;
mod keys;
mod log;
mod orders;
mod pairings;
mod pins;
mod restaurants;
mod settings;
pub(crate) mod users;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use feedme_api::{Code, Problem};
use http::{HeaderValue, Method, Uri, header};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::UtoipaMethodRouter;

use crate::access::table;
use crate::app::App;
use crate::problem::Refused;

/// Every route.
pub(crate) fn router(app: App) -> Router {
    docs::documented()
        .split_for_parts()
        .0
        .merge(docs::page())
        .merge(feedme_web::routes())
        .fallback(nothing_there)
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
        pairings::routes_of_restaurants(),
        audit::routes(),
    ]
    .into_iter()
    .flatten()
}

/// The routes that stand once.
fn of_server() -> impl Iterator<Item = UtoipaMethodRouter<App>> {
    [
        restaurants::routes(),
        auth::routes(),
        factor::routes(),
        pins::routes(),
        pairings::routes(),
        health::routes(),
        log::routes(),
        docs::routes(),
    ]
    .into_iter()
    .flatten()
}

/// People are shown the app's page, which says it in their words; programs are told.
async fn nothing_there(request: Request) -> Response {
    let wants_page = |accept: &HeaderValue| accept.to_str().is_ok_and(|accept| accept.contains("text/html"));
    let is_read = request.method() == Method::GET || request.method() == Method::HEAD;
    let is_api = request.uri().path().starts_with("/api/");
    if is_read && !is_api && request.headers().get_all(header::ACCEPT).iter().any(wants_page) {
        return feedme_web::page_not_found(request).await;
    }
    unknown_route(request.into_parts().0.uri).await.into_response()
}

/// Whether an address is one of the interface, not of the web app.
pub(crate) fn is_of_interface(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Says of a request that nobody may send whether it is the address or the method.
pub(crate) async fn refuse(method: Method, uri: Uri) -> Response {
    let Some(methods) = table::methods(uri.path()) else { return unknown_route(uri).await.into_response() };
    let mut response = method_not_allowed(method).await;
    response.headers_mut().insert(header::ALLOW, methods.try_into().expect("methods are ASCII"));
    response
}

async fn unknown_route(uri: Uri) -> Refused {
    let path: String = uri.path().chars().take(200).collect();
    Problem::new(Code::UnknownRoute, format!("there is nothing at {path}; /api/docs lists what there is")).into()
}

async fn method_not_allowed(method: Method) -> Response {
    let problem = Problem::new(Code::MethodNotAllowed, format!("{method} is not allowed here; see the header Allow"));
    Refused::from(problem).into_response()
}
