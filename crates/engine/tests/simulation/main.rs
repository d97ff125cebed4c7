//! The engine on virtual time, with everything that can go wrong around it.
//!
//! `FEEDME_SEED=7` runs one seed and says what it provoked; `FEEDME_SEEDS=100000` runs that many instead of a
//! thousand; `FEEDME_FIRST_SEED=5000` begins there.
#![expect(clippy::print_stdout, reason = "what a campaign saw is worth reading")]

use feedme_testkit::sim;

/// Seeds of the normal run, spread over the four quarters so that they run beside each other.
const SEEDS: u64 = 1000;

const QUARTERS: u64 = 4;

fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is not a number: {value}")))
}

fn quarter(index: u64) {
    let (seeds, first) = (number("FEEDME_SEEDS").unwrap_or(SEEDS), number("FEEDME_FIRST_SEED").unwrap_or(0));
    let a_quarter = seeds.div_ceil(QUARTERS);
    let first = first + index * a_quarter;
    let sightings = sim::campaign(first..first + a_quarter);
    println!("seeds {first} to {}:\n{sightings}", first + a_quarter - 1);
    let never = sightings.never();
    assert!(never.is_empty() || a_quarter < SEEDS / QUARTERS, "a campaign that proves nothing about: {never:#?}");
}

#[test]
fn first_quarter_keeps_every_promise() {
    quarter(0);
}

#[test]
fn second_quarter_keeps_every_promise() {
    quarter(1);
}

#[test]
fn third_quarter_keeps_every_promise() {
    quarter(2);
}

#[test]
fn fourth_quarter_keeps_every_promise() {
    quarter(3);
}

#[test]
fn one_seed_keeps_every_promise() {
    let seed = number("FEEDME_SEED").unwrap_or(1);
    println!("{}", sim::campaign(seed..seed + 1));
}

#[test]
fn a_seed_repeats_itself() {
    for seed in [1, 2, 3, 7, 30, 31] {
        let (first, second) = (sim::run(seed), sim::run(seed));
        assert!(!first.history.calls.is_empty());
        assert_eq!(first.trace, second.trace, "seed {seed}");
        assert_ne!(first.trace, sim::run(seed + 1000).trace);
    }
}
