//! HTTPS inside a building, from the first certificate to its renewal.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use feedme_authority::{Certificate, Name};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::binary::{Running, feedme};
use crate::text;

/// Runs `feedme tls …` to its end, which must be a good one.
fn tls(words: &[&str], folder: &Path) -> String {
    let words: Vec<&str> = ["tls"].iter().chain(words).chain(&["--out"]).copied().collect();
    let output = feedme(&words, folder);
    assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn certificate(folder: &Path, name: &str) -> Certificate {
    Certificate::from_pem(&fs::read(folder.join(name)).expect("it was made")).expect("it is a certificate")
}

fn serve(tls: &Path, data: &Path, words: &[&str]) -> Running {
    let file = |name| tls.join(name).to_str().expect("the path is text").to_owned();
    let (certificate, key) = (file("server.crt"), file("server.key"));
    let words =
        [&["serve", "--open", "--log", "info", "--tls-cert", &certificate, "--tls-key", &key][..], words].concat();
    Running::with(Command::new(env!("CARGO_BIN_EXE_feedme")), &words, data)
}

/// Asks a server as a device does that trusts the authority in a folder and nobody else. The certificate that it was
/// shown, and the answer.
fn ask(server: &Running, folder: &Path, name: &str) -> std::io::Result<(Certificate, String)> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate(folder, "ca.crt").der().clone()).expect("it is an authority");
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("there are versions");
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).expect("it is a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("the configuration is valid");
    let address = server.address().strip_prefix("https://").expect("it serves HTTPS");
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address)?);
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let shown = stream.conn.peer_certificates().expect("it showed one")[0].clone().into_owned();
    Ok((Certificate::from_der(shown).expect("it is a certificate"), answer))
}

#[test]
fn init_makes_an_authority_once_and_a_certificate_each_time() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let folder = &folder.path().join("tls");
    let said = tls(&["init", "--name", "kitchen.local", "--ip", "203.0.113.7"], folder);
    let (authority, server) = (certificate(folder, "ca.crt"), certificate(folder, "server.crt"));
    for expected in
        ["Authority (made)", &authority.fingerprint(), "feedme serve --listen", "--trust-listen", "\u{2588}"]
    {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let names: Vec<String> = server.names().iter().map(Name::to_string).collect();
    for name in ["localhost", "127.0.0.1", "kitchen.local", "203.0.113.7"] {
        assert!(names.iter().any(|one| one == name), "{name}: {names:?}");
    }
    let said = tls(&["init", "--days", "90"], folder);
    assert!(said.contains("Authority (kept)") && said.contains(&authority.fingerprint()), "{said}");
    assert_eq!(certificate(folder, "ca.crt"), authority);
    let again = certificate(folder, "server.crt");
    assert!(again != server && again.ends() < server.ends());
    for (file, mode) in [("ca.key", 0o600), ("server.key", 0o600), ("ca.crt", 0o644), ("server.crt", 0o644)] {
        let is = fs::metadata(folder.join(file)).expect("it was made").permissions().mode() & 0o777;
        assert_eq!(is, mode, "{file}: {is:o}");
    }
    assert_eq!(fs::read_dir(folder).expect("it is there").count(), 4);
}

#[test]
fn what_cannot_be_vouched_for_is_said_with_the_way_out() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let folder = folder.path();
    let refused = |words: &[&str]| {
        let output = feedme(&[words, &["--out"]].concat(), folder);
        assert!(!output.status.success(), "{words:?}");
        text(&output.stderr)
    };
    assert!(refused(&["tls", "renew"]).contains("`feedme tls init` makes one"));
    tls(&["init"], folder);
    assert!(refused(&["tls", "init", "--name", "feedme.example"]).contains("move ca.crt and ca.key"));
    assert!(refused(&["tls", "init", "--days", "398"]).contains("90..=397"));
    assert!(refused(&["tls", "init", "--name", "a b"]).contains("kitchen.local"));
    fs::remove_file(folder.join("ca.key")).expect("it is there");
    assert!(refused(&["tls", "renew"]).contains("ca.key"));
}

#[test]
fn a_device_that_trusts_the_authority_is_served_and_sees_the_renewal() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (files, data) = (folder.path().join("tls"), folder.path().join("data"));
    tls(&["init"], &files);
    let mut server = serve(&files, &data, &[]);
    let (first, answer) = ask(&server, &files, "localhost").expect("it is served");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(ask(&server, &files, "elsewhere.local").is_err());

    tls(&["renew"], &files);
    server.hang_up();
    server.logs("new connections are shown the new certificate");
    let (second, _) = ask(&server, &files, "localhost").expect("it is served");
    assert!(second != first && second.names() == first.names());

    fs::write(files.join("server.crt"), "nothing").expect("a file can be written");
    server.hang_up();
    server.logs("the old one stays in use");
    assert_eq!(ask(&server, &files, "localhost").expect("it is served").0, second);
    assert_eq!(server.terminate().code(), Some(0));
}

#[test]
fn a_page_without_encryption_leads_to_trust_and_to_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (files, data) = (folder.path().join("tls"), folder.path().join("data"));
    tls(&["init"], &files);
    let mut server = serve(&files, &data, &["--trust-listen", "127.0.0.1:0"]);
    let page = server.next_address();
    let get = |path: &str| reqwest::blocking::get(format!("{page}{path}")).expect("it answers");
    let authority = certificate(&files, "ca.crt");
    assert!(get("/").text().expect("it is text").contains(&authority.fingerprint()));
    assert_eq!(get("/ca.crt").bytes().expect("it is a file"), authority.der().as_ref());
    assert_eq!(get("/api/board").status().as_u16(), 404);
    assert_eq!(server.terminate().code(), Some(0));
}

#[test]
fn a_certificate_that_cannot_be_used_is_named_before_anything_is_touched() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (files, data) = (folder.path().join("tls"), folder.path().join("data"));
    tls(&["init"], &files);
    let file = |name| files.join(name).to_str().expect("the path is text").to_owned();
    for (certificate, key, named) in [
        ("server.crt", "ca.key", "cannot be used"),
        ("server.key", "server.key", "no certificate in PEM"),
        ("nothing.crt", "server.key", "nothing.crt"),
    ] {
        let (certificate, key) = (file(certificate), file(key));
        let words = ["serve", "--listen", "127.0.0.1:0", "--tls-cert", &certificate, "--tls-key", &key, "--data"];
        let output = feedme(&words, &data);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(named), "{}", text(&output.stderr));
    }
    assert!(!data.exists());
}
