//! One question to a database, asked from wherever one stands.

use std::thread;
use std::time::Duration;

use tokio_postgres::{Config, NoTls, SimpleQueryMessage};

use super::ClusterError;

/// How long a connection may take to come about. A machine that builds beside it is slow.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// How long an answer may take: the longest is the copy of a database.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);

/// Runs something to its end on a thread of its own, from wherever one stands: a runtime cannot wait within a runtime.
///
/// # Panics
/// When it does.
pub fn wait_for<T: Send>(something: impl Future<Output = T> + Send) -> T {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("the machine has room for a runtime").block_on(something)
    };
    thread::scope(|scope| scope.spawn(run).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Asks: the first column of the first row, if there is one.
pub(super) fn ask(url: &str, sql: &str) -> Result<Option<String>, ClusterError> {
    let within = CONNECT_TIMEOUT + ANSWER_TIMEOUT;
    let asked = wait_for(async { tokio::time::timeout(within, asked(url, sql)).await });
    let answer = asked.unwrap_or_else(|_| Err("no answer in time".into()));
    answer.map_err(|why| ClusterError::Refused { url: url.to_owned(), sql: sql.to_owned(), why })
}

async fn asked(url: &str, sql: &str) -> Result<Option<String>, String> {
    let mut config: Config = url.parse().map_err(said)?;
    config.connect_timeout(CONNECT_TIMEOUT);
    let (client, connection) = config.connect(NoTls).await.map_err(said)?;
    let ends = tokio::spawn(connection);
    let messages = client.simple_query(sql).await.map_err(said)?;
    drop(client);
    // Whoever drops the database next must find nobody in it.
    let _ = ends.await;
    Ok(messages.iter().find_map(first_column))
}

fn first_column(message: &SimpleQueryMessage) -> Option<String> {
    let SimpleQueryMessage::Row(row) = message else { return None };
    row.get(0).map(str::to_owned)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn said(error: tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(reason) => reason.to_string(),
        None => error.to_string(),
    }
}
