//! Which restaurants this process serves, and how one comes to be served.
//!
//! Whoever asks for a restaurant has it loaded, beside its lane, so that the others of the lane do not wait for the
//! database; the lane then puts right what contradicts itself, completes what is overdue, and arms timers for the rest.
//! All of it is durable before anybody sees the restaurant. Those who ask meanwhile wait for the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use feedme_kitchen::Kitchen;
use feedme_store::RestaurantId;
use parking_lot::{Mutex, RwLock};
use tokio::sync::{oneshot, watch};

use crate::engine::{Inner, StartError};
use crate::feed::Feed;
use crate::lane::{Adoption, Message, Working};
use crate::lost::load_certain;
use crate::observe;
use crate::request::Failure;

/// What became of an adoption: `None` when there is no such restaurant.
type Adopted = Result<Option<Arc<Feed>>, Failure>;

/// The restaurants that are served here.
#[derive(Debug, Default)]
pub(crate) struct Served {
    feeds: RwLock<BTreeMap<RestaurantId, Arc<Feed>>>,
    /// Of restaurants that exist, so made-up slugs take no memory. A slug is one restaurant's for ever.
    slugs: RwLock<Slugs>,
    /// Those under way.
    adoptions: Mutex<BTreeMap<RestaurantId, watch::Receiver<Option<Adopted>>>>,
}

/// Slugs both ways.
#[derive(Debug, Default)]
struct Slugs {
    by_slug: HashMap<String, RestaurantId>,
    by_id: HashMap<RestaurantId, String>,
}

impl Served {
    pub(crate) fn feed(&self, restaurant: RestaurantId) -> Option<Arc<Feed>> {
        self.feeds.read().get(&restaurant).cloned()
    }

    /// No longer serves a restaurant by this feed.
    pub(crate) fn let_go(&self, restaurant: RestaurantId, feed: &Arc<Feed>) {
        let mut feeds = self.feeds.write();
        if feeds.get(&restaurant).is_some_and(|served| Arc::ptr_eq(served, feed)) {
            feeds.remove(&restaurant);
        }
    }

    /// All of them, by id.
    pub(crate) fn feeds(&self) -> Vec<(RestaurantId, Arc<Feed>)> {
        self.feeds.read().iter().map(|(id, feed)| (*id, Arc::clone(feed))).collect()
    }

    pub(crate) fn known(&self, slug: &str) -> Option<RestaurantId> {
        self.slugs.read().by_slug.get(slug).copied()
    }

    pub(crate) fn know(&self, slug: &str, restaurant: RestaurantId) {
        let mut slugs = self.slugs.write();
        slugs.by_slug.insert(slug.to_owned(), restaurant);
        slugs.by_id.insert(restaurant, slug.to_owned());
    }

    /// Gives up a restaurant that is gone.
    pub(crate) fn forget(&self, restaurant: RestaurantId) {
        self.feeds.write().remove(&restaurant);
        let mut slugs = self.slugs.write();
        if let Some(slug) = slugs.by_id.remove(&restaurant) {
            slugs.by_slug.remove(&slug);
        }
    }

    pub(crate) fn slug(&self, restaurant: RestaurantId) -> Option<String> {
        self.slugs.read().by_id.get(&restaurant).cloned()
    }
}

impl Inner {
    /// The feed of a restaurant, adopted now if it is not served yet.
    pub(crate) async fn feed(self: &Arc<Self>, restaurant: RestaurantId) -> Adopted {
        if let Some(feed) = self.served.feed(restaurant) {
            feed.note_asked_for(self.clock.now());
            return Ok(Some(feed));
        }
        let mut outcome = self.join_adoption(restaurant);
        let adopted = outcome.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
        adopted.unwrap_or_else(|| Err(Failure::Unavailable("the restaurant could not be loaded".into())))
    }

    /// Joins the adoption under way, or begins one. It goes on when whoever asked goes away.
    fn join_adoption(self: &Arc<Self>, restaurant: RestaurantId) -> watch::Receiver<Option<Adopted>> {
        let mut adoptions = self.served.adoptions.lock();
        if let Some(outcome) = adoptions.get(&restaurant) {
            return outcome.clone();
        }
        let (told, outcome) = watch::channel(None);
        adoptions.insert(restaurant, outcome.clone());
        drop(adoptions);
        let inner = Arc::clone(self);
        tokio::spawn(async move {
            let under_way = UnderWay { inner: &inner, restaurant };
            let adopted = inner.adopt(restaurant).await.map_err(|error| {
                tracing::warn!(%error, restaurant = %restaurant.0, "a restaurant could not be adopted");
                Failure::from(error)
            });
            // Whoever comes from here on finds the feed, or tries anew.
            drop(under_way);
            told.send_replace(Some(adopted));
        });
        outcome
    }

    /// Loads a restaurant, hands it to its lane, and waits until that has recovered it.
    pub(crate) async fn adopt(&self, restaurant: RestaurantId) -> Result<Option<Arc<Feed>>, StartError> {
        // It may have been adopted between a look and the question.
        if let Some(feed) = self.served.feed(restaurant) {
            return Ok(Some(feed));
        }
        let (asked_at, generation, began) = (self.clock.now(), self.store.generation(), Instant::now());
        let Some(loaded) = load_certain(&*self.store, restaurant, None).await? else { return Ok(None) };
        self.clock.not_before(loaded.parts.last_at);
        self.observer.serves(restaurant, &loaded.restaurant.slug);
        let (epoch, slug) = (loaded.restaurant.epoch, loaded.restaurant.slug.clone());
        let (kitchen, contradictions) = Kitchen::load(loaded.parts);
        let feed =
            Arc::new(Feed::new(loaded.restaurant, kitchen.clone(), asked_at, Arc::clone(&self.store), generation));
        let found = contradictions.len();
        let working = Working {
            epoch,
            kitchen: Some(kitchen),
            feed: Arc::clone(&feed),
            contradictions,
            stale: false,
            unsure: false,
            contended: 0,
        };
        let (recovered, answer) = oneshot::channel();
        let adoption = Box::new(Adoption { restaurant, working, recovered });
        self.inboxes.send(restaurant, Message::Adopt(adoption))?;
        match answer.await {
            Ok(Ok(_) | Err(Failure::Refused(_))) => {}
            Ok(Err(failure)) => return Err(failure.into()),
            Err(_) => return Err(Failure::OutcomeUnknown.into()),
        }
        self.served.know(&slug, restaurant);
        self.served.feeds.write().insert(restaurant, Arc::clone(&feed));
        let adopted = observe::Adopted { restaurant, contradictions: found, took: began.elapsed() };
        self.observer.adopted(&adopted);
        Ok(Some(feed))
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Recovery(Self::QueueFull) => Self::QueueFull,
            // Nothing was asked of the restaurant yet, whatever became of its recovery.
            StartError::Recovery(failure) => Self::Unavailable(failure.to_string()),
            StartError::Store(error) => Self::Unavailable(error.to_string()),
        }
    }
}

/// An adoption that is under way until this is dropped, however it ends.
struct UnderWay<'a> {
    inner: &'a Inner,
    restaurant: RestaurantId,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.inner.served.adoptions.lock().remove(&self.restaurant);
    }
}
