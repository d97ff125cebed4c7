//! Restaurants of a chain.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Timestamp;
use crate::history::{once, unknown_parameter};
use crate::problem::Problem;
use crate::text::Text;
use crate::user::Role;

/// Characters of a restaurant's name at most.
pub const NAME_MAX_CHARS: usize = 80;

/// Characters of what is looked for at most.
const SEARCH_MAX_CHARS: usize = 80;

/// Restaurants on a page at most, and unless told otherwise.
pub const LIMIT_MAX: usize = 1000;
const LIMIT_DEFAULT: usize = 100;

/// A restaurant, and how busy it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestaurantSummary {
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// When it was archived; null while it is run.
    #[schema(required)]
    pub archived_at: Option<Timestamp>,
    /// What the caller is there.
    pub role: Role,
    /// How many orders wait.
    pub waiting: usize,
    /// How many cook.
    pub cooking: usize,
    /// When the order that waits longest was placed; null when none waits.
    #[schema(required)]
    pub waiting_since: Option<Timestamp>,
    /// How many bots there are.
    pub bots: usize,
    /// How many of them cook.
    pub busy_bots: usize,
    /// The number of its latest event.
    pub version: u64,
    /// When the database last confirmed this, where that is more than five seconds ago; null while it is fresh, as of
    /// the header `Feedme-Confirmed-At`.
    #[schema(required)]
    pub confirmed_at: Option<Timestamp>,
}

/// A page of restaurants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestaurantPage {
    /// Those that the caller may reach, by slug.
    pub restaurants: Vec<RestaurantSummary>,
    /// Where the next page begins; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// A restaurant by its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestaurantView {
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// When it was archived; null while it is run.
    #[schema(required)]
    pub archived_at: Option<Timestamp>,
}

/// One restaurant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RestaurantAnswer {
    /// The restaurant as it is now.
    pub restaurant: RestaurantView,
}

/// Opens a restaurant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "slug": "station", "name": "At the station" }))]
pub struct AddRestaurant {
    /// Its name in addresses, for ever: lower-case letters, digits and hyphens.
    #[schema(value_type = String, min_length = 1, max_length = 40, pattern = "^[a-z0-9-]+$")]
    pub slug: Text<1, 40>,
    /// Its name for people.
    #[schema(value_type = String, min_length = 1, max_length = 80)]
    pub name: Text<1, NAME_MAX_CHARS>,
}

/// Changes a restaurant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "By the river" }))]
pub struct RestaurantPatch {
    /// Its name for people.
    #[schema(value_type = String, min_length = 1, max_length = 80)]
    pub name: Text<1, NAME_MAX_CHARS>,
}

/// A restaurant that a caller reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reach {
    /// Its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// What the caller is there.
    pub role: Role,
}

/// Which restaurants to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainQuery {
    /// Only those with this in their slug or name.
    pub search: Option<String>,
    /// Only those after this one.
    pub after: Option<String>,
    /// How many.
    pub limit: usize,
}

impl ChainQuery {
    /// Reads the parameters of an address.
    pub fn parse<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, Problem> {
        let (mut search, mut after, mut limit) = (None, None, None);
        for (name, value) in parameters {
            match name {
                "q" => once(&mut search, name, parse_search(value), "text of at most 80 characters without NUL")?,
                "cursor" => once(&mut after, name, parse_cursor(value), "the `nextCursor` of an earlier page")?,
                "limit" => once(&mut limit, name, parse_limit(value), "a whole number from 1 to 1000")?,
                _ => return Err(unknown_parameter(name, "`q`, `limit` and `cursor`")),
            }
        }
        let search = search.filter(|search: &String| !search.is_empty());
        Ok(Self { search, after, limit: limit.unwrap_or(LIMIT_DEFAULT) })
    }
}

fn parse_search(text: &str) -> Option<String> {
    let text = text.trim();
    (text.chars().count() <= SEARCH_MAX_CHARS && !text.contains('\0')).then(|| text.to_owned())
}

fn parse_cursor(text: &str) -> Option<String> {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    ((1..=40).contains(&text.len()) && text.bytes().all(legal)).then(|| text.to_owned())
}

fn parse_limit(text: &str) -> Option<usize> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|limit| (1..=LIMIT_MAX).contains(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_or_refused_by_name() {
        let read = |pairs: &[(&'static str, &'static str)]| ChainQuery::parse(pairs.iter().copied());
        let nothing = ChainQuery { search: None, after: None, limit: 100 };
        assert_eq!(read(&[]), Ok(nothing.clone()));
        assert_eq!(read(&[("q", "  ")]), Ok(nothing));
        let all = read(&[("q", " 100% "), ("limit", "1000"), ("cursor", "a-1")]);
        let expected = ChainQuery { search: Some("100%".into()), after: Some("a-1".into()), limit: 1000 };
        assert_eq!(all, Ok(expected));
        for (name, value) in [
            ("limit", "0"),
            ("limit", "1001"),
            ("limit", "+7"),
            ("cursor", "A"),
            ("cursor", ""),
            ("q", "\0"),
            ("x", ""),
        ] {
            let refused = ChainQuery::parse([(name, value)].into_iter()).expect_err(value);
            assert_eq!(refused.field.as_deref(), Some(name), "{value}");
        }
        assert!(read(&[("q", "a"), ("q", "b")]).is_err());
    }
}
