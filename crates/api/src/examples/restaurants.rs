//! Examples of the restaurants of a chain.

use std::borrow::Cow;

use serde_json::Value;

use super::{OPENS, example};
use crate::Timestamp;
use crate::restaurant::{Reach, RestaurantAnswer, RestaurantPage, RestaurantSummary, RestaurantView};
use crate::user::{Me, Role, User};

pub(super) fn restaurants() -> Vec<(Cow<'static, str>, Value)> {
    let (slug, name) = ("station".to_owned(), "At the station".to_owned());
    let reach = Reach { slug: slug.clone(), name: name.clone(), role: Role::Manager };
    let station = RestaurantView { slug: slug.clone(), name: name.clone(), archived_at: None };
    let busy = RestaurantSummary {
        slug,
        name,
        archived_at: None,
        role: Role::Manager,
        waiting: 7,
        cooking: 3,
        waiting_since: Some(Timestamp(OPENS)),
        bots: 3,
        busy_bots: 3,
        version: 4711,
        confirmed_at: None,
    };
    vec![
        example::<Me<'_>>(&Me { user: User::OPEN, everywhere: true, restaurants: vec![reach.clone()] }),
        example::<Reach>(&reach),
        example::<RestaurantView>(&station),
        example::<RestaurantAnswer>(&RestaurantAnswer { restaurant: station }),
        example::<RestaurantSummary>(&busy),
        example::<RestaurantPage>(&RestaurantPage { restaurants: vec![busy.clone()], next_cursor: None }),
    ]
}
