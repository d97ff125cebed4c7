//! The way to the database that all connections of a process share: to which of its servers, and what is known of that.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::future::join_all;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::time::{Instant, timeout};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::Failed;
use super::reach::{Driver, driven};
use super::server::Server;

/// How long a connection may take to come about. A server that answers does so within a few round trips.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// For how long the server that was found to be the primary is connected to without asking the others.
/// Longer than it takes until it is looked again, also where a server says nothing.
const LOOKED_LATELY: Duration = Duration::from_secs(10);

/// How often it is looked whether another server was promoted while the old primary lives on.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How often the same thing is complained of.
const COMPLAIN_EVERY: Duration = Duration::from_secs(30);

/// The pauses between attempts to connect, each twice the former, both ends of a range from which one is drawn: so that
/// nodes that lost the database together do not come back together.
const BACK_OFF_MS: [u32; 2] = [50, 2000];

/// What all connections share.
pub(super) struct Link {
    /// The servers of the address.
    hosts: Vec<Config>,
    pub(super) tls: MakeRustlsConnect,
    /// Whether a promotion loses nothing, and the server that is met is to be noted beside the data; `None` where that is
    /// another's business.
    takes_over: Mutex<Option<bool>>,
    /// Whether something stands between, which passes on no options: a pooler.
    pub(super) pooled: AtomicBool,
    /// Commits that the database gave up waiting for a standby for.
    pub(super) unreplicated: AtomicU64,
    attempts: Mutex<Attempts>,
    known: Mutex<Known>,
    /// How many servers were met one after the other.
    generation: AtomicU64,
    /// Restaurants that nobody has touched since this moment are doubtful.
    doubtful_before: AtomicI64,
    complained_at: Mutex<Option<Instant>>,
    /// Held by whoever finds out which server is the primary.
    turn: tokio::sync::Mutex<()>,
}

/// The server that is connected to.
#[derive(Default)]
struct Known {
    server: Option<Server>,
    host: usize,
    looked_at: Option<Instant>,
}

/// Attempts to connect that failed, one after the other.
#[derive(Default)]
struct Attempts {
    failed: u32,
    closed_until: Option<Instant>,
}

/// A connection that came about.
pub(super) struct Connected {
    pub(super) client: Client,
    pub(super) driver: Driver,
    /// By whose account what is heard on it is.
    pub(super) generation: u64,
    server: Server,
    host: usize,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("hosts", &self.hosts.iter().map(Config::get_hosts).collect::<Vec<_>>())
            .field("pooled", &self.pooled)
            .finish_non_exhaustive()
    }
}

