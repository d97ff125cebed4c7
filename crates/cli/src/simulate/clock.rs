//! The clock on the kitchen's wall, and durations as people say them.

use std::fmt;

use feedme_kitchen::Time;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What the clock shows when a scenario begins, as kitchen time: the scenario plays on the first of January
/// 1970, a day like any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock(pub(crate) Time);

impl Clock {
    /// From `HH:MM` or `HH:MM:SS`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let time: jiff::civil::Time = text.parse().ok()?;
        let midnight = jiff::civil::Time::midnight();
        Some(Self(Time(i64::try_from(time.duration_since(midnight).as_millis()).ok()?)))
    }

    /// So many milliseconds after the start.
    pub(crate) fn after_ms(self, ms: u64) -> Time {
        self.0.plus_ms(ms)
    }

    /// How long after the start that is.
    pub(crate) fn ms_until(self, at: Time) -> u64 {
        at.since_ms(self.0)
    }
}

/// What the clock shows at a moment; it starts again at midnight.
pub(crate) fn face(at: Time) -> String {
    let seconds = at.0.rem_euclid(DAY_MS) / 1000;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A duration in seconds, without digits that say nothing: `10 s`, `2.5 s`.
pub(crate) struct Seconds(pub(crate) u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1000, self.0 % 1000);
        let fraction = format!("{rest:03}");
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{whole} s"),
            fraction => write!(f, "{whole}.{fraction} s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_reads_and_shows_the_time_of_day() {
        for (text, shown) in
            [("09:00:00", "09:00:00"), ("9:00", ""), ("23:59:58", "23:59:58"), ("24:00:00", ""), ("noon", "")]
        {
            assert_eq!(Clock::parse(text).map_or(String::new(), |clock| face(clock.0)), shown, "{text}");
        }
        let clock = Clock::parse("23:59:58").expect("a time of day");
        assert_eq!(face(clock.after_ms(2_999)), "00:00:00");
    }

    #[test]
    fn durations_say_no_more_than_they_must() {
        for (ms, said) in [(0, "0 s"), (10_000, "10 s"), (2_500, "2.5 s"), (1, "0.001 s"), (90_040, "90.04 s")] {
            assert_eq!(Seconds(ms).to_string(), said);
        }
    }
}
