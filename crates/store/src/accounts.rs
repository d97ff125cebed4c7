//! Who there is: accounts, their sessions, and the devices' keys.

use std::fmt;

use async_trait::async_trait;
use feedme_kitchen::{BotId, Time, UserId};
use uuid::Uuid;

use crate::factors::Factors;
use crate::pairing::Pairings;
use crate::{RestaurantId, StoreError};

/// What somebody is to a restaurant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A customer who places normal orders.
    Normal,
    /// A customer who places VIP orders.
    Vip,
    /// Runs the restaurant.
    Manager,
    /// A cooking bot.
    Bot,
    /// A screen that only shows.
    Display,
}

impl Role {
    /// Every role there is.
    pub const ALL: [Self; 5] = [Self::Normal, Self::Vip, Self::Manager, Self::Bot, Self::Display];

    /// The role's name, in the database and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Vip => "VIP",
            Self::Manager => "MANAGER",
            Self::Bot => "BOT",
            Self::Display => "DISPLAY",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// What an account is, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Membership {
    /// In which restaurant; `None` is all of them.
    pub restaurant: Option<RestaurantId>,
    /// As what.
    pub role: Role,
}

/// The hash by which a password is kept. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Which account.
    pub id: UserId,
    /// The name to sign in with, as it was written. No two accounts share one, however it is capitalised.
    pub name: String,
    /// `None` when nobody can sign in with a password.
    pub password: Option<PasswordHash>,
    /// Whether it is asked for a second factor. It is read with the account, and not written with it.
    pub has_second_factor: bool,
    /// What it is, and where.
    pub memberships: Vec<Membership>,
    /// One that a server in open mode offers to anybody, and that exists nowhere else.
    pub is_demonstration: bool,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Since when nobody can sign in to it.
    pub disabled_at: Option<Time>,
    /// Since when it is deleted. Its orders keep naming it.
    pub deleted_at: Option<Time>,
}

impl Account {
    /// What the account is to a restaurant: what it is there goes before what it is everywhere.
    #[must_use]
    pub fn role_in(&self, restaurant: RestaurantId) -> Option<Role> {
        let is_at = |at| move |it: &&Membership| it.restaurant == at;
        let there = self.memberships.iter().find(is_at(Some(restaurant)));
        there.or_else(|| self.memberships.iter().find(is_at(None))).map(|it| it.role)
    }

    /// Whether it is something in every restaurant.
    #[must_use]
    pub fn is_everywhere(&self) -> bool {
        self.memberships.iter().any(|it| it.restaurant.is_none())
    }

    /// Whether it can be used at all.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.disabled_at.is_none() && self.deleted_at.is_none()
    }
}

/// How somebody came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// With a password, and a second factor if the account has one; or by the set-up link.
    Password,
    /// With a PIN, on a device that is shared.
    Pin,
    /// As somebody whom a server in open mode offers to anybody.
    Demonstration,
}

impl Via {
    /// Its name, in the database and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Pin => "pin",
            Self::Demonstration => "demonstration",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Password, Self::Pin, Self::Demonstration].into_iter().find(|via| via.name() == name)
    }
}

/// Somebody is signed in on a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Which session.
    pub id: Uuid,
    /// The digest of the token in the cookie.
    pub digest: [u8; 32],
    /// Who.
    pub user: UserId,
    /// How they came in.
    pub via: Via,
    /// Since when.
    pub created_at: Time,
    /// When it was last used, to a minute or so.
    pub seen_at: Time,
    /// Until when it lasts, however much it is used.
    pub expires_at: Time,
    /// The address it began from.
    pub address: Option<String>,
    /// What the browser says it is.
    pub device: Option<String>,
}

/// What a device shows instead of a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Which key.
    pub id: Uuid,
    /// The digest of the key.
    pub digest: [u8; 32],
    /// Its first characters, to tell keys apart.
    pub shown: String,
    /// What it is for, in people's words.
    pub name: String,
    /// Where it is good.
    pub restaurant: RestaurantId,
    /// As what.
    pub role: Role,
    /// The bot that whoever shows it is.
    pub bot: Option<BotId>,
    /// When it was made.
    pub created_at: Time,
    /// Until when it is good.
    pub expires_at: Option<Time>,
    /// When it was last used, to a minute or so.
    pub seen_at: Option<Time>,
    /// Since when it is not good any more.
    pub revoked_at: Option<Time>,
}

/// Tries that did not succeed, counted against somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many, one after the other.
    pub count: u32,
    /// When the last was made.
    pub last_at: Time,
}

/// A count that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whom it counts against.
    pub against: String,
    /// What was read.
    pub before: Counted,
    /// What is to be written.
    pub after: Counted,
}

/// Something that was done to accounts or by them, beside what the events of a restaurant say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// When.
    pub at: Time,
    /// What: `signIn.succeeded`, `user.added` …
    pub kind: String,
    /// Where it counts; `None` is everywhere.
    pub restaurant: Option<RestaurantId>,
    /// Who did it: an account's or key's name, `operator`, or whatever name was tried.
    pub actor: String,
    /// To whom or what it was done.
    pub subject: String,
    /// From which address.
    pub address: Option<String>,
    /// What the browser says it is.
    pub device: Option<String>,
}

