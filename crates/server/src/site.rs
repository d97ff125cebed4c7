//! Which restaurant a request is about.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use feedme_api::{Code, Problem, history};
use feedme_engine::{Engine, Feed};
use feedme_kitchen::Actor;
use feedme_store::RestaurantId;
use http::Uri;
use http::request::Parts;

use crate::app::App;
use crate::problem::Refused;

/// The restaurant that stands at `/api/…`.
const DEFAULT_SLUG: &str = "default";

/// What addresses that name a restaurant begin with.
pub(crate) const RESTAURANTS: &str = "/api/restaurants/";

/// The restaurant that a request is about, and who asks. Its address has no parameters.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) app: App,
    pub(crate) restaurant: RestaurantId,
    pub(crate) feed: Arc<Feed>,
    pub(crate) actor: Actor,
}

/// A [`Site`] whose address may have parameters, for the handler to read.
#[derive(Clone, Debug)]
pub(crate) struct SiteWithQuery(pub(crate) Site);

impl Site {
    pub(crate) fn of(uri: &Uri, app: &App) -> Result<Self, Problem> {
        let slug = slug(uri).unwrap_or(DEFAULT_SLUG);
        let unknown = || Problem::new(Code::UnknownRestaurant, "there is no such restaurant");
        let restaurant = app.engine().restaurant(slug).ok_or_else(unknown)?;
        let feed = Arc::clone(app.engine().feed(restaurant).ok_or_else(unknown)?);
        Ok(Self { app: app.clone(), restaurant, feed, actor: Actor::Open })
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.app.engine()
    }
}

/// What the addresses of a request's restaurant begin with: `/api`, or `/api/restaurants/{slug}`.
pub(crate) fn base(uri: &Uri) -> &str {
    let path = uri.path();
    slug(uri).map_or("/api", |slug| &path[..RESTAURANTS.len() + slug.len()])
}

fn slug(uri: &Uri) -> Option<&str> {
    uri.path().strip_prefix(RESTAURANTS)?.split('/').next()
}

/// Refuses an address with parameters.
pub(crate) fn no_parameters(uri: &Uri) -> Result<(), Problem> {
    match uri.query() {
        None | Some("") => Ok(()),
        Some(query) => {
            let name = query.split(['=', '&']).next().unwrap_or_default();
            Err(history::unknown_parameter(name, "no parameters"))
        }
    }
}

impl FromRequestParts<App> for Site {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        no_parameters(&parts.uri)?;
        Ok(Self::of(&parts.uri, app)?)
    }
}

impl FromRequestParts<App> for SiteWithQuery {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        Ok(Self(Site::of(&parts.uri, app)?))
    }
}
