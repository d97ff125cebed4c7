//! The progress bar, on standard error and only where somebody looks.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the bar moves: often enough to look alive, too rarely to take the server's time.
const TICK: Duration = Duration::from_millis(200);

/// A bar that shows one phase of the run after the other.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(shown: bool) -> Self {
        // Drawn to standard error, it hides itself when that is not a terminal.
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("{prefix:>10} {bar:32.cyan/dim} {percent:>3}%  {msg}");
        let bar = ProgressBar::with_draw_target(Some(1), target);
        bar.set_style(style.expect("the template is a constant that was tried").progress_chars("━╸─"));
        Self(bar)
    }

    pub(crate) fn phase(&self, name: &'static str, total: u64) {
        self.0.set_prefix(name);
        self.0.set_message("");
        self.0.set_length(total.max(1));
        self.0.set_position(0);
    }

    pub(crate) fn update(&self, done: u64, message: String) {
        self.0.set_message(message);
        self.0.set_position(done);
    }

    /// Takes the bar away: the report comes next.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// Waits for a future and calls `tick` now and then meanwhile.
pub(crate) async fn with_ticks<T>(mut tick: impl FnMut(), future: impl Future<Output = T>) -> T {
    let mut ticks = tokio::time::interval(TICK);
    tokio::pin!(future);
    loop {
        tokio::select! {
            biased;
            output = &mut future => return output,
            _ = ticks.tick() => tick(),
        }
    }
}
