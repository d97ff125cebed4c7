//! An example of every answer and event, made by the types themselves: it cannot fall behind them.

mod people;
mod restaurants;

use std::borrow::Cow;
use std::slice;
use std::sync::Arc;

use feedme_kitchen::{
    self as kitchen, Actor, BotId, Change, Command, Completion, Context, Event, Kitchen, Line, Log, Mode, OrderId,
    OrderType, Outcome, Time,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Timestamp;
use crate::board::{Board, Bots, Epoch, OrderList, Orders, Restaurant};
use crate::bot::{Bot, BotAnswer, BotList, BotRemoved, ClaimAnswer};
use crate::event::{
    BotEvent, Heartbeat, NumbersSkippedEvent, OrderEvent, OrdersClearedEvent, RestaurantRenamedEvent,
    RestaurantStandingEvent, SettingsChangedEvent, payload,
};
use crate::health::{Check, Health};
use crate::history::Cursor;
use crate::order::{Cleared, CompletionAnswer, Line as WireLine, Order, OrderAnswer, OrderLookup, OrderPage};
use crate::problem::{Problem, ProblemBody};
use crate::settings::Settings;

/// 2026-05-04T09:30:00Z: when the example's kitchen opens.
const OPENS: Time = Time(1_777_887_000_000);

const EPOCH: Epoch = Epoch(6_917_529_027_641_081_856);

/// An example of each schema that describes an answer or an event, by the schema's name.
#[must_use]
pub fn examples() -> Vec<(Cow<'static, str>, Value)> {
    let scene = Scene::play();
    let (order, bot) = (Order::from(&*scene.cooking), Bot::from(&scene.bot));
    let (version, settings) = (scene.kitchen.version().0, Settings::from(scene.kitchen.settings()));
    let orders = [Arc::clone(&scene.waiting), Arc::clone(&scene.cooking)];
    let waiting = Order::from(&*scene.waiting);
    let next_cursor = Some(Cursor(scene.cooking.number()).to_text());
    let restaurant = Restaurant { slug: "default", name: "FeedMe", archived_at: None };
    let bots = Bots(slice::from_ref(&scene.bot));
    let board = Board { restaurant, epoch: EPOCH, version, orders: Orders(&orders), bots, settings };
    let heartbeat = Heartbeat {
        epoch: EPOCH,
        version,
        server_time: Timestamp(OPENS.plus_ms(4_500)),
        confirmed_at: Timestamp(OPENS.plus_ms(4_210)),
    };
    let line = WireLine::from(&scene.cooking.ticket.lines[0]);
    let mut examples = vec![
        example::<Order<'_>>(&order),
        example::<WireLine<'_>>(&line),
        example::<OrderAnswer<'_>>(&OrderAnswer { order }),
        example::<OrderLookup<'_>>(&OrderLookup { order: waiting, queue_position: Some(1) }),
        example::<OrderList<'_>>(&OrderList { orders: Orders(&orders), version }),
        example::<OrderPage<'_>>(&OrderPage { orders: vec![waiting], next_cursor }),
        example::<CompletionAnswer<'_>>(&CompletionAnswer { outcome: Completion::Stale.into(), order }),
        example::<Cleared>(&Cleared { cleared: 4, cancelled: 2 }),
        example::<Bot>(&bot),
        example::<BotAnswer>(&BotAnswer { bot }),
        example::<BotList>(&BotList { bots: vec![bot], version }),
        example::<BotRemoved<'_>>(&BotRemoved { bot, returned_order: Some(waiting) }),
        example::<ClaimAnswer<'_>>(&ClaimAnswer { order: Some(order), bot }),
        example::<Settings>(&settings),
        example::<Restaurant<'_>>(&restaurant),
        example::<Board<'_>>(&board),
        example::<OrderEvent<'_>>(&scene.payload(Change::OrderStarted(Arc::clone(&scene.cooking)))),
        example::<OrdersClearedEvent<'_>>(&scene.payload(Change::OrdersCleared {
            cancelled: vec![scene.waiting.id()],
            archived: vec![scene.cooking.id()],
        })),
        example::<BotEvent>(&scene.payload(Change::BotAdded(scene.bot))),
        example::<RestaurantRenamedEvent<'_>>(&scene.payload(Change::RestaurantRenamed("By the station".into()))),
        example::<RestaurantStandingEvent>(&scene.payload(Change::RestaurantArchived)),
        example::<SettingsChangedEvent>(&scene.payload(Change::SettingsChanged(scene.kitchen.settings()))),
        example::<NumbersSkippedEvent>(&scene.payload(scene.skipped())),
        example::<Heartbeat>(&heartbeat),
        example::<Health>(&health()),
        example::<ProblemBody<'_>>(&problem()),
    ];
    examples.extend(people::people());
    examples.extend(restaurants::restaurants());
    examples
}

