//! Which restaurant a request is about.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use feedme_access::Grant;
use feedme_api::{Code, Problem, history};
use feedme_engine::{Asked, Engine, Feed};
use feedme_kitchen::{BotId, UserId};
use feedme_store::RestaurantId;
use http::Uri;
use http::request::Parts;
use uuid::Uuid;

use crate::access::Granted;
use crate::access::caller::Caller;
use crate::app::App;
use crate::problem::Refused;

/// The restaurant that stands at `/api/…`.
pub(crate) const DEFAULT_SLUG: &str = "default";

/// What addresses that name a restaurant begin with.
pub(crate) const RESTAURANTS: &str = "/api/restaurants/";

/// The restaurant that a request is about, and who asks.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) app: App,
    pub(crate) restaurant: RestaurantId,
    pub(crate) feed: Arc<Feed>,
    /// Who asks.
    pub(crate) caller: Caller,
    /// How far the right goes that the route needs.
    pub(crate) grant: Grant,
    /// What was asked about the restaurant when the request came.
    pub(crate) asked: Option<Asked>,
}

/// A call that only reads. Its address has no parameters.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) site: Site,
    pub(crate) parts: Parts,
}

/// A [`Read`] whose address may have parameters, for the handler to judge.
#[derive(Debug)]
pub(crate) struct Search(pub(crate) Read);

/// A [`Search`] of what is shown at the moment, however old that is: for those who say how old it is.
#[derive(Debug)]
pub(crate) struct Follow(pub(crate) Read);

impl Site {
    /// What a request was let in for.
    pub(crate) async fn of(parts: &Parts, app: &App) -> Result<Self, Refused> {
        let forgotten = || Problem::new(Code::Forbidden, "nobody has decided who may do this");
        let Granted { caller, restaurant, grant, asked, .. } =
            parts.extensions.get::<Granted>().cloned().ok_or_else(forgotten)?;
        let restaurant = restaurant.ok_or_else(forgotten)?;
        let feed = app.feed(restaurant).await?.ok_or_else(unknown)?;
        Ok(Self { app: app.clone(), restaurant, feed, caller, grant, asked })
    }

    /// The customer whose orders alone this is about; `None` when it is about anybody's.
    pub(crate) fn only_of(&self) -> Option<UserId> {
        // Whoever has no account owns no order.
        (self.grant != Grant::Any).then(|| self.caller.user().unwrap_or(UserId(Uuid::nil())))
    }

    /// Demands that the caller is this bot, or may act for any.
    pub(crate) fn is_bot(&self, bot: BotId) -> Result<(), Problem> {
        if self.grant == Grant::Any || self.caller.bot() == Some(bot) {
            return Ok(());
        }
        Err(Problem::new(Code::NotYourBot, "the key is another bot's: it claims, completes and returns for that alone"))
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

/// The restaurant that an address is about.
pub(crate) async fn restaurant(uri: &Uri, app: &App) -> Result<RestaurantId, Refused> {
    Ok(app.restaurant(slug(uri).unwrap_or(DEFAULT_SLUG)).await?.ok_or_else(unknown)?)
}

fn unknown() -> Problem {
    Problem::new(Code::UnknownRestaurant, "there is no such restaurant")
}

/// The restaurant that an address names, if it does.
pub(crate) fn slug(uri: &Uri) -> Option<&str> {
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

impl FromRequest<App> for Read {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let Search(read) = Search::from_request(request, app).await?;
        no_parameters(&read.parts.uri)?;
        Ok(read)
    }
}

impl FromRequest<App> for Search {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let Follow(mut read) = Follow::from_request(request, app).await?;
        // What any process has acknowledged before is shown, or nothing is.
        let current = app.engine().current_since(read.site.asked.take(), &read.site.feed).await;
        current.map_err(|failure| Refused::of(&failure, app.engine().now()))?;
        Ok(Self(read))
    }
}

impl FromRequest<App> for Follow {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        // The whole request, because an extractor of its headers would copy them.
        let (parts, _) = request.into_parts();
        Ok(Self(Read { site: Site::of(&parts, app).await?, parts }))
    }
}
