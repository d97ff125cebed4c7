//! What the engine and the store say, as the checker takes it.

use std::sync::Arc;

use feedme_checker::{Board, Epoch, Key, Position, Restaurant};
use feedme_engine::Snapshot;
use feedme_store::{KeyScope, RestaurantId};

pub(super) fn restaurant(id: RestaurantId) -> Restaurant {
    Restaurant(id.0.to_string().into())
}

pub(super) fn key(KeyScope { caller, key }: &KeyScope) -> Key {
    Key(format!("{caller} {key}").into())
}

pub(super) fn epoch(epoch: feedme_store::Epoch) -> Epoch {
    Epoch(epoch.0)
}

pub(super) fn position(at: feedme_engine::Position) -> Position {
    Position { epoch: epoch(at.epoch), version: at.version }
}

pub(super) fn board(snapshot: &Snapshot) -> Arc<Board> {
    Arc::new(Board {
        epoch: epoch(snapshot.epoch()),
        version: snapshot.version,
        orders: snapshot.orders.clone(),
        bots: snapshot.bots.clone(),
        settings: snapshot.settings,
        profile: snapshot.profile.clone(),
    })
}
