//! How fast somebody may guess a password.
//!
//! Each try is counted before it is judged, so that many at once are not one; a right one takes its count back. Tries
//! count against the account and against the address. On a device that has signed in to the account before they count
//! against that device alone: whoever guesses from elsewhere, or beside it, locks nobody out (OWASP's device cookies).

use feedme_kitchen::Time;

/// How many tries are free before one has to wait.
const FREE_TRIES: u32 = 5;

/// The longest wait between two tries at one account: somebody who forgot is not shut out for long, and whoever guesses
/// gets through 4 a minute, or two million in a year. The common passwords are refused.
const ACCOUNT_WAIT_MAX_MS: u64 = 15_000;

/// The longest wait between two tries at the codes of one account: three of a million are good at a time, so 288 tries a
/// day find one in three years.
const CODE_WAIT_MAX_MS: u64 = 300_000;

/// How many tries from one address are free, and the longest wait after them. A restaurant has one address.
const ADDRESS_FREE_TRIES: u32 = 30;
const ADDRESS_WAIT_MAX_MS: u64 = 60_000;

/// After so long without a try the count begins anew.
pub const FORGOTTEN_AFTER_MS: u64 = 15 * 60_000;

/// Whom tries count against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// An account, or a name that is no account: nobody shall see which.
    Account,
    /// A device that has signed in to the account before.
    Device,
    /// An account's second factor: whoever gets so far knows the password, and there are few codes.
    Code,
    /// A network address.
    Address,
}

/// Tries counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// How many did not succeed, one after the other.
    pub count: u32,
    /// When the last of them was made.
    pub last_at: Time,
}

impl Tries {
    /// Milliseconds until the next try is allowed.
    #[must_use]
    pub fn wait_ms(self, against: Against, now: Time) -> u64 {
        let since = now.since_ms(self.last_at);
        if since >= FORGOTTEN_AFTER_MS {
            return 0;
        }
        let (free, longest) = match against {
            Against::Account | Against::Device => (FREE_TRIES, ACCOUNT_WAIT_MAX_MS),
            Against::Code => (FREE_TRIES, CODE_WAIT_MAX_MS),
            Against::Address => (ADDRESS_FREE_TRIES, ADDRESS_WAIT_MAX_MS),
        };
        let Some(over) = self.count.checked_sub(free) else { return 0 };
        let wait = 1_000_u64.checked_shl(over.min(16)).unwrap_or(longest).min(longest);
        wait.saturating_sub(since)
    }

    /// With one less: it was no guess.
    #[must_use]
    pub fn less_one(self) -> Self {
        Self { count: self.count.saturating_sub(1), ..self }
    }

    /// With one more.
    #[must_use]
    pub fn and_one(self, now: Time) -> Self {
        let known = now.since_ms(self.last_at) < FORGOTTEN_AFTER_MS;
        Self { count: if known { self.count.saturating_add(1) } else { 1 }, last_at: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The waits after each of so many tries, each made as soon as it is allowed.
    fn waits(against: Against, tries: u32) -> Vec<u64> {
        let mut now = Time(1_000_000_000);
        let mut counted = Tries::default();
        (0..tries)
            .map(|_| {
                counted = counted.and_one(now);
                let wait = counted.wait_ms(against, now);
                now = Time(now.0 + i64::try_from(wait).expect("short"));
                wait
            })
            .collect()
    }

    #[test]
    fn the_first_tries_are_free_and_each_further_one_waits_longer() {
        let seconds = [0, 0, 0, 0, 1, 2, 4, 8, 15, 15];
        assert_eq!(waits(Against::Account, 10), seconds.map(|s| s * 1_000));
        let many = waits(Against::Address, 60);
        assert!(many[..29].iter().all(|wait| *wait == 0), "{many:?}");
        assert_eq!((many[29], many[30], many[59]), (1_000, 2_000, 60_000));
    }

    #[test]
    fn a_quarter_of_an_hour_of_silence_is_forgiven() {
        let tries = Tries { count: 400, last_at: Time(0) };
        assert_eq!(tries.wait_ms(Against::Account, Time(1_000)), 14_000);
        assert_eq!(tries.wait_ms(Against::Account, Time(15_000)), 0);
        assert_eq!(tries.and_one(Time(14 * 60_000)).count, 401);
        assert_eq!(tries.and_one(Time(15 * 60_000)).count, 1);
    }
}
