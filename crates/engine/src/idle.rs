//! Letting restaurants go that nobody asks for any more: a node of a large chain remembers those at work, not all that ever
//! were.
//!
//! One is let go when nothing waits or cooks in it, nobody follows it and nobody has asked for it for a while. What is
//! due there one day, a board to be emptied, is done by whoever asks for it next, as at a start.

use std::sync::Arc;
use std::time::Duration;

use feedme_kitchen::{Status, Time};
use feedme_store::RestaurantId;
use tokio::sync::watch;

use crate::engine::Inner;
use crate::feed::Feed;
use crate::lane::Message;
use crate::rounds::Rounds;

/// How often it is looked for restaurants to let go.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// For how long nobody has asked for one that is let go. Loading it again takes a few milliseconds.
const IDLE_MS: u64 = 10 * 60 * 1000;

/// Lets go until the engine stops.
pub(crate) async fn let_go(inner: Arc<Inner>, stop: watch::Receiver<bool>) {
    let mut rounds = Rounds::every(LOOK_EVERY, stop);
    while rounds.next().await {
        let before = inner.clock.now().minus_ms(IDLE_MS);
        for (restaurant, feed) in inner.served.feeds() {
            if is_idle(&feed, before) {
                inner.let_go_of(restaurant, &feed);
            }
        }
    }
}

fn is_idle(feed: &Feed, before: Time) -> bool {
    let rests = feed.with(|kitchen| {
        kitchen.last_at() < before && kitchen.count(Status::Pending) + kitchen.count(Status::Processing) == 0
    });
    rests && feed.asked_for_at() < before && !feed.is_followed()
}

impl Inner {
    /// Whoever has the feed in hand already is cut off when they follow it; whoever comes from here on has it loaded anew.
    fn let_go_of(&self, restaurant: RestaurantId, feed: &Arc<Feed>) {
        self.served.let_go(restaurant, feed);
        feed.end();
        self.observer.let_go(restaurant);
        // A full lane has other cares; what it remembers in vain is replaced by the next adoption.
        if self.inboxes.send(restaurant, Message::LetGo(restaurant, Arc::clone(feed))).is_ok() {
            tracing::debug!(restaurant = %restaurant.0, "let go of a restaurant that nobody asks for");
        }
    }
}
