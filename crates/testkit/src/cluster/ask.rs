//! One question to a database, asked from wherever one stands.

use std::thread;
use std::time::Duration;

use tokio_postgres::{Config, NoTls, SimpleQueryMessage};

use super::ClusterError;

/// How long a connection may take to come about. A machine that builds beside it is slow.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// How long an answer may take: the longest is the copy of a database.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);

/// Asks: the first column of the first row, if there is one. Blocks, within a runtime too.
pub(super) fn ask(url: &str, sql: &str) -> Result<Option<String>, ClusterError> {
    let refused = |why: String| ClusterError::Refused { url: url.to_owned(), sql: sql.to_owned(), why };
    // A thread of its own, because a runtime cannot wait within a runtime.
    thread::scope(|scope| scope.spawn(|| asked(url, sql)).join())
        .unwrap_or_else(|_| Err("the thread that asked has panicked".into()))
        .map_err(refused)
}

fn asked(url: &str, sql: &str) -> Result<Option<String>, String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let answer = async {
        let mut config: Config = url.parse().map_err(said)?;
        config.connect_timeout(CONNECT_TIMEOUT);
        let (client, connection) = config.connect(NoTls).await.map_err(said)?;
        let ends = tokio::spawn(connection);
        let messages = client.simple_query(sql).await.map_err(said)?;
        drop(client);
        // Whoever drops the database next must find nobody in it.
        let _ = ends.await;
        Ok(messages.iter().find_map(first_column))
    };
    runtime.block_on(async {
        tokio::time::timeout(CONNECT_TIMEOUT + ANSWER_TIMEOUT, answer)
            .await
            .map_err(|_| "no answer in time".to_owned())?
    })
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
