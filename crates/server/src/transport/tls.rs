//! The certificate that the server shows, and its renewal while it serves.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use feedme_authority::Certificate;
use parking_lot::{Mutex, RwLock};
use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, ServerConnection};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What a connection may hold of an answer that the kernel has not taken: one record. A reader is given
/// [`crate::Limits::write_stalls_at_most`] for it, which the slowest mobile network keeps.
const UNSENT_MAX_BYTES: usize = 16 * 1024;

/// A certificate and its key, read anew when the files change. Clones share it.
#[derive(Clone, Debug)]
pub struct Tls(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    certificate: PathBuf,
    key: PathBuf,
    /// What the files said when they were last looked at, right or wrong.
    seen: Mutex<blake3::Hash>,
    shown: Arc<Shown>,
    config: Arc<ServerConfig>,
}

/// What new connections are shown.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("failed to read {}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file holds something else than it should.
    #[error("{} holds no {what} in PEM", path.display())]
    Missing {
        /// Which file.
        path: PathBuf,
        /// What it lacks.
        what: &'static str,
    },
    /// The two do not belong together, or are of a kind that is not known.
    #[error("the certificate {} and the key {} cannot be used", certificate.display(), key.display())]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
}

impl Tls {
    /// Reads a certificate with its chain, and its key, both PEM.
    pub fn read(certificate: PathBuf, key: PathBuf) -> Result<Self, TlsError> {
        let files = Files::read(&certificate, &key)?;
        let seen = Mutex::new(files.hash());
        let shown = Arc::new(Shown(RwLock::new(Arc::new(files.pair(&certificate, &key)?))));
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .expect("the provider speaks both versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&shown) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Screens that come back skip the signature, and the server keeps nothing for them.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        match Ticketer::new() {
            Ok(ticketer) => config.ticketer = ticketer,
            Err(error) => tracing::warn!(%error, "every connection makes a whole handshake"),
        }
        Ok(Self(Arc::new(Inner { certificate, key, seen, shown, config: Arc::new(config) })))
    }

    /// Looks at the files again. True when they hold something new that new connections are shown from now on;
    /// an error, once, when they hold something new that is wrong: what was shown is shown further on.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let Inner { certificate, key, seen, shown, .. } = &*self.0;
        let files = Files::read(certificate, key)?;
        let hash = files.hash();
        if std::mem::replace(&mut *seen.lock(), hash) == hash {
            return Ok(false);
        }
        let pair = files.pair(certificate, key)?;
        *shown.0.write() = Arc::new(pair);
        Ok(true)
    }

    /// What new connections are shown, for whoever wants to know until when.
    pub fn certificate(&self) -> Option<Certificate> {
        let shown = Arc::clone(&self.0.shown.0.read());
        Certificate::from_der(shown.end_entity_cert().ok()?.clone().into_owned()).ok()
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        let bound = |connection: &mut ServerConnection| connection.set_buffer_limit(Some(UNSENT_MAX_BYTES));
        TlsAcceptor::from(Arc::clone(&self.0.config)).accept_with(stream, bound).await
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read()))
    }
}

/// What the two files hold.
struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Files {
    fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let read =
            |path: &Path| std::fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source });
        Ok(Self { certificate: read(certificate)?, key: read(key)? })
    }

    fn hash(&self) -> blake3::Hash {
        blake3::Hasher::new().update(&self.certificate).update(&self.key).finalize()
    }

    fn pair(&self, certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
        let missing = |path: &Path, what| TlsError::Missing { path: path.to_owned(), what };
        let chain = CertificateDer::pem_slice_iter(&self.certificate).collect::<Result<Vec<_>, _>>();
        let chain = chain.ok().filter(|chain| !chain.is_empty());
        let chain = chain.ok_or_else(|| missing(certificate, "certificate"))?;
        let private = PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| missing(key, "private key"))?;
        CertifiedKey::from_der(chain, private, &default_provider()).map_err(|source| TlsError::Unusable {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            source,
        })
    }
}