/// Where accounts are kept. What is written is durable when a method returns.
#[async_trait]
pub trait Accounts: Factors + Pairings {
    /// Every account that was not deleted, or, with `deleted`, every one; by name.
    async fn accounts(&self, deleted: bool) -> Result<Vec<Account>, StoreError>;

    /// An account, deleted or not.
    async fn account(&self, id: UserId) -> Result<Option<Account>, StoreError>;

    /// The account of that name that was not deleted, however it is capitalised.
    async fn account_named(&self, name: &str) -> Result<Option<Account>, StoreError>;

    /// Writes an account, new or changed, and ends its sessions, but one perhaps, and its PINs. With a count of how often
    /// accounts have changed, only if that is still the count: what was read after it was learnt is then still so. A
    /// store that is not shared does not count, and is given none.
    async fn save_account(
        &self,
        account: &Account,
        keeps: Option<Uuid>,
        unchanged_since: Option<u64>,
    ) -> Result<Saved, StoreError>;

    /// Writes the first account of all. False when there is one already; then nothing changed.
    async fn save_first_account(&self, account: &Account) -> Result<bool, StoreError>;

    /// Begins a session, provided that its account is still active and still has the password and second factor, or
    /// neither, that this one has. False when it is not.
    async fn begin_session_if_unchanged(&self, session: &Session, account: &Account) -> Result<bool, StoreError>;

    /// The session of a token, with its account.
    async fn session(&self, digest: [u8; 32]) -> Result<Option<(Session, Account)>, StoreError>;

    /// The sessions of these tokens, with their accounts, in no particular order; what there is not is left out.
    async fn sessions_of(&self, digests: &[[u8; 32]]) -> Result<Vec<(Session, Account)>, StoreError> {
        let mut found = Vec::new();
        for digest in digests {
            found.extend(self.session(*digest).await?);
        }
        Ok(found)
    }

    /// The sessions of an account, newest first.
    async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError>;

    /// Notes that a session was used.
    async fn note_session(&self, id: Uuid, seen_at: Time) -> Result<(), StoreError>;

    /// Ends sessions of an account: one, or all but one and with them its PINs. How many it were.
    async fn end_sessions(&self, user: UserId, which: Which) -> Result<usize, StoreError>;

    /// Writes a key, new or changed. One that was revoked stays so, since when it first was.
    async fn save_key(&self, key: &ApiKey) -> Result<(), StoreError>;

    /// A key by its digest.
    async fn key(&self, digest: [u8; 32]) -> Result<Option<ApiKey>, StoreError>;

    /// The keys of these digests, in no particular order; what there is not is left out.
    async fn keys_of(&self, digests: &[[u8; 32]]) -> Result<Vec<ApiKey>, StoreError> {
        let mut found = Vec::new();
        for digest in digests {
            found.extend(self.key(*digest).await?);
        }
        Ok(found)
    }

    /// Notes that a key was used.
    async fn note_key(&self, id: Uuid, seen_at: Time) -> Result<(), StoreError>;

    /// The keys of a restaurant, newest first, revoked ones too.
    async fn keys(&self, restaurant: RestaurantId) -> Result<Vec<ApiKey>, StoreError>;

    /// The account's sign-in devices: whether this is one of them.
    async fn is_device(&self, digest: [u8; 32], user: UserId) -> Result<bool, StoreError>;

    /// Notes that an account signed in on a device. What was known of the device under a former token goes on under
    /// the new one. Beyond [`DEVICES_MAX`] the ones that were not seen for longest are forgotten.
    async fn note_device(&self, device: &Device, former: Option<[u8; 32]>) -> Result<(), StoreError>;

    /// What is counted against somebody.
    async fn counted(&self, against: &[String]) -> Result<Vec<Counted>, StoreError>;

    /// Writes down what is counted against somebody; a count of zero is forgotten. False when another process counted
    /// since it was read; then nothing changed.
    async fn count(&self, steps: &[Step]) -> Result<bool, StoreError>;

    /// Adds to the log. Nothing is ever taken from it.
    async fn log(&self, entry: &LogEntry) -> Result<(), StoreError>;

    /// The log of a restaurant, newest first, from before a position, which is the number beside the last entry of a
    /// page. `everywhere` adds what is of no one restaurant.
    async fn log_before(
        &self,
        restaurant: RestaurantId,
        everywhere: bool,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, LogEntry)>, StoreError>;

    /// Forgets what no longer matters.
    async fn forget(&self, before: Before) -> Result<(), StoreError>;
}

/// Devices remembered for an account: more than somebody has, and a bound for what a script can leave behind.
pub const DEVICES_MAX: usize = 50;

/// A device on which somebody signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// The digest of the token in its cookie.
    pub digest: [u8; 32],
    /// Who signed in.
    pub user: UserId,
    /// When they last did.
    pub seen_at: Time,
}

/// From before which moments things are forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    /// Sessions that lasted until then at most.
    pub ended: Time,
    /// Sessions that were last used then.
    pub idle: Time,
    /// Counts that last rose then.
    pub counted: Time,
    /// Devices that were last seen then.
    pub devices: Time,
}

/// What became of an account that was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is written, and so many sessions ended.
    Done(usize),
    /// Another account has the name; nothing changed.
    NameTaken,
    /// Accounts have changed meanwhile; nothing changed.
    Conflict,
}

/// Which sessions of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// This one.
    One(Uuid),
    /// All but this one.
    AllBut(Option<Uuid>),
}
