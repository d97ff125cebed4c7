//! How people call those who did something.

use std::collections::HashMap;
use std::sync::Arc;

use feedme_kitchen::{Actor, KeyId, UserId};
use feedme_store::{ChainFilter, RestaurantId, StoreError};

use crate::access::caller::Caller;
use crate::app::App;

/// Names, each looked up once.
#[derive(Debug)]
pub(super) struct Names {
    app: App,
    restaurant: RestaurantId,
    slugs: HashMap<RestaurantId, Option<String>>,
    users: HashMap<UserId, Arc<str>>,
    keys: Option<HashMap<KeyId, Arc<str>>>,
}

impl Names {
    pub(super) fn new(app: &App, restaurant: RestaurantId) -> Self {
        Self { app: app.clone(), restaurant, slugs: HashMap::new(), users: HashMap::new(), keys: None }
    }

    /// The name of whoever caused an event, as the log would have it.
    pub(super) async fn of_actor(&mut self, actor: Actor) -> Result<Arc<str>, StoreError> {
        Ok(match actor {
            Actor::Open => Caller::Open.name().into(),
            Actor::Operator => Caller::Operator.name().into(),
            Actor::Timer => "timer".into(),
            Actor::Kitchen => "kitchen".into(),
            Actor::User(user) => self.of_user(user).await?,
            Actor::Key(key) => self.of_key(key).await?,
        })
    }

    /// As addresses name it.
    pub(super) async fn of_restaurant(&mut self, restaurant: RestaurantId) -> Result<Option<String>, StoreError> {
        if let Some(slug) = self.slugs.get(&restaurant) {
            return Ok(slug.clone());
        }
        let only = ChainFilter { among: Some(vec![restaurant]), limit: 1, ..ChainFilter::default() };
        let found = self.app.engine().store().chain(&only).await?.restaurants.pop();
        let slug = found.map(|(restaurant, _)| restaurant.slug);
        self.slugs.insert(restaurant, slug.clone());
        Ok(slug)
    }

    async fn of_user(&mut self, user: UserId) -> Result<Arc<str>, StoreError> {
        if let Some(name) = self.users.get(&user) {
            return Ok(Arc::clone(name));
        }
        let account = self.app.access().accounts().account(user).await?;
        let name: Arc<str> = account.map_or_else(|| user.to_string().into(), |account| account.name.into());
        self.users.insert(user, Arc::clone(&name));
        Ok(name)
    }

    async fn of_key(&mut self, key: KeyId) -> Result<Arc<str>, StoreError> {
        if self.keys.is_none() {
            // Revoked ones, too.
            let keys = self.app.access().accounts().keys(self.restaurant).await?;
            self.keys = Some(keys.into_iter().map(|key| (KeyId(key.id), key.name.into())).collect());
        }
        let found = self.keys.as_ref().and_then(|keys| keys.get(&key)).cloned();
        Ok(found.unwrap_or_else(|| key.to_string().into()))
    }
}
