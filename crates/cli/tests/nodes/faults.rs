//! What happens to the nodes.

use std::time::{Duration, Instant};

use feedme_testkit::cluster::Database;
use rand::Rng as _;
use rand::rngs::StdRng;

use crate::fleet::Fleet;

/// How often each happened.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    killed: u32,
    restarted: u32,
    paused: u32,
    deafened: u32,
}

/// Longer than the sweeper's lease, which lasts two seconds.
const PAUSE: Duration = Duration::from_millis(2500);

/// Lets things go wrong for a while, each kind at least once.
pub(crate) async fn rage(fleet: &Fleet, database: &Database<'_>, lasts: Duration, rng: &mut StdRng) -> Faults {
    let until = Instant::now() + lasts;
    let mut faults = Faults::default();
    let mut next = 0;
    while Instant::now() < until || next < 4 {
        tokio::time::sleep(Duration::from_millis(rng.random_range(200..900))).await;
        let node = rng.random_range(0..crate::NODES);
        match if next < 4 { next } else { rng.random_range(0..4) } {
            0 => {
                fleet.replace(node).await;
                faults.killed += 1;
            }
            1 => {
                fleet.pause(node, PAUSE).await;
                faults.paused += 1;
            }
            2 => {
                let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                           WHERE datname = current_database() AND query LIKE '%feedme_moved%' AND pid <> pg_backend_pid()";
                database.ask(sql).expect("a role may end its own connections");
                faults.deafened += 1;
            }
            _ => {
                fleet.restart(node).await;
                faults.restarted += 1;
            }
        }
        next += 1;
    }
    faults
}
