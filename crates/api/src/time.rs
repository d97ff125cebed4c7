//! Moments on the wire: RFC 3339, UTC, milliseconds.

use std::str;

use feedme_kitchen::Time;
use jiff::fmt::rfc2822;
use jiff::fmt::temporal::{DateTimePrinter, Pieces};
use serde::{Serialize, Serializer};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

static PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

static HTTP_DATE: rfc2822::DateTimePrinter = rfc2822::DateTimePrinter::new();

/// The last year that RFC 3339 can write.
const LAST_YEAR: i16 = 9999;

/// Bytes of the longest rendering: jiff's years have six digits and a sign beyond 9999.
const RENDERED_MAX: usize = 32;

/// A moment as `2026-05-04T09:30:00.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp(pub Time);

impl Timestamp {
    /// Hands the rendering to `then`, without an allocation.
    pub fn with_str<T>(self, then: impl FnOnce(&str) -> T) -> T {
        let mut buffer = Buffer { bytes: [0; RENDERED_MAX], len: 0 };
        // Moments beyond jiff's range are beyond every real one: they show as its last.
        let moment = jiff::Timestamp::from_millisecond(self.0.0).unwrap_or(jiff::Timestamp::MAX);
        let printed = PRINTER.print_timestamp(&moment, &mut buffer);
        debug_assert!(printed.is_ok(), "the buffer holds the longest rendering");
        then(str::from_utf8(&buffer.bytes[..buffer.len]).unwrap_or_default())
    }

    /// The moment as the headers of HTTP write it: `Mon, 04 May 2026 09:30:00 GMT`.
    pub fn http_date(self) -> String {
        let moment = jiff::Timestamp::from_millisecond(self.0.0).unwrap_or(jiff::Timestamp::MAX);
        HTTP_DATE.timestamp_to_rfc9110_string(&moment).unwrap_or_default()
    }

    /// Reads an RFC 3339 moment with any offset; finer than a millisecond is cut off. jiff's moments end a day
    /// before the year 9999 does, so that they have a date in every zone: what is later is read as the last.
    pub fn parse(text: &str) -> Option<Self> {
        let moment = text.parse::<jiff::Timestamp>().ok().or_else(|| {
            let pieces = Pieces::parse(text).ok()?;
            let local = pieces.date().to_datetime(pieces.time()?);
            let is_late = local.year() == LAST_YEAR && pieces.to_numeric_offset()?.to_timestamp(local).is_err();
            is_late.then_some(jiff::Timestamp::MAX)
        });
        moment.map(|moment| Self(Time(moment.as_millisecond())))
    }
}

impl From<Time> for Timestamp {
    fn from(time: Time) -> Self {
        Self(time)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_str(|text| serializer.serialize_str(text))
    }
}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A moment in UTC, to the millisecond."))
            .examples(["2026-05-04T09:30:00.000Z"])
            .into()
    }
}

impl ToSchema for Timestamp {}

struct Buffer {
    bytes: [u8; RENDERED_MAX],
    len: usize,
}

impl jiff::fmt::Write for Buffer {
    fn write_str(&mut self, text: &str) -> Result<(), jiff::Error> {
        let end = self.len + text.len();
        let room = self.bytes.get_mut(self.len..end);
        room.ok_or_else(|| jiff::Error::from_args(format_args!("no room")))?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(ms: i64) -> String {
        Timestamp(Time(ms)).with_str(str::to_owned)
    }

    #[test]
    fn moments_have_exactly_three_decimals_and_a_z() {
        assert_eq!(rendered(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rendered(1_777_887_000_120), "2026-05-04T09:30:00.120Z");
        assert_eq!(rendered(-1), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn moments_out_of_range_do_not_panic() {
        assert_eq!(rendered(i64::MAX), "9999-12-30T22:00:00.999Z");
        assert_eq!(rendered(i64::MIN), "9999-12-30T22:00:00.999Z");
    }

    #[test]
    fn any_offset_is_read() {
        assert_eq!(Timestamp::parse("1970-01-01T02:00:01+02:00"), Some(Timestamp(Time(1000))));
        let last = Some(Timestamp(Time(jiff::Timestamp::MAX.as_millisecond())));
        for text in ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999+01:00", "9999-12-30T23:00:00Z"] {
            assert_eq!(Timestamp::parse(text), last, "{text}");
        }
        for text in ["1970-01-01", "9999-12-31", "9999-12-31T23:59:59", "9999-12-32T00:00:00Z", "10000-01-01T00:00:00Z"]
        {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
        assert_eq!(Timestamp::parse("soon"), None);
    }
}
