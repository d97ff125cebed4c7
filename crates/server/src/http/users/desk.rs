//! A manager at work on the accounts of a restaurant.

use std::collections::BTreeSet;

use axum::extract::FromRequestParts;
use feedme_api::text::Text;
use feedme_api::user::AccountView;
use feedme_api::{Code, Problem, Timestamp};
use feedme_kitchen::{Time, UserId};
use feedme_store::accounts::{Account, Role, Saved};
use feedme_store::{CHAIN_PAGE_MAX, ChainFilter, RestaurantId};
use http::request::Parts;
use uuid::Uuid;

use super::{role, unknown_user};
use crate::access::Granted;
use crate::access::change::{Editing, TRIES, too_busy};
use crate::access::sign_in::Origin;
use crate::app::App;
use crate::problem::Refused;

/// Restaurants that one account may be given by name. Whoever needs more is somebody everywhere.
const PLACES_MAX: usize = 100;

/// A manager at work on the accounts of a restaurant.
pub(super) struct Desk {
    pub(super) app: App,
    pub(super) granted: Granted,
    pub(super) restaurant: RestaurantId,
    pub(super) origin: Origin,
    pub(super) now: Time,
}

impl FromRequestParts<App> for Desk {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let granted = parts.extensions.get::<Granted>().cloned().ok_or_else(unknown_user)?;
        let restaurant = granted.restaurant.ok_or_else(unknown_user)?;
        let Ok(origin) = Origin::from_request_parts(parts, app).await;
        Ok(Self { app: app.clone(), granted, restaurant, origin, now: app.engine().now() })
    }
}

impl Desk {
    /// An account of this restaurant. Those of others are not there; deleted ones are, when asked for.
    pub(super) async fn find(&self, id: Option<Uuid>, deleted: bool) -> Result<Account, Refused> {
        let id = id.ok_or_else(unknown_user)?;
        let account = self.app.access().accounts().account(UserId(id)).await?;
        let is_ours = |account: &Account| account.role_in(self.restaurant).is_some() && !account.is_demonstration;
        let account = account.filter(|account| is_ours(account) && account.deleted_at.is_some() == deleted);
        let account = account.ok_or_else(unknown_user)?;
        let is_mine = |place: Option<RestaurantId>| place.is_some_and(|place| self.runs(place));
        if !self.granted.caller.is_everywhere() && !account.memberships.iter().all(|it| is_mine(it.restaurant)) {
            let detail = "the account is also one of other restaurants: only who runs all of them may change it";
            return Err(Problem::new(Code::Forbidden, detail).into());
        }
        Ok(account)
    }

    /// Whether the caller runs a restaurant.
    fn runs(&self, restaurant: RestaurantId) -> bool {
        self.granted.caller.role_in(restaurant) == Some(Role::Manager)
    }

    /// The restaurants with these slugs, which the caller must run. One that others run is not there.
    pub(super) async fn places(&self, slugs: &[Text<1, 40>]) -> Result<Vec<Option<RestaurantId>>, Refused> {
        if !(1..=PLACES_MAX).contains(&slugs.len()) {
            return Err(Problem::invalid("restaurants", "1 to 100 slugs").into());
        }
        let mut places = BTreeSet::new();
        for Text(slug) in slugs {
            let found = self.app.restaurant(slug).await?.filter(|found| self.runs(*found));
            let unknown = || Problem::new(Code::UnknownRestaurant, format!("restaurants: you run none called {slug}"));
            places.insert(found.ok_or_else(unknown)?);
        }
        Ok(places.into_iter().map(Some).collect())
    }

    /// Changes an account, as it is when nobody else changes any.
    pub(super) async fn change(
        &self,
        id: Option<Uuid>,
        deleted: bool,
        kind: &str,
        change: impl Fn(Account) -> Account,
    ) -> Result<AccountView, Refused> {
        for _ in 0..TRIES {
            let editing = Editing::begin(&self.app).await?;
            let account = change(self.find(id, deleted).await?);
            if let Some(view) = self.save(account, kind, editing).await? {
                return Ok(view);
            }
        }
        Err(too_busy())
    }

