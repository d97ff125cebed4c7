//! Whether what this process knows is still so, where other processes may have changed it.
//!
//! A read must show whatever any process has acknowledged before it was asked. So it waits for a question to the database
//! that is sent after it: it joins the *next* one, never one that is under way already. However many reads wait, they
//! share one question; what a read costs is waiting for a round trip and a half, and next to nothing of the database.

use std::collections::BTreeMap;
use std::sync::Arc;

use feedme_kitchen::{Actor, Command};
use feedme_store::RestaurantId;
use futures::FutureExt as _;
use futures::future::Shared;
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot, watch};

use crate::confirm;
use crate::engine::{Engine, Inner};
use crate::feed::{Feed, Position, Subscription};
use crate::request::{Failure, Request};

/// Where somebody waits to hear how often accounts have changed.
type Answer = oneshot::Sender<Result<u64, Failure>>;

/// What somebody waits for.
type Answered = oneshot::Receiver<Result<u64, Failure>>;

/// Who waits, and for which restaurant.
type Waiting = Vec<(Option<RestaurantId>, Answer)>;

/// Reads that wait for the next question.
#[derive(Debug)]
pub(crate) struct Checks {
    /// `None` once nobody asks any more.
    waiting: Mutex<Option<Waiting>>,
    wake: Notify,
}

impl Default for Checks {
    fn default() -> Self {
        Self { waiting: Mutex::new(Some(Vec::new())), wake: Notify::new() }
    }
}

impl Checks {
    /// Waits until the database was asked. How often accounts have changed.
    async fn join(&self, restaurant: Option<RestaurantId>) -> Result<u64, Failure> {
        let answered = self.ask(restaurant);
        self.wake.notify_one();
        heard(answered.await)
    }

    /// Joins the next question, and leaves it to another to have it asked.
    fn ask(&self, restaurant: Option<RestaurantId>) -> Answered {
        let (answer, answered) = oneshot::channel();
        match &mut *self.waiting.lock() {
            Some(waiting) => waiting.push((restaurant, answer)),
            None => drop(answer),
        }
        answered
    }
}

fn heard(answer: Result<Result<u64, Failure>, oneshot::error::RecvError>) -> Result<u64, Failure> {
    answer.unwrap_or_else(|_| Err(Failure::Unavailable("the server is stopping".into())))
}

/// What the next question is to find out about a restaurant, or has found out.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What is compared with the answer. What replaces it is of another moment.
    feed: Arc<Feed>,
    answer: Shared<Answered>,
}

impl Engine {
    /// Returns once what is shown of a restaurant is no older than this call. At once, where no other process could have
    /// changed it.
    pub async fn current(&self, restaurant: RestaurantId) -> Result<(), Failure> {
        if self.inner.store.is_shared() {
            self.inner.checks.join(Some(restaurant)).await?;
        }
        Ok(())
    }

    /// Has the next question ask whether what is shown of a restaurant is current, too: for whoever is about to join it
    /// for another reason. `None` where it is not shown yet, or no other process could have changed it.
    pub fn ask(&self, slug: &str) -> Option<Asked> {
        if !self.inner.store.is_shared() {
            return None;
        }
        let restaurant = self.inner.served.known(slug)?;
        let feed = self.inner.served.feed(restaurant)?;
        let answer = self.inner.checks.ask(Some(restaurant)).shared();
        Some(Asked { feed, answer })
    }

    /// Returns once what a feed shows is no older than [`Engine::ask`] was, or, if that was about another, than this call.
    pub async fn current_since(&self, asked: Option<Asked>, feed: &Arc<Feed>) -> Result<(), Failure> {
        match asked.filter(|asked| Arc::ptr_eq(&asked.feed, feed)) {
            Some(asked) => {
                self.inner.checks.wake.notify_one();
                heard(asked.answer.await).map(drop)
            }
            None => self.current(feed.restaurant().id).await,
        }
    }

