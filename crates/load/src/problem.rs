//! What the server says when it refuses.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::connection::{Answer, Connection, Transport};
use crate::meter::Failure;
use crate::run::LoadError;

/// A problem body (RFC 9457). An answer that has none, say from a proxy, leaves it empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Problem {
    pub(crate) code: String,
    pub(crate) detail: Option<String>,
    title: Option<String>,
}

impl Problem {
    pub(crate) fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// The refusal in words.
    pub(crate) fn into_words(self) -> String {
        self.detail.or(self.title).unwrap_or_else(|| "it did not say why".to_owned())
    }
}

impl Failure {
    /// Why an answer is not the one hoped for.
    pub(crate) fn refused(answer: Answer<'_>) -> Self {
        Self::Refused { status: answer.status, code: Problem::read(answer.body).code }
    }
}

/// Makes a call that the run depends on: to prepare it or to clean up after it.
pub(crate) async fn demand<T: DeserializeOwned>(
    connection: &mut Connection,
    doing: &'static str,
    request: &[u8],
) -> Result<T, LoadError> {
    demand_with(connection, doing, request, |_| ()).await
}

/// The same, with a look at the answer as it came.
pub(crate) async fn demand_with<T: DeserializeOwned>(
    connection: &mut Connection,
    doing: &'static str,
    request: &[u8],
    look: impl FnOnce(&Answer<'_>),
) -> Result<T, LoadError> {
    let no_answer = |source: Transport| LoadError::NoAnswer { doing, reason: source.to_string() };
    let answer = connection.call(request).await.map_err(no_answer)?;
    look(&answer);
    if !(200..300).contains(&answer.status) {
        let reason = Problem::read(answer.body).into_words();
        return Err(LoadError::Refused { doing, status: answer.status, reason });
    }
    serde_json::from_slice(answer.body).map_err(|_| no_answer(Transport::Malformed))
}
