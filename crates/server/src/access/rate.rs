//! How often one may ask.
//!
//! Whoever is known has a bucket of their own, by account or key; whoever is not shares that of their network. So a
//! flood of strangers keeps nobody from working who is signed in, not even in the same network, and a till that went
//! mad keeps nobody but itself. In open mode, and for the operator, nothing is counted.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::ops::Add;
use std::time::Duration;

use feedme_api::{Code, Problem};
use feedme_engine::Engine;
use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use http::request::Parts;
use parking_lot::RwLock;
use uuid::Uuid;

use super::caller::Caller;
use crate::limits::Limits;
use crate::transport::Peer;

/// How many seconds' worth a caller may ask at once. A manager who brings back what was cleared sends a request for
/// each order, and the board has a few hundred.
const CALLER_BURST_S: u32 = 4;

/// The same for all strangers of a network. A hall full of customers opens the app at once, each with a few requests.
const NETWORK_BURST_S: u32 = 5;

/// Buckets kept at most, 48 bytes each and their place in a table: about a megabyte.
const BUCKETS_MAX: usize = 10_000;

/// What counts how often who asks.
#[derive(Debug)]
pub(crate) struct Rates {
    callers: Option<Buckets<Uuid>>,
    networks: Option<Buckets<IpAddr>>,
}

impl Rates {
    pub(crate) fn new(engine: &Engine, limits: &Limits) -> Self {
        let clock = || KitchenClock(engine.clone());
        Self {
            callers: Buckets::new(limits.caller_per_s, CALLER_BURST_S, clock()),
            networks: Buckets::new(limits.stranger_per_s, NETWORK_BURST_S, clock()),
        }
    }

    /// Counts a request of whoever is known.
    pub(crate) fn count(&self, caller: &Caller) -> Result<(), Problem> {
        match (&self.callers, caller.bucket()) {
            (Some(buckets), Some(bucket)) => buckets.take(&bucket),
            _ => Ok(()),
        }
    }

    /// Counts a request of somebody who is not known, or not judged by who they are, against their network.
    pub(crate) fn count_stranger(&self, request: &Parts) -> Result<(), Problem> {
        match (&self.networks, request.extensions.get::<Peer>()) {
            (Some(buckets), Some(peer)) => buckets.take(&network(peer.address.ip())),
            _ => Ok(()),
        }
    }
}

/// The address that stands for all that somebody can have: of IPv6 that is 2⁶⁴.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, KitchenClock, NoOpMiddleware<Moment>>;

/// A bucket for each.
#[derive(Debug)]
struct Buckets<K: Hash + Eq + Clone> {
    quota: Quota,
    clock: KitchenClock,
    limiter: RwLock<Limiter<K>>,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    /// `None` where nothing is counted.
    fn new(per_s: u32, burst_s: u32, clock: KitchenClock) -> Option<Self> {
        let per_s = NonZeroU32::new(per_s)?;
        let quota = Quota::per_second(per_s).allow_burst(per_s.saturating_mul(NonZeroU32::new(burst_s)?));
        let limiter = RateLimiter::new(quota, HashMapStateStore::default(), clock.clone());
        Some(Self { quota, clock, limiter: RwLock::new(limiter) })
    }

    fn take(&self, whose: &K) -> Result<(), Problem> {
        let limiter = self.limiter.read();
        let is_full = limiter.len() >= BUCKETS_MAX;
        let taken = limiter.check_key(whose).map_err(|until| until.wait_time_from(self.clock.now()));
        drop(limiter);
        if is_full {
            self.forget();
        }
        taken.map_err(|wait| {
            let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1);
            Problem::new(Code::TooManyRequests, format!("too many requests; ask again in {seconds} s"))
                .retry_after_s(seconds)
        })
    }

    /// Forgets the buckets that are full again. If most are not, a flood comes from thousands of networks: then all are
    /// forgotten, which gives each of these one more burst, and is done once in thousands of requests.
    fn forget(&self) {
        let mut limiter = self.limiter.write();
        if limiter.len() < BUCKETS_MAX {
            return;
        }
        limiter.retain_recent();
        if limiter.len() > BUCKETS_MAX / 2 {
            *limiter = RateLimiter::new(self.quota, HashMapStateStore::default(), self.clock.clone());
        }
    }
}

/// Kitchen time, as the buckets read it.
#[derive(Clone, Debug)]
struct KitchenClock(Engine);

/// A moment of kitchen time, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(u64);

impl Clock for KitchenClock {
    type Instant = Moment;

    fn now(&self) -> Moment {
        let since = Duration::from_millis(self.0.now().0.unsigned_abs());
        Moment(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl Reference for Moment {
    fn duration_since(&self, earlier: Self) -> Nanos {
        self.0.saturating_sub(earlier.0).into()
    }

    fn saturating_sub(&self, duration: Nanos) -> Self {
        Self(self.0.checked_sub(duration.into()).unwrap_or(self.0))
    }
}

impl Add<Nanos> for Moment {
    type Output = Self;

    fn add(self, duration: Nanos) -> Self {
        Self(self.0.saturating_add(duration.into()))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use feedme_testkit::{Span as _, TestApp};

    use super::*;

    #[test]
    fn a_network_is_an_address_or_all_that_one_line_has() {
        let of = |text: &str| network(text.parse().expect("it is an address")).to_string();
        assert_eq!(of("192.0.2.9"), "192.0.2.9");
        assert_eq!(of("::ffff:192.0.2.9"), "192.0.2.9");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }

    #[tokio::test(start_paused = true)]
    async fn buckets_are_bounded_however_many_ask() {
        let app = TestApp::start().await;
        let buckets = Buckets::new(1, 2, KitchenClock(app.engine.clone())).expect("something is counted");
        let size = || buckets.limiter.read().len();
        let ask = |n: usize| buckets.take(&IpAddr::from(Ipv4Addr::from_bits(u32::try_from(n).expect("few ask"))));
        for n in 0..BUCKETS_MAX {
            ask(n).expect("each has a bucket");
            assert_eq!(size(), n + 1);
        }
        // Within a moment of each other: nobody's bucket is full again.
        ask(BUCKETS_MAX).expect("each has a bucket");
        assert_eq!(size(), 0, "all are forgotten");
        for n in 0..3 * BUCKETS_MAX {
            ask(n).expect("each has a bucket");
            assert!(size() <= BUCKETS_MAX + 1);
        }
        // Those who have not asked for a while are forgotten, and the others are not.
        tokio::time::advance(60.s()).await;
        let (mad, mut n) = (usize::MAX >> 32, 0);
        while ask(mad).is_ok() {}
        while size() < BUCKETS_MAX {
            n += 1;
            ask(n).expect("each has a bucket");
        }
        tokio::time::advance(1.ms()).await;
        assert!(ask(mad).is_err());
    }
}
