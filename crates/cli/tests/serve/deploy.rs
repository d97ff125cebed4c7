//! What an operator installs beside the binary: the unit of systemd, and nginx in front.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::blocking::Client;
use serde_json::{Value, json};

use crate::binary::Running;
use crate::text;

const PASSWORD: &str = "velvet otter drums at noon";

fn deployed(name: &str) -> String {
    let path = format!("{}/../../deploy/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The unit, with the binary where it is.
fn unit(folder: &Path) -> PathBuf {
    let unit = folder.join("feedme.service");
    let text = deployed("systemd/feedme.service");
    assert!(text.contains("/usr/local/bin/feedme serve"));
    let text = text.replace("/usr/local/bin/feedme", env!("CARGO_BIN_EXE_feedme"));
    fs::write(&unit, text).expect("a file can be written");
    unit
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit_and_little_that_it_exposes() {
    let folder = tempfile::tempdir().expect("a folder");
    let unit = unit(folder.path());
    let analyze = |words: &[&str]| {
        let output = Command::new("systemd-analyze").args(words).arg(&unit).output().expect("systemd is installed");
        (output.status.success(), text(&output.stdout) + &text(&output.stderr))
    };
    let (fine, said) = analyze(&["verify", "--man=no"]);
    // It also speaks of units of this machine.
    let ours: Vec<_> = said.lines().filter(|line| line.contains("feedme")).collect();
    assert!(fine && ours.is_empty(), "{said}");
    // Tenths: 2.0 is "OK", and a service as distributions ship it has 9.6.
    let (fine, said) = analyze(&["security", "--offline=true", "--threshold=20", "--no-pager"]);
    assert!(fine, "{said}");
}

#[test]
fn it_says_that_it_is_ready_once_it_serves_and_that_it_stops() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("notify");
    let supervisor = UnixDatagram::bind(&socket).expect("a socket can be bound");
    supervisor.set_read_timeout(Some(Duration::from_secs(30))).expect("it can wait");
    let hears = || {
        let mut said = [0; 200];
        let length = supervisor.recv(&mut said).expect("something is said");
        text(&said[..length]).trim().to_owned()
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_feedme"));
    command.env("NOTIFY_SOCKET", &socket);
    let server = Running::from(command, &folder.path().join("data"));
    assert_eq!(hears(), "READY=1");
    assert_eq!(server.get("/readyz"), r#"{"status":"ok"}"#);
    server.hang_up();
    assert_eq!(server.place(), 201, "a reload without certificates ends nothing");
    assert_eq!(server.terminate().code(), Some(0));
    assert_eq!(hears(), "STOPPING=1");
}

/// An nginx of our own, until it is dropped.
struct Nginx {
    child: Child,
    url: String,
}

impl Nginx {
    /// Runs what we ship in front of a server, on another port and with another certificate.
    fn start(folder: &Path, server: &str) -> Self {
        let tls = folder.join("tls");
        let made = crate::feedme(&["tls", "init", "--name", "feedme.example", "--out"], &tls);
        assert!(made.status.success(), "{}", text(&made.stderr));
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port is free").port();
        let site = swapped(&deployed("nginx/feedme.conf"), "listen 443", &format!("listen 127.0.0.1:{port}"));
        let site = swapped(&site, "/etc/feedme/tls", &tls.display().to_string());
        let upstream = swapped(&deployed("nginx/upstream.conf"), "server 127.0.0.1:8080", &format!("server {server}"));
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {}/{kind};", folder.display()));
        let config = format!(
            "daemon off; master_process off; pid {0}/nginx.pid; error_log stderr;\nevents {{}}\nhttp {{ access_log off; {1}\n{upstream}\n{site} }}",
            folder.display(),
            temporary.join(" ")
        );
        let file = folder.join("nginx.conf");
        fs::write(&file, config).expect("a file can be written");
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder).arg("-e").arg("stderr").arg("-c").arg(&file);
        let child = command.stderr(Stdio::inherit()).spawn().expect("nginx is installed");
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "nginx does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, url: format!("https://localhost:{port}") }
    }

    /// Somebody who asks from an address, by the name of the site.
    fn client(address: &str) -> Client {
        let address: IpAddr = address.parse().expect("it is one");
        let client = Client::builder().danger_accept_invalid_certs(true).local_address(address);
        client.build().expect("a client can be made")
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url.replace("localhost", "127.0.0.1"))
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn swapped(text: &str, what: &str, by: &str) -> String {
    assert!(text.contains(what), "{what} is not there");
    text.replace(what, by)
}

fn manager(data: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_feedme"));
    command.args(["user", "add", "mei", "--role", "manager", "--password-stdin", "--data"]).arg(data);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the binary starts");
    writeln!(child.stdin.take().expect("it reads"), "{PASSWORD}").expect("it takes it");
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn behind_nginx_events_arrive_at_once_and_whoever_asks_is_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    manager(&data);
    let words = ["serve", "--log", "error", "--metrics-listen", "off", "--proxy", "127.0.0.1"];
    let words = [&words[..], &["--host", "feedme.example"]].concat();
    let server = Running::with(Command::new(env!("CARGO_BIN_EXE_feedme")), &words, &data);
    let nginx = Nginx::start(folder.path(), server.address().trim_start_matches("http://"));

    let client = Nginx::client("127.0.0.9");
    let login = json!({ "username": "mei", "password": PASSWORD });
    let signed_in = client.post(nginx.url("/api/auth/login")).header("host", "feedme.example").json(&login);
    let signed_in = signed_in.send().expect("it answers");
    assert_eq!(signed_in.status(), 200);
    let cookie = signed_in.headers()["set-cookie"].to_str().expect("it is ASCII").to_owned();
    assert!(cookie.contains("Secure"), "FeedMe knows that HTTPS is spoken: {cookie}");
    let cookie = cookie.split(';').next().expect("it has a value").to_owned();
    let asks = |request: reqwest::blocking::RequestBuilder| {
        request.header("host", "feedme.example").header("cookie", &cookie).send().expect("it answers")
    };
    let sessions: Value = asks(client.get(nginx.url("/api/auth/sessions"))).json().expect("it answers JSON");
    assert_eq!(sessions["sessions"][0]["address"], "127.0.0.9", "{sessions}");

    let stream = asks(client.get(nginx.url("/api/events")));
    assert_eq!(stream.status(), 200);
    let mut lines = BufReader::new(stream).lines().map(|line| line.expect("the stream goes on"));
    assert!(lines.any(|line| line == "event: snapshot"), "the board comes first");
    let placed = asks(client.post(nginx.url("/api/orders")).json(&json!({ "type": "VIP" })));
    assert_eq!(placed.status(), 201);
    // Were it buffered, it would come when the stream ends, which it does not; the client gives up after half a minute.
    assert!(lines.any(|line| line == "event: order.placed"), "the event arrives while the stream is open");
}

/// A server that takes each request and answers none: where it listens, and how many it took.
fn silent(taken: &Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound").to_string();
    let taken = Arc::clone(taken);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            if stream.read(&mut [0; 4096]).is_ok_and(|length| length > 0) {
                taken.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    address
}

#[test]
fn nginx_sends_what_changes_something_once_and_what_only_asks_to_the_next_node() {
    // A node that failed is left out for a while, so each finds an nginx that knows of no failure.
    for (method, expected) in [("DELETE", 1), ("POST", 1), ("PATCH", 1), ("GET", 2)] {
        let folder = tempfile::tempdir().expect("a folder");
        let taken = Arc::default();
        let nginx = Nginx::start(folder.path(), &format!("{}; server {}", silent(&taken), silent(&taken)));
        let request = Nginx::client("127.0.0.1").request(method.parse().expect("legal"), nginx.url("/api/bots/newest"));
        let status = request.send().expect("nginx answers").status();
        assert!(status.is_server_error(), "{method}: {status}");
        assert_eq!(taken.load(Ordering::Relaxed), expected, "{method}");
    }
}

#[test]
fn every_command_has_a_page_in_the_manual_that_man_can_show() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = text(&crate::feedme(&["man", "--out"], folder.path()).stdout);
    let mut pages: Vec<_> =
        fs::read_dir(folder.path()).expect("it was made").map(|entry| entry.expect("it can be read").path()).collect();
    pages.sort();
    assert!(said.starts_with(&format!("{} pages", pages.len())), "{said}");
    for page in ["feedme.1", "feedme-serve.1", "feedme-user-add.1", "feedme-log.1", "feedme-completions.1"] {
        assert!(pages.contains(&folder.path().join(page)), "{page} of {pages:?}");
    }
    for page in &pages {
        let mut man = Command::new("man");
        let shown = man.args(["--warnings", "-E", "UTF-8", "-l"]).arg(page).env("MANWIDTH", "100").output();
        let shown = shown.expect("man is installed");
        assert_eq!((shown.status.success(), text(&shown.stderr)), (true, String::new()), "{}", page.display());
    }
    let serve = fs::read_to_string(folder.path().join("feedme-serve.1")).expect("it was written");
    assert!(serve.contains(r"\-\-metrics\-listen") && serve.contains("FEEDME_METRICS_LISTEN"), "{serve}");
}

#[test]
fn shells_take_the_completions() {
    for (shell, expected) in
        [("bash", "complete -F _feedme"), ("zsh", "#compdef feedme"), ("fish", "complete -c feedme")]
    {
        let completions = Command::new(env!("CARGO_BIN_EXE_feedme")).args(["completions", shell]).output();
        let completions = text(&completions.expect("the binary starts").stdout);
        assert!(completions.contains(expected) && completions.contains("metrics-listen"), "{shell}");
        if shell == "bash" {
            let mut bash = Command::new(shell).arg("-n").stdin(Stdio::piped()).spawn().expect("there is one");
            bash.stdin.take().expect("it reads").write_all(completions.as_bytes()).expect("it takes all");
            assert!(bash.wait().expect("it ends").success());
        }
    }
}
