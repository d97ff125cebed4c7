//! What was measured, for people and for machines.

use std::io::Write as _;
use std::path::Path;

use clap::ValueEnum as _;
use serde::Serialize;

use crate::What;
use crate::host::Ticks;

/// Rows as they come in; each is printed at once, because some take minutes.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Table {
    label: String,
    rows: Vec<Row>,
    #[serde(skip)]
    since: Ticks,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    value: f64,
    unit: &'static str,
    /// What it should be compared with: an aim, or what was measured beside it.
    beside: String,
}

impl Table {
    /// An empty table of a run that is special in some way, or in none.
    pub(crate) fn new(label: &str) -> Self {
        Self { label: label.to_owned(), rows: Vec::new(), since: Ticks::now() }
    }

    /// Adds a figure.
    pub(crate) fn add(&mut self, name: impl Into<String>, value: f64, unit: &'static str, beside: impl Into<String>) {
        let mut name = name.into();
        if !self.label.is_empty() {
            name = format!("{name} ({})", self.label);
        }
        let row = Row { name, value, unit, beside: beside.into() };
        let digits = if row.value < 10.0 { 2 } else { 0 };
        let Row { name, value, unit, beside } = &row;
        let _ = writeln!(std::io::stdout(), "{name:<72} {value:>12.digits$} {unit:<10} {beside}");
        self.rows.push(row);
    }

    /// Writes the figures to a file named by what was measured.
    pub(crate) fn finish(mut self, folder: &Path, what: What) -> anyhow::Result<()> {
        let stolen = self.since.stolen_since_percent();
        self.add("processor time taken by the host meanwhile", stolen, "%", "the more, the less the rest says");
        let name = what.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        let separator = if self.label.is_empty() { "" } else { "-" };
        let label = self.label.replace(' ', "-");
        let path = folder.join(format!("{name}{separator}{label}.json"));
        std::fs::write(&path, serde_json::to_vec_pretty(&self)?)?;
        writeln!(std::io::stdout(), "written to {}", path.display())?;
        Ok(())
    }
}

/// The middle of some figures.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The figure that a share of all figures does not exceed.
pub(crate) fn percentile(figures: &mut [f64], share: f64) -> f64 {
    figures.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let index = ((figures.len() as f64 * share) as usize).min(figures.len().saturating_sub(1));
    figures.get(index).copied().unwrap_or(f64::NAN)
}
