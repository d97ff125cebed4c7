//! Another process that serves the same restaurants: it decides with a kitchen of its own and commits to the
//! store directly, so that ours loses a compare-and-set for a real reason.

use feedme_kitchen::{Actor, BotId, Command, Mode, OrderId, OrderType, Time};
use feedme_store::{KeptAnswer, KeyScope, RestaurantId, Store, Verdict};
use rand::Rng;
use rand::rngs::StdRng;

use crate::conformance::Author;
use crate::conformance::author::commit;
use crate::conformance::random::any_command;
use crate::memory::MemoryStore;

/// Commits something to a restaurant. Tells whether anything happened.
pub(super) async fn commit_something(store: &MemoryStore, id: RestaurantId, now: Time, rng: &mut StdRng) -> bool {
    let Some(mut author) = author(store, id, now).await else { return false };
    for _ in 0..rng.random_range(1..4) {
        let at = author.now;
        let command = any_command(&mut author, rng);
        // Its clock shows what ours does, or ours would have to follow.
        author.now = at;
        let _ = author.ask(command);
    }
    let write = author.write();
    !write.events.is_empty() && commit(store, [write]).await == [Verdict::Won]
}

/// Carries out the request under a key first, as a process does to which a client turned meanwhile.
pub(super) async fn take_key(
    store: &MemoryStore,
    id: RestaurantId,
    now: Time,
    scope: &KeyScope,
    answer: &KeptAnswer,
    changes_something: bool,
) -> bool {
    let Some(mut author) = author(store, id, now).await else { return false };
    if changes_something {
        let id = BotId(author.fresh());
        // An archived restaurant takes none.
        let _ = author.ask(Command::AddBot { id, mode: Mode::Auto });
    }
    let body = b"another process did it".to_vec();
    author.answers.push((scope.clone(), KeptAnswer { body, ..answer.clone() }));
    commit(store, [author.write()]).await == [Verdict::Won]
}

/// Commits more events at once than a feed remembers, or than a screen catches up with.
pub(super) async fn flood(store: &MemoryStore, id: RestaurantId, now: Time, events: usize) {
    let Some(mut author) = author(store, id, now).await else { return };
    for _ in 0..events / 2 {
        let id = OrderId(author.fresh());
        let (order_type, lines) = (OrderType::Normal, Vec::new());
        let place = Command::PlaceOrder { id, order_type, user: None, note: None, lines, external_ref: None };
        // Ordering may be paused.
        if author.ask(place).is_ok() {
            author.must(Command::CancelOrder(id));
        }
    }
    commit(store, [author.write()]).await;
}

async fn author(store: &MemoryStore, id: RestaurantId, now: Time) -> Option<Author> {
    let restaurants = store.restaurants().await.ok()?;
    let slug = restaurants.into_iter().find(|restaurant| restaurant.id == id)?.slug;
    let mut author = Author::of(store, &slug).await;
    author.now = author.kitchen.last_at().max(now);
    author.actor = Actor::Operator;
    Some(author)
}
