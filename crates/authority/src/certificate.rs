//! A certificate as somebody reads it.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::name::Name;

/// Characters in a line (RFC 7468, 2).
const PEM_LINE: usize = 64;

/// A certificate as somebody reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate(CertificateDer<'static>);

/// A text holds no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no certificate in PEM")]
pub struct NoCertificate;

impl Certificate {
    /// Reads the first certificate of a text in PEM.
    pub fn from_pem(pem: &[u8]) -> Result<Self, NoCertificate> {
        let der = CertificateDer::from_pem_slice(pem).map_err(|_| NoCertificate)?;
        Self::from_der(der)
    }

    /// Reads a certificate in DER.
    pub fn from_der(der: CertificateDer<'static>) -> Result<Self, NoCertificate> {
        X509Certificate::from_der(&der).map_err(|_| NoCertificate)?;
        Ok(Self(der))
    }

    /// The certificate in DER.
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.0
    }

    /// The certificate in base64, on one line.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.0)
    }

    /// The certificate in PEM.
    pub fn to_pem(&self) -> String {
        let base64 = self.to_base64();
        let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
        for line in base64.as_bytes().chunks(PEM_LINE) {
            pem.extend(line.iter().copied().map(char::from));
            pem.push('\n');
        }
        pem + "-----END CERTIFICATE-----\n"
    }

    /// SHA-256 over it.
    pub fn digest(&self) -> [u8; 32] {
        digest(&SHA256, &self.0).as_ref().try_into().expect("SHA-256 has 32 bytes")
    }

    /// SHA-256 over it, in the form in which devices show it: `AB:CD:…`.
    pub fn fingerprint(&self) -> String {
        let mut text = String::with_capacity(3 * 32);
        for byte in self.digest() {
            write!(text, "{byte:02X}:").expect("text takes everything");
        }
        text.pop();
        text
    }

    /// What its server is called by.
    pub fn names(&self) -> Vec<Name> {
        let parsed = self.parsed();
        let Ok(Some(names)) = parsed.subject_alternative_name() else { return Vec::new() };
        names.value.general_names.iter().filter_map(name).collect()
    }

    /// Since when it holds.
    pub fn begins(&self) -> SystemTime {
        since_1970(self.parsed().validity().not_before.timestamp())
    }

    /// Until when it holds.
    pub fn ends(&self) -> SystemTime {
        since_1970(self.parsed().validity().not_after.timestamp())
    }

    /// Whether it may vouch for others.
    pub fn is_authority(&self) -> bool {
        self.parsed().is_ca()
    }

    pub(crate) fn parsed(&self) -> X509Certificate<'_> {
        X509Certificate::from_der(&self.0).expect("it was parsed before").1
    }
}

fn name(name: &GeneralName<'_>) -> Option<Name> {
    match name {
        GeneralName::DNSName(name) => Some(Name::Dns((*name).to_owned())),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from)).ok().map(Name::Ip)
        }
        _ => None,
    }
}

fn since_1970(seconds: i64) -> SystemTime {
    let before = || SystemTime::UNIX_EPOCH - Duration::from_secs(seconds.unsigned_abs());
    u64::try_from(seconds).map_or_else(|_| before(), |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}
