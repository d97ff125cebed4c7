//! Idempotency keys whose first request is still being carried out by this process.
//!
//! A request registers its key before it looks for a kept answer and lets go of it after its commit, so a
//! second one either finds the key in use or finds the answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use feedme_store::{KeyScope, RestaurantId};
use parking_lot::Mutex;

/// The keys in use.
#[derive(Debug, Default)]
pub(crate) struct KeysInUse(Mutex<BTreeSet<(RestaurantId, KeyScope)>>);

/// Holds a key until it is dropped.
#[derive(Debug)]
pub(crate) struct KeyGuard {
    keys: Arc<KeysInUse>,
    held: (RestaurantId, KeyScope),
}

impl KeysInUse {
    /// Registers a key; `None` when it is in use.
    pub(crate) fn register(self: &Arc<Self>, restaurant: RestaurantId, scope: &KeyScope) -> Option<KeyGuard> {
        let held = (restaurant, scope.clone());
        let registered = self.0.lock().insert(held.clone());
        registered.then(|| KeyGuard { keys: Arc::clone(self), held })
    }
}

impl Drop for KeyGuard {
    fn drop(&mut self) {
        self.keys.0.lock().remove(&self.held);
    }
}
