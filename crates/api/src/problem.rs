//! What can be refused: RFC 9457 problems, each with a stable code.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $title:literal;)*) => {
        /// Why a request did not succeed. Codes never change their meaning; new ones may appear.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The status that a problem with this code has.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),* }
            }

            /// The same few words for every problem with this code.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }
        }
    };
}

codes! {
    /// The request is not HTTP as it should be.
    MalformedRequest = 400, "The request is malformed";
    /// The body is not JSON.
    MalformedJson = 400, "The body is not valid JSON";
    /// It needs somebody who signed in, or a device's key.
    NotSignedIn = 401, "Sign in first";
    /// The name or the password is wrong.
    WrongCredentials = 401, "The name or the password is wrong";
    /// The password is right, and the account is asked for a second factor.
    SecondFactorNeeded = 401, "A second factor is needed";
    /// The code is none that is good now.
    WrongCode = 401, "The code is wrong";
    /// The PIN is wrong, or there is none any more.
    WrongPin = 401, "The PIN is wrong";
    /// A page from elsewhere had a browser send this.
    CrossSite = 403, "A page from elsewhere may change nothing here";
    /// The callback is not signed as it must be.
    BadSignature = 403, "The signature is not good";
    /// The caller's role does not allow this.
    Forbidden = 403, "The caller may not do this";
    /// The caller must have a second factor, and has none.
    SecondFactorRequired = 403, "A second factor has to be set up first";
    /// The caller came in by PIN, and this takes a password.
    PasswordNeeded = 403, "Sign in with your password for this";
    /// The link is not the one that was given out, was used, or is too old.
    WrongLink = 403, "The link is good no more";
    /// There is no such route.
    UnknownRoute = 404, "There is no such route";
    /// There is no such restaurant.
    UnknownRestaurant = 404, "There is no such restaurant";
    /// There is no such order, or it is deleted.
    UnknownOrder = 404, "There is no such order";
    /// There is no such bot.
    UnknownBot = 404, "There is no such bot";
    /// There is no such account, or it is deleted.
    UnknownUser = 404, "There is no such account";
    /// There is no such session.
    UnknownSession = 404, "There is no such session";
    /// There is no such key.
    UnknownKey = 404, "There is no such key";
    /// No screen waits with this code, or it waits no more.
    UnknownPairing = 404, "No screen waits with this code";
    /// There is no bot to remove.
    NoBots = 404, "There is no bot";
    /// The route exists, but not for this method.
    MethodNotAllowed = 405, "This method is not allowed here";
    /// The body did not arrive in time.
    RequestTimeout = 408, "The request took too long to arrive";
    /// The order's status does not allow this.
    WrongStatus = 409, "The order's status does not allow this";
    /// The cancellation is too long ago to be undone.
    TooLateToRestore = 409, "It is too late to restore this order";
    /// The bot already cooks.
    BotBusy = 409, "The bot is busy";
    /// The bot does not hold an order under this claim.
    StaleClaim = 409, "The claim is not the bot's current one";
    /// The bot's mode does not allow this.
    WrongMode = 409, "The bot's mode does not allow this";
    /// The key is another bot's.
    NotYourBot = 409, "The key is another bot's";
    /// Another account has this name.
    NameTaken = 409, "Another account has this name";
    /// The account has a second factor.
    SecondFactorExists = 409, "The account has a second factor";
    /// Nobody would be left to run the restaurant.
    LastManager = 409, "Nobody would be left to run the restaurant";
    /// Orders wait or cook, so the restaurant cannot be archived.
    OrdersActive = 409, "Orders wait or cook";
    /// Another restaurant has this slug.
    SlugTaken = 409, "Another restaurant has this slug";
    /// The restaurant is archived: restore it first.
    RestaurantArchived = 409, "The restaurant is archived";
    /// A constraint of the database refused this.
    ConstraintViolated = 409, "A constraint refused this";
    /// The first request with this idempotency key is still being carried out.
    IdempotencyKeyInUse = 409, "The first request with this key is not done yet";
    /// The body is too large.
    PayloadTooLarge = 413, "The body is too large";
    /// The address is too long.
    UriTooLong = 414, "The address is too long";
    /// The body is not `application/json`.
    UnsupportedMediaType = 415, "The body must be JSON";
    /// The server does not answer under this name.
    UnknownHost = 421, "The server does not answer under this name";
    /// A field or parameter is missing, unknown or out of range.
    InvalidField = 422, "A field is missing, unknown or out of range";
    /// The idempotency key was used for another request.
    IdempotencyKeyReused = 422, "The key was used for another request";
    /// An automatic bot's order is not done yet.
    TooEarly = 425, "The order is not done yet";
    /// Too many tries, one after the other.
    TooManyTries = 429, "Too many tries";
    /// Too many requests in too short a time.
    TooManyRequests = 429, "Too many requests";
    /// Too many streams at a time.
    TooManyStreams = 429, "Too many streams";
    /// The headers are too large.
    HeadersTooLarge = 431, "The headers are too large";
    /// Something is wrong with the server.
    InternalError = 500, "Something is wrong with the server";
    /// The restaurant takes no orders at the moment.
    OrderingPaused = 503, "Ordering is paused";
    /// Too many commands wait.
    QueueFull = 503, "Too many requests wait";
    /// The database is away, full or stopping.
    Unavailable = 503, "The database is not available";
    /// The database did not say whether it committed.
    OutcomeUnknown = 504, "The outcome is not known";
}

/// A problem, as RFC 9457 describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What to act upon.
    pub code: Code,
    /// What happened, for people.
    pub detail: Cow<'static, str>,
    /// The field, parameter or header that is wrong.
    pub field: Option<Box<str>>,
    /// What is allowed there.
    pub allowed: Option<Cow<'static, str>>,
    /// After how many seconds to try again: the header `Retry-After`.
    pub retry_after_s: Option<u32>,
}

/// A problem as it stands on the wire.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// Always `about:blank`: the code says what it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The same few words for every problem with this code.
    title: &'static str,
    /// The status code of the answer.
    status: u16,
    /// What to act upon.
    code: Code,
    /// What happened, for people.
    detail: &'a str,
    /// The field, parameter or header that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    /// What is allowed there.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<&'a str>,
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let body = ProblemBody {
            kind: "about:blank",
            title: self.code.title(),
            status: self.code.status(),
            code: self.code,
            detail: &self.detail,
            field: self.field.as_deref(),
            allowed: self.allowed.as_deref(),
        };
        body.serialize(serializer)
    }
}

impl Problem {
    /// A problem with this code, and what happened.
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), field: None, allowed: None, retry_after_s: None }
    }

    /// A field, parameter or header that is not as it must be.
    pub fn invalid(field: impl Into<String>, allowed: impl Into<Cow<'static, str>>) -> Self {
        let (field, allowed) = (field.into(), allowed.into());
        let detail = format!("{field}: expected {allowed}");
        Self { field: Some(field.into()), allowed: Some(allowed), ..Self::new(Code::InvalidField, detail) }
    }

    /// Says what is wrong with the field in other words than "expected …".
    #[must_use]
    pub fn because(self, detail: String) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// Says after how many seconds to try again.
    #[must_use]
    pub fn retry_after_s(self, seconds: u32) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// The status code of the answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.code.status()
    }
}
