//! Scheduled backups: nobody else will make them.

use std::path::Path;
use std::time::{Duration, SystemTime};

use feedme_engine::Engine;
use feedme_store::sqlite::backup::{newest_scheduled, scheduled};
use feedme_telemetry::Metrics;
use tokio::sync::watch;

use super::config::Config;

/// How soon a failed backup is tried again.
const RETRY_AFTER: Duration = Duration::from_mins(5);

/// How long after its start a server that owes a backup makes it: whoever restarts it now and then should not
/// have to stay up for an interval to get one.
const OWED_AFTER: Duration = Duration::from_mins(1);

/// Makes a backup at every interval in which something happened, until the server stops.
pub(super) async fn every_hour(engine: Engine, config: Config, metrics: Metrics, mut stopping: watch::Receiver<bool>) {
    // PostgreSQL has backups of its own, and better ones.
    let Some(folder) = config.database.folder() else { return };
    if config.backups_keep == 0 {
        tracing::warn!("no backups are made, as the settings say");
        return;
    }
    let mut backed_up = None;
    let newest = newest(&config.backups);
    if let Some(newest) = newest {
        metrics.upkeep().backed_up(newest);
    }
    let mut pause = first_pause(newest, config.backups_every);
    loop {
        tokio::select! {
            biased;
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = config.backups_every;
        let positions = engine.positions();
        if backed_up.as_ref() == Some(&positions) {
            // The newest holds all there is.
            metrics.upkeep().backed_up(SystemTime::now());
            continue;
        }
        let moment = jiff::Timestamp::now().strftime("%Y-%m-%dT%H-%M-%SZ").to_string();
        let (data, Config { backups, backups_keep, .. }) = (folder.to_owned(), config.clone());
        let made = tokio::task::spawn_blocking(move || scheduled(&data, &backups, &moment, backups_keep)).await;
        match made {
            Ok(Ok(file)) => {
                tracing::info!(file = %file.display(), "backed up");
                backed_up = Some(positions);
                metrics.upkeep().backed_up(SystemTime::now());
            }
            Ok(Err(error)) => {
                let error = anyhow::Error::from(error);
                tracing::error!("the scheduled backup failed: {error:#}");
                metrics.upkeep().backup_failed();
                pause = RETRY_AFTER.min(config.backups_every);
            }
            Err(error) => {
                tracing::error!(%error, "the scheduled backup panicked");
                metrics.upkeep().backup_failed();
            }
        }
    }
}

/// When the newest backup was made.
fn newest(folder: &Path) -> Option<SystemTime> {
    newest_scheduled(folder).unwrap_or_else(|error| {
        tracing::warn!(%error, folder = %folder.display(), "the backups cannot be looked through");
        None
    })
}

/// What is left of the interval that the last backup began, before this start or a former one.
fn first_pause(newest: Option<SystemTime>, every: Duration) -> Duration {
    // A time to come, after a clock was set back, counts as now.
    let age = newest.map(|newest| SystemTime::now().duration_since(newest).unwrap_or_default());
    let left = age.map_or(Duration::ZERO, |age| every.saturating_sub(age));
    left.max(OWED_AFTER.min(every))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_does_not_put_a_backup_off() {
        let (folder, hour) = (tempfile::tempdir().unwrap(), Duration::from_hours(1));
        let folder = folder.path().join("backups");
        assert_eq!(first_pause(newest(&folder), hour), OWED_AFTER, "none was ever made");
        std::fs::create_dir(&folder).unwrap();
        assert_eq!(first_pause(newest(&folder), hour), OWED_AFTER);
        assert_eq!(first_pause(newest(&folder), Duration::from_secs(1)), Duration::from_secs(1));
        let made = |minutes_ago: u64, name: &str| {
            let file = std::fs::File::create(folder.join(name)).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_mins(minutes_ago)).unwrap();
        };
        made(50, "feedme-2026-01-31T12-00-00Z.db");
        made(0, "feedme-2026-01-31T13-00-00Z.db.unfinished");
        let left = first_pause(newest(&folder), hour);
        assert!(left <= Duration::from_mins(10) && left > Duration::from_mins(9), "{left:?}");
        made(70, "feedme-2026-01-31T14-00-00Z.db");
        assert_eq!(first_pause(newest(&folder), hour), OWED_AFTER);
    }
}