    /// Writes an account, ends its sessions, and says that it was done. `None` when other accounts have changed since
    /// one began.
    pub(super) async fn save(
        &self,
        account: Account,
        kind: &str,
        editing: Editing,
    ) -> Result<Option<AccountView>, Refused> {
        self.somebody_is_left(&account).await?;
        let view = self.view(&account).await?;
        match self.app.access().save(account.clone(), None, editing).await? {
            Saved::Done(_) => {}
            Saved::NameTaken => {
                return Err(Problem::new(Code::NameTaken, "username: another account has this name").into());
            }
            Saved::Conflict => return Ok(None),
        }
        self.note(kind, &account).await;
        Ok(Some(view))
    }

    /// Every restaurant that somebody can run must still have somebody.
    async fn somebody_is_left(&self, changed: &Account) -> Result<(), Refused> {
        let all = self.app.access().accounts().accounts(false).await?;
        // Nobody is missed who was not there.
        let Some(before) = all.iter().find(|account| account.id == changed.id) else { return Ok(()) };
        for restaurant in self.losable(before, &all).await? {
            let runs_it = |account: &Account| {
                account.is_active() && !account.is_demonstration && account.role_in(restaurant) == Some(Role::Manager)
            };
            let is_left = runs_it(changed) || all.iter().any(|other| other.id != changed.id && runs_it(other));
            if runs_it(before) && !is_left {
                return Err(Problem::new(Code::LastManager, "nobody would be left to run a restaurant").into());
            }
        }
        Ok(())
    }

    /// The restaurants that an account might have been the last to run: its own, and for one that is somebody
    /// everywhere those that anybody belongs to by name, and one that nobody does, if there is one.
    async fn losable(&self, account: &Account, all: &[Account]) -> Result<BTreeSet<RestaurantId>, Refused> {
        let named = |account: &Account| account.memberships.iter().filter_map(|it| it.restaurant).collect::<Vec<_>>();
        if !account.is_everywhere() {
            return Ok(named(account).into_iter().collect());
        }
        let mut restaurants: BTreeSet<_> = all.iter().flat_map(named).collect();
        let limit = (restaurants.len() + 1).min(CHAIN_PAGE_MAX);
        let page = self.app.engine().store().chain(&ChainFilter { limit, ..ChainFilter::default() }).await?;
        let other = page.restaurants.into_iter().map(|(restaurant, _)| restaurant.id);
        let other = other.into_iter().find(|id| !restaurants.contains(id));
        restaurants.extend(other);
        Ok(restaurants)
    }

    /// Adds to the log of every restaurant that the account belongs to.
    pub(super) async fn note(&self, kind: &str, account: &Account) {
        let mut places: BTreeSet<_> = account.memberships.iter().map(|it| it.restaurant).collect();
        if places.contains(&None) || places.is_empty() {
            // That is the log of all.
            places = BTreeSet::from([None]);
        }
        for place in places {
            let entry = self.origin.entry(self.now, kind, place, self.granted.caller.name(), &account.name);
            self.app.access().note(entry).await;
        }
    }

    pub(super) async fn view(&self, account: &Account) -> Result<AccountView, Refused> {
        let named = account.memberships.iter().filter_map(|it| it.restaurant);
        let mut restaurants = Vec::new();
        // Whose restaurants are others' business does not learn which there are.
        for place in named.filter(|place| self.runs(*place)) {
            restaurants.extend(self.app.engine().slug(place).await?);
        }
        restaurants.sort();
        let here = account.role_in(self.restaurant).or(account.memberships.first().map(|it| it.role));
        Ok(AccountView {
            id: account.id.0,
            username: account.name.clone(),
            role: role(here.unwrap_or(Role::Normal)),
            everywhere: account.is_everywhere(),
            restaurants,
            second_factor: account.has_second_factor,
            created_at: Timestamp(account.created_at),
            disabled_at: account.disabled_at.map(Timestamp),
            deleted_at: account.deleted_at.map(Timestamp),
        })
    }
}
