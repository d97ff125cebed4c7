//! A bar for work that takes long. It shows on a terminal only.

use indicatif::{ProgressBar, ProgressStyle};

/// How far some work has come.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar such as `copying ███░░ 300/500 pages, 2s left`.
    pub(crate) fn new(verb: &'static str, units: &'static str) -> Self {
        let template = format!("{verb} {{wide_bar}} {{human_pos}}/{{human_len}} {units}, {{eta}} left");
        let style = ProgressStyle::with_template(&template).expect("the template is written above");
        Self(ProgressBar::new(0).with_style(style))
    }

    /// Shows how much is done, and of how much.
    pub(crate) fn at(&self, done: u64, total: u64) {
        self.0.set_length(total);
        self.0.set_position(done);
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
