//! Where the database is, and whether the way there is encrypted.

use std::path::Path;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::OpenError;

/// Where the database is.
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
}

/// Reads an address. Other machines are reached encrypted, and by certificates that are verified, unless it says
/// `sslmode=disable`.
pub(super) fn read(url: &str, ca: Option<&Path>) -> Result<Address, OpenError> {
    let (url, mode) = take_ssl_mode(url);
    let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
        let why = std::error::Error::source(&error).map(ToString::to_string);
        OpenError::Address(why.unwrap_or_else(|| error.to_string()))
    })?;
    let encrypted = match mode.as_deref() {
        Some("disable") => false,
        Some("require" | "verify-full") => true,
        None => ca.is_some() || !config.get_hosts().iter().all(is_this_machine),
        Some(other) => {
            return Err(OpenError::Address(format!(
                "sslmode={other} is not known here, but verify-full (the default for other machines), require (which is \
                 the same) and disable are"
            )));
        }
    };
    config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
    let roots = if encrypted { trusted(ca)? } else { RootCertStore::empty() };
    let provider = rustls::crypto::aws_lc_rs::default_provider().into();
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows the protocols")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Address { config, tls: MakeRustlsConnect::new(tls) })
}

/// The same address for each of its hosts.
pub(super) fn each(config: &Config) -> Vec<Config> {
    let (hosts, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    let one = |n: usize| {
        let mut one = Config::new();
        one.ssl_mode(config.get_ssl_mode())
            .ssl_negotiation(config.get_ssl_negotiation())
            .channel_binding(config.get_channel_binding())
            .target_session_attrs(config.get_target_session_attrs())
            .keepalives(config.get_keepalives())
            .keepalives_idle(config.get_keepalives_idle());
        match hosts.get(n) {
            Some(Host::Tcp(name)) => drop(one.host(name)),
            Some(Host::Unix(path)) => drop(one.host_path(path)),
            None => {}
        }
        addresses.get(n).map(|address| one.hostaddr(*address));
        ports.get(n).or(ports.first()).map(|port| one.port(*port));
        config.get_user().map(|user| one.user(user));
        config.get_password().map(|password| one.password(password));
        config.get_dbname().map(|name| one.dbname(name));
        config.get_options().map(|options| one.options(options));
        config.get_application_name().map(|name| one.application_name(name));
        config.get_connect_timeout().map(|timeout| one.connect_timeout(*timeout));
        config.get_tcp_user_timeout().map(|timeout| one.tcp_user_timeout(*timeout));
        config.get_keepalives_interval().map(|interval| one.keepalives_interval(interval));
        config.get_keepalives_retries().map(|retries| one.keepalives_retries(retries));
        one
    };
    // Without any, the driver says what is missing.
    (0..hosts.len().max(addresses.len()).max(1)).map(one).collect()
}

/// The address without its `sslmode`, of which the driver knows less than we do.
fn take_ssl_mode(url: &str) -> (String, Option<String>) {
    let Some((before, query)) = url.split_once('?') else { return (url.to_owned(), None) };
    let mut mode = None;
    let mut kept = Vec::new();
    for parameter in query.split('&') {
        match parameter.strip_prefix("sslmode=") {
            Some(given) => mode = Some(given.to_owned()),
            None => kept.push(parameter),
        }
    }
    let kept = kept.join("&");
    (if kept.is_empty() { before.to_owned() } else { format!("{before}?{kept}") }, mode)
}

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => true,
    }
}

fn trusted(ca: Option<&Path>) -> Result<RootCertStore, OpenError> {
    let mut roots = RootCertStore::empty();
    let Some(path) = ca else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    let cannot = |why: String| OpenError::Trust { path: path.to_owned(), why };
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| cannot(error.to_string()))? {
        let certificate = certificate.map_err(|error| cannot(error.to_string()))?;
        roots.add(certificate).map_err(|error| cannot(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(cannot("there is no certificate in it".into()));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> SslMode {
        read(url, None).map(|address| address.config.get_ssl_mode()).expect("it is an address")
    }

    #[test]
    fn other_machines_are_reached_encrypted_unless_told_otherwise() {
        for url in ["postgres://db.example/feedme", "postgres://a@10.0.0.1:5433,127.0.0.1/x?sslmode=require"] {
            assert_eq!(mode(url), SslMode::Require, "{url}");
        }
        for url in [
            "postgres://localhost/feedme",
            "postgresql://feedme@127.0.0.1:5433/feedme",
            "postgres://%2Frun%2Fpostgresql/feedme",
            "postgres://db.example/feedme?connect_timeout=3&sslmode=disable",
        ] {
            assert_eq!(mode(url), SslMode::Disable, "{url}");
        }
        assert_eq!(mode("postgres://localhost/feedme?sslmode=verify-full"), SslMode::Require);
    }

    #[test]
    fn what_is_no_address_is_refused_without_its_password() {
        for url in ["https://x:secret@db.example", "postgres://x:secret@db.example/f?sslmode=prefer", "feedme.db"] {
            let error = read(url, None).err().expect("it is refused").to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
