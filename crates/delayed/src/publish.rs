//! Publishing a message for every order that an automatic bot starts: beside the lanes, never before the start is
//! durable, and never in anybody's way.

use std::sync::Arc;
use std::time::Duration;

use feedme_engine::{Engine, Starts, Timer};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use uuid::Uuid;

use crate::address::CallbackAddress;
use crate::client::Client;
use crate::contact::{Contact, Met};

/// Requests under way at one time. A service a tenth of a second away then takes three hundred messages a second.
const AT_ONCE: usize = 32;

/// How often a message is tried: a kept connection may break once without anybody being at fault.
const TRIES: u32 = 2;

/// The pause before the second try.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// How often the service is asked whether it is there when nothing is published.
const PROBE_EVERY: Duration = Duration::from_secs(10);

/// The restaurant whose callbacks stand at `/api/…`.
const DEFAULT_SLUG: &str = "default";

/// Publishes.
#[derive(Debug)]
pub struct Publisher {
    messenger: Arc<Messenger>,
    starts: Starts,
}

#[derive(Debug)]
struct Messenger {
    client: Client,
    callback: CallbackAddress,
    contact: Arc<Contact>,
    /// Part of every message's id: after a restart the service must not take what remains of a delay for the
    /// message that it had before.
    run: Uuid,
}

impl Publisher {
    pub(crate) fn new(
        client: Client,
        callback: CallbackAddress,
        contact: Arc<Contact>,
        run: Uuid,
        starts: Starts,
    ) -> Self {
        Self { messenger: Arc::new(Messenger { client, callback, contact, run }), starts }
    }

    /// Publishes what the engine starts, until the server stops. Whatever is not published then is what the next
    /// start begins with.
    pub async fn run(mut self, engine: Engine, mut stopping: watch::Receiver<bool>) {
        let mut requests = JoinSet::new();
        let mut probes = tokio::time::interval(PROBE_EVERY);
        probes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut asked = None::<Instant>;
        loop {
            tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => return,
                Some(done) = requests.join_next() => {
                    if let Err(error) = done {
                        tracing::error!(%error, "publishing panicked");
                    }
                }
                timer = self.starts.next(), if requests.len() < AT_ONCE => {
                    let Some(timer) = timer else { return };
                    asked = Some(Instant::now());
                    requests.spawn(Arc::clone(&self.messenger).publish(engine.clone(), timer));
                }
                _ = probes.tick() => {
                    if asked.is_none_or(|asked| asked.elapsed() >= PROBE_EVERY) {
                        requests.spawn(Arc::clone(&self.messenger).probe(engine.clone()));
                    }
                }
            }
        }
    }
}

impl Messenger {
    async fn publish(self: Arc<Self>, engine: Engine, timer: Timer) {
        let Some(feed) = engine.served(timer.restaurant) else { return };
        let slug = feed.restaurant().slug;
        let callback = self.callback.of(Some(&*slug).filter(|slug| *slug != DEFAULT_SLUG));
        let id = format!("{}-{}-{}", timer.order, timer.claim, self.run);
        for tried in 1..=TRIES {
            // Rounded up, because a callback that comes too early is refused.
            let delay_s = timer.due_at.since_ms(engine.now()).div_ceil(1000);
            if delay_s == 0 {
                // It waited too long; the sweep is about to see it.
                return;
            }
            let met = self.client.publish(&timer, &callback, delay_s, &id).await;
            if met != Met::NoAnswer || tried == TRIES {
                return self.contact.note(met, engine.now());
            }
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }

    async fn probe(self: Arc<Self>, engine: Engine) {
        let met = self.client.probe().await;
        self.contact.note_probe(met, engine.now());
    }
}
