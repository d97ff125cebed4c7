//! The restaurants of a chain.

use std::borrow::Cow;

use axum::extract::{Extension, Query, Request, State};
use axum::response::Response;
use feedme_access::Right;
use feedme_api::restaurant::{
    AddRestaurant, ChainQuery, RestaurantAnswer, RestaurantPage, RestaurantPatch, RestaurantSummary, RestaurantView,
};
use feedme_api::{Code, Problem, Timestamp};
use feedme_kitchen::{Command, Profile, Time};
use feedme_store::restaurant::is_slug;
use feedme_store::{ChainFilter, Restaurant, Tally};
use http::Uri;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::access::caller::Caller;
use crate::access::sign_in::Origin;
use crate::access::{self, Granted};
use crate::answer;
use crate::app::App;
use crate::body::Body;
use crate::call::Call;
use crate::conditional;
use crate::http::users::role;
use crate::problem::Refused;

/// How long ago the database may have confirmed a restaurant for it to count as fresh: two of the screens' heartbeats,
/// and what a slow answer takes.
const FRESH_MS: u64 = 5_000;

pub(super) fn routes() -> Vec<UtoipaMethodRouter<App>> {
    vec![
        routes!(list_restaurants, add_restaurant),
        routes!(change_restaurant),
        routes!(archive_restaurant),
        routes!(restore_restaurant),
    ]
}

/// List the restaurants
///
/// Those that the caller may reach, by slug, each with how busy it is; with `ETag` and 304.
#[utoipa::path(get, path = "/api/restaurants", tag = "restaurants", params(
    ("q" = Option<String>, Query, description = "Only those with this in their slug or name", max_length = 80),
    ("limit" = Option<u16>, Query, description = "How many; 100 unless told otherwise", minimum = 1, maximum = 1000),
    ("cursor" = Option<String>, Query, description = "The `nextCursor` of an earlier page"),
), responses(
    (status = 200, description = "A page of restaurants", body = RestaurantPage, headers(
        ("ETag" = String, description = "For `If-None-Match`"),
        ("Feedme-Server-Time" = feedme_api::Timestamp, description = "Now, by the server's clock"),
        ("Feedme-Confirmed-At" = feedme_api::Timestamp,
            description = "When the database confirmed the restaurants that are fresh, the oldest of them"),
    )),
    (status = 304, description = "It is still the one that `If-None-Match` names; with the same headers"),
    (status = 422, description = "A parameter is unknown or out of range"),
))]
async fn list_restaurants(
    State(app): State<App>,
    Extension(Granted { caller, .. }): Extension<Granted>,
    request: Request,
) -> Result<Response, Refused> {
    access::sure(&app, &caller, Right::SeeBoard)?;
    let (parts, _) = request.into_parts();
    let ChainQuery { search, after, limit } = query(&parts.uri)?;
    let engine = app.engine();
    let among = caller.restaurants();
    let page = engine.store().chain(&ChainFilter { among, search, after, limit }).await?;
    let ids: Vec<_> = page.restaurants.iter().map(|(restaurant, _)| restaurant.id).collect();
    let tallies = engine.tallies(&ids).await?;
    let now = engine.now();
    let mut confirmed_at = now;
    let mut restaurants = Vec::with_capacity(ids.len());
    for (restaurant, profile) in page.restaurants {
        let Some((tally, at)) = tallies.get(&restaurant.id) else { continue };
        let is_fresh = now.since_ms(*at) <= FRESH_MS;
        if is_fresh {
            confirmed_at = confirmed_at.min(*at);
        }
        restaurants.extend(summary(&caller, &restaurant, &profile, tally, Some(*at).filter(|_| !is_fresh)));
    }
    let body = answer::to_json(&RestaurantPage { restaurants, next_cursor: page.next });
    Ok(conditional::of_bytes(&parts.headers, body, now, confirmed_at))
}

fn query(uri: &Uri) -> Result<ChainQuery, Problem> {
    let malformed = |_| Problem::new(Code::InvalidField, "the parameters are not encoded as an address demands");
    let Query(pairs) = Query::<Vec<(Cow<'_, str>, Cow<'_, str>)>>::try_from_uri(uri).map_err(malformed)?;
    ChainQuery::parse(pairs.iter().map(|(name, value)| (&**name, &**value)))
}

