//! How many restaurants have series of their own: a chain of ten thousand must not bring down the Prometheus that
//! watches it.

use std::collections::HashMap;
use std::sync::Arc;

use feedme_store::RestaurantId;
use parking_lot::RwLock;

use crate::labels::Name;

/// What series of the restaurants beyond the first few are about.
const OTHERS: &str = "_others";

/// Names restaurants as series do: the first that are served here by their slugs, the others all by one name, which
/// no slug can be.
#[derive(Debug)]
pub(crate) struct Restaurants {
    max: usize,
    names: RwLock<HashMap<RestaurantId, Name>>,
    /// Without restaurants of their own, series have no such label: to Prometheus an empty one is none.
    others: Name,
}

impl Restaurants {
    pub(crate) fn new(max: usize) -> Self {
        let others = if max == 0 { "" } else { OTHERS };
        Self { max, names: RwLock::default(), others: Name(Arc::from(others)) }
    }

    /// Names a restaurant from here on.
    pub(crate) fn serve(&self, restaurant: RestaurantId, slug: &str) {
        let mut names = self.names.write();
        if names.len() < self.max {
            names.entry(restaurant).or_insert_with(|| Name(Arc::from(slug)));
        }
    }

    pub(crate) fn name(&self, restaurant: RestaurantId) -> Name {
        self.names.read().get(&restaurant).unwrap_or(&self.others).clone()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn names(max: usize, slugs: &[&str]) -> Vec<String> {
        let restaurants = Restaurants::new(max);
        let ids: Vec<_> = (0..).map(|id| RestaurantId(Uuid::from_u128(id))).take(slugs.len()).collect();
        for (id, slug) in ids.iter().zip(slugs) {
            restaurants.serve(*id, slug);
            restaurants.serve(*id, slug);
        }
        ids.iter().map(|id| restaurants.name(*id).0.to_string()).collect()
    }

    #[test]
    fn the_first_few_are_named_and_the_rest_are_one() {
        assert_eq!(names(2, &["a", "b", "c", "d"]), ["a", "b", OTHERS, OTHERS]);
        assert_eq!(names(0, &["a", "b"]), ["", ""]);
        assert!(!feedme_store::restaurant::is_slug(OTHERS), "no restaurant can be called that");
    }
}
