//! The engine on virtual time, with a store that conflicts, fails, answers late or not at all, and nodes that
//! crash and come back. A seed decides everything, so it reproduces a run exactly.
//!
//! | to find | look in |
//! |---|---|
//! | what a run is made of | `world` |
//! | the store that misbehaves, and the other process that commits beside ours | `faulty`, `rival` |
//! | what goes wrong, and when | `weather`, `chaos` |
//! | who asks, and who watches | `client`, `screen` |
//! | what a campaign must have provoked | [`sightings`] |
//!
//! What was seen is judged by `feedme-checker`.

mod chaos;
mod client;
mod diary;
mod faulty;
mod node;
mod record;
mod rival;
mod screen;
pub mod sightings;
mod time;
mod weather;
mod world;

use std::ops::Range;

pub use sightings::Sightings;

use feedme_checker::History;

/// What became of a seed.
#[derive(Debug)]
pub struct Report {
    /// Which seed.
    pub seed: u64,
    /// What was seen.
    pub history: History,
    /// Broken promises; nothing, if all were kept.
    pub violations: Vec<String>,
    /// A digest of everything that was seen: two runs of one seed have the same.
    pub trace: u64,
    /// What the run provoked.
    pub sightings: Sightings,
}

/// Runs one seed.
#[must_use]
pub fn run(seed: u64) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime needs no more than memory").block_on(world::live(seed))
}

/// Runs seed after seed and says what they provoked. Panics at the first that breaks a promise, with the
/// command that repeats it.
pub fn campaign(seeds: Range<u64>) -> Sightings {
    let mut sightings = Sightings::default();
    for seed in seeds {
        let report = run(seed);
        assert!(
            report.violations.is_empty(),
            "seed {seed} broke {} promises:\n{}\n\nFEEDME_SEED={seed} cargo test -p feedme-engine --test simulation one_seed",
            report.violations.len(),
            report.violations.iter().take(10).map(String::as_str).collect::<Vec<_>>().join("\n"),
        );
        sightings.add(&report.sightings);
    }
    sightings
}
