//! Judging passwords, and how fast one may guess.

use std::net::IpAddr;
use std::sync::Arc;

use feedme_access::password::{self, Weak};
use feedme_access::throttle::{Against, Tries};
use feedme_access::token::Digest;
use feedme_api::{Code, Problem};
use feedme_kitchen::{Time, UserId};
use feedme_store::StoreError;
use feedme_store::accounts::{Counted, PasswordHash, Step};
use tokio::sync::Semaphore;

use super::Access;
use super::rate::network;
use crate::problem::Refused;

/// Passwords judged at a time: each takes a core for 20 to 40 ms and 19 MiB.
const AT_A_TIME: usize = 2;

/// Passwords that wait for their turn at most: two seconds' worth.
const WAITING_MAX: usize = 100;

/// Hashes passwords, a few at a time, so that a flood of them starves nobody.
#[derive(Debug)]
pub(crate) struct Hashing {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    /// What the password of an account that does not exist is compared with: it takes as long.
    nobodys: PasswordHash,
}

impl Hashing {
    pub(crate) fn new() -> Self {
        let (turns, places) = (Semaphore::new(AT_A_TIME).into(), Semaphore::new(WAITING_MAX).into());
        Self { turns, places, nobodys: PasswordHash(password::nobodys()) }
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let busy = || Problem::new(Code::TooManyTries, "too many sign in at this moment").retry_after_s(2);
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| busy())?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.expect("nobody closes the semaphore");
        let working = tokio::task::spawn_blocking(move || {
            // Held by the work, which goes on when whoever asked for it has gone away.
            let _held = (place, turn);
            work()
        });
        working.await.map_err(|_| Problem::new(Code::InternalError, "hashing failed"))
    }

    /// The hash of something secret.
    pub(crate) async fn hash(&self, secret: &str) -> Result<PasswordHash, Problem> {
        let secret = secret.to_owned();
        self.run(move || PasswordHash(password::hash(&secret))).await
    }

    /// The hash of a password that somebody chose, if it is good enough.
    pub(crate) async fn chosen(
        &self,
        password: &str,
        second_factor: bool,
        names: &[&str],
    ) -> Result<Result<PasswordHash, Weak>, Problem> {
        let password = password.to_owned();
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        self.run(move || {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            password::judge(&password, second_factor, &names).map(|()| PasswordHash(password::hash(&password)))
        })
        .await
    }

    /// Whether a password is the one that was kept; without one it takes as long and is not.
    pub(crate) async fn verify(&self, password: &str, kept: Option<&PasswordHash>) -> Result<bool, Problem> {
        let (password, is_there) = (password.to_owned(), kept.is_some());
        let kept = kept.unwrap_or(&self.nobodys).clone();
        Ok(self.run(move || password::verify(&password, &kept.0)).await? && is_there)
    }
}

/// Whom a try counts against.
#[derive(Debug)]
pub(crate) struct Guess(Vec<(String, Against)>);

impl Guess {
    /// By a stranger: against the account, or the name that is none, and against the network. The name is kept as a
    /// digest: people write their password into the wrong field.
    pub(crate) fn of_stranger(name: &str, address: Option<IpAddr>) -> Self {
        let name = Digest::of(&name.to_lowercase()).to_text();
        let mut against = vec![(format!("account:{name}"), Against::Account)];
        against.extend(address.map(|address| (format!("address:{}", network(address)), Against::Address)));
        Self(against)
    }

    /// On a device that signed in to the account before.
    pub(crate) fn on_device(device: Digest, user: UserId) -> Self {
        Self(vec![(format!("device:{}:{user}", device.to_text()), Against::Device)])
    }

    /// At the second factor of an account; on a device that signed in to it before, against that device alone.
    pub(crate) fn at_code(user: UserId, device: Option<Digest>) -> Self {
        let device = device.map_or_else(String::new, |device| format!("{}:", device.to_text()));
        Self(vec![(format!("code:{device}{user}"), Against::Code)])
    }

