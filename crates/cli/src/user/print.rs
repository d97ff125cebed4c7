//! Accounts as people read them.

use std::fmt::Write as _;

use serde_json::Value;

use crate::say;

/// What stands over the columns.
const HEADINGS: [&str; 5] = ["NAME", "ROLE", "WHERE", "STATE", "SINCE"];

/// Prints accounts as a table.
pub(super) fn list(answer: &Value) {
    let users = answer["users"].as_array().map(Vec::as_slice).unwrap_or_default();
    if users.is_empty() {
        say(format_args!("There are no accounts. Make one with: feedme user add NAME --role manager"));
        return;
    }
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(users.iter().map(row));
    let widths: Vec<_> = (0..HEADINGS.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            write!(line, "{cell:<width$}  ").expect("text takes everything");
        }
        say(format_args!("{}", line.trim_end()));
    }
}

fn row(user: &Value) -> [String; 5] {
    let (state, since) = match (&user["deletedAt"], &user["disabledAt"]) {
        (Value::String(at), _) => ("deleted", at),
        (_, Value::String(at)) => ("disabled", at),
        _ => ("active", &user["createdAt"].as_str().unwrap_or_default().to_owned()),
    };
    let places: Vec<_> = user["restaurants"].as_array().into_iter().flatten().map(shown).collect();
    let place = if user["everywhere"] == true { "everywhere".to_owned() } else { places.join(", ") };
    let minute = since.get(..16).unwrap_or(since).replace('T', " ");
    [shown(&user["username"]), shown(&user["role"]), place, state.to_owned(), format!("{minute}Z")]
}

/// Text as it may be shown on a terminal.
pub(super) fn shown(text: &Value) -> String {
    text.as_str().unwrap_or_default().chars().filter(|char| !char.is_control()).collect()
}

/// Text as it may stand in an address.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            write!(encoded, "%{byte:02X}").expect("text takes everything");
        }
    }
    encoded
}
