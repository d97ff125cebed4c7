//! Puts a scenario to a kitchen on virtual time. It is a function of the scenario alone: ids come from a
//! counter, the time from the scenario.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::sync::Arc;

use feedme_kitchen::{
    Actor, BotId, Change, Claim, Command, Completion, Context, Counters, Event, Kitchen, Log, OrderId, Outcome, Parts,
    Refusal, Time,
};
use uuid::Uuid;

use crate::simulate::clock::{Clock, face};
use crate::simulate::narrator::Narrator;
use crate::simulate::refusal::{reason, status_name};
use crate::simulate::scenario::{Action, Scenario, Step};
use crate::simulate::summary::{Summary, Waits};
use crate::simulate::transcript::{Entry, Transcript};

/// Plays a scenario from its start to its end.
pub(crate) fn play(scenario: &Scenario) -> Transcript {
    let mut play = Play::new(scenario);
    let mut steps = scenario.steps.iter().peekable();
    let end_at = scenario.end_ms.map(|ms| scenario.clock.after_ms(ms));
    while let Some((at, next)) = play.next(steps.peek().copied(), end_at) {
        if end_at.is_some_and(|end_at| at > end_at) {
            break;
        }
        play.now = at;
        match next {
            Next::Timer(timer) => play.fire(&timer),
            Next::Archive => play.ask(Command::ArchiveOrders, Actor::Kitchen, None),
            Next::Step => play.step(steps.next().expect("the step was just peeked at")),
        }
    }
    play.finish(end_at)
}

/// What comes next. At one moment what falls due comes first, then the board, then the steps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Timer(Timer),
    Archive,
    Step,
}

/// An automatic bot's order, and when it will be done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Timer {
    due_at: Time,
    claim: Claim,
    order: OrderId,
    bot: BotId,
}

struct Play {
    clock: Clock,
    now: Time,
    kitchen: Kitchen,
    /// Keeps every row, since an order may be named long after it left the board.
    log: Log,
    narrator: Narrator,
    timers: BinaryHeap<Reverse<Timer>>,
    entries: Vec<Entry>,
    started: HashSet<OrderId>,
    waits: Waits,
    refused: usize,
    last_id: u128,
}

impl Play {
    fn new(scenario: &Scenario) -> Self {
        let (kitchen, _) = Kitchen::load(Parts {
            counters: Counters { next_order: scenario.first_order, ..Counters::default() },
            settings: scenario.settings,
            last_at: scenario.clock.0,
            ..Parts::default()
        });
        Self {
            clock: scenario.clock,
            now: scenario.clock.0,
            kitchen,
            log: Log::default(),
            narrator: Narrator::new(scenario.clock, scenario.settings),
            timers: BinaryHeap::new(),
            entries: Vec::new(),
            started: HashSet::new(),
            waits: Waits::default(),
            refused: 0,
            last_id: 0,
        }
    }

    /// What comes next, and when. That an order leaves the board is no reason to go on when nothing else
    /// happens, unless the scenario says until when.
    fn next(&mut self, step: Option<&Step>, end_at: Option<Time>) -> Option<(Time, Next)> {
        let timer = self.next_timer().map(|timer| (timer.due_at, Next::Timer(timer)));
        let step = step.map(|step| (self.clock.after_ms(step.at_ms), Next::Step));
        let goes_on = timer.is_some() || step.is_some() || end_at.is_some();
        let archive = self.kitchen.archive_due_at().filter(|_| goes_on).map(|at| (at.max(self.now), Next::Archive));
        [timer, archive, step].into_iter().flatten().min()
    }

    /// The next timer whose bot still cooks its order.
    fn next_timer(&mut self) -> Option<Timer> {
        while let Some(Reverse(timer)) = self.timers.peek().copied() {
            let work = self.kitchen.order(timer.order).and_then(|order| order.work());
            if work.is_some_and(|work| work.claim == timer.claim) {
                return Some(timer);
            }
            self.timers.pop();
        }
        None
    }

    fn fire(&mut self, timer: &Timer) {
        let Timer { order, bot, claim, .. } = *timer;
        self.ask(Command::CompleteOrder { order, bot, claim }, Actor::Timer, None);
    }

    fn step(&mut self, step: &Step) {
        for _ in 0..step.times {
            match self.command(&step.action) {
                Ok(command) => self.ask(command, Actor::Open, Some(&step.action)),
                Err(refusal) => self.refuse(&step.action, refusal),
            }
        }
    }

    fn ask(&mut self, command: Command, actor: Actor, action: Option<&Action>) {
        let stored = command.order().filter(|id| self.kitchen.order(*id).is_none());
        let stored = stored.and_then(|id| self.log.rows.orders.get(&id)).cloned();
        let context = Context { at: self.now, actor, stored };
        let result = self.kitchen.execute(command, context, &mut self.log);
        let events = std::mem::take(&mut self.log.events);
        for event in &events {
            self.note(event);
        }
        self.entries.extend(self.narrator.tell(&events));
        match (result, action) {
            (Err(refusal), Some(action)) => self.refuse(action, refusal),
            (Ok(outcome), Some(action)) if events.is_empty() => {
                let text = capitalised(&format!("{action} changed nothing: {}", unchanged(&outcome)));
                self.add("unchanged", text);
            }
            _ => {}
        }
    }

