//! Screens that follow, lose their connection, and come back.

use std::sync::Arc;
use std::time::Duration;

use feedme_checker::{ScreenLog, Seen};
use feedme_engine::{Delivery, Position};
use feedme_kitchen::Version;
use feedme_store::RestaurantId;
use rand::Rng;
use rand::rngs::StdRng;
use tokio::time::{Instant, sleep_until};

use super::diary::Diary;
use super::node::Node;
use super::record;
use super::sightings as seen;
use super::world::{World, pause};

/// More events behind than this, and a screen gets a snapshot: the engine's limit.
const FAR_BEHIND: u64 = 10_000;

/// Follows a restaurant until the run is over.
pub(super) async fn watch(world: Arc<World>, index: u64) -> ScreenLog {
    let mut rng = world.rng(100 + index);
    let restaurant = world.restaurants[usize::try_from(index).unwrap_or(0) % world.restaurants.len()];
    let mut log = ScreenLog { restaurant: record::restaurant(restaurant), frames: Vec::new() };
    let mut at = None;
    while !world.over.is_cancelled() {
        if let Some(node) = world.node() {
            connect(&world, &node, restaurant, &mut log, &mut at, &mut rng).await;
        }
        let far = world.has_floods() && !world.weather.is_calm();
        let back = pause(&mut rng, 20..if far { 10_000 } else { 800 });
        world.over.run_until_cancelled(back).await;
    }
    log
}

async fn connect(
    world: &World,
    node: &Node,
    restaurant: RestaurantId,
    log: &mut ScreenLog,
    at: &mut Option<Position>,
    rng: &mut StdRng,
) {
    let Some(feed) = node.feed(&world.diary, restaurant).await else { return };
    let from = match (*at, rng.random_range(0..20)) {
        (Some(at), 0) => Some(Position { version: Version(at.version.0 + 1_000_000), ..at }),
        (Some(at), 1) => Some(Position { version: Version(at.version.0 / 2), ..at }),
        (_, 2) => None,
        (at, _) => at,
    };
    log.frames.push(Seen::Connected(from.map(record::position)));
    let following = node.death.run_until_cancelled(node.engine.follow(&feed, from)).await;
    let Some(Ok(mut subscription)) = following else {
        log.frames.push(Seen::Gone);
        return;
    };
    let leaves_at = Instant::now() + Duration::from_millis(rng.random_range(100..20_000));
    let mut first = true;
    loop {
        let delivery = tokio::select! {
            biased;
            () = world.over.cancelled() => break,
            () = node.death.cancelled() => break,
            () = sleep_until(leaves_at), if !world.weather.is_calm() => break,
            delivery = subscription.next() => delivery,
        };
        let delivery = match delivery {
            Some(Ok(delivery)) => delivery,
            Some(Err(_)) => break,
            None => {
                world.diary.note(seen::A_SLOW_SCREEN_WAS_CUT);
                break;
            }
        };
        if std::mem::take(&mut first) {
            note_arrival(&world.diary, from, &delivery);
        }
        log.frames.push(match delivery {
            Delivery::Snapshot(snapshot) => Seen::Snapshot(record::board(&snapshot)),
            Delivery::Events(chunk) => Seen::Events(record::epoch(chunk.epoch), chunk.events.clone()),
        });
        *at = subscription.position();
        if rng.random_bool(0.2) && !world.weather.is_calm() {
            // It draws, or the network is slow.
            pause(rng, 1..if world.has_floods() { 15_000 } else { 3000 }).await;
        }
    }
    log.frames.push(Seen::Gone);
}

fn note_arrival(diary: &Diary, from: Option<Position>, delivery: &Delivery) {
    match (from, delivery) {
        (Some(_), Delivery::Events(_)) => diary.note(seen::A_SCREEN_RESUMED),
        (Some(from), Delivery::Snapshot(snapshot)) if from.epoch != snapshot.epoch() => {
            diary.note(seen::A_SNAPSHOT_FOR_AN_OLD_EPOCH);
        }
        (Some(from), Delivery::Snapshot(snapshot)) if from.version > snapshot.version => {
            diary.note(seen::A_SNAPSHOT_FOR_A_POSITION_AHEAD);
        }
        (Some(from), Delivery::Snapshot(snapshot)) if snapshot.version.0 - from.version.0 > FAR_BEHIND => {
            diary.note(seen::A_SNAPSHOT_FOR_AN_OLD_POSITION);
        }
        _ => {}
    }
}
