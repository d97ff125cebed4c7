//! Signing in, and how fast one may guess.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use feedme_access::password;
use feedme_access::throttle::{Against, Tries};
use feedme_access::token::{Digest, Secret};
use feedme_api::{Code, Problem};
use feedme_kitchen::Time;
use feedme_store::accounts::{Account, Counted, LogEntry, Session};
use http::request::Parts;
use http::{HeaderMap, header};
use tokio::sync::Semaphore;

use super::{Access, SESSION_AT_MOST_MS, cookie};
use crate::app::App;
use crate::problem::Refused;
use crate::transport::Peer;

/// Passwords judged at a time: each takes a core for 20 to 40 ms and 19 MiB.
const AT_A_TIME: usize = 2;

/// Passwords that wait for their turn at most: two seconds' worth.
const WAITING_MAX: usize = 100;

/// Characters kept of what a browser says it is.
const DEVICE_MAX_CHARS: usize = 200;

/// Hashes passwords, a few at a time, so that a flood of them starves nobody.
#[derive(Debug)]
pub(crate) struct Hashing {
    turns: Semaphore,
    places: Semaphore,
    /// What the password of an account that does not exist is compared with: it takes as long.
    nobodys: String,
}

impl Hashing {
    pub(crate) fn new() -> Self {
        let nobodys = password::hash(Secret::token().reveal());
        Self { turns: Semaphore::new(AT_A_TIME), places: Semaphore::new(WAITING_MAX), nobodys }
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let busy = || Problem::new(Code::TooManyTries, "too many sign in at this moment").retry_after_s(2);
        let _place = self.places.try_acquire().map_err(|_| busy())?;
        let _turn = self.turns.acquire().await.expect("nobody closes the semaphore");
        tokio::task::spawn_blocking(work).await.map_err(|_| Problem::new(Code::InternalError, "hashing failed"))
    }

    /// The hash by which a password is kept.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Problem> {
        let password = password.to_owned();
        self.run(move || password::hash(&password)).await
    }

    /// Whether a password is the one that was kept; without one it takes as long and is not.
    pub(crate) async fn verify(&self, password: &str, kept: Option<&str>) -> Result<bool, Problem> {
        let (password, is_there) = (password.to_owned(), kept.is_some());
        let kept = kept.unwrap_or(&self.nobodys).to_owned();
        Ok(self.run(move || password::verify(&password, &kept)).await? && is_there)
    }
}

/// Where a request comes from, for the log and for what is counted against it.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) address: Option<IpAddr>,
    pub(crate) device: Option<String>,
    pub(crate) tls: bool,
}

impl Origin {
    pub(crate) fn of(peer: Option<&Peer>, headers: &HeaderMap) -> Self {
        let device = headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
        Self {
            address: peer.map(|peer| peer.address.ip().to_canonical()),
            device: device.map(|device| device.chars().take(DEVICE_MAX_CHARS).collect()),
            tls: peer.is_some_and(|peer| peer.tls),
        }
    }

    /// Whom tries are counted against: whoever has an IPv6 address has 2⁶⁴ of them.
    fn network(&self) -> Option<String> {
        self.address.map(|address| match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        })
    }

    /// An entry of the log.
    pub(crate) fn entry(&self, at: Time, kind: &str, actor: &str, subject: &str) -> LogEntry {
        LogEntry {
            at,
            kind: kind.to_owned(),
            restaurant: None,
            actor: actor.to_owned(),
            subject: subject.to_owned(),
            address: self.address.map(|address| address.to_string()),
            device: self.device.clone(),
        }
    }
}

impl FromRequestParts<App> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(Self::of(parts.extensions.get(), &parts.headers))
    }
}

