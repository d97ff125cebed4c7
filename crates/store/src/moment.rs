//! A whole database at one moment: everything that it keeps, in portions.
//!
//! For what looks at all of it, such as an examination. Servers go on meanwhile, and nothing they do is seen.

use async_trait::async_trait;
use feedme_kitchen::{Bot, Counters, Order, Parts, Profile, Settings, Time, Turn, UserId, Version};

use crate::accounts::{ApiKey, LogEntry, PasswordHash, Role};
use crate::factors::SecondFactor;
use crate::past::Checkpoint;
use crate::{KeptAnswer, KeyScope, Loaded, Restaurant, RestaurantId, StoreError};

/// Rows of orders in a portion at most: about a megabyte.
pub(crate) const ROWS: u32 = 2000;

/// Rows of events in a portion at most. A row holds the events of a commit, which may be thousands.
pub(crate) const EVENT_ROWS: u32 = 256;

/// A database as it stands at one moment.
#[async_trait]
pub trait Moment: Send {
    /// Where every restaurant stands, by slug.
    async fn standings(&mut self) -> Result<Vec<Standing>, StoreError>;

    /// A restaurant's live state.
    async fn live(&mut self, restaurant: RestaurantId) -> Result<Option<Loaded>, StoreError>;

    /// Begins to read something of a restaurant; [`Moment::next`] has it. What was begun before is given up.
    async fn begin(&mut self, restaurant: RestaurantId, part: Part) -> Result<(), StoreError>;

    /// The next portion of what was begun; empty at its end.
    async fn next(&mut self) -> Result<Vec<Piece>, StoreError>;

    /// What the database itself finds wrong, beside what events and tables say.
    async fn own_problems(&mut self) -> Result<Vec<String>, StoreError>;
}

/// Where a restaurant stands: its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which restaurant, under the name that it has now.
    pub restaurant: Restaurant,
    /// What it was called when it opened.
    pub opened_as: String,
    /// When it opened.
    pub created_at: Time,
    /// Its latest event.
    pub version: Version,
    /// When that happened.
    pub last_at: Time,
    /// The numbers it gives out next.
    pub counters: Counters,
    /// Its name and standing.
    pub profile: Profile,
    /// Its settings.
    pub settings: Settings,
    /// The ratio policy's turn.
    pub turn: Turn,
}

impl Standing {
    /// The live state that it makes with live orders and bots.
    pub(crate) fn with(self, orders: Vec<Order>, bots: Vec<Bot>) -> Loaded {
        let Self { restaurant, version, last_at, counters, profile, settings, turn, .. } = self;
        Loaded { restaurant, parts: Parts { version, last_at, counters, profile, settings, turn, orders, bots } }
    }
}

/// What may be read of a restaurant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Accounts that are something in it, and those that its orders name.
    Accounts,
    /// Bots, removed ones too, by number.
    Bots,
    /// Rows of orders in the live table, by number.
    Live,
    /// Rows of orders in the history, by number.
    History,
    /// What it was when its past was forgotten, if any of it was.
    Checkpoint,
    /// Rows of events, in order.
    Events,
    /// Answers kept under idempotency keys.
    Answers,
    /// Keys of devices, revoked ones too.
    Keys,
    /// What was done to accounts there, oldest first.
    Log,
}

impl Part {
    /// All of a restaurant, each after what it names.
    pub const ALL: [Self; 9] = [
        Self::Accounts,
        Self::Bots,
        Self::Live,
        Self::History,
        Self::Checkpoint,
        Self::Events,
        Self::Answers,
        Self::Keys,
        Self::Log,
    ];
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Somebody who is something in the restaurant, or placed orders there.
    Account(Person),
    /// A bot.
    Bot(Bot),
    /// An order in the live table.
    Live(Order),
    /// An order in the history.
    History(Order),
    /// What the restaurant was when its past was forgotten.
    Checkpoint(Checkpoint),
    /// The events of a commit.
    Events(EventRow),
    /// An answer kept under an idempotency key.
    Answer(KeyScope, KeptAnswer),
    /// A device's key.
    Key(ApiKey),
    /// What was done to an account.
    Log(LogEntry),
}

impl Piece {
    /// What it is read as.
    #[must_use]
    pub const fn part(&self) -> Part {
        match self {
            Self::Account(_) => Part::Accounts,
            Self::Bot(_) => Part::Bots,
            Self::Live(_) => Part::Live,
            Self::History(_) => Part::History,
            Self::Checkpoint(_) => Part::Checkpoint,
            Self::Events(_) => Part::Events,
            Self::Answer(..) => Part::Answers,
            Self::Key(_) => Part::Keys,
            Self::Log(_) => Part::Log,
        }
    }
}

/// What of an account belongs to a restaurant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Which account.
    pub id: UserId,
    /// The name to sign in with.
    pub name: String,
    /// What it is there. One that is nothing there is here because orders name it, and without anything to sign in
    /// with. Who is something everywhere is so there, if there is no other restaurant.
    pub role: Option<Role>,
    /// By which it signs in.
    pub password: Option<PasswordHash>,
    /// What it is asked for beside the password.
    pub second_factor: Option<SecondFactor>,
    /// The digests of its recovery codes.
    pub recovery_codes: Vec<[u8; 32]>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Since when nobody can sign in to it.
    pub disabled_at: Option<Time>,
    /// Since when it is deleted.
    pub deleted_at: Option<Time>,
}

impl Person {
    /// The same without what lets it in, if it is nothing there.
    pub(crate) fn or_a_name(self) -> Self {
        if self.role.is_some() {
            return self;
        }
        let deleted_at = self.deleted_at.or(Some(self.updated_at));
        Self { password: None, second_factor: None, recovery_codes: Vec::new(), deleted_at, ..self }
    }
}

/// The events of a commit, as they are written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// The first event's number.
    pub first: u64,
    /// The last event's number.
    pub last: u64,
    /// When the last one happened.
    pub at: Time,
    /// The events.
    pub payload: String,
}
