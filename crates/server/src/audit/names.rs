//! How people call those who did something.

use std::collections::HashMap;
use std::sync::Arc;

use feedme_kitchen::{Actor, KeyId, UserId};
use feedme_store::{RestaurantId, StoreError};

use crate::access::caller::Caller;
use crate::app::App;

/// Names, each looked up once.
#[derive(Debug)]
pub(super) struct Names {
    app: App,
    restaurant: RestaurantId,
    users: HashMap<UserId, Arc<str>>,
    keys: Option<HashMap<KeyId, Arc<str>>>,
}

impl Names {
    pub(super) fn new(app: &App, restaurant: RestaurantId) -> Self {
        Self { app: app.clone(), restaurant, users: HashMap::new(), keys: None }
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
    pub(super) fn of_restaurant(&self, restaurant: RestaurantId) -> Option<String> {
        let feed = self.app.engine().feed(restaurant)?;
        Some(feed.restaurant().slug.clone())
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