/// Signs somebody in by name and password.
pub(crate) async fn by_password(app: &App, name: &str, password: &str, origin: &Origin) -> Result<Account, Refused> {
    let (access, now) = (app.access(), app.engine().now());
    let mut against = vec![(format!("account:{}", name.to_lowercase()), Against::Account)];
    against.extend(origin.network().map(|network| (format!("address:{network}"), Against::Address)));
    // Counted before it is judged, so that many at once are not one.
    let counted = count_one(access, &against, now).await?;
    let account = access.accounts().account_named(name).await?;
    let account = account.filter(|account| account.is_active() && !account.is_demonstration);
    let kept = account.as_ref().and_then(|account| account.password.as_deref());
    let is_right = access.hashing().verify(password, kept).await?;
    let Some(account) = account.filter(|_| is_right) else {
        access.note(origin.entry(now, "signIn.failed", name, name)).await;
        return Err(Problem::new(Code::WrongCredentials, "the name or the password is wrong").into());
    };
    let back = counted.into_iter().zip(&against).map(|(before, (whom, kind))| match kind {
        Against::Account | Against::Device => (whom.clone(), Counted::default()),
        Against::Address => (whom.clone(), before),
    });
    access.accounts().count(&back.collect::<Vec<_>>()).await?;
    access.note(origin.entry(now, "signIn.succeeded", &account.name, &account.name)).await;
    Ok(account)
}

/// Counts a try against everybody it may count against, unless one of them has to wait. Returns the counts before it.
async fn count_one(access: &Access, against: &[(String, Against)], now: Time) -> Result<Vec<Counted>, Refused> {
    let _one_at_a_time = access.counting().lock().await;
    let names: Vec<_> = against.iter().map(|(whom, _)| whom.clone()).collect();
    let before = access.accounts().counted(&names).await?;
    let tries = |Counted { count, last_at }: Counted| Tries { count, last_at };
    let waits = before.iter().zip(against).map(|(counted, (_, kind))| tries(*counted).wait_ms(*kind, now));
    let wait_ms = waits.max().unwrap_or(0);
    if wait_ms > 0 {
        let seconds = u32::try_from(wait_ms.div_ceil(1000)).unwrap_or(u32::MAX);
        let problem = Problem::new(Code::TooManyTries, format!("too many tries; the next is judged in {seconds} s"));
        return Err(problem.retry_after_s(seconds).into());
    }
    let after = before.iter().zip(names).map(|(counted, whom)| {
        let Tries { count, last_at } = tries(*counted).and_one(now);
        (whom, Counted { count, last_at })
    });
    access.accounts().count(&after.collect::<Vec<_>>()).await?;
    Ok(before)
}

/// Begins a session; the answer is the cookie that holds its token. An earlier session of this browser ends.
pub(crate) async fn begin_session(
    app: &App,
    account: &Account,
    origin: &Origin,
    headers: &HeaderMap,
) -> Result<http::HeaderValue, Refused> {
    let (access, now) = (app.access(), app.engine().now());
    if let Some(earlier) = cookie::session(headers)
        && let Some((session, account)) = access.accounts().session(Digest::of(earlier).0).await?
    {
        end_session(access, &account, session.id).await?;
    }
    let token = Secret::token();
    let session = Session {
        id: app.engine().ids().uuid(now),
        digest: token.digest().0,
        user: account.id,
        created_at: now,
        seen_at: now,
        expires_at: now.plus_ms(SESSION_AT_MOST_MS),
        address: origin.address.map(|address| address.to_string()),
        device: origin.device.clone(),
    };
    access.accounts().begin_session(&session).await?;
    Ok(cookie::keep(token.reveal(), origin.tls))
}

/// Ends a session, here and in the database.
pub(crate) async fn end_session(access: &Access, account: &Account, session: uuid::Uuid) -> Result<usize, Refused> {
    let ended = access.accounts().end_sessions(account.id, feedme_store::accounts::Which::One(session)).await?;
    access.known().forget_session(session);
    Ok(ended)
}

/// A password that somebody chose, as a hash; refused when it is not good enough.
pub(crate) async fn new_password(app: &App, password: &str, name: &str) -> Result<String, Refused> {
    let restaurant = "feedme";
    let judged = password::judge(password, false, &[name, restaurant]);
    judged.map_err(|weak| Problem::invalid("password", weak.to_string()))?;
    Ok(app.access().hashing().hash(password).await?)
}