    /// Counts it, unless somebody it counts against has to wait. Counted before it is judged, so that many at once are
    /// not one. When another process counts meanwhile, it is judged anew.
    pub(crate) async fn count(&self, access: &Access, now: Time) -> Result<(), Refused> {
        let _one_at_a_time = access.counting().lock().await;
        loop {
            let before = self.counted(access).await?;
            let waits = before.iter().zip(&self.0).map(|(tries, (_, kind))| tries.wait_ms(*kind, now));
            let wait_ms = waits.max().unwrap_or(0);
            if wait_ms > 0 {
                let seconds = u32::try_from(wait_ms.div_ceil(1000)).unwrap_or(u32::MAX);
                let detail = format!("too many tries; the next is judged in {seconds} s");
                return Err(Problem::new(Code::TooManyTries, detail).retry_after_s(seconds).into());
            }
            if self.write(access, &before, |tries, _| tries.and_one(now)).await? {
                return Ok(());
            }
        }
    }

    /// It was right: the account's and the device's count begins anew. The network's loses this one alone, or whoever
    /// has an account could guess at others' for ever.
    pub(crate) async fn was_right(&self, access: &Access) -> Result<(), StoreError> {
        let _one_at_a_time = access.counting().lock().await;
        let after = |tries: Tries, kind| match kind {
            Against::Account | Against::Device | Against::Code => Tries::default(),
            Against::Address => tries.less_one(),
        };
        while !self.write(access, &self.counted(access).await?, after).await? {}
        Ok(())
    }

    async fn counted(&self, access: &Access) -> Result<Vec<Tries>, StoreError> {
        let names: Vec<_> = self.0.iter().map(|(name, _)| name.clone()).collect();
        let counted = access.accounts().counted(&names).await?;
        Ok(counted.into_iter().map(|Counted { count, last_at }| Tries { count, last_at }).collect())
    }

    /// False when another process counted since.
    async fn write(
        &self,
        access: &Access,
        before: &[Tries],
        after: impl Fn(Tries, Against) -> Tries,
    ) -> Result<bool, StoreError> {
        let counted = |Tries { count, last_at }| Counted { count, last_at };
        let steps = self.0.iter().zip(before).map(|((name, kind), before)| Step {
            against: name.clone(),
            before: counted(*before),
            after: counted(after(*before, *kind)),
        });
        access.accounts().count(&steps.collect::<Vec<_>>()).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    /// The shortest of a few: what else the machine does makes some longer, and none shorter.
    async fn shortest(hashing: &Hashing, kept: Option<&PasswordHash>) -> Duration {
        let mut shortest = Duration::MAX;
        for _ in 0..5 {
            let begin = Instant::now();
            assert_eq!(hashing.verify("wrong", kept).await, Ok(false));
            shortest = shortest.min(begin.elapsed());
        }
        shortest
    }

    #[tokio::test]
    async fn judging_takes_as_long_without_an_account() {
        let hashing = Hashing::new();
        let kept = PasswordHash(password::hash("velvet otter drums at noon"));
        let (with, without) = (shortest(&hashing, Some(&kept)).await, shortest(&hashing, None).await);
        // Whoever judged nothing would be done a thousand times sooner; twice as long is a busy machine.
        assert!(without > with / 10 && with > without / 10, "{with:?} with an account, {without:?} without");
    }

    #[tokio::test]
    async fn nobody_is_let_in_by_the_password_of_nobody() {
        let hashing = Hashing { nobodys: PasswordHash(password::hash("nobody's")), ..Hashing::new() };
        assert_eq!(hashing.verify("nobody's", None).await, Ok(false));
        assert_eq!(hashing.verify("nobody's", Some(&hashing.nobodys)).await, Ok(true));
        assert_eq!(hashing.verify("nobody's", Some(&PasswordHash("no hash".into()))).await, Ok(false));
    }

    #[tokio::test]
    async fn those_who_go_away_keep_their_turn_until_the_work_is_done() {
        let hashing = Hashing::new();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let released = Arc::new(parking_lot::Mutex::new(released));
        for _ in 0..AT_A_TIME {
            let released = Arc::clone(&released);
            let work = hashing.run(move || released.lock().recv());
            assert!(tokio::time::timeout(Duration::from_millis(20), work).await.is_err(), "whoever asked goes away");
        }
        assert_eq!(hashing.turns.available_permits(), 0);
        for _ in 0..AT_A_TIME {
            release.send(()).expect("the work waits");
        }
        let _both = hashing.turns.acquire_many(2).await.expect("nobody closes the semaphore");
        assert_eq!(hashing.places.available_permits(), WAITING_MAX);
    }
}
