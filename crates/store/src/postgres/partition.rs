//! The months that the history is kept by.

use feedme_kitchen::Time;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio_postgres::types::Type;

use super::error::Failed;
use super::session::Session;

/// Months made ahead of time, besides the present one: if nobody made any for a month, nothing stops.
const AHEAD: usize = 2;

/// Tables that are kept by the month, by when an order was placed and when an event happened.
pub(super) const ORDERS: &str = "orders_history";
pub(super) const EVENTS: &str = "events_history";

/// A month, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month(Date);

impl Month {
    /// The one that a moment lies in.
    pub(super) fn of(moment: Time) -> Self {
        let moment = Timestamp::from_millisecond(moment.0).unwrap_or(Timestamp::UNIX_EPOCH);
        Self(moment.to_zoned(TimeZone::UTC).date().first_of_month())
    }

    /// Its first moment.
    pub(super) fn start(self) -> Time {
        Time(self.0.to_zoned(TimeZone::UTC).map_or(0, |start| start.timestamp().as_millisecond()))
    }

    /// The one after it.
    pub(super) fn next(self) -> Self {
        Self(self.0.last_of_month().tomorrow().unwrap_or(Date::MAX))
    }

    /// What its part of a table is called: `orders_history_2026_11`.
    pub(super) fn part_of(self, table: &str) -> String {
        format!("{table}_{:04}_{:02}", self.0.year(), self.0.month())
    }
}

/// This month and those to come whose parts are made ahead of time.
pub(super) fn ahead(now: Time) -> impl Iterator<Item = Month> {
    std::iter::successors(Some(Month::of(now)), |month| Some(month.next())).take(1 + AHEAD)
}

/// Makes the parts of this month and of those to come.
pub(super) async fn make_ahead(session: &mut Session, now: Time) -> Result<(), Failed> {
    for month in ahead(now) {
        for table in [ORDERS, EVENTS] {
            make(session, table, month).await?;
        }
    }
    Ok(())
}

/// Whether a month has its part of a table.
pub(super) async fn exists(session: &mut Session, table: &str, month: Month) -> Result<bool, Failed> {
    let sql = "SELECT 1 FROM pg_class WHERE oid = to_regclass($1) AND relispartition";
    Ok(session.query_opt(sql, &[(&month.part_of(table), Type::TEXT)]).await?.is_some())
}

/// Makes a month's part of a table, if there is none. Made by itself and attached when it is whole: readers and writers
/// of the other months are not kept waiting.
pub(super) async fn make(session: &mut Session, table: &str, month: Month) -> Result<(), Failed> {
    let part = month.part_of(table);
    if exists(session, table, month).await? {
        return Ok(());
    }
    let (from, to) = (month.start().0, month.next().start().0);
    session
        .batch(&format!(
            "BEGIN;
             SELECT pg_advisory_xact_lock({PART_LOCK});
             CREATE TABLE IF NOT EXISTS {part} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
             DO $$ BEGIN
                 IF NOT (SELECT relispartition FROM pg_class WHERE oid = '{part}'::regclass) THEN
                     ALTER TABLE {table} ATTACH PARTITION {part} FOR VALUES FROM ({from}) TO ({to});
                 END IF;
             END $$;
             COMMIT"
        ))
        .await
}

/// Drops the parts of months that ended before a moment and in which nothing is left.
pub(super) async fn drop_empty(session: &mut Session, before: Time) -> Result<(), Failed> {
    let month = Month::of(before);
    for table in [ORDERS, EVENTS] {
        let parts = session
            .query(
                "SELECT relname::text AS name FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
                 WHERE inhparent = to_regclass($1) AND relname < $2 ORDER BY relname",
                &[(&table, Type::TEXT), (&month.part_of(table), Type::TEXT)],
            )
            .await?;
        for part in &parts {
            let part: &str = part.get("name");
            // Nobody writes to it between the look and the end of it. The whole before its part, as readers have it.
            session
                .batch(&format!(
                    "DO $$ BEGIN
                         LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE;
                         LOCK TABLE {part} IN ACCESS EXCLUSIVE MODE;
                         IF NOT EXISTS (SELECT FROM {part}) THEN
                             DROP TABLE {part};
                         END IF;
                     END $$"
                ))
                .await?;
        }
    }
    Ok(())
}

/// What whoever makes a part locks, so that two do not make the same.
const PART_LOCK: i64 = 0x000F_EED3_E001;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_lies_in_its_month() {
        // 2024-02-29T23:59:59.999Z and a millisecond later.
        let (before, after) = (Month::of(Time(1_709_251_199_999)), Month::of(Time(1_709_251_200_000)));
        assert_eq!((before.part_of("x").as_str(), after.part_of("x").as_str()), ("x_2024_02", "x_2024_03"));
        assert_eq!((before.next(), after.start()), (after, Time(1_709_251_200_000)));
        assert_eq!(Month::of(Time(1_733_011_200_000)).next().part_of("x"), "x_2025_01");
    }
}
