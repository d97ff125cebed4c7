//! What nodes tell each other by `NOTIFY`, on a connection that does nothing else.
//!
//! A notification takes a lock on the whole database while its transaction commits. So it has a transaction of its own,
//! which waits for no disk.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use feedme_kitchen::Version;
use futures::StreamExt as _;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Client};
use uuid::Uuid;

use super::connect::Connections;
use super::reach::Driver;
use crate::{Hint, RestaurantId, StoreError};

/// The channel's name at the database.
const CHANNEL: &str = "feedme_moved";

/// Restaurants in one notification. It may have 8,000 bytes, and each takes 54 at most.
const IN_ONE: usize = 140;

/// Hints that wait for whoever follows them. More are lost, and made good by asking.
const WAITING_MAX: usize = 4096;

/// How long telling may take.
const TELL_WITHIN: Duration = Duration::from_secs(2);

/// How often it is looked whether the server is still the one to ask: others are heard elsewhere now.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The pause before the connection is made again, from and to.
const BACK_OFF_MS: [u64; 2] = [200, 1000];

/// The connection, as long as there is one.
#[derive(Clone, Debug, Default)]
pub(super) struct Telling(Arc<Mutex<Option<Arc<Client>>>>);

impl Telling {
    /// Tells other nodes. Where nobody can be told, nothing happens.
    pub(super) async fn tell(&self, moved: &[(RestaurantId, Version)]) -> Result<(), StoreError> {
        let Some(client) = self.0.lock().clone() else { return Ok(()) };
        for portion in moved.chunks(IN_ONE) {
            let what = write(portion);
            let told = timeout(TELL_WITHIN, client.execute("SELECT pg_notify($1, $2)", &[&CHANNEL, &what])).await;
            told.map_err(|_| StoreError::Unavailable("telling other nodes took too long".into()))??;
        }
        Ok(())
    }

    /// Follows what other nodes tell, for as long as anybody wants to know.
    pub(super) fn follow(&self, connections: &Connections) -> Option<mpsc::Receiver<Hint>> {
        if connections.is_pooled() {
            return None;
        }
        let (hints, receiver) = mpsc::channel(WAITING_MAX);
        let (telling, connections) = (self.clone(), connections.clone());
        tokio::spawn(async move {
            while !hints.is_closed() {
                match connections.alone().await {
                    Ok((client, connection, generation)) => {
                        let is_of_now = || connections.generation() == generation;
                        telling.listen(client, connection, is_of_now, &hints).await;
                    }
                    Err(error) => tracing::debug!(%error, "other nodes cannot be heard"),
                }
                telling.0.lock().take();
                let [least, most] = BACK_OFF_MS;
                let pause_ms = StdRng::from_os_rng().random_range(least..=most);
                tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            }
        });
        Some(receiver)
    }

    /// Listens until the connection ends, another server is the one to ask, or nobody wants to know any more.
    async fn listen(
        &self,
        client: Client,
        mut connection: Driver,
        is_of_now: impl Fn() -> bool,
        hints: &mpsc::Sender<Hint>,
    ) {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        let mut messages = futures::stream::poll_fn(move |context| connection.poll_message(context));
        let client = Arc::new(client);
        let begin = async {
            let begun = client.batch_execute(&format!("SET synchronous_commit = off; LISTEN {CHANNEL}")).await;
            if let Err(error) = &begun {
                tracing::debug!(%error, "other nodes cannot be heard");
                return false;
            }
            *self.0.lock() = Some(Arc::clone(&client));
            // Whatever was told before nobody heard.
            hints.send(Hint::Lost).await.is_ok()
        };
        let mut begin = std::pin::pin!(begin);
        let mut has_begun = false;
        loop {
            tokio::select! {
                begun = &mut begin, if !has_begun => {
                    if !begun {
                        return;
                    }
                    has_begun = true;
                }
                () = hints.closed() => return,
                _ = ticks.tick() => if !is_of_now() {
                    return;
                },
                message = messages.next() => match message {
                    Some(Ok(AsyncMessage::Notification(told))) => {
                        for (restaurant, version) in read(told.payload()) {
                            // Whoever is too slow to follow asks anyway.
                            let _ = hints.try_send(Hint::Moved(restaurant, version));
                        }
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return,
                },
            }
        }
    }
}

fn write(moved: &[(RestaurantId, Version)]) -> String {
    let mut told = String::with_capacity(54 * moved.len());
    for (RestaurantId(id), Version(version)) in moved {
        write!(told, "{}:{version} ", id.simple()).expect("a string takes anything");
    }
    told
}

fn read(told: &str) -> impl Iterator<Item = (RestaurantId, Version)> {
    told.split_ascii_whitespace().filter_map(|moved| {
        let (id, version) = moved.split_once(':')?;
        Some((RestaurantId(Uuid::try_parse(id).ok()?), Version(version.parse().ok()?)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_heard_and_fits() {
        let most = (RestaurantId(Uuid::from_u128(u128::MAX)), Version(u64::MAX));
        let told = write(&[most; IN_ONE]);
        assert!(told.len() < 8000, "{}", told.len());
        assert_eq!(read(&told).collect::<Vec<_>>(), [most; IN_ONE]);
        assert_eq!(read("nonsense 7:x  :1 ").count(), 0);
    }
}
