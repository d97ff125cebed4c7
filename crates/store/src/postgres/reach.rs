//! Reaching one server, and driving a connection to it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::StreamExt as _;
use tokio_postgres::error::Severity;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::Failed;
use super::link::Link;

/// How long a statement waits for a row that another node holds: that node holds it for one commit, or is dead and lets
/// go within a second.
const LOCK_TIMEOUT_MS: u32 = 500;

/// How long a node that was paused within a transaction keeps others from a restaurant.
const IDLE_IN_TRANSACTION_MS: u32 = 1000;

/// How statements that are kept are planned.
pub(super) const PLANS: &str = "force_generic_plan";

/// Drives a connection.
pub(super) type Driver = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

impl Link {
    /// Connects to a server, with the options that pin plans and bound waiting unless a pooler refuses them.
    pub(super) async fn reach_within(&self, host: &Config) -> Result<(Client, Driver), tokio_postgres::Error> {
        if !self.pooled.load(Ordering::Relaxed) {
            let mut config = host.clone();
            config.options(session_options(host.get_options()));
            match config.connect(self.tls.clone()).await {
                Err(error) if refuses_options(&error) => {
                    self.note_pooler();
                }
                connected => return connected,
            }
        }
        host.connect(self.tls.clone()).await
    }

    /// A pooler passes no options on: it refuses them, or, told so, swallows them.
    pub(super) fn note_pooler(&self) {
        if !self.pooled.swap(true, Ordering::Relaxed) {
            tracing::info!(
                "a pooler stands before the database: hints go by polling, statements are sent whole, and waiting is \
                 bounded on this side alone"
            );
        }
    }

    /// Drives a connection until it ends, and listens to what the database remarks.
    pub(super) async fn drive(self: Arc<Self>, mut connection: Driver) {
        let mut messages = futures::stream::poll_fn(move |context| connection.poll_message(context));
        while let Some(message) = messages.next().await {
            match message {
                Ok(AsyncMessage::Notice(notice)) => {
                    let what = notice.message();
                    // By what PostgreSQL calls it in its code: the words are in the server's language.
                    if notice.routine() == Some("SyncRepWaitForLSN") {
                        self.unreplicated.fetch_add(1, Ordering::Release);
                    }
                    if notice.parsed_severity() == Some(Severity::Warning) {
                        tracing::warn!(what, "the database warns");
                    } else {
                        tracing::debug!(what, "the database remarks");
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(error = %Failed::from(error), "a connection to the database ended");
                    return;
                }
            }
        }
    }
}

/// Waits for an answer on a connection that nobody drives yet.
pub(super) async fn driven<T>(
    driver: &mut Driver,
    asking: impl Future<Output = Result<T, Failed>>,
) -> Result<T, Failed> {
    let mut messages = futures::stream::poll_fn(|context| driver.poll_message(context));
    let ends = async {
        loop {
            match messages.next().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return Failed::from(error),
                None => return Failed::away("the connection ended"),
            }
        }
    };
    tokio::select! {
        answer = asking => answer,
        ended = ends => Err(ended),
    }
}

/// What a session is told. Every statement but reports finds its rows by an index, whatever the statistics say: a plan
/// that was made while a table was empty must not be kept for a full one.
fn session_options(given: Option<&str>) -> String {
    let given = given.unwrap_or_default();
    format!(
        "{given} -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off \
         -c plan_cache_mode={PLANS} -c default_transaction_isolation=read\\ committed \
         -c lock_timeout={LOCK_TIMEOUT_MS} \
         -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS}"
    )
}

/// Poolers refuse what they cannot pass on.
fn refuses_options(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|error| error.message().contains("unsupported startup parameter"))
}
