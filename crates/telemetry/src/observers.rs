//! Several who watch the engine at once.

use std::sync::Arc;

use feedme_engine::{Adopted, Commit, Committed, Observer, Sweep};
use feedme_kitchen::{BotId, OrderId, Time};
use feedme_store::RestaurantId;

/// Several who watch the engine: each is told everything, in this order.
#[derive(Clone, Debug, Default)]
pub struct Observers(pub Vec<Arc<dyn Observer>>);

impl Observers {
    fn each(&self, tell: impl Fn(&dyn Observer)) {
        self.0.iter().for_each(|observer| tell(&**observer));
    }
}

impl Observer for Observers {
    fn serves(&self, restaurant: RestaurantId, slug: &str) {
        self.each(|observer| observer.serves(restaurant, slug));
    }

    fn adopted(&self, restaurant: &Adopted) {
        self.each(|observer| observer.adopted(restaurant));
    }

    fn let_go(&self, restaurant: RestaurantId) {
        self.each(|observer| observer.let_go(restaurant));
    }

    fn commit(&self, commit: &Commit<'_>) {
        self.each(|observer| observer.commit(commit));
    }

    fn committed(&self, committed: &Committed<'_>) {
        self.each(|observer| observer.committed(committed));
    }

    fn retried(&self) {
        self.each(|observer| observer.retried());
    }

    fn stale_completion(&self, restaurant: RestaurantId, order: OrderId, bot: BotId) {
        self.each(|observer| observer.stale_completion(restaurant, order, bot));
    }

    fn swept(&self, sweep: &Sweep) {
        self.each(|observer| observer.swept(sweep));
    }

    fn holds_sweep(&self, at: Time) {
        self.each(|observer| observer.holds_sweep(at));
    }
}
