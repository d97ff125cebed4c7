//! Where lanes run, how many there are, and which restaurant is whose.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use feedme_store::{RestaurantId, Store};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::driver::Driver;
use crate::hints::Hints;
use crate::lane::{Envelope, Lane, Message, QUEUE_MAX};
use crate::observe::Observer;
use crate::request::Failure;

/// Where lanes run, and how many there are. Restaurants are spread over them by their ids; those of one lane share its
/// commits, and wait for each other's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lanes {
    place: Place,
    count: usize,
}

/// What all lanes share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) driver: Driver,
    pub(crate) hints: Arc<Hints>,
    /// Set once the store has failed for good.
    pub(crate) failed: watch::Sender<Option<String>>,
    pub(crate) observer: Arc<dyn Observer>,
    /// How many batches there were.
    pub(crate) batches: Arc<AtomicU64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Tasks,
    Threads,
}

impl Lanes {
    /// As tasks among others: on virtual time, and with a store that waits without blocking.
    #[must_use]
    pub const fn tasks(count: usize) -> Self {
        Self { place: Place::Tasks, count }
    }

    /// Each on a thread of its own: an embedded store blocks it while the disk is written. It writes one batch at a
    /// time, so that more than one such lane gains nothing.
    #[must_use]
    pub const fn threads(count: usize) -> Self {
        Self { place: Place::Threads, count }
    }

    /// Starts the lanes. They end when they are told to, when every [`Inboxes`] is gone, or when the store has failed
    /// for good: [`Shared::failed`] then says why, to all of them.
    pub(crate) fn start(self, shared: &Shared, stop: &watch::Sender<bool>) -> (Inboxes, Vec<JoinHandle<()>>) {
        let lanes = (0..self.count.max(1)).map(|_| {
            let (inbox, receiver) = mpsc::channel(QUEUE_MAX);
            let lane = Lane::new(receiver, shared);
            (inbox, self.place.spawn(lane, stop.subscribe()))
        });
        let (inboxes, tasks) = lanes.unzip();
        (Inboxes(inboxes), tasks)
    }
}

impl Default for Lanes {
    fn default() -> Self {
        Self::tasks(1)
    }
}

impl Place {
    fn spawn(self, lane: Lane, stop: watch::Receiver<bool>) -> JoinHandle<()> {
        match self {
            Self::Tasks => tokio::spawn(lane.run_until(stop)),
            Self::Threads => tokio::task::spawn_blocking(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
                runtime
                    .expect("a runtime without I/O needs nothing that can be missing")
                    .block_on(lane.run_until(stop));
            }),
        }
    }
}

/// The ways to the lanes.
#[derive(Debug)]
pub(crate) struct Inboxes(Vec<mpsc::Sender<Message>>);

impl Inboxes {
    /// Hands something to a restaurant's lane without waiting for room.
    pub(crate) fn send(&self, restaurant: RestaurantId, message: Message) -> Result<(), Failure> {
        // The random bits of a UUIDv7 are its last.
        let lane = restaurant.0.as_u128() % self.0.len() as u128;
        let inbox = &self.0[usize::try_from(lane).unwrap_or(0)];
        inbox.try_send(message).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Failure::QueueFull,
            mpsc::error::TrySendError::Closed(_) => Failure::Unavailable("the server is stopping".into()),
        })
    }

    /// Hands on a command of the kitchen's own. A full lane is not waited for: whoever asks asks again.
    pub(crate) fn ask(&self, envelope: Envelope) {
        let _ = self.send(envelope.restaurant, Message::Ask(envelope));
    }

    /// How many messages wait for the lane that has most, and how many may.
    pub(crate) fn queued(&self) -> (usize, usize) {
        let most = self.0.iter().map(|inbox| inbox.max_capacity() - inbox.capacity()).max();
        (most.unwrap_or(0), QUEUE_MAX)
    }
}
