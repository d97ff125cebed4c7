//! The lines of a file, as they are written down.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use feedme_kitchen::{BotNumber, Claim, Counters, Order, OrderNumber, Profile, Time, Version};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::people::{KeyRecord, LogRecord, PersonRecord};
use crate::moment::{EventRow, Part, Piece, Standing};
use crate::past::Checkpoint;
use crate::record::{
    BotRecord, OrderRecord, damaged, decode_settings, decode_state, decode_turn, encode_settings, encode_state,
    encode_turn,
};
use crate::{Epoch, KeptAnswer, KeyScope, Restaurant, RestaurantId, StoreError};

/// The form of the files that are written now. A change that older programs would misread has another.
pub(super) const FORMAT: u32 = 1;

/// How many rows of each kind a file has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are named after what they count")]
pub struct Counts {
    pub accounts: u64,
    pub bots: u64,
    pub live: u64,
    pub history: u64,
    /// Of what was forgotten.
    pub checkpoints: u64,
    /// Commits with events.
    pub events: u64,
    pub answers: u64,
    pub keys: u64,
    pub log: u64,
}

impl Counts {
    /// Counts a row.
    pub(super) fn count(&mut self, part: Part) {
        *match part {
            Part::Accounts => &mut self.accounts,
            Part::Bots => &mut self.bots,
            Part::Live => &mut self.live,
            Part::History => &mut self.history,
            Part::Checkpoint => &mut self.checkpoints,
            Part::Events => &mut self.events,
            Part::Answers => &mut self.answers,
            Part::Keys => &mut self.keys,
            Part::Log => &mut self.log,
        } += 1;
    }

    /// How many rows there are.
    #[must_use]
    pub fn all(&self) -> u64 {
        let Self { accounts, bots, live, history, checkpoints, events, answers, keys, log } = self;
        accounts + bots + live + history + checkpoints + events + answers + keys + log
    }
}

/// A line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line<'a> {
    Restaurant(StandingRecord),
    Account(PersonRecord),
    Bot(BotRecord),
    #[serde(borrow)]
    Live(OrderRecord<'a>),
    #[serde(borrow)]
    History(OrderRecord<'a>),
    Checkpoint(CheckpointRecord),
    #[serde(borrow)]
    Events(EventsRecord<'a>),
    Answer(AnswerRecord),
    Key(KeyRecord),
    Log(LogRecord),
    End(End),
}

/// A restaurant.
#[derive(Serialize, Deserialize)]
pub(super) struct StandingRecord {
    pub(super) format: u32,
    id: Uuid,
    slug: String,
    name: String,
    opened_as: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    archived: Option<i64>,
    created: i64,
    version: u64,
    last_at: i64,
    next_order: u64,
    next_bot: u64,
    next_claim: u64,
    settings: Box<RawValue>,
    turn: Box<RawValue>,
}

/// What the restaurant was when its past was forgotten, as the columns have it.
#[derive(Serialize, Deserialize)]
pub(super) struct CheckpointRecord {
    orders: u64,
    state: Box<RawValue>,
}

/// The events of a commit, as the column has them.
#[derive(Serialize, Deserialize)]
pub(super) struct EventsRecord<'a> {
    first: u64,
    last: u64,
    at: i64,
    #[serde(borrow)]
    payload: &'a RawValue,
}

/// What is of bytes is written in base 64.
#[derive(Serialize, Deserialize)]
pub(super) struct AnswerRecord {
    caller: String,
    key: String,
    fingerprint: String,
    status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    body: String,
    at: i64,
}

/// The last line.
#[derive(Serialize, Deserialize)]
pub(super) struct End {
    pub(super) counts: Counts,
    /// BLAKE3 of all lines before this one, in hexadecimal.
    pub(super) digest: String,
}

impl<'a> Line<'a> {
    /// The line of a row.
    pub(super) fn of(piece: &'a Piece) -> Result<Self, StoreError> {
        Ok(match piece {
            Piece::Account(person) => Self::Account(person.into()),
            Piece::Bot(bot) => Self::Bot(bot.into()),
            Piece::Live(order) => Self::Live(order.into()),
            Piece::History(order) => Self::History(order.into()),
            Piece::Checkpoint(checkpoint) => Self::Checkpoint(CheckpointRecord {
                orders: checkpoint.orders,
                state: raw(encode_state(&checkpoint.state)),
            }),
            Piece::Events(row) => Self::Events(row.try_into()?),
            Piece::Answer(scope, answer) => Self::Answer((scope, answer).into()),
            Piece::Key(key) => Self::Key(key.into()),
            Piece::Log(entry) => Self::Log(entry.into()),
        })
    }

    /// The row of a line that is neither the first nor the last.
    pub(super) fn piece(self, restaurant: RestaurantId) -> Result<Piece, StoreError> {
        Ok(match self {
            Self::Restaurant(_) | Self::End(_) => return Err(damaged("it is no row")),
            Self::Account(record) => Piece::Account(record.try_into()?),
            Self::Bot(record) => Piece::Bot(record.into()),
            Self::Live(record) => Piece::Live(Order::try_from(record)?),
            Self::History(record) => Piece::History(Order::try_from(record)?),
            Self::Checkpoint(CheckpointRecord { orders, state }) => {
                Piece::Checkpoint(Checkpoint { orders, state: decode_state(state.get())? })
            }
            Self::Events(EventsRecord { first, last, at, payload }) => {
                Piece::Events(EventRow { first, last, at: Time(at), payload: payload.get().to_owned() })
            }
            Self::Answer(record) => record.piece()?,
            Self::Key(record) => Piece::Key(record.key(restaurant)?),
            Self::Log(record) => Piece::Log(record.entry(restaurant)),
        })
    }
}

fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).expect("it was just written")
}

