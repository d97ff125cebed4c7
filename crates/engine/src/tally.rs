//! How busy restaurants are: from what is shown of those that are served here, from the database of the others.

use std::collections::BTreeMap;

use feedme_kitchen::{Status, Time};
use feedme_store::{ChainFilter, RestaurantId, StoreError, Tally};

use crate::engine::Engine;
use crate::feed::Feed;

impl Feed {
    fn tally(&self) -> Tally {
        let restaurant = self.restaurant().id;
        self.with(|kitchen| Tally {
            restaurant,
            version: kitchen.version(),
            waiting: kitchen.count(Status::Pending),
            cooking: kitchen.count(Status::Processing),
            waiting_since: kitchen.waiting().since(),
            bots: kitchen.bots().count(),
            busy_bots: kitchen.bots().filter(|bot| bot.current.is_some()).count(),
        })
    }
}

impl Engine {
    /// How busy restaurants are, and when the database last confirmed it. One question to the database at most.
    pub async fn tallies(
        &self,
        restaurants: &[RestaurantId],
    ) -> Result<BTreeMap<RestaurantId, (Tally, Time)>, StoreError> {
        let asked_at = self.now();
        let (mut found, mut others) = (BTreeMap::new(), Vec::new());
        for restaurant in restaurants {
            match self.served(*restaurant) {
                // Read first: what is read afterwards is at least as new as what was confirmed.
                Some(feed) => {
                    let confirmed_at = feed.confirmed_at();
                    found.insert(*restaurant, (feed.tally(), confirmed_at));
                }
                None => others.push(*restaurant),
            }
        }
        if !others.is_empty() {
            let tallies = self.store().tallies(&others).await?;
            found.extend(tallies.into_iter().map(|tally| (tally.restaurant, (tally, asked_at))));
        }
        Ok(found)
    }

    /// How addresses name a restaurant, if there is one. It never changes.
    pub async fn slug(&self, restaurant: RestaurantId) -> Result<Option<String>, StoreError> {
        if let Some(slug) = self.inner.served.slug(restaurant) {
            return Ok(Some(slug));
        }
        let only = ChainFilter { among: Some(vec![restaurant]), limit: 1, ..ChainFilter::default() };
        let found = self.store().chain(&only).await?.restaurants.pop();
        Ok(found.map(|(found, _)| {
            self.inner.served.know(&found.slug, found.id);
            found.slug
        }))
    }
}
