//! The address at which metrics are read.

use std::io;
use std::net::SocketAddr;

use feedme_telemetry::Metrics;
use tokio::net::TcpListener;

use super::config::{Config, MetricsListen};
use super::telling::Telling;
use crate::say;

/// Where exporters of OpenTelemetry are looked for by default.
const DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9464);

/// The listener cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("failed to listen on {address} for metrics")]
pub(crate) struct CannotListen {
    address: SocketAddr,
    source: io::Error,
}

/// What is counted by this server.
pub(super) fn start(config: &Config, telling: &Telling) -> Metrics {
    let metrics = Metrics::new(env!("CARGO_PKG_VERSION"), config.metrics.restaurants_max);
    metrics.upkeep().tells(telling.log.clone(), telling.changes.clone());
    if let Some(folder) = config.database.folder() {
        metrics.upkeep().keeps_in(folder.to_owned());
    }
    metrics
}

/// Listens where the configuration says. Another server on this machine may have the default; whoever named an
/// address wants that one.
pub(super) async fn listen(config: &Config) -> Result<Option<TcpListener>, CannotListen> {
    let (address, is_wanted) = match config.metrics.listen {
        Some(MetricsListen::Off) => return Ok(None),
        Some(MetricsListen::At(address)) => (address, true),
        None => (DEFAULT, false),
    };
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(Some(listener)),
        Err(source) if is_wanted => Err(CannotListen { address, source }),
        Err(error) => {
            tracing::info!(%error, %address, "no metrics are read: the address is taken; see --metrics-listen");
            Ok(None)
        }
    }
}

/// Says where metrics are read: aloud only to whoever asked for them.
pub(super) fn announce(config: &Config, listener: Option<&TcpListener>) {
    let Some(address) = listener.and_then(|listener| listener.local_addr().ok()) else { return };
    if config.metrics.listen.is_some() {
        say(format_args!("Metrics are read at http://{address}/metrics"));
    } else {
        tracing::info!("metrics are read at http://{address}/metrics");
    }
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "metrics are read WITHOUT ENCRYPTION, and by everybody who reaches that address");
    }
}
