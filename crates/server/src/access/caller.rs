//! Who asks.

use std::sync::Arc;

use feedme_api::{Code, Problem};
use feedme_kitchen::{Actor, BotId, KeyId, UserId};
use feedme_store::RestaurantId;
use feedme_store::accounts::{Account, ApiKey, Membership, Role, Via};
use uuid::Uuid;

use super::known::Standing;
use crate::app::App;
use crate::problem::Refused;
use crate::site::DEFAULT_SLUG;

/// Whoever runs all restaurants.
const EVERY_MANAGER: Membership = Membership { restaurant: None, role: Role::Manager };

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Nobody we know.
    Stranger,
    /// Anybody: the server runs in open mode.
    Open,
    /// The operator, by a command on the server.
    Operator,
    /// Somebody who signed in.
    Person(Arc<Person>),
    /// A device.
    Device(Arc<Device>),
}

/// Somebody who signed in.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) account: Account,
    pub(crate) session: Uuid,
    pub(crate) via: Via,
    /// Ends with the session, and when the account's rights change.
    pub(crate) standing: Arc<Standing>,
}

/// A device that showed its key.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) key: ApiKey,
    /// Ends when the key expires or is revoked.
    pub(crate) standing: Arc<Standing>,
}

impl Caller {
    /// Demands that it is somebody.
    pub(crate) fn known(&self) -> Result<(), Problem> {
        match self {
            Self::Stranger => Err(Problem::new(Code::NotSignedIn, "sign in first, or send an API key")),
            _ => Ok(()),
        }
    }

    /// What the caller is to a restaurant.
    pub(crate) fn role_in(&self, restaurant: RestaurantId) -> Option<Role> {
        match self {
            Self::Stranger => None,
            Self::Open | Self::Operator => Some(Role::Manager),
            Self::Person(person) => person.account.role_in(restaurant),
            Self::Device(device) => (device.key.restaurant == restaurant).then_some(device.key.role),
        }
    }

    /// The restaurant at `/api/…`: the caller's own.
    pub(crate) async fn home(&self, app: &App) -> Result<Option<RestaurantId>, Refused> {
        if matches!(self, Self::Stranger) {
            return Ok(None);
        }
        let mut own = self.named();
        if own.len() < 2 {
            return match own.pop() {
                Some(only) => Ok(Some(only)),
                None => app.restaurant(DEFAULT_SLUG).await,
            };
        }
        // Of several it is the first by its slug.
        let mut by_slug = Vec::with_capacity(own.len());
        for restaurant in own {
            by_slug.extend(app.engine().slug(restaurant).await?.map(|slug| (slug, restaurant)));
        }
        Ok(by_slug.into_iter().min().map(|(_, restaurant)| restaurant))
    }

    /// The restaurants that the caller belongs to by name.
    pub(crate) fn named(&self) -> Vec<RestaurantId> {
        match self {
            Self::Stranger | Self::Open | Self::Operator => Vec::new(),
            Self::Device(device) => vec![device.key.restaurant],
            Self::Person(person) => person.account.memberships.iter().filter_map(|it| it.restaurant).collect(),
        }
    }

    /// The restaurants that the caller may reach; `None` is all of them.
    pub(crate) fn restaurants(&self) -> Option<Vec<RestaurantId>> {
        match self {
            Self::Open | Self::Operator => None,
            Self::Person(person) if person.account.is_everywhere() => None,
            Self::Stranger | Self::Device(_) | Self::Person(_) => Some(self.named()),
        }
    }

    /// As whom the events name the caller.
    pub(crate) fn actor(&self) -> Actor {
        match self {
            Self::Stranger | Self::Open => Actor::Open,
            Self::Operator => Actor::Operator,
            Self::Person(person) => Actor::User(person.account.id),
            Self::Device(device) => Actor::Key(KeyId(device.key.id)),
        }
    }

    /// Whose idempotency keys are the caller's.
    pub(crate) fn scope(&self) -> String {
        match self {
            Self::Stranger | Self::Open => "open".into(),
            Self::Operator => "operator".into(),
            Self::Person(person) => format!("user:{}", person.account.id),
            Self::Device(device) => format!("key:{}", device.key.id),
        }
    }

    /// The caller's name, for people and for the log.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Stranger => "",
            Self::Open => "Open manager",
            Self::Operator => "operator",
            Self::Person(person) => &person.account.name,
            Self::Device(device) => &device.key.name,
        }
    }

    pub(crate) fn user(&self) -> Option<UserId> {
        match self {
            Self::Person(person) => Some(person.account.id),
            _ => None,
        }
    }

    /// The session that the caller asks under.
    pub(crate) fn session(&self) -> Option<Uuid> {
        match self {
            Self::Person(person) => Some(person.session),
            _ => None,
        }
    }

    /// The bot that the caller is.
    pub(crate) fn bot(&self) -> Option<BotId> {
        match self {
            Self::Device(device) => device.key.bot,
            _ => None,
        }
    }

    /// Whether what the caller may do holds everywhere.
    pub(crate) fn is_everywhere(&self) -> bool {
        match self {
            Self::Open | Self::Operator => true,
            Self::Person(person) => person.account.memberships.contains(&EVERY_MANAGER),
            Self::Stranger | Self::Device(_) => false,
        }
    }

    /// Under which id it is counted what the caller takes of what there is only so much of: the account's or the key's.
    /// `None` for those who are not counted.
    pub(crate) fn bucket(&self) -> Option<Uuid> {
        match self {
            Self::Person(person) => Some(person.account.id.0),
            Self::Device(device) => Some(device.key.id),
            Self::Stranger | Self::Open | Self::Operator => None,
        }
    }

    /// How long the caller is one; `None` for those who are it always.
    pub(crate) fn standing(&self) -> Option<&Arc<Standing>> {
        match self {
            Self::Person(person) => Some(&person.standing),
            Self::Device(device) => Some(&device.standing),
            Self::Stranger | Self::Open | Self::Operator => None,
        }
    }
}