    /// Arms the timer of an automatic start, and counts first starts.
    fn note(&mut self, event: &Arc<Event>) {
        let Change::OrderStarted(order) = &event.change else { return };
        let Some(work) = order.work() else { return };
        if let (Some(due_at), Some(bot)) = (work.due_at, work.bot) {
            self.timers.push(Reverse(Timer { due_at, claim: work.claim, order: order.id(), bot }));
        }
        if self.started.insert(order.id()) {
            self.waits.note(order.ticket.order_type, work.started_at.since_ms(order.ticket.created_at));
        }
    }

    fn refuse(&mut self, action: &Action, refusal: Refusal) {
        self.refused += 1;
        self.add("refused", capitalised(&format!("{action} refused: {}", reason(refusal))));
    }

    fn add(&mut self, event: &'static str, text: String) {
        let (clock, at_ms) = (face(self.now), self.clock.ms_until(self.now));
        self.entries.push(Entry { clock, at_ms, event, text, ..Entry::default() });
    }

    /// Numbers become ids; a number that was never given out is refused as the kitchen would.
    fn command(&mut self, action: &Action) -> Result<Command, Refusal> {
        let order = |number| self.narrator.order(number).ok_or(Refusal::UnknownOrder);
        let bot = |number| self.narrator.bot(number).ok_or(Refusal::UnknownBot);
        Ok(match action {
            Action::Place { order_type, note, lines, external_ref } => Command::PlaceOrder {
                id: OrderId(self.fresh()),
                order_type: *order_type,
                user: None,
                note: note.clone(),
                lines: lines.clone(),
                external_ref: external_ref.clone(),
            },
            Action::AddBot(mode) => Command::AddBot { id: BotId(self.fresh()), mode: *mode },
            Action::RemoveNewestBot => Command::RemoveNewestBot,
            Action::RemoveBot(number) => Command::RemoveBot(bot(*number)?),
            Action::Cancel(number) => Command::CancelOrder(order(*number)?),
            Action::Collect(number) => Command::CollectOrder(order(*number)?),
            Action::Delete(number) => Command::DeleteOrder(order(*number)?),
            Action::Restore(number) => Command::RestoreOrder(order(*number)?),
            Action::Claim(number) => Command::ClaimOrder(bot(*number)?),
            Action::Complete { bot: number, order: named, claim } => {
                let bot = bot(*number)?;
                let held = self.kitchen.bot(bot).and_then(|bot| bot.current);
                let nothing = Refusal::StaleClaim { number: *number };
                let order = named.map_or(held.ok_or(nothing), order)?;
                Command::CompleteOrder { order, bot, claim: claim.unwrap_or(self.claim_of(order)) }
            }
            Action::GiveBack { bot: number, claim } => {
                let bot = bot(*number)?;
                let held = self.kitchen.bot(bot).and_then(|bot| bot.current);
                let held = held.map_or(Claim(0), |order| self.claim_of(order));
                Command::ReturnOrder { bot, claim: claim.unwrap_or(held) }
            }
            Action::Clear => Command::ClearOrders,
            Action::Change(patch) => Command::ChangeSettings(*patch),
            Action::SkipNumbers(count) => Command::SkipNumbers { count: *count },
        })
    }

    /// The claim under which an order cooks; one never given out when it does not.
    fn claim_of(&self, order: OrderId) -> Claim {
        self.kitchen.order(order).and_then(|order| order.work()).map_or(Claim(0), |work| work.claim)
    }

    fn fresh(&mut self) -> Uuid {
        self.last_id += 1;
        Uuid::from_u128(self.last_id)
    }

    fn finish(self, end_at: Option<Time>) -> Transcript {
        let end_at = end_at.unwrap_or(self.now);
        let orders = self.log.rows.orders.values().map(|order| &**order);
        let (clock, at_ms) = (face(end_at), self.clock.ms_until(end_at));
        let summary = Summary::new(clock, at_ms, &self.kitchen, orders, &self.waits, self.refused);
        Transcript { entries: self.entries, summary }
    }
}

/// Why something that was not refused made no event.
fn unchanged(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Completion { completion: Completion::Stale, .. } => "the bot does not hold it under this claim".into(),
        Outcome::Completion { order, .. } | Outcome::Order(order) => {
            format!("order #{} is {}", order.number(), status_name(order.status()))
        }
        Outcome::Claimed { .. } => "nothing waits".into(),
        Outcome::Cleared { .. } => "nothing is on it".into(),
        _ => "it is so already".into(),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
