//! Scheduled backups: nobody else will make them.

use std::time::Duration;

use feedme_engine::Engine;
use feedme_store::sqlite::backup::scheduled;
use tokio::sync::watch;

use super::config::Config;

/// How soon a failed backup is tried again.
const RETRY_AFTER: Duration = Duration::from_mins(5);

/// Makes a backup at every interval in which something happened, until the server stops.
pub(super) async fn every_hour(engine: Engine, config: Config, mut stopping: watch::Receiver<bool>) {
    if config.backups_keep == 0 {
        tracing::warn!("no backups are made, as the settings say");
        return;
    }
    let mut backed_up = None;
    let mut pause = config.backups_every;
    loop {
        tokio::select! {
            biased;
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = config.backups_every;
        let positions = engine.positions();
        if backed_up.as_ref() == Some(&positions) {
            continue;
        }
        let moment = jiff::Timestamp::now().strftime("%Y-%m-%dT%H-%M-%SZ").to_string();
        let Config { data, backups, backups_keep, .. } = config.clone();
        let made = tokio::task::spawn_blocking(move || scheduled(&data, &backups, &moment, backups_keep)).await;
        match made {
            Ok(Ok(file)) => {
                tracing::info!(file = %file.display(), "backed up");
                backed_up = Some(positions);
            }
            Ok(Err(error)) => {
                let error = anyhow::Error::from(error);
                tracing::error!("the scheduled backup failed: {error:#}");
                pause = RETRY_AFTER.min(config.backups_every);
            }
            Err(error) => tracing::error!(%error, "the scheduled backup panicked"),
        }
    }
}
