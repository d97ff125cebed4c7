//! Somebody who decides: a real kitchen whose log becomes writes, as a lane's does.

use std::collections::BTreeMap;
use std::sync::Arc;

use feedme_kitchen::{
    Actor, Bot, BotId, Change, Command, Context, Kitchen, Log, Mode, Order, OrderId, OrderType, Outcome, Profile,
    Refusal, Settings, SettingsPatch, Time, Version,
};
use feedme_store::{Batch, Epoch, KeptAnswer, KeyScope, RestaurantId, Store, Verdict, Write};
use uuid::Uuid;

/// An arbitrary morning: 2026-01-01T09:00:00Z.
pub const OPENING: Time = Time(1_767_258_000_000);

/// One restaurant's kitchen and what it has decided since the last write.
#[derive(Clone, Debug)]
pub struct Author {
    /// Which restaurant.
    pub restaurant: RestaurantId,
    /// Its history.
    pub epoch: Epoch,
    /// Its state.
    pub kitchen: Kitchen,
    /// The time of the next command.
    pub now: Time,
    /// Who asks.
    pub actor: Actor,
    /// Answers for the next write to keep.
    pub answers: Vec<(KeyScope, KeptAnswer)>,
    /// Every order that was ever written or read, as it is now.
    pub orders: BTreeMap<OrderId, Arc<Order>>,
    /// What it was called when it was read: for a new restaurant, when it opened.
    pub opened_as: Arc<str>,
    log: Log,
    expected: Version,
    settings: Settings,
    profile: Profile,
    last_id: u64,
}

impl Author {
    /// Reads a restaurant as it stands.
    pub async fn of(store: &dyn Store, slug: &str) -> Self {
        let restaurants = store.restaurants().await.expect("the store can be read");
        let found = restaurants.into_iter().find(|restaurant| restaurant.slug == slug);
        let restaurant = found.expect("the restaurant exists").id;
        let loaded = store.load(restaurant).await.expect("the store can be read").expect("the restaurant exists");
        let (version, last_at, settings) = (loaded.version(), loaded.parts.last_at, loaded.parts.settings);
        let profile = loaded.parts.profile.clone();
        let (kitchen, contradictions) = Kitchen::load(loaded.parts);
        assert_eq!(contradictions, [], "bots and orders contradict each other");
        Self {
            restaurant,
            epoch: loaded.restaurant.epoch,
            orders: kitchen.board().map(|order| (order.id(), Arc::clone(order))).collect(),
            kitchen,
            now: OPENING.max(last_at),
            actor: Actor::Open,
            answers: Vec::new(),
            log: Log::default(),
            expected: version,
            settings,
            opened_as: Arc::clone(&profile.name),
            profile,
            last_id: version.0 << 20,
        }
    }

    /// Asks for something, as the lane does: with the row of an order that is no longer live.
    pub fn ask(&mut self, command: Command) -> Result<Outcome, Refusal> {
        let gone = command.order().filter(|id| self.kitchen.order(*id).is_none());
        let stored = gone.and_then(|id| self.orders.get(&id)).cloned();
        let context = Context { at: self.now, actor: self.actor, stored };
        let before = self.log.events.len();
        let outcome = self.kitchen.execute(command, context, &mut self.log);
        for event in &self.log.events[before..] {
            let changed: Vec<_> = match &event.change {
                Change::OrdersCleared { cancelled, archived } => cancelled.iter().chain(archived).copied().collect(),
                change => change.order().map(|order| order.id()).into_iter().collect(),
            };
            self.orders.extend(changed.into_iter().map(|id| (id, Arc::clone(&self.log.rows.orders[&id]))));
        }
        outcome
    }

    /// Asks for something that is not refused.
    pub fn must(&mut self, command: Command) -> Outcome {
        let asked = format!("{command:?}");
        self.ask(command).unwrap_or_else(|refusal| panic!("{asked}: {refusal}"))
    }

    /// Places an order.
    pub fn place(&mut self, order_type: OrderType) -> OrderId {
        let id = OrderId(self.fresh());
        let nothing = (None, None, Vec::new(), None);
        let (user, note, lines, external_ref) = nothing;
        self.must(Command::PlaceOrder { id, order_type, user, note, lines, external_ref });
        id
    }

