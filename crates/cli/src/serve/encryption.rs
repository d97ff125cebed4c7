//! What encryption needs while the server runs: a certificate that is read anew, and a page that leads to trust.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use feedme_authority::Certificate;
use feedme_server::{Tls, TlsError, Trust, serve_trust};
use feedme_telemetry::Metrics;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::config::Encryption;
use super::{ServeError, stopped};
use crate::tls;

/// How often the files are looked at. Two reads of a few kilobytes.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// How long before its certificate ends a server complains: time for whoever comes once a week.
const COMPLAIN_BEFORE: Duration = Duration::from_hours(14 * 24);

/// How often it complains.
const COMPLAIN_EVERY: Duration = Duration::from_hours(24);

/// What is ready before the server serves.
#[derive(Debug)]
pub(super) struct Encrypted {
    pub(super) tls: Tls,
    hangups: Signal,
    trust: Option<(TcpListener, Certificate)>,
}

/// An authority's certificate cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("failed to read an authority's certificate from {}, for the page at trust_listen", path.display())]
pub(crate) struct NoAuthority {
    path: PathBuf,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Encrypted {
    /// Reads the files and takes the address of the page.
    pub(super) async fn prepare(config: &Encryption) -> Result<Self, ServeError> {
        let tls = Tls::read(config.certificate.clone(), config.key.clone())?;
        let trust = match &config.trust {
            None => None,
            Some(page) => {
                let cannot = |source| ServeError::Listen { address: page.listen, source };
                let authority = authority(&page.authority)?;
                Some((TcpListener::bind(page.listen).await.map_err(cannot)?, authority))
            }
        };
        let hangups = signal(SignalKind::hangup()).map_err(ServeError::Setup)?;
        Ok(Self { tls, hangups, trust })
    }

    /// Where devices come to trust the server.
    pub(super) fn page(&self) -> Option<SocketAddr> {
        self.trust.as_ref().and_then(|(listener, _)| listener.local_addr().ok())
    }

    /// Keeps the certificate current and serves the page until the server stops.
    pub(super) async fn keep(self, https: SocketAddr, metrics: Metrics, stopping: watch::Receiver<bool>) {
        let page = async {
            let Some((listener, authority)) = self.trust else { return };
            let trust = Trust { authority, https, reached_at: tls::reached_at() };
            serve_trust(listener, trust, stopped(stopping.clone())).await;
        };
        let current = async {
            tokio::select! {
                () = keep_current(&self.tls, &metrics, self.hangups) => {}
                () = stopped(stopping.clone()) => {}
            }
        };
        tokio::join!(page, current);
    }
}

async fn keep_current(tls: &Tls, metrics: &Metrics, mut hangups: Signal) {
    let mut complained: Option<SystemTime> = None;
    loop {
        let now = SystemTime::now();
        if let Some(certificate) = tls.certificate() {
            metrics.upkeep().certificate_ends(certificate.ends());
        }
        let is_due = complained.is_none_or(|at| now.duration_since(at).is_ok_and(|age| age >= COMPLAIN_EVERY));
        if is_due && complain(tls, now) {
            complained = Some(now);
        }
        let told = tokio::select! {
            told = hangups.recv() => told.is_some(),
            () = tokio::time::sleep(LOOK_EVERY) => false,
        };
        let again = tls.clone();
        match tokio::task::spawn_blocking(move || again.reload()).await {
            Ok(Ok(true)) => {
                let until = tls.certificate().map_or_else(String::new, |certificate| tls::date(certificate.ends()));
                tracing::info!(until, "new connections are shown the new certificate");
            }
            Ok(Ok(false)) if told => tracing::info!("the certificate is the same as before"),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => refuse(error),
            Err(error) => tracing::error!(%error, "reading the certificate panicked"),
        }
    }
}

fn refuse(error: TlsError) {
    let error = anyhow::Error::from(error);
    tracing::error!("the new certificate is not taken, and the old one stays in use: {error:#}");
}

/// Says that the certificate ends soon, if it does.
fn complain(tls: &Tls, now: SystemTime) -> bool {
    let Some(ends) = tls.certificate().map(|certificate| certificate.ends()) else { return false };
    let is_soon = ends.duration_since(now).map_or(true, |left| left < COMPLAIN_BEFORE);
    if is_soon {
        tracing::warn!(
            ends = tls::date(ends),
            "the certificate ends soon, or has ended: `feedme tls renew` makes another"
        );
    }
    is_soon
}

fn authority(path: &Path) -> Result<Certificate, NoAuthority> {
    let wrong = |source| NoAuthority { path: path.to_owned(), source };
    let pem = std::fs::read(path).map_err(|error| wrong(error.into()))?;
    Certificate::from_pem(&pem).map_err(|error| wrong(error.into()))
}
