//! One step of a scenario's file: a time, one thing to do, and what that takes.

use std::ops::Range;

use feedme_kitchen::{BotNumber, Claim, Line, Mode, OrderNumber, OrderType, SettingsPatch};
use serde::Deserialize;
use toml::Spanned;

use crate::simulate::file::Objection;
use crate::simulate::number::{Number, Span, UpTo};
use crate::simulate::policy::PolicyTable;
use crate::simulate::scenario::{Action, Step};

/// A step may be done so often at most: more than a rush hour's orders in one moment.
const TIMES_MAX: u32 = 1000;

/// Of one dish in one line, as the HTTP API has it.
const QUANTITY_MAX: u32 = 99;

/// What a step may do, as said when it does nothing or too much.
const ACTIONS: &str = "place, add_bot, remove_bot, cancel, collect, delete, restore, claim, complete, give_back, \
                       clear, set, pause, skip_numbers";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepTable {
    at: Span,
    place: Option<OrderTypeName>,
    note: Option<Spanned<String>>,
    lines: Option<Spanned<Vec<LineTable>>>,
    external_ref: Option<Spanned<String>>,
    times: Option<Spanned<UpTo<TIMES_MAX>>>,
    add_bot: Option<ModeName>,
    remove_bot: Option<WhichBot>,
    cancel: Option<Number>,
    collect: Option<Number>,
    delete: Option<Number>,
    restore: Option<Number>,
    claim: Option<Number>,
    complete: Option<Number>,
    order: Option<Spanned<Number>>,
    give_back: Option<Number>,
    under_claim: Option<Spanned<Number>>,
    clear: Option<Spanned<bool>>,
    set: Option<SetTable>,
    pause: Option<bool>,
    skip_numbers: Option<Number>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum OrderTypeName {
    #[serde(rename = "NORMAL")]
    Normal,
    #[serde(rename = "VIP")]
    Vip,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ModeName {
    Auto,
    Pull,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged, expecting = "a bot to remove is \"newest\" or a bot's number")]
enum WhichBot {
    Named(Newest),
    Numbered(Number),
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Newest {
    Newest,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineTable {
    name: String,
    quantity: Option<UpTo<QUANTITY_MAX>>,
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetTable {
    cook_seconds: Option<Span>,
    policy: Option<PolicyTable>,
    completed_stays_seconds: Option<Span>,
}

impl StepTable {
    /// The step, if it does exactly one thing and takes nothing that belongs to another.
    pub(crate) fn check(mut self, span: &Range<usize>) -> Result<Step, Objection> {
        let times = self.times.take();
        let mut actions = Vec::new();
        let mut found = |action: Option<Action>| actions.extend(action);
        found(self.placing());
        found(self.add_bot.map(|mode| match mode {
            ModeName::Auto => Action::AddBot(Mode::Auto),
            ModeName::Pull => Action::AddBot(Mode::Pull),
        }));
        found(self.remove_bot.map(|which| match which {
            WhichBot::Named(Newest::Newest) => Action::RemoveNewestBot,
            WhichBot::Numbered(number) => Action::RemoveBot(BotNumber(number.0)),
        }));
        found(self.cancel.map(|order| Action::Cancel(OrderNumber(order.0))));
        found(self.collect.map(|order| Action::Collect(OrderNumber(order.0))));
        found(self.delete.map(|order| Action::Delete(OrderNumber(order.0))));
        found(self.restore.map(|order| Action::Restore(OrderNumber(order.0))));
        found(self.claim.map(|bot| Action::Claim(BotNumber(bot.0))));
        found(self.completing());
        found(self.giving_back());
        found(self.clearing()?);
        found(self.changing());
        found(
            self.pause.map(|pause| {
                Action::Change(SettingsPatch { accepting_orders: Some(!pause), ..SettingsPatch::default() })
            }),
        );
        found(self.skip_numbers.map(|count| Action::SkipNumbers(count.0)));
        self.nothing_left()?;

        let count = actions.len();
        let Some(action) = actions.pop().filter(|_| count == 1) else {
            let found = if count == 0 { "nothing" } else { "several things" };
            return Err((span.clone(), format!("a step does one of {ACTIONS}, and this one does {found}")));
        };
        let times = checked_times(times, &action)?;
        Ok(Step { at_ms: self.at.0, action, times })
    }

    fn placing(&mut self) -> Option<Action> {
        let order_type = match self.place? {
            OrderTypeName::Normal => OrderType::Normal,
            OrderTypeName::Vip => OrderType::Vip,
        };
        let lines = self.lines.take().map(Spanned::into_inner).unwrap_or_default();
        let lines = lines.into_iter().map(|LineTable { name, quantity, note }| Line {
            name,
            quantity: quantity.map_or(1, |it| u8::try_from(it.0).expect("QUANTITY_MAX is a u8")),
            note,
        });
        Some(Action::Place {
            order_type,
            note: self.note.take().map(Spanned::into_inner),
            lines: lines.collect(),
            external_ref: self.external_ref.take().map(Spanned::into_inner),
        })
    }

    fn completing(&mut self) -> Option<Action> {
        let bot = BotNumber(self.complete?.0);
        let order = self.order.take().map(|order| OrderNumber(order.into_inner().0));
        Some(Action::Complete { bot, order, claim: self.under_claim() })
    }

    fn giving_back(&mut self) -> Option<Action> {
        let bot = BotNumber(self.give_back?.0);
        Some(Action::GiveBack { bot, claim: self.under_claim() })
    }

    fn under_claim(&mut self) -> Option<Claim> {
        self.under_claim.take().map(|claim| Claim(claim.into_inner().0))
    }

    fn clearing(&self) -> Result<Option<Action>, Objection> {
        match &self.clear {
            None => Ok(None),
            Some(clear) if *clear.get_ref() => Ok(Some(Action::Clear)),
            Some(clear) => Err((clear.span(), "a board is cleared by `clear = true`, or not at all".into())),
        }
    }

    fn changing(&self) -> Option<Action> {
        self.set.as_ref().map(|set| {
            Action::Change(SettingsPatch {
                cook_ms: set.cook_seconds.map(|span| span.0),
                policy: set.policy.map(Into::into),
                completed_stays_ms: set.completed_stays_seconds.map(|span| span.0),
                accepting_orders: None,
            })
        })
    }

    /// Whatever an action takes was taken from the table by it: what is still there belongs to no action.
    fn nothing_left(&self) -> Result<(), Objection> {
        let left = [
            (self.note.as_ref().map(Spanned::span), "place"),
            (self.lines.as_ref().map(Spanned::span), "place"),
            (self.external_ref.as_ref().map(Spanned::span), "place"),
            (self.order.as_ref().map(Spanned::span), "complete"),
            (self.under_claim.as_ref().map(Spanned::span), "complete or give_back"),
        ];
        match left.into_iter().find_map(|(span, action)| Some((span?, action))) {
            None => Ok(()),
            Some((span, action)) => Err((span, format!("it goes with {action} only"))),
        }
    }
}

fn checked_times(times: Option<Spanned<UpTo<TIMES_MAX>>>, action: &Action) -> Result<u32, Objection> {
    match times {
        None => Ok(1),
        Some(times) if matches!(action, Action::Place { .. } | Action::AddBot(_)) => Ok(times.get_ref().0),
        Some(times) => Err((times.span(), "it goes with place or add_bot only".into())),
    }
}
