//! Making an authority, and having it vouch for a server.

use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType,
};
use time::OffsetDateTime;

use crate::certificate::{Certificate, NoCertificate};
use crate::name::Name;
use crate::reach;

/// How long an authority lasts. Installing another on every tablet is the work that it should save; a tablet does
/// not last as long.
const AUTHORITY_LASTS: Duration = Duration::from_hours(24 * 3652);

/// How far the clock of a tablet may lag behind when it meets a new certificate.
const CLOCKS_LAG: Duration = Duration::from_hours(24);

/// A certificate authority with its key.
#[derive(Debug)]
pub struct Authority {
    certificate: Certificate,
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// What an authority issued: PEM both. The key is nobody's business but the server's.
#[derive(Clone)]
pub struct Issued {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

/// Why there is no authority, or why it does not issue.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// What should be its certificate is none.
    #[error(transparent)]
    NoCertificate(#[from] NoCertificate),
    /// The certificate is somebody's who may vouch for nobody.
    #[error("it is no authority's certificate")]
    NoAuthority,
    /// The key is another's.
    #[error("the key does not belong to the certificate")]
    OtherKey,
    /// It was not made to speak for this.
    #[error("this authority may not vouch for {0}: it was made for other names, and for private ones")]
    NotPermitted(Name),
    /// It ends before what it should vouch for.
    #[error("this authority ends too soon")]
    EndsTooSoon,
    /// Keys and signatures cannot be made.
    #[error(transparent)]
    Making(#[from] rcgen::Error),
}

impl Authority {
    /// Makes an authority for private names and addresses, and for `names`. Devices list it as `called`.
    pub fn make(called: &str, names: &[Name], now: SystemTime) -> Result<Self, AuthorityError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = distinguished(called);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.name_constraints = Some(reach::constraints(names));
        params.not_before = OffsetDateTime::from(now - CLOCKS_LAG);
        params.not_after = OffsetDateTime::from(now + AUTHORITY_LASTS);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let made = params.self_signed(&key)?;
        let certificate = Certificate::from_der(made.der().clone())?;
        Ok(Self { certificate, pem: made.pem(), issuer: Issuer::new(params, key) })
    }

    /// Reads an authority that was made before.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, AuthorityError> {
        let read = Certificate::from_pem(certificate.as_bytes())?;
        if !read.is_authority() {
            return Err(AuthorityError::NoAuthority);
        }
        let key = KeyPair::from_pem(key)?;
        if *read.parsed().public_key().subject_public_key.data != *key.public_key_raw() {
            return Err(AuthorityError::OtherKey);
        }
        let issuer = Issuer::from_ca_cert_der(read.der(), key)?;
        Ok(Self { certificate: read, pem: certificate.to_owned(), issuer })
    }

    /// Vouches for a server that is called by `names`, for some time.
    pub fn issue(&self, names: &[Name], lasts: Duration, now: SystemTime) -> Result<Issued, AuthorityError> {
        let authority = self.certificate.parsed();
        if let Some(name) = names.iter().find(|name| !reach::permits(&authority, name)) {
            return Err(AuthorityError::NotPermitted(name.clone()));
        }
        let ends = now + lasts;
        if ends > self.certificate.ends() {
            return Err(AuthorityError::EndsTooSoon);
        }
        let mut params = CertificateParams::default();
        // No name in the form of one, which some clients would compare in place of those below.
        params.distinguished_name = distinguished("FeedMe server");
        params.subject_alt_names = names.iter().map(san).collect::<Result<_, _>>()?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = OffsetDateTime::from(now - CLOCKS_LAG);
        params.not_after = OffsetDateTime::from(ends);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        Ok(Issued { certificate: params.signed_by(&key, &self.issuer)?.pem(), key: key.serialize_pem() })
    }

    /// Its own certificate, which devices trust.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Its own certificate and key in PEM.
    pub fn to_pem(&self) -> Issued {
        Issued { certificate: self.pem.clone(), key: self.issuer.key().serialize_pem() }
    }
}

fn distinguished(called: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "FeedMe");
    name.push(DnType::CommonName, called);
    name
}

fn san(name: &Name) -> Result<SanType, rcgen::Error> {
    Ok(match name {
        Name::Dns(name) => SanType::DnsName(name.as_str().try_into()?),
        Name::Ip(address) => SanType::IpAddress(*address),
    })
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