fn summary(
    caller: &Caller,
    restaurant: &Restaurant,
    profile: &Profile,
    tally: &Tally,
    confirmed_at: Option<Time>,
) -> Option<RestaurantSummary> {
    Some(RestaurantSummary {
        slug: restaurant.slug.clone(),
        name: profile.name.to_string(),
        archived_at: profile.archived_at.map(Timestamp),
        role: role(caller.role_in(restaurant.id)?),
        waiting: tally.waiting,
        cooking: tally.cooking,
        waiting_since: tally.waiting_since.map(Timestamp),
        bots: tally.bots,
        busy_bots: tally.busy_bots,
        version: tally.version.0,
        confirmed_at: confirmed_at.map(Timestamp),
    })
}

fn name(name: &str) -> Result<&str, Problem> {
    let name = name.trim();
    if name.is_empty() { Err(Problem::invalid("name", "a name of 1 to 80 characters")) } else { Ok(name) }
}

/// Open a restaurant
///
/// It has nothing in it, and the settings that everybody begins with. For managers of all restaurants. A second request
/// for the same slug is refused, so that a try whose answer got lost can be repeated.
#[utoipa::path(post, path = "/api/restaurants", tag = "restaurants", request_body = AddRestaurant, responses(
    (status = 201, description = "The restaurant", body = RestaurantAnswer),
    (status = 409, description = "Another restaurant has this slug"),
))]
async fn add_restaurant(
    State(app): State<App>,
    Extension(Granted { caller, .. }): Extension<Granted>,
    origin: Origin,
    body: Body,
) -> Result<Response, Refused> {
    body.no_parameters()?;
    let asked: AddRestaurant = body.json()?;
    let (slug, name) = (asked.slug.0, name(&asked.name.0)?);
    if !is_slug(&slug) {
        return Err(Problem::invalid("slug", "1 to 40 lower-case letters, digits and hyphens").into());
    }
    let opened = app.engine().open_restaurant(&slug, name).await;
    let feed = opened.map_err(|failure| Refused::of(&failure, app.engine().now()))?;
    let taken = || Problem::new(Code::SlugTaken, "slug: another restaurant has it");
    let id = feed.ok_or_else(taken)?.restaurant().id;
    app.access().note(origin.entry(app.engine().now(), "restaurant.opened", Some(id), caller.name(), &slug)).await;
    let location = Some(format!("/api/restaurants/{slug}"));
    let restaurant = RestaurantView { slug, name: name.to_owned(), archived_at: None };
    Ok(answer::respond(201, location, answer::to_json(&RestaurantAnswer { restaurant })))
}

/// Rename a restaurant
///
/// For its managers. Its slug stays.
#[utoipa::path(patch, path = "/api/restaurants/{restaurant}", tag = "restaurants",
    params(("restaurant" = String, Path, description = "The restaurant's name in addresses.")),
    request_body = RestaurantPatch, responses(
    (status = 200, description = "The restaurant as it is now", body = RestaurantAnswer),
    (status = 404, description = "There is no such restaurant"),
    (status = 409, description = "The restaurant is archived"),
))]
async fn change_restaurant(call: Call) -> Result<Response, Refused> {
    let asked: RestaurantPatch = call.json()?;
    let name = name(&asked.name.0)?.into();
    call.execute(Command::RenameRestaurant(name), answer::restaurant).await
}

/// Archive a restaurant
///
/// It takes nothing any more until it is restored; whatever it has stays. For managers of all restaurants. Again: 200,
/// unchanged.
#[utoipa::path(post, path = "/api/restaurants/{restaurant}/archive", tag = "restaurants",
    params(("restaurant" = String, Path, description = "The restaurant's name in addresses.")), responses(
    (status = 200, description = "The restaurant as it is now", body = RestaurantAnswer),
    (status = 404, description = "There is no such restaurant"),
    (status = 409, description = "Orders wait or cook"),
))]
async fn archive_restaurant(call: Call) -> Result<Response, Refused> {
    call.no_body()?;
    call.execute(Command::ArchiveRestaurant, answer::restaurant).await
}

/// Restore an archived restaurant
///
/// For managers of all restaurants. Again: 200, unchanged.
#[utoipa::path(post, path = "/api/restaurants/{restaurant}/restore", tag = "restaurants",
    params(("restaurant" = String, Path, description = "The restaurant's name in addresses.")), responses(
    (status = 200, description = "The restaurant as it is now", body = RestaurantAnswer),
    (status = 404, description = "There is no such restaurant"),
))]
async fn restore_restaurant(call: Call) -> Result<Response, Refused> {
    call.no_body()?;
    call.execute(Command::RestoreRestaurant, answer::restaurant).await
}
