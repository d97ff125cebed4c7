//! What the store may do wrong, and how often: each seed draws a climate of its own, so that some runs know
//! conflicts only, some crashes only, and some everything at once.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// In every so many of the seeds nodes do not hear each other: half of those with several nodes.
const DEAF_EVERY: u64 = 8;

/// What happens to a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing unusual.
    Fair,
    /// Another process commits to one of its restaurants first.
    Beaten,
    /// It fails and writes nothing.
    Failed,
    /// It is written, and the reply is lost.
    ReplyLost,
    /// It never arrives.
    RequestLost,
    /// It arrives after it was given up.
    Late,
    /// The store fails for good; it may have been written.
    Fatal {
        /// Whether it was.
        written: bool,
    },
}

/// Where a node is to crash at its next commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CrashAt {
    /// Before it is written.
    Before,
    /// Between the write and the reply.
    After,
}

#[derive(Clone, Copy, Debug)]
struct Climate {
    beaten: f64,
    failed: f64,
    reply_lost: f64,
    request_lost: f64,
    late: f64,
    fatal: f64,
    slow: f64,
    read_fails: f64,
}

/// The weather of one run.
#[derive(Debug)]
pub(super) struct Weather {
    seed: u64,
    climate: Climate,
    rng: Mutex<StdRng>,
    calm: AtomicBool,
    away: AtomicBool,
    crash: Mutex<Option<CrashAt>>,
}

impl Weather {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed ^ 0x77EA);
        let mut often = |at_most: f64| if rng.random_bool(0.5) { rng.random_range(0.0..at_most) } else { 0.0 };
        let climate = Climate {
            beaten: often(0.3),
            failed: often(0.1),
            reply_lost: often(0.15),
            request_lost: often(0.1),
            late: often(0.15),
            fatal: often(0.01),
            slow: often(0.3),
            read_fails: often(0.1),
        };
        let rng = Mutex::new(rng);
        Self { seed, climate, rng, calm: false.into(), away: false.into(), crash: Mutex::default() }
    }

    /// No faults from now on.
    pub(super) fn calm(&self) {
        self.calm.store(true, Ordering::Relaxed);
        self.set_away(false);
        *self.crash.lock() = None;
    }

    /// Whether nodes do not hear each other, in this whole run: then they find out by asking alone.
    pub(super) fn is_deaf(&self) -> bool {
        self.seed % DEAF_EVERY == 3
    }

    pub(super) fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    pub(super) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    pub(super) fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    pub(super) fn crash_at_next_commit(&self, at: CrashAt) {
        *self.crash.lock() = Some(at);
    }

    /// Whether the node is to crash here; once.
    pub(super) fn takes_crash(&self, at: CrashAt) -> bool {
        self.crash.lock().take_if(|crash| *crash == at).is_some()
    }

    /// What happens to the next commit, how long it takes to arrive, and how long its reply takes.
    pub(super) fn fate(&self) -> (Fate, u64, u64) {
        if self.is_calm() {
            return (Fate::Fair, 1, 0);
        }
        let climate = self.climate;
        let mut rng = self.rng.lock();
        let fates = [
            (climate.beaten, Fate::Beaten),
            (climate.failed, Fate::Failed),
            (climate.reply_lost, Fate::ReplyLost),
            (climate.request_lost, Fate::RequestLost),
            (climate.late, Fate::Late),
            (climate.fatal, Fate::Fatal { written: rng.random_bool(0.5) }),
        ];
        let fate = fates.into_iter().find(|(chance, _)| rng.random_bool(*chance)).map_or(Fate::Fair, |(_, fate)| fate);
        let mut slow =
            |at_most| if rng.random_bool(climate.slow) { rng.random_range(0..at_most) } else { rng.random_range(0..3) };
        (fate, slow(400), slow(200))
    }

    /// Something random, in the order of the commits.
    pub(super) fn draw<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.rng.lock())
    }

    /// Whether a read fails, and how long it takes. Readers wake in no particular order, so this depends on
    /// what is read, and when, but on nothing that was drawn before.
    pub(super) fn read(&self, at_ms: i64, what: impl Hash) -> (bool, u64) {
        if self.is_calm() {
            return (false, 0);
        }
        let mut hasher = DefaultHasher::new();
        (self.seed, at_ms, &what).hash(&mut hasher);
        let mut rng = StdRng::seed_from_u64(hasher.finish());
        let fails = self.is_away() || rng.random_bool(self.climate.read_fails);
        (fails, if rng.random_bool(self.climate.slow) { rng.random_range(1..50) } else { 0 })
    }
}
