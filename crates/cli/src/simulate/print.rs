//! Shows a transcript, as text or as one JSON object a line.

use std::io::{self, Write};
use std::time::Duration;

use crate::simulate::transcript::Transcript;

/// How a transcript is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `[HH:MM:SS] what happened`, then the final status.
    Text,
    /// One object an event, then one with the final status.
    Json,
}

/// Writes a transcript; `pace` is asked to let the time between two moments pass.
pub(crate) fn print(
    transcript: &Transcript,
    format: Format,
    out: &mut dyn Write,
    mut pace: impl FnMut(Duration),
) -> io::Result<()> {
    let mut shown_ms = 0;
    for entry in &transcript.entries {
        wait(&mut shown_ms, entry.at_ms, out, &mut pace)?;
        match format {
            Format::Text => writeln!(out, "[{}] {}", entry.clock, entry.text)?,
            Format::Json => json_line(out, entry)?,
        }
    }
    wait(&mut shown_ms, transcript.summary.at_ms, out, &mut pace)?;
    match format {
        Format::Text => write!(out, "\n{}", transcript.summary)?,
        Format::Json => json_line(out, &transcript.summary)?,
    }
    out.flush()
}

/// Whoever watches sees everything up to now before time goes on.
fn wait(shown_ms: &mut u64, until_ms: u64, out: &mut dyn Write, pace: &mut impl FnMut(Duration)) -> io::Result<()> {
    if until_ms > *shown_ms {
        out.flush()?;
        pace(Duration::from_millis(until_ms - *shown_ms));
        *shown_ms = until_ms;
    }
    Ok(())
}

fn json_line(out: &mut dyn Write, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::{file, play};

    const THREE_ORDERS: &str = "
        cook_seconds = 1.5
        end_at = 5
        step = [{ at = 0.25, add_bot = \"auto\" }, { at = 1, place = \"NORMAL\", times = 2 }]";

    fn paced(format: Format) -> (Vec<(u128, usize)>, String) {
        let transcript = play::play(&file::parse(THREE_ORDERS).expect("the scenario is sound"));
        let mut out = Flushed::default();
        let (mut waits, flushed) = (Vec::new(), out.lines_flushed.clone());
        print(&transcript, format, &mut out, |pause| waits.push((pause.as_millis(), flushed.get())))
            .expect("memory takes it");
        (waits, String::from_utf8(out.bytes).expect("a transcript is text"))
    }

    /// Remembers how many lines anybody watching has seen.
    #[derive(Default)]
    struct Flushed {
        bytes: Vec<u8>,
        lines_flushed: std::rc::Rc<std::cell::Cell<usize>>,
    }

    impl Write for Flushed {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.bytes.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.lines_flushed.set(self.bytes.split(|byte| *byte == b'\n').count() - 1);
            Ok(())
        }
    }

    #[test]
    fn real_time_passes_between_moments_and_nobody_waits_for_a_line() {
        let (waits, text) = paced(Format::Text);
        assert_eq!(waits, [(250, 0), (750, 1), (1500, 4), (1500, 6), (1000, 8)]);
        assert_eq!(text.lines().filter(|line| line.starts_with("[09:00:")).count(), 8, "{text}");
        assert_eq!(paced(Format::Json).0, waits);
    }
}
