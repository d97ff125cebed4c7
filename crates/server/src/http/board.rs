//! The board: everything that a screen shows, from one version.

use axum::response::Response;
use feedme_api::Timestamp;
use feedme_api::board::{Board, Bots, Epoch, OrderList, Orders, Restaurant};
use feedme_api::order::OrderPage;
use feedme_engine::Snapshot;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::answer;
use crate::app::App;
use crate::conditional::{self, Rendering};
use crate::site::Read;

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![routes!(get_board)]
}

/// What `GET /api/orders` answers with.
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it documents two answers of one route")]
pub(super) enum OrderListing<'a> {
    /// Without parameters.
    Board(OrderList<'a>),
    /// With any parameter.
    History(OrderPage<'a>),
}

/// Read all that a screen needs
///
/// One version of orders, bots and settings, with `ETag` and 304. What changes without the version is in the
/// headers.
#[utoipa::path(get, path = "/api/board", tag = "board", responses(
    (status = 200, description = "The board", body = Board<'static>, headers(
        ("ETag" = String, description = "`\"epoch-version\"`, for `If-None-Match`"),
        ("Feedme-Server-Time" = feedme_api::Timestamp, description = "Now, by the server's clock"),
        ("Feedme-Confirmed-At" = feedme_api::Timestamp,
            description = "The start of the last successful check against the database"),
    )),
    (status = 304, description = "It is still the one that `If-None-Match` names; with the same headers"),
))]
async fn get_board(read: Read) -> Response {
    conditional::read(&read, Rendering::Board, |snapshot| answer::to_json(&of(snapshot)))
}

/// A snapshot as a screen gets it.
pub(crate) fn of(snapshot: &Snapshot) -> Board<'_> {
    Board {
        restaurant: Restaurant {
            slug: &snapshot.restaurant.slug,
            name: &snapshot.profile.name,
            archived_at: snapshot.profile.archived_at.map(Timestamp),
        },
        epoch: Epoch(snapshot.epoch().0),
        version: snapshot.version.0,
        orders: Orders(&snapshot.orders),
        bots: Bots(&snapshot.bots),
        settings: snapshot.settings.into(),
    }
}

/// The orders of a snapshot.
pub(super) fn render_orders(snapshot: &Snapshot) -> Vec<u8> {
    answer::to_json(&OrderList { orders: Orders(&snapshot.orders), version: snapshot.version.0 })
}
