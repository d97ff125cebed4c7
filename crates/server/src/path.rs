//! Ids in addresses. One that is no UUID names nothing: 404, like any other unknown id.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, RawPathParams};
use feedme_api::{Code, Problem};
use feedme_kitchen::{BotId, OrderId};
use http::request::Parts;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::problem::Refused;

/// The order that an address names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrderPath(pub(crate) OrderId);

/// The bot that an address names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BotPath(pub(crate) BotId);

pub(crate) fn unknown_order() -> Problem {
    Problem::new(Code::UnknownOrder, "there is no such order")
}

pub(crate) fn unknown_bot() -> Problem {
    Problem::new(Code::UnknownBot, "there is no such bot")
}

impl<S: Send + Sync> FromRequestParts<S> for OrderPath {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        Ok(id(parts, state).await.map(|id| Self(OrderId(id))).ok_or_else(unknown_order)?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for BotPath {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        Ok(id(parts, state).await.map(|id| Self(BotId(id))).ok_or_else(unknown_bot)?)
    }
}

/// The id in an address; `None` when it is no id, and so names nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IdPath(pub(crate) Option<Uuid>);

impl<S: Send + Sync> FromRequestParts<S> for IdPath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(id(parts, state).await))
    }
}

/// The account and the session of it in an address; `None` when one is no id, and so names nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionPath(pub(crate) Option<(Uuid, Uuid)>);

impl<S: Send + Sync> FromRequestParts<S> for SessionPath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(id(parts, state).await.zip(named("session", parts, state).await)))
    }
}

async fn id<S: Send + Sync>(parts: &mut Parts, state: &S) -> Option<Uuid> {
    named("id", parts, state).await
}

async fn named<S: Send + Sync>(called: &str, parts: &mut Parts, state: &S) -> Option<Uuid> {
    let parameters = RawPathParams::from_request_parts(parts, state).await.ok()?;
    let (_, text) = parameters.iter().find(|(name, _)| *name == called)?;
    // Only the form in which ids are given out: no braces, no `urn:`.
    text.parse::<Hyphenated>().ok().map(Hyphenated::into_uuid)
}
