//! The bodies that place and complete orders.

use feedme_kitchen::{self as kitchen, BotId, Claim, Command, OrderId, UserId};
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use utoipa::ToSchema;

use crate::Problem;
use crate::order::OrderType;
use crate::text::{Id, Text, Whole};

/// Characters of an order's note. Two hundred words fit; more is not read at a stove.
pub const NOTE_MAX_CHARS: usize = 500;
/// Lines of an order: a large table, each guest with several dishes.
pub const LINES_MAX: usize = 50;
/// Characters of a dish's name.
pub const LINE_NAME_MAX_CHARS: usize = 80;
/// Characters of a line's note.
pub const LINE_NOTE_MAX_CHARS: usize = 200;
/// How many of one dish. Two digits fit a ticket.
pub const QUANTITY_MAX: u64 = 99;
/// Characters of the till's own reference: room for two UUIDs and a prefix.
pub const EXTERNAL_REF_MAX_CHARS: usize = 100;
/// Claims are counted from 1 and stay below what every JSON reader holds exactly.
pub const CLAIM_MAX: u64 = (1 << 53) - 1;

/// Places an order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "type": "VIP",
    "note": "no onions",
    "lines": [{ "name": "Burger", "quantity": 2, "note": "well done" }],
    "externalRef": "till-2/4711",
}))]
pub struct PlaceOrder {
    /// The class it waits in.
    #[serde(rename = "type")]
    #[schema(value_type = OrderType)]
    pub order_type: Option<OrderType>,
    /// The account that it is placed for; the caller's own when missing. Without accounts nobody can be named.
    #[schema(value_type = Option<Uuid>)]
    pub user_id: Option<Id>,
    /// What the cook should know about the whole order.
    #[schema(value_type = Option<String>, max_length = 500)]
    pub note: Option<Text<0, NOTE_MAX_CHARS>>,
    /// What to cook.
    #[serde(default)]
    #[schema(value_type = Option<Vec<NewLine>>, required = false, max_items = 50)]
    pub lines: NewLines,
    /// The till's own reference.
    #[schema(value_type = Option<String>, max_length = 100)]
    pub external_ref: Option<Text<0, EXTERNAL_REF_MAX_CHARS>>,
}

/// One line of a new order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Burger", "quantity": 2, "note": "well done" }))]
pub struct NewLine {
    /// The dish.
    #[schema(value_type = String, min_length = 1, max_length = 80)]
    pub name: Text<1, LINE_NAME_MAX_CHARS>,
    /// How many of it.
    #[schema(value_type = u8, minimum = 1, maximum = 99)]
    pub quantity: Whole<1, QUANTITY_MAX>,
    /// What the cook should know about it.
    #[schema(value_type = Option<String>, max_length = 200)]
    pub note: Option<Text<0, LINE_NOTE_MAX_CHARS>>,
}

/// At most [`LINES_MAX`] lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewLines(Vec<kitchen::Line>);

/// Says that an order is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "orderId": "019696f2-3b80-7cc3-98c5-0bd7c1b4a1f0",
    "botId": "019696f2-0c10-7d21-8f4e-6a1c2f0e9b11",
    "claim": 12,
}))]
pub struct CompleteOrder {
    /// Which order.
    #[schema(value_type = Uuid)]
    pub order_id: Id,
    /// Who cooked it.
    #[schema(value_type = Uuid)]
    pub bot_id: Id,
    /// The order's `claim` as the bot got it.
    #[schema(value_type = u64, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub claim: Whole<1, CLAIM_MAX>,
}

/// Says that an automatic bot's order is due: what the delayed-message service calls back with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompleteDue {
    /// Which order.
    pub order_id: Id,
    /// Who cooks it.
    pub bot_id: Id,
    /// The order's `claim`; without it, whichever it has now.
    pub claim: Option<Whole<1, CLAIM_MAX>>,
}

impl PlaceOrder {
    /// The user that the body names, for the caller to judge.
    pub fn user(&self) -> Option<UserId> {
        self.user_id.map(|id| UserId(id.0))
    }

    /// The command it stands for.
    pub fn into_command(self, id: OrderId, user: Option<UserId>) -> Result<Command, Problem> {
        let order_type = self.order_type.ok_or_else(|| Problem::invalid("type", "`NORMAL` or `VIP`"))?;
        Ok(Command::PlaceOrder {
            id,
            order_type: order_type.into(),
            user,
            note: self.note.map(|note| note.0),
            lines: self.lines.0,
            external_ref: self.external_ref.map(|reference| reference.0),
        })
    }
}

impl From<CompleteOrder> for Command {
    fn from(body: CompleteOrder) -> Self {
        Self::CompleteOrder { order: OrderId(body.order_id.0), bot: BotId(body.bot_id.0), claim: Claim(body.claim.0) }
    }
}

impl From<CompleteDue> for Command {
    fn from(body: CompleteDue) -> Self {
        let claim = body.claim.map(|claim| Claim(claim.0));
        Self::CompleteDue { order: OrderId(body.order_id.0), bot: BotId(body.bot_id.0), claim }
    }
}

impl From<NewLine> for kitchen::Line {
    fn from(line: NewLine) -> Self {
        let quantity = u8::try_from(line.quantity.0).expect("a quantity has two digits");
        Self { name: line.name.0, quantity, note: line.note.map(|note| note.0) }
    }
}

impl<'de> Deserialize<'de> for NewLines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LinesVisitor;
        impl<'de> Visitor<'de> for LinesVisitor {
            type Value = NewLines;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "at most {LINES_MAX} lines")
            }

            fn visit_unit<E: Error>(self) -> Result<NewLines, E> {
                Ok(NewLines::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<NewLines, A::Error> {
                let mut lines = Vec::new();
                while let Some(line) = elements.next_element::<NewLine>()? {
                    if lines.len() == LINES_MAX {
                        return Err(A::Error::invalid_length(LINES_MAX + 1, &self));
                    }
                    lines.push(line.into());
                }
                Ok(NewLines(lines))
            }
        }
        deserializer.deserialize_any(LinesVisitor)
    }
}
