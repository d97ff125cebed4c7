//! Screens that follow all of the restaurants, at whichever node they meet, from the first event on.

use std::sync::Arc;
use std::time::Duration;

use feedme_checker::recorder::Screen;
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use crate::fleet::{Fleet, slug};

/// Every so many restaurants one has a second screen.
const SECOND_EVERY: usize = 3;

struct Followed {
    restaurant: usize,
    screen: Arc<Mutex<Screen>>,
    task: JoinHandle<()>,
}

/// The screens.
pub(crate) struct Screens(Vec<Followed>);

impl Screens {
    pub(crate) fn follow(fleet: &Arc<Fleet>, restaurants: usize) -> Self {
        let screens = (0..restaurants).chain((0..restaurants).step_by(SECOND_EVERY)).map(|restaurant| {
            let screen = Arc::new(Mutex::new(fleet.recorder().screen(&slug(restaurant))));
            let task = tokio::spawn(follow(Arc::clone(fleet), slug(restaurant), Arc::clone(&screen)));
            Followed { restaurant, screen, task }
        });
        Self(screens.collect())
    }

    /// Waits until the screens of a restaurant know everything up to a version.
    pub(crate) async fn caught_up_with(&self, restaurant: usize, version: u64) {
        for followed in self.0.iter().filter(|followed| followed.restaurant == restaurant) {
            let knows = || followed.screen.lock().version();
            for _ in 0..1000 {
                if knows() >= Some(version) {
                    break;
                }
                assert!(!followed.task.is_finished(), "a screen of {} has ended", slug(restaurant));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            assert!(
                knows() >= Some(version),
                "a screen of {} stands at {:?}, not at {version}",
                slug(restaurant),
                knows()
            );
        }
    }

    /// Which history the first screen of a restaurant is of; nothing before its first event.
    pub(crate) fn epoch(&self, restaurant: usize) -> Option<String> {
        let id = self.0.iter().find(|followed| followed.restaurant == restaurant)?.screen.lock().last_event_id()?;
        id.split_once('-').map(|(epoch, _)| epoch.to_owned())
    }

    /// Ends them.
    pub(crate) fn finish(self) {
        for followed in self.0 {
            followed.task.abort();
        }
    }
}

async fn follow(fleet: Arc<Fleet>, slug: String, screen: Arc<Mutex<Screen>>) {
    // Streams last, so no time-out; but a node that says nothing for so long is paused, or gone.
    let http = reqwest::Client::builder().read_timeout(Duration::from_secs(5)).build().expect("a client can be made");
    loop {
        let mut request = http.get(format!("{}/api/restaurants/{slug}/events", fleet.address()));
        if let Some(id) = screen.lock().last_event_id() {
            request = request.header("last-event-id", id);
        }
        match request.send().await {
            Ok(mut response) if response.status().is_success() => {
                screen.lock().connected();
                // The connection ends with the node; a frame that was cut off comes again.
                while let Ok(Some(bytes)) = response.chunk().await {
                    screen.lock().feed(&bytes);
                }
                screen.lock().gone();
            }
            // Between two nodes, or one that cannot tell what it does not know yet.
            Ok(_) | Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
