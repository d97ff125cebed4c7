//! Numbers in a scenario's file, each within its limits and refused in words.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// The longest time a scenario may name: a week, so that a slip of a digit is noticed.
const SPAN_MAX_S: u32 = 7 * 24 * 60 * 60;

/// The highest number a scenario may name: far above any till's, far below any overflow.
const NUMBER_MAX: u64 = 1_000_000_000;

/// A duration in seconds, fractions and all, kept in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span(pub(crate) u64);

/// A whole number from 1: of an order, of a bot, or of things to count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(pub(crate) u64);

/// A whole number from 1 to `MAX`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UpTo<const MAX: u32>(pub(crate) u32);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_f64(SpanVisitor)
    }
}

struct SpanVisitor;

impl Visitor<'_> for SpanVisitor {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number of seconds from 0 to {SPAN_MAX_S}")
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Span, E> {
        if !(0.0..=f64::from(SPAN_MAX_S)).contains(&seconds) {
            return Err(E::invalid_value(serde::de::Unexpected::Float(seconds), &self));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was just checked")]
        Ok(Span((seconds * 1000.0).round() as u64))
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Span, E> {
        let in_range = u64::try_from(seconds).ok().filter(|seconds| *seconds <= u64::from(SPAN_MAX_S));
        let seconds = in_range.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Signed(seconds), &self))?;
        Ok(Span(seconds * 1000))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u64(WholeVisitor { max: NUMBER_MAX }).map(Self)
    }
}

impl<'de, const MAX: u32> Deserialize<'de> for UpTo<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole = deserializer.deserialize_u64(WholeVisitor { max: u64::from(MAX) })?;
        Ok(Self(u32::try_from(whole).expect("it was found to be at most MAX, which is a u32")))
    }
}

struct WholeVisitor {
    max: u64,
}

impl Visitor<'_> for WholeVisitor {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from 1 to {}", self.max)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<u64, E> {
        let in_range = u64::try_from(number).ok().filter(|number| (1..=self.max).contains(number));
        in_range.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<u64, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
    }
}
