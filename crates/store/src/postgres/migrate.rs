//! Migrations: one process at a time, while others serve.

use feedme_kitchen::{Settings, Time, Turn};
use tokio_postgres::Client;
use uuid::Uuid;

use super::connect::Connections;
use super::error::{Failed, OpenError};
use super::level;
use super::rows::column;
use super::session::Session;
use crate::Epoch;
use crate::migrated::Migrated;
use crate::record::{encode_settings, encode_turn};

/// What whoever migrates locks. The number means nothing, but nothing else uses it.
const MIGRATION_LOCK: i64 = 0x000F_EED3_E000;

mod embedded {
    refinery::embed_migrations!("src/postgres/migrations");
}

/// Applies the migrations that the database lacks, and makes what every database has, unless something else comes first.
pub(super) async fn migrate(connections: &Connections, first: Option<(Time, Epoch)>) -> Result<Migrated, OpenError> {
    // The lock is one of a transaction, which a pooler keeps together; the migrations have a connection of their own.
    let (lock, mut migrating) = (connections.own().await?, connections.own().await?);
    lock.batch_execute(&format!(
        "BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
         SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"
    ))
    .await
    .map_err(Failed::from)?;
    let migrated = apply(&mut migrating).await;
    if migrated.is_ok() {
        level::begin(&migrating, known()).await?;
    }
    if let (Ok(_), Some((now, epoch))) = (&migrated, first) {
        ensure_default_restaurant(&migrating, now, epoch).await?;
    }
    lock.batch_execute("COMMIT").await.map_err(Failed::from)?;
    migrated
}

/// The newest migration that this program knows.
pub(super) fn known() -> i64 {
    let versions = embedded::migrations::runner();
    versions.get_migrations().iter().map(|it| i64::from(it.version())).max().unwrap_or(0)
}

async fn apply(client: &mut Client) -> Result<Migrated, OpenError> {
    let cannot = |error: refinery::Error| {
        let why = std::error::Error::source(&error).map(|why| format!(": {why}"));
        OpenError::Migration(format!("{error}{}", why.unwrap_or_default()))
    };
    // One that is not known here was applied by a newer program, which left in place what this one needs.
    let runner = embedded::migrations::runner().set_grouped(true).set_abort_missing(false);
    let report = runner.run_async(client).await.map_err(cannot)?;
    let applied = report.applied_migrations().iter().map(ToString::to_string).collect();
    let last = embedded::migrations::runner().get_last_applied_migration_async(client).await.map_err(cannot)?;
    let version = last.map_or(0, |migration| u32::try_from(migration.version()).unwrap_or(u32::MAX));
    Ok(Migrated { applied, version })
}

/// Refuses a database that is none of ours, or that a program of another version left.
pub(super) async fn must_be_current(session: &mut Session) -> Result<(), OpenError> {
    let history = "SELECT to_regclass('refinery_schema_history')::text AS name";
    let history = session.query_opt(history, &[]).await?;
    if history.is_none_or(|row| matches!(column::<Option<&str>>(&row, "name"), Ok(None))) {
        return Err(OpenError::Unreachable("there is no database of FeedMe's there".into()));
    }
    let stands = session.query_opt("SELECT max(version)::bigint AS version FROM refinery_schema_history", &[]).await?;
    let stands = stands.and_then(|row| column::<Option<i64>>(&row, "version").ok().flatten()).unwrap_or(0);
    crate::migrated::must_be(stands, known()).map_err(OpenError::Unreachable)
}

/// One restaurant exists from the first start.
async fn ensure_default_restaurant(client: &Client, now: Time, epoch: Epoch) -> Result<(), OpenError> {
    // The epoch is random enough for the id of the one restaurant that a database makes for itself.
    let mut random = [0; 10];
    random[2..].copy_from_slice(&epoch.0.to_be_bytes());
    let id: Uuid = uuid::Builder::from_unix_timestamp_millis(now.0.unsigned_abs(), &random).into_uuid();
    client
        .execute(
            "INSERT INTO restaurants (id, slug, name, opened_as, settings, policy_state, epoch, version, next_order_number,
                 next_bot_number, next_claim, created_at, updated_at)
             SELECT $1, 'default', 'FeedMe', 'FeedMe', $2, $3, $4, 0, 1, 1, 1, $5, 0
             WHERE NOT EXISTS (SELECT 1 FROM restaurants)",
            &[&id, &encode_settings(Settings::default()), &encode_turn(Turn::default()), &epoch.0, &now.0],
        )
        .await
        .map_err(Failed::from)?;
    Ok(())
}
