//! Whatever kitchens do: random commands, committed in batches over several restaurants.

use std::sync::Arc;

use feedme_kitchen::{
    BotId, Claim, Command, Kitchen, Mode, OrderId, OrderType, Policy, Settings, SettingsPatch, Version,
};
use feedme_store::Verdict;
use rand::rngs::StdRng;
use rand::seq::IteratorRandom;
use rand::{Rng, SeedableRng};

use super::author::{commit, same};
use super::{Author, SLUGS, Subject};

/// Batches of one run: enough that every command has followed every other.
const BATCHES: usize = 150;

/// What is loaded is the kitchen, and so is the fold of the events that are read.
pub async fn whatever_kitchens_do_is_read_back(subject: Subject) {
    let store = &*subject.store;
    let mut rng = StdRng::seed_from_u64(2);
    let mut authors = Vec::new();
    for index in 0..SLUGS.len() {
        authors.push(subject.author(index).await);
    }
    for batch in 0..BATCHES {
        let mut writes = Vec::new();
        for author in &mut authors {
            if rng.random_bool(0.5) {
                for _ in 0..rng.random_range(1..8) {
                    let command = any_command(author, &mut rng);
                    drop(author.ask(command));
                }
                writes.push(author.write());
            }
        }
        let verdicts = commit(store, writes).await;
        assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Won), "{verdicts:?}");
        if batch % 10 == 0 {
            let now = authors.iter().map(|author| author.now).max().expect("there are restaurants");
            store.tidy(now, now).await.expect("the store can be written");
            same(store, &authors[batch / 10 % authors.len()]).await;
        }
    }
    for author in &authors {
        same(store, author).await;
        let events = store.events(author.restaurant, Version(0), usize::MAX).await.expect("the store can be read");
        let mut folded = Kitchen::new(Settings::default()).opened_as(&author.opened_as);
        for event in events {
            folded.apply(&event).expect("events form legal paths");
        }
        assert_eq!(folded, author.kitchen);
    }
}

/// A command that mostly hits something; time passes before it.
pub fn any_command(author: &mut Author, rng: &mut StdRng) -> Command {
    author.now = author.now.plus_ms(rng.random_range(0..4000));
    let order = author.orders.keys().copied().choose(rng).unwrap_or(OrderId(uuid::Uuid::nil()));
    let bot = author.kitchen.bots().map(|bot| bot.id).choose(rng).unwrap_or(BotId(uuid::Uuid::nil()));
    let held = author.kitchen.bot(bot).and_then(|bot| author.kitchen.order(bot.current?)?.work());
    let claim = held.map_or(Claim(1), |work| work.claim);
    match rng.random_range(0..100) {
        0..25 => place(author, rng),
        25..45 => due(author).unwrap_or(Command::ArchiveOrders),
        45..52 => Command::CancelOrder(order),
        52..58 => Command::CollectOrder(order),
        58..64 => Command::DeleteOrder(order),
        64..70 => Command::RestoreOrder(order),
        70..72 => Command::ClearOrders,
        72..74 => Command::ArchiveOrders,
        74..81 => {
            let mode = if rng.random_bool(0.6) { Mode::Auto } else { Mode::Pull };
            Command::AddBot { id: BotId(author.fresh()), mode }
        }
        81..84 => Command::RemoveBot(bot),
        84..86 => Command::RemoveNewestBot,
        86..91 => Command::ClaimOrder(bot),
        91..94 => Command::ReturnOrder { bot, claim },
        94..95 => Command::SkipNumbers { count: rng.random_range(0..3) },
        95..96 => any_standing(author, rng),
        _ => Command::ChangeSettings(any_patch(rng)),
    }
}

fn place(author: &mut Author, rng: &mut StdRng) -> Command {
    let order_type = if rng.random_bool(0.3) { OrderType::Vip } else { OrderType::Normal };
    let note = rng.random_bool(0.3).then(|| format!("no onions, {}", rng.random::<u16>()));
    let id = OrderId(author.fresh());
    Command::PlaceOrder { id, order_type, user: None, note, lines: Vec::new(), external_ref: None }
}

/// The completion of what is due first, at its time.
fn due(author: &mut Author) -> Option<Command> {
    let due = |order: &Arc<feedme_kitchen::Order>| {
        let work = order.work()?;
        Some((work.due_at.unwrap_or(author.now), order.id(), work.bot?, work.claim))
    };
    let (due_at, order, bot, claim) = author.kitchen.cooking().filter_map(due).min()?;
    author.now = author.now.max(due_at);
    Some(Command::CompleteOrder { order, bot, claim })
}

/// Another name; or the restaurant is archived, and soon restored.
fn any_standing(author: &Author, rng: &mut StdRng) -> Command {
    if author.kitchen.profile().archived_at.is_some() {
        return Command::RestoreRestaurant;
    }
    match rng.random_range(0..3) {
        0 => Command::ArchiveRestaurant,
        _ => Command::RenameRestaurant(format!("No. {}", rng.random::<u8>()).into()),
    }
}

/// A change of settings.
pub fn any_patch(rng: &mut StdRng) -> SettingsPatch {
    let policy = match rng.random_range(0..4) {
        0 => Policy::Strict,
        1 => Policy::Ageing { after_ms: rng.random_range(0..20_000) },
        2 => Policy::Ratio { vip: rng.random_range(1..4), normal: rng.random_range(1..4) },
        _ => Policy::Deadline { vip_ms: rng.random_range(0..20_000), normal_ms: rng.random_range(0..20_000) },
    };
    SettingsPatch {
        cook_ms: rng.random_bool(0.5).then(|| rng.random_range(0..15_000)),
        policy: rng.random_bool(0.5).then_some(policy),
        completed_stays_ms: rng.random_bool(0.3).then(|| rng.random_range(0..60_000)),
        accepting_orders: rng.random_bool(0.3).then(|| rng.random_bool(0.8)),
    }
}
