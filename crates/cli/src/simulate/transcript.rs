//! What happened in a scenario, one entry an event, ready to be shown.

use serde::Serialize;

use crate::simulate::summary::Summary;

/// A scenario that was played.
#[derive(Debug)]
pub(crate) struct Transcript {
    pub(crate) entries: Vec<Entry>,
    pub(crate) summary: Summary,
}

/// One event, or one thing that was asked and did not happen. Orders and bots go by their numbers: ids would
/// say nothing to a reader.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// What the clock shows.
    pub(crate) clock: String,
    /// Milliseconds after the start.
    pub(crate) at_ms: u64,
    /// The event's name as screens know it; `refused` or `unchanged` for what did not happen.
    pub(crate) event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) order: Option<u64>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) order_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bot: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) claim: Option<u64>,
    /// How long it cooked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) processing_ms: Option<u64>,
    /// Orders that a clearing cancelled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) cancelled: Vec<u64>,
    /// Orders that a clearing took off the board.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) archived: Vec<u64>,
    /// The same in words.
    pub(crate) text: String,
}
