//! What is written to the server's log.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is written to the log of the server that answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "filter": "info,feedme_engine=debug" }))]
pub struct LogFilter {
    /// A level (`error`, `warn`, `info`, `debug`, `trace`), or levels by module: `info,feedme::kitchen=warn`.
    #[schema(min_length = 1, max_length = 500)]
    pub filter: String,
}
