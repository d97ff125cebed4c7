//! Asking the database whether what is shown is current.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use feedme_kitchen::{Actor, Command};
use feedme_store::{RestaurantId, StoreError};

use crate::engine::Inner;
use crate::feed::Position;
use crate::lane::Envelope;

/// What a question to the database found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Restaurants of which the database knows more than is shown: the lanes concerned catch up before they decide
    /// anything else.
    pub(crate) ahead: Vec<RestaurantId>,
    /// How often accounts have changed.
    pub(crate) accounts: u64,
}

/// Asks the database where restaurants stand. What agrees is confirmed as of the question. The database may be
/// ahead because an outcome stayed unknown, or because another process committed.
pub(crate) async fn confirm(inner: &Inner, restaurants: &[RestaurantId]) -> Result<Found, StoreError> {
    let asked_at = inner.clock.now();
    let shown_before: Vec<_> =
        restaurants.iter().filter_map(|id| Some((*id, inner.served.feed(*id)?.position()))).collect();
    let stands = inner.store.confirm(restaurants).await?;
    inner.confirmed_at.fetch_max(asked_at.0, Ordering::Relaxed);
    let mut found = Found { ahead: Vec::new(), accounts: stands.accounts };
    let mut stands_now: BTreeMap<_, _> =
        stands.restaurants.into_iter().map(|stands| (stands.restaurant, stands)).collect();
    for (restaurant, before) in shown_before {
        let Some(feed) = inner.served.feed(restaurant) else { continue };
        let Some(stands) = stands_now.remove(&restaurant) else {
            let slug = feed.restaurant().slug;
            tracing::error!(slug, version = before.version.0, "the database has lost a whole restaurant");
            inner.served.forget(restaurant);
            feed.end();
            continue;
        };
        let shown = feed.position();
        let is_lost = stands.epoch == before.epoch && stands.version < before.version;
        if is_lost || stands.is_doubtful || !feed.is_of_now() {
            feed.doubt();
            found.ahead.push(restaurant);
        } else if shown.epoch == stands.epoch && shown.version >= stands.version {
            feed.confirm(asked_at);
        } else {
            feed.note_ahead(Position { epoch: stands.epoch, version: stands.version });
            found.ahead.push(stands.restaurant);
        }
    }
    // Answers may overtake each other; the count only rises.
    inner.accounts.send_if_modified(|known| {
        let rises = found.accounts > *known;
        *known = found.accounts.max(*known);
        rises
    });
    Ok(found)
}

/// Confirms all that is shown, and wakes the lanes that are behind: nobody else may ask for anything for hours.
pub(crate) async fn confirm_all(inner: &Inner) {
    let all: Vec<_> = inner.served.feeds().into_iter().map(|(id, _)| id).collect();
    match confirm(inner, &all).await {
        Ok(found) => found.ahead.into_iter().for_each(|restaurant| wake(inner, restaurant)),
        Err(error) => tracing::warn!(%error, "the database does not confirm what is shown"),
    }
}

/// Has a restaurant's lane catch up with the database.
pub(crate) fn wake(inner: &Inner, restaurant: RestaurantId) {
    inner.inboxes.ask(Envelope::internal(restaurant, Command::Reconcile(Vec::new()), Actor::Kitchen));
}
