//! What goes wrong around the store: processes die and come back, clocks are set, the store goes away.

use std::sync::Arc;
use std::time::Duration;

use feedme_engine::TimeSource;
use feedme_kitchen::{Command, Kitchen, Time};
use feedme_store::{Epoch, Store};
use rand::Rng;
use rand::rngs::StdRng;
use tokio::time::{sleep, timeout};

use super::node::Node;
use super::rival;
use super::sightings as seen;
use super::weather::CrashAt;
use super::world::{World, pause};
use crate::conformance::Author;
use crate::conformance::author::commit;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The clock is right to a part in a thousand, and both readings are rounded.
const PACE_DIVISOR: u64 = 1000;

/// Starts a process whenever none lives, as a supervisor does.
pub(super) async fn keep_alive(world: Arc<World>, index: usize) {
    let mut rng = world.rng(1 + 1000 * index as u64);
    let mut life = 0;
    let mut last_known = None;
    loop {
        life += 1;
        let Ok(node) = Node::start(&world, index, life).await else {
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        if let Some(from) = last_known {
            world.diary.trouble(from, node.engine.now());
        }
        *world.nodes[index].lock() = Some(node.clone());
        live(&world, &node).await;
        *world.nodes[index].lock() = None;
        last_known = Some(node.engine.now());
        node.death.cancel();
        if !world.weather.is_calm() {
            pause(&mut rng, 0..4000).await;
            if rng.random_bool(0.2) {
                begin_new_history(&world, &mut rng).await;
            }
        }
    }
}

/// Returns when the process has died. Meanwhile its clock is held against ours.
async fn live(world: &World, node: &Node) {
    let (mut kitchen, mut ours) = (node.engine.now(), world.machine.monotonic_ms());
    loop {
        tokio::select! {
            biased;
            () = node.death.cancelled() => return,
            _ = node.engine.failed() => return,
            () = sleep(Duration::from_millis(700)) => {}
        }
        let (kitchen_now, now) = (node.engine.now(), world.machine.monotonic_ms());
        let (passed, ours_passed) = (kitchen_now.since_ms(kitchen), now.abs_diff(ours));
        let slack = ours_passed / PACE_DIVISOR + 1;
        // Only a recorded moment moves it on: a write of a process that has died may arrive late, from ahead.
        let recorded = node.engine.positions().into_iter().filter_map(|(id, _)| node.engine.served(id));
        let recorded = recorded.map(|feed| feed.with(Kitchen::last_at)).max().unwrap_or(kitchen);
        let at_most = kitchen.max(recorded).plus_ms(ours_passed + slack);
        if passed + slack < ours_passed || kitchen_now > at_most {
            world.diary.wrong(format!("kitchen time went on by {passed} ms while {ours_passed} ms passed"));
        }
        (kitchen, ours) = (kitchen_now, now);
    }
}

/// As a restore of a backup that was just made does: a new epoch, and numbers passed over.
async fn begin_new_history(world: &World, rng: &mut StdRng) {
    for restaurant in world.store.restaurants().await.expect("memory does not fail") {
        let epoch = Epoch::from_random(rng.random());
        world.store.draw_epoch(restaurant.id, epoch);
        let mut author = Author::of(&world.store, &restaurant.slug).await;
        world.epochs.lock().push((restaurant.id, author.kitchen.version(), epoch));
        author.now = author.kitchen.last_at().max(Time(world.machine.wall_ms()).min(author.kitchen.last_at()));
        author.must(Command::SkipNumbers { count: rng.random_range(0..100) });
        commit(&world.store, [author.write()]).await;
        world.diary.note(seen::A_NEW_EPOCH);
    }
}

/// Lets things go wrong for a while.
pub(super) async fn rage(world: Arc<World>) {
    let mut rng = world.rng(2);
    if world.has_floods() {
        world.flood().await;
    }
    for _ in 0..rng.random_range(2..8) {
        pause(&mut rng, 500..8000).await;
        let Some(node) = world.node() else { continue };
        match rng.random_range(0..13) {
            0..2 => node.death.cancel(),
            2..5 => {
                let at = if rng.random_bool(0.5) { CrashAt::Before } else { CrashAt::After };
                world.weather.crash_at_next_commit(at);
                let _ = timeout(Duration::from_secs(20), node.death.cancelled()).await;
                node.death.cancel();
            }
            5 => stop_in_good_order(&world, &node).await,
            // Nodes that share a database go by its clock.
            6..8 if world.nodes.len() == 1 => {
                // Keys are forgotten after seven days of kitchen time, and a start believes the wall clock.
                let days = rng.random_range(-3..3);
                world.machine.set_wall_clock_by(days * DAY_MS + rng.random_range(0..DAY_MS));
                world.diary.note(seen::THE_CLOCK_JUMPED);
            }
            8 => {
                world.weather.set_away(true);
                pause(&mut rng, 100..6000).await;
                world.weather.set_away(false);
            }
            9 => world.machine.set_wall_clock_by(0),
            _ if world.has_floods() => world.flood().await,
            _ => beside(&world, &node, &mut rng).await,
        }
    }
}

/// Another process commits to a restaurant that ours has nothing to say about just now.
async fn beside(world: &World, node: &Node, rng: &mut StdRng) {
    for restaurant in &world.restaurants {
        if rival::commit_something(&world.store, *restaurant, node.engine.now(), rng).await {
            world.diary.note(seen::A_RIVAL_COMMITTED_BESIDE_US);
        }
    }
}

async fn stop_in_good_order(world: &World, node: &Node) {
    *world.nodes[node.index].lock() = None;
    node.engine.stop().await;
    node.death.cancel();
    world.diary.note(seen::STOPPED_IN_GOOD_ORDER);
}