impl Link {
    /// Nothing is connected yet.
    pub(super) fn new(hosts: Vec<Config>, tls: MakeRustlsConnect) -> Self {
        Self {
            hosts,
            tls,
            takes_over: Mutex::default(),
            pooled: AtomicBool::new(false),
            unreplicated: AtomicU64::new(0),
            attempts: Mutex::default(),
            known: Mutex::default(),
            generation: AtomicU64::new(0),
            doubtful_before: AtomicI64::new(0),
            complained_at: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Rises with each server that is met.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Restaurants that nobody has touched since this moment may have lost some of their history.
    pub(super) fn doubtful_before(&self) -> i64 {
        self.doubtful_before.load(Ordering::Acquire)
    }

    /// Connects to the primary: the server that takes writes, and of several the one that was promoted last.
    pub(super) async fn connect(&self) -> Result<Connected, Failed> {
        match self.connect_to_known().await {
            Ok(Some(connected)) => return Ok(connected),
            Err(failed) if self.hosts.len() == 1 => return Err(failed),
            Ok(None) | Err(_) => {}
        }
        let _turn = self.turn.lock().await;
        // Whoever had the turn before may have found it.
        if let Ok(Some(connected)) = self.connect_to_known().await {
            return Ok(connected);
        }
        let found = self.look().await?;
        self.meet(found).await
    }

    /// Connects to the server that was found lately; `None` where there is none, or another one answers there.
    async fn connect_to_known(&self) -> Result<Option<Connected>, Failed> {
        let Some(host) = self.host_found_lately() else { return Ok(None) };
        let reached = self.reach(host).await;
        let known = reached.as_ref().ok().and_then(|connected| self.is_known(&connected.server));
        if let Some(generation) = known {
            return reached.map(|connected| Some(Connected { generation, ..connected }));
        }
        self.known.lock().looked_at = None;
        reached.map(|_| None)
    }

    /// From now on the server that answers is noted beside the data, and of several one is looked for that was promoted
    /// since: who is connected to an old primary that lives on would not notice.
    pub(super) async fn take_over(self: &Arc<Self>, loses_nothing: bool) -> Result<(), Failed> {
        if self.hosts.len() > 1 {
            tokio::spawn(watch(Arc::downgrade(self)));
        }
        *self.takes_over.lock() = Some(loses_nothing);
        let _turn = self.turn.lock().await;
        self.known.lock().server = None;
        let found = self.look().await?;
        self.meet(found).await.map(drop)
    }

    /// Whether it is this server that was met last; behind a pooler it changes without notice. If not, all connections are
    /// given up, and the next one finds out.
    pub(super) fn answers(&self, started_us: i64) -> bool {
        let mut known = self.known.lock();
        let answers = known.server.is_none_or(|server| server.started_us == started_us);
        if !answers {
            known.looked_at = None;
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
        answers
    }

    /// When the server was started by whose account a generation is; `None` once another one was met, or has answered.
    pub(super) fn started(&self, generation: u64) -> Option<i64> {
        let known = self.known.lock();
        known.server.filter(|_| self.generation() == generation).map(|server| server.started_us)
    }

    fn host_found_lately(&self) -> Option<usize> {
        let known = self.known.lock();
        let lately = known.looked_at.is_some_and(|at| at.elapsed() < LOOKED_LATELY);
        (lately || self.hosts.len() == 1).then_some(known.host)
    }

    fn is_known(&self, server: &Server) -> Option<u64> {
        let known = self.known.lock();
        (known.server.as_ref() == Some(server)).then(|| self.generation())
    }

    /// Asks all servers of the address at once. The one that takes writes on the highest timeline.
    async fn look(&self) -> Result<Connected, Failed> {
        let system = self.known.lock().server.map(|server| server.system);
        let reached = join_all((0..self.hosts.len()).map(|host| self.reach(host))).await;
        let mut found: Option<Connected> = None;
        let mut failed = Vec::new();
        for (host, reached) in reached.into_iter().enumerate() {
            match reached {
                Ok(other) => {
                    let rank = |of: &Connected| (system.is_none_or(|it| it == of.server.system), of.server.timeline);
                    match &found {
                        Some(best) if rank(&other) <= rank(best) => self.pass_over(&other, best),
                        Some(best) => {
                            self.pass_over(best, &other);
                            found = Some(other);
                        }
                        None => found = Some(other),
                    }
                }
                Err(why) => failed.push(format!("{}: {why}", self.name(host))),
            }
        }
        found.ok_or_else(|| Failed::Away(failed.join("; ")))
    }

    fn pass_over(&self, old: &Connected, new: &Connected) {
        let (old, timeline, new) = (self.name(old.host), old.server.timeline, self.name(new.host));
        self.complain(&format!(
            "two servers take writes: {old} is an old primary and not written to, for it is on timeline {timeline} and {new} \
             was promoted later; it must be stopped"
        ));
    }

    fn complain(&self, what: &str) {
        let mut at = self.complained_at.lock();
        if at.is_none_or(|at| at.elapsed() >= COMPLAIN_EVERY) {
            *at = Some(Instant::now());
            tracing::error!("{what}");
        }
    }

    /// Makes a server that was found the one that is connected to, unless it is an old primary.
    async fn meet(&self, found: Connected) -> Result<Connected, Failed> {
        let (server, host) = (found.server, found.host);
        let before = self.known.lock().server;
        if let Some(before) = before.filter(|before| server.is_older_than(before)) {
            let why = format!(
                "{} is an old primary and not written to: it is on timeline {}, and {} was seen",
                self.name(host),
                server.timeline,
                before.timeline
            );
            self.complain(&why);
            return Err(Failed::Away(why));
        }
        let Connected { client, mut driver, .. } = found;
        let takes_over = *self.takes_over.lock();
        if let Some(loses_nothing) = takes_over.filter(|_| before != Some(server)) {
            let taking = driven(&mut driver, server.take_over(&client, loses_nothing));
            let taken = timeout(CONNECT_WITHIN, taking).await;
            let moment = taken.unwrap_or_else(|_| Err(Failed::away("no answer in time")))?;
            self.doubtful_before.store(moment, Ordering::Release);
        }
        let mut known = self.known.lock();
        if before != Some(server) {
            self.generation.fetch_add(1, Ordering::AcqRel);
            if before.is_some() {
                let (name, timeline) = (self.name(host), server.timeline);
                tracing::warn!(server = name, timeline, "another server answers, or the same one after a restart");
            }
        }
        *known = Known { server: Some(server), host, looked_at: Some(Instant::now()) };
        Ok(Connected { client, driver, generation: self.generation(), server, host })
    }

    /// Connects to one server, and asks who it is.
    async fn reach(&self, host: usize) -> Result<Connected, Failed> {
        let reaching = async {
            let (client, mut driver) = self.reach_within(&self.hosts[host]).await?;
            let (server, has_options) = driven(&mut driver, Server::ask(&client)).await?;
            if !has_options {
                self.note_pooler();
            }
            Ok(Connected { client, driver, generation: 0, server, host })
        };
        timeout(CONNECT_WITHIN, reaching).await.unwrap_or_else(|_| Err(Failed::away("no answer in time")))
    }

    fn name(&self, host: usize) -> String {
        let config = &self.hosts[host];
        let port = config.get_ports().first().copied().unwrap_or(5432);
        match config.get_hosts().first() {
            Some(tokio_postgres::config::Host::Tcp(name)) => format!("{name}:{port}"),
            Some(tokio_postgres::config::Host::Unix(path)) => format!("{}:{port}", path.display()),
            None => format!("port {port}"),
        }
    }

    /// Whether it is time for another attempt.
    pub(super) fn is_open(&self) -> bool {
        self.attempts.lock().closed_until.is_none_or(|until| until <= Instant::now())
    }

    pub(super) fn note_attempt(&self, succeeded: bool) {
        let mut attempts = self.attempts.lock();
        if succeeded {
            *attempts = Attempts::default();
            return;
        }
        let [least, most] = BACK_OFF_MS;
        let longest = least.saturating_mul(1 << attempts.failed.min(10)).min(most);
        let pause_ms = StdRng::from_os_rng().random_range(longest / 2..=longest);
        attempts.failed += 1;
        attempts.closed_until = Some(Instant::now() + Duration::from_millis(pause_ms.into()));
    }
}

/// Looks from time to time, for as long as anybody uses the link.
async fn watch(link: Weak<Link>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(link) = link.upgrade() else { return };
        let _turn = link.turn.lock().await;
        // What does not answer is found out by whoever asks it something.
        if let Ok(found) = link.look().await {
            let _ = link.meet(found).await;
        }
    }
}