/// A moment that may not have come, in milliseconds.
pub(super) fn ms(moment: Option<Time>) -> Option<i64> {
    moment.map(|moment| moment.0)
}

/// Bytes from base 64.
pub(super) fn bytes<const N: usize>(text: &str) -> Result<[u8; N], StoreError> {
    BASE64.decode(text).map_err(damaged)?.try_into().map_err(|_| damaged("something is of another length"))
}

/// The first line.
pub(super) fn standing(standing: &Standing) -> StandingRecord {
    let Standing { restaurant, opened_as, created_at, version, last_at, counters, profile, settings, turn } = standing;
    StandingRecord {
        format: FORMAT,
        id: restaurant.id.0,
        slug: restaurant.slug.clone(),
        name: profile.name.to_string(),
        opened_as: opened_as.clone(),
        archived: ms(profile.archived_at),
        created: created_at.0,
        version: version.0,
        last_at: last_at.0,
        next_order: counters.next_order.0,
        next_bot: counters.next_bot.0,
        next_claim: counters.next_claim.0,
        settings: raw(encode_settings(*settings)),
        turn: raw(encode_turn(*turn)),
    }
}

/// The restaurant of a first line. It has no history yet: whoever takes it in begins one.
pub(super) fn read_standing(record: StandingRecord) -> Result<Standing, StoreError> {
    let profile = Profile { name: record.name.as_str().into(), archived_at: record.archived.map(Time) };
    Ok(Standing {
        restaurant: Restaurant { id: RestaurantId(record.id), slug: record.slug, name: record.name, epoch: Epoch(0) },
        opened_as: record.opened_as,
        created_at: Time(record.created),
        version: Version(record.version),
        last_at: Time(record.last_at),
        counters: Counters {
            next_order: OrderNumber(record.next_order),
            next_bot: BotNumber(record.next_bot),
            next_claim: Claim(record.next_claim),
        },
        profile,
        settings: decode_settings(record.settings.get())?,
        turn: decode_turn(record.turn.get())?,
    })
}

impl<'a> TryFrom<&'a EventRow> for EventsRecord<'a> {
    type Error = StoreError;

    fn try_from(row: &'a EventRow) -> Result<Self, StoreError> {
        let EventRow { first, last, at, payload } = row;
        let what = format_args!("events {first} to {last} are no line of JSON: see `feedme doctor`");
        let raw = serde_json::from_str::<&RawValue>(payload).ok().filter(|raw| !raw.get().contains('\n'));
        Ok(Self { first: *first, last: *last, at: at.0, payload: raw.ok_or_else(|| damaged(what))? })
    }
}

impl From<(&KeyScope, &KeptAnswer)> for AnswerRecord {
    fn from((scope, answer): (&KeyScope, &KeptAnswer)) -> Self {
        Self {
            caller: scope.caller.clone(),
            key: scope.key.clone(),
            fingerprint: BASE64.encode(answer.fingerprint),
            status: answer.status,
            location: answer.location.clone(),
            body: BASE64.encode(&answer.body),
            at: answer.at.0,
        }
    }
}

impl AnswerRecord {
    fn piece(self) -> Result<Piece, StoreError> {
        let answer = KeptAnswer {
            fingerprint: bytes(&self.fingerprint)?,
            status: self.status,
            location: self.location,
            body: BASE64.decode(&self.body).map_err(damaged)?,
            at: Time(self.at),
        };
        Ok(Piece::Answer(KeyScope { caller: self.caller, key: self.key }, answer))
    }
}