fn example<T: ToSchema>(value: &impl Serialize) -> (Cow<'static, str>, Value) {
    (T::name(), serde_json::to_value(value).expect("a wire type is JSON"))
}

fn health() -> Health {
    let well = |name, detail: &str| Check::new(name, true, detail.into());
    Health::of(vec![
        well("database", "it confirmed what is shown 210 ms ago"),
        well("scheduler", "the sweep ran 180 ms ago; no order is overdue"),
        well("stuckOrders", "no order is more than 30 s overdue"),
        well("queue", "0 of 4096 places are taken"),
    ])
}

fn problem() -> Problem {
    let detail = "type: unknown variant `GOLD`, expected `NORMAL` or `VIP`";
    Problem::invalid("type", "`NORMAL` or `VIP`").because(detail.into())
}

/// A bot, the VIP order that it cooks, and a NORMAL order that waits.
struct Scene {
    kitchen: Kitchen,
    bot: kitchen::Bot,
    cooking: Arc<kitchen::Order>,
    waiting: Arc<kitchen::Order>,
}

impl Scene {
    fn play() -> Self {
        let mut kitchen = Kitchen::default();
        let mut step = |after_ms, command| {
            let context = Context { at: OPENS.plus_ms(after_ms), actor: Actor::Open, stored: None };
            kitchen.execute(command, context, &mut Log::default()).expect("nothing in the scene is refused")
        };
        step(0, Command::AddBot { id: BotId(id(0, 1)), mode: Mode::Auto });
        let cooking = step(2_000, place(id(2_000, 2), OrderType::Vip));
        let waiting = step(4_000, place(id(4_000, 3), OrderType::Normal));
        let (Outcome::Order(cooking), Outcome::Order(waiting)) = (cooking, waiting) else {
            unreachable!("placing answers with the order")
        };
        let bot = *kitchen.bots().next().expect("the bot is there");
        Self { kitchen, bot, cooking, waiting }
    }

    fn payload(&self, change: Change) -> Value {
        let event = Event { version: self.kitchen.version(), at: OPENS.plus_ms(4_000), actor: Actor::Open, change };
        serde_json::from_slice(&payload(&event)).expect("a payload is JSON")
    }

    fn skipped(&self) -> Change {
        let kitchen::Counters { next_order, next_bot, next_claim } = self.kitchen.counters();
        Change::NumbersSkipped { next_order, next_bot, next_claim }
    }
}

fn place(id: Uuid, order_type: OrderType) -> Command {
    Command::PlaceOrder {
        id: OrderId(id),
        order_type,
        user: None,
        note: Some("no onions".into()),
        lines: vec![Line { name: "Burger".into(), quantity: 2, note: Some("well done".into()) }],
        external_ref: Some("till-2/4711".into()),
    }
}

/// A `UUIDv7` of that moment.
fn id(after_ms: u64, random: u8) -> Uuid {
    let at = u64::try_from(OPENS.plus_ms(after_ms).0).expect("the kitchen opens after 1970");
    uuid::Builder::from_unix_timestamp_millis(at, &[random; 10]).into_uuid()
}