    /// Adds a bot.
    pub fn add(&mut self, mode: Mode) -> Bot {
        let id = BotId(self.fresh());
        match self.must(Command::AddBot { id, mode }) {
            Outcome::Bot(bot) => bot,
            other => panic!("adding a bot answered {other:?}"),
        }
    }

    /// Changes how long automatic bots cook.
    pub fn cook_for(&mut self, ms: u64) {
        self.must(Command::ChangeSettings(SettingsPatch { cook_ms: Some(ms), ..SettingsPatch::default() }));
    }

    /// Completes an order that cooks, by whoever cooks it.
    pub fn complete(&mut self, order: OrderId) {
        let work = self.kitchen.order(order).and_then(|order| order.work()).expect("the order cooks");
        self.now = self.now.max(work.due_at.unwrap_or(self.now));
        let bot = work.bot.expect("a cooking order has a bot");
        self.must(Command::CompleteOrder { order, bot, claim: work.claim });
    }

    /// An order as it is now.
    pub fn order(&self, id: OrderId) -> Arc<Order> {
        Arc::clone(&self.orders[&id])
    }

    /// What was decided since the last write.
    pub fn write(&mut self) -> Write {
        let kitchen = &self.kitchen;
        let log = std::mem::take(&mut self.log);
        let write = Write {
            restaurant: self.restaurant,
            epoch: self.epoch,
            expected: self.expected,
            version: kitchen.version(),
            last_at: kitchen.last_at(),
            counters: kitchen.counters(),
            next_due: kitchen.next_due(),
            turn: kitchen.turn(),
            settings: Some(kitchen.settings()).filter(|now| *now != self.settings),
            profile: Some(kitchen.profile().clone()).filter(|now| *now != self.profile),
            events: log.events,
            rows: log.rows,
            answers: std::mem::take(&mut self.answers),
        };
        (self.expected, self.settings) = (kitchen.version(), kitchen.settings());
        self.profile = kitchen.profile().clone();
        write
    }

    /// Writes what was decided, which must win.
    pub async fn commit(&mut self, store: &dyn Store) {
        let write = self.write();
        assert_eq!(commit(store, [write]).await, [Verdict::Won]);
    }

    /// A new id.
    pub fn fresh(&mut self) -> Uuid {
        self.last_id += 1;
        Uuid::from_u64_pair(self.restaurant.0.as_u64_pair().1, self.last_id)
    }
}

/// A day of a restaurant on which nothing happened yet: orders in every status, some moved to the history; one bot cooks,
/// one is gone.
pub async fn a_day(store: &dyn Store, slug: &str) -> Author {
    let mut author = Author::of(store, slug).await;
    author.cook_for(5000);
    for _ in 0..3 {
        author.add(Mode::Auto);
    }
    for n in 0..12 {
        let order = author.place(if n % 4 == 0 { OrderType::Vip } else { OrderType::Normal });
        author.commit(store).await;
        if n % 3 == 0 {
            let cooks = author.kitchen.cooking().next().expect("a bot cooks").id();
            author.complete(cooks);
        } else if n % 5 == 0 {
            author.must(Command::CancelOrder(order));
        }
        author.commit(store).await;
    }
    author.must(Command::RemoveNewestBot);
    let ready = author.orders.values().find(|order| order.is_final()).expect("some were ready").id();
    author.must(Command::DeleteOrder(ready));
    author.commit(store).await;
    let moved = store.tidy(author.now.plus_ms(1), OPENING).await.expect("rows can be moved");
    assert!(moved.moved > 0);
    author
}

/// Commits some writes together.
pub async fn commit(store: &dyn Store, writes: impl IntoIterator<Item = Write>) -> Vec<Verdict> {
    let batch = Batch { writes: writes.into_iter().collect(), generation: store.generation() };
    store.commit(Arc::new(batch)).await.expect("the store can be written")
}

/// The restaurant as the store has it, which must be the author's kitchen.
pub async fn same(store: &dyn Store, author: &Author) {
    let loaded = store.load(author.restaurant).await.expect("the store can be read").expect("the restaurant exists");
    assert_eq!(loaded.restaurant.epoch, author.epoch);
    let (kitchen, contradictions) = Kitchen::load(loaded.parts);
    assert_eq!(contradictions, []);
    assert_eq!(kitchen, author.kitchen);
    for (id, order) in &author.orders {
        let row = store.order(author.restaurant, *id).await.expect("the store can be read");
        assert_eq!(row.as_ref(), Some(order));
    }
}
