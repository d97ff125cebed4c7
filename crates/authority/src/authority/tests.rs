use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{CertificateError, RootCertStore};

use super::*;

const YEAR: Duration = Duration::from_hours(24 * 365);

fn names(texts: &[&str]) -> Vec<Name> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// How a client that trusts only `authority` judges a server's certificate under a name.
fn judged(authority: &Authority, server: &Issued, name: &str, now: SystemTime) -> Result<(), rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate().der().clone()).unwrap();
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider())).build().unwrap();
    let server = Certificate::from_pem(server.certificate.as_bytes()).unwrap();
    let now = UnixTime::since_unix_epoch(now.duration_since(SystemTime::UNIX_EPOCH).unwrap());
    let name = ServerName::try_from(name.to_owned()).unwrap();
    verifier.verify_server_cert(server.der(), &[], &name, &[], now).map(|_| ())
}

#[test]
fn who_trusts_the_authority_trusts_the_server_under_its_names_while_it_lasts() {
    let now = SystemTime::now();
    let authority = Authority::make("The kitchen's", &names(&["pantry"]), now).unwrap();
    let server = authority.issue(&names(&["pantry", "kitchen.local", "192.168.1.7", "fd00::7"]), YEAR, now).unwrap();
    for name in ["pantry", "kitchen.local", "192.168.1.7", "fd00::7"] {
        assert_eq!(judged(&authority, &server, name, now), Ok(()), "{name}");
        assert_eq!(judged(&authority, &server, name, now + YEAR - CLOCKS_LAG), Ok(()), "{name}");
        let late = judged(&authority, &server, name, now + YEAR + CLOCKS_LAG);
        assert!(matches!(late, Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { .. }))));
    }
    for name in ["cellar.local", "192.168.1.8"] {
        assert!(judged(&authority, &server, name, now).is_err(), "{name}");
    }
    let another = Authority::make("The kitchen's", &names(&["pantry"]), now).unwrap();
    assert!(judged(&another, &server, "kitchen.local", now).is_err());
}

#[test]
fn an_authority_speaks_for_what_is_private_and_what_it_was_made_for() {
    let now = SystemTime::now();
    let authority = Authority::make("The kitchen's", &names(&["feedme.example.com", "203.0.113.7"]), now).unwrap();
    for name in ["feedme.example.com", "a.local", "203.0.113.7", "10.1.2.3", "172.31.0.1", "::1", "fd12::1"] {
        authority.issue(&names(&[name]), YEAR, now).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    for name in ["example.com", "notlocal", "203.0.113.8", "172.32.0.1", "2001:db8::1"] {
        let refused = authority.issue(&names(&[name]), YEAR, now);
        assert!(matches!(refused, Err(AuthorityError::NotPermitted(_))), "{name}");
    }
}

#[test]
fn clients_hold_an_authority_to_its_constraints_whatever_it_signs() {
    let now = SystemTime::now();
    let authority = Authority::make("The kitchen's", &[], now).unwrap();
    let mut params = CertificateParams::new(["bank.example".to_owned()]).unwrap();
    params.not_after = OffsetDateTime::from(now + YEAR);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let forged = params.signed_by(&key, &authority.issuer).unwrap();
    let forged = Issued { certificate: forged.pem(), key: key.serialize_pem() };
    let said = judged(&authority, &forged, "bank.example", now).unwrap_err();
    assert!(format!("{said:?}").contains("NameConstraintViolation"), "{said:?}");
}

#[test]
fn an_authority_that_was_written_down_is_the_same_when_read() {
    let now = SystemTime::now();
    let made = Authority::make("The kitchen's", &[], now).unwrap();
    let Issued { certificate, key } = made.to_pem();
    let read = Authority::from_pem(&certificate, &key).unwrap();
    assert_eq!(read.certificate(), made.certificate());
    let server = read.issue(&names(&["kitchen.local"]), YEAR, now).unwrap();
    assert_eq!(judged(&made, &server, "kitchen.local", now), Ok(()));

    let other = Authority::make("The kitchen's", &[], now).unwrap().to_pem();
    assert!(matches!(Authority::from_pem(&certificate, &other.key), Err(AuthorityError::OtherKey)));
    assert!(matches!(Authority::from_pem(&server.certificate, &server.key), Err(AuthorityError::NoAuthority)));
    assert!(matches!(Authority::from_pem("", &key), Err(AuthorityError::NoCertificate(_))));
}

#[test]
fn a_certificate_says_what_is_in_it() {
    let now = SystemTime::now();
    let authority = Authority::make("The kitchen's", &[], now).unwrap();
    let called = names(&["kitchen.local", "10.0.0.7", "fd00::7"]);
    let issued = authority.issue(&called, YEAR, now).unwrap();
    let server = Certificate::from_pem(issued.certificate.as_bytes()).unwrap();
    assert_eq!(server.names(), called);
    let lasts = server.ends().duration_since(now).unwrap();
    assert!(lasts <= YEAR && lasts + Duration::from_mins(1) > YEAR, "{lasts:?}");
    assert!(!server.is_authority() && authority.certificate().is_authority());
    assert_eq!(server.fingerprint().len(), 95);
    assert!(authority.issue(&called, AUTHORITY_LASTS + YEAR, now).is_err());
}