    /// Follows a restaurant, from a position or from a snapshot, that is no older than this call. Where the database
    /// does not say so, a follower that knows no more than this process follows all the same, from what was confirmed
    /// last; one that does is not sent back in time.
    pub async fn follow(&self, feed: &Arc<Feed>, after: Option<Position>) -> Result<Subscription, Failure> {
        let current = self.current(feed.restaurant().id).await;
        let shown = feed.position();
        let is_ahead = |after: Position| after.epoch != shown.epoch || after.version > shown.version;
        match current {
            Err(failure) if after.is_some_and(is_ahead) => Err(failure),
            Ok(()) | Err(_) => Ok(feed.subscribe(after)),
        }
    }

    /// How often accounts have changed, not counting what happens after this call; `None` where this process alone
    /// changes them, and so knows.
    pub async fn accounts_version(&self) -> Result<Option<u64>, Failure> {
        if !self.inner.store.is_shared() {
            return Ok(None);
        }
        self.inner.checks.join(None).await.map(Some)
    }

    /// How often accounts have changed, as far as this process has heard, without asking anybody.
    pub fn accounts_heard(&self) -> u64 {
        *self.inner.accounts.borrow()
    }
}

/// Asks for all who wait, one question at a time, until the engine stops.
pub(crate) async fn check(engine: Engine, mut stop: watch::Receiver<bool>) {
    let checks = Arc::clone(&engine.inner.checks);
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            () = checks.wake.notified() => {}
        }
        let waiting = checks.waiting.lock().as_mut().map(std::mem::take).unwrap_or_default();
        // Of several who came at once, all but the first leave a call for what the first has taken along.
        if !waiting.is_empty() {
            ask(&engine, waiting).await;
        }
    }
    *checks.waiting.lock() = None;
}

async fn ask(engine: &Engine, waiting: Waiting) {
    let mut of = BTreeMap::<_, Vec<Answer>>::new();
    for (restaurant, answer) in waiting {
        of.entry(restaurant).or_default().push(answer);
    }
    let restaurants: Vec<_> = of.keys().flatten().copied().collect();
    let found = confirm::confirm(&engine.inner, &restaurants).await;
    for (restaurant, answers) in of {
        let outcome = match &found {
            Ok(found) => Ok(found.accounts),
            Err(error) => Err(Failure::Unavailable(error.to_string())),
        };
        match restaurant.filter(|id| outcome.is_ok() && is_behind(&engine.inner, *id)) {
            None => answer_all(answers, &outcome),
            // The next question need not wait until this one restaurant has caught up.
            Some(restaurant) => {
                let engine = engine.clone();
                tokio::spawn(async move {
                    let wake = Request::new(Command::Reconcile(Vec::new()), Actor::Kitchen);
                    let caught_up = engine.submit(restaurant, wake).await;
                    answer_all(answers, &caught_up.and(outcome));
                });
            }
        }
    }
}

fn is_behind(inner: &Inner, restaurant: RestaurantId) -> bool {
    inner.served.feed(restaurant).is_some_and(|feed| feed.is_behind())
}

fn answer_all(answers: Vec<Answer>, outcome: &Result<u64, Failure>) {
    for answer in answers {
        let _ = answer.send(outcome.clone());
    }
}

#[cfg(test)]
mod tests {
    use feedme_testkit::MemoryStore;

    use super::*;
    use crate::{Clock, Ids, Options};

    /// A request that is still being answered when the server stops must not wait for ever.
    #[tokio::test(start_paused = true)]
    async fn whoever_asks_after_the_stop_is_refused() {
        let store = Arc::new(MemoryStore::new().shared());
        let started = Engine::start(store, Arc::new(Clock::system()), Arc::new(Ids::seeded(1)), Options::default());
        let engine = started.await.expect("memory does not fail");
        let id = engine.restaurant("default").await.expect("memory does not fail").expect("it is there");
        engine.current(id).await.expect("somebody asks");
        engine.stop().await;
        let late = tokio::time::timeout(std::time::Duration::from_mins(1), engine.current(id)).await;
        assert!(matches!(late, Ok(Err(Failure::Unavailable(_)))), "{late:?}");
    }
}
