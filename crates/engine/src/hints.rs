//! What nodes tell each other: that a restaurant has moved on, and to where.
//!
//! A hint saves the others from finding out by asking, and nothing depends on it. It is told outside the commit, which it
//! would slow down twentyfold, and seldom: whatever moves within twenty milliseconds is told at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use feedme_kitchen::Version;
use feedme_store::{Hint, RestaurantId};
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use crate::confirm::{confirm_all, wake};
use crate::engine::Inner;
use crate::feed::Position;

/// The least time between two hints. A screen at another node is behind by so much at most, and half of it on average.
const TELL_EVERY: Duration = Duration::from_millis(20);

/// Where restaurants have moved to since others were last told.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    moved: Mutex<BTreeMap<RestaurantId, Version>>,
    wake: Notify,
}

impl Hints {
    /// Notes that a restaurant has moved on.
    pub(crate) fn note(&self, restaurant: RestaurantId, version: Version) {
        self.moved.lock().insert(restaurant, version);
        self.wake.notify_one();
    }
}

/// Tells the others until the engine stops.
pub(crate) async fn tell(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            () = inner.hints.wake.notified() => {}
        }
        let moved: Vec<_> = std::mem::take(&mut *inner.hints.moved.lock()).into_iter().collect();
        if let Err(error) = inner.store.hint(&moved).await {
            tracing::debug!(%error, "other nodes could not be told; they find out by asking");
        }
        tokio::time::sleep(TELL_EVERY).await;
    }
}

/// Follows what the others tell until the engine stops.
pub(crate) async fn listen(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    let Some(mut hints) = inner.store.hints() else { return };
    loop {
        let hint = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            hint = hints.recv() => hint,
        };
        match hint {
            Some(Hint::Moved(restaurant, version)) => {
                let Some(feed) = inner.served.feed(restaurant) else { continue };
                let shown = feed.position();
                if version > shown.version {
                    feed.note_ahead(Position { version, ..shown });
                    wake(&inner, restaurant);
                }
            }
            Some(Hint::Lost) => confirm_all(&inner).await,
            None => return,
        }
    }
}
