//! What only an encrypted connection can show, in real time and with short time-outs.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use feedme_authority::{Authority, Certificate, Name};
use feedme_server::{Limits, ServeOptions, Tls, TlsError, Trust, serve_trust};
use feedme_testkit::socket::Socket;
use feedme_testkit::{Normal, SocketApp, TestApp};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Long enough that nothing in order runs into it, short enough to wait for.
const SHORT: Duration = Duration::from_millis(300);

const ASK: &str = "GET /livez HTTP/1.1\r\nHost: kitchen.local\r\n\r\n";
const FOLLOW: &str = "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// An authority, and a folder with what it issued.
struct Kitchen {
    authority: Authority,
    folder: TempDir,
}

impl Kitchen {
    fn new() -> Self {
        let authority = Authority::make("The kitchen's", &[], SystemTime::now()).unwrap();
        let kitchen = Self { authority, folder: TempDir::new().unwrap() };
        kitchen.certify(&["kitchen.local"]);
        kitchen
    }

    /// Puts another certificate in the place of the one that is there.
    fn certify(&self, names: &[&str]) {
        let names: Vec<Name> = names.iter().map(|name| name.parse().unwrap()).collect();
        let issued = self.authority.issue(&names, Duration::from_hours(24), SystemTime::now()).unwrap();
        self.put("server.crt", &issued.certificate);
        self.put("server.key", &issued.key);
    }

    fn put(&self, name: &str, content: &str) {
        std::fs::write(self.folder.path().join(name), content).unwrap();
    }

    fn tls(&self) -> Result<Tls, TlsError> {
        Tls::read(self.folder.path().join("server.crt"), self.folder.path().join("server.key"))
    }

    async fn serve(&self, limits: Limits) -> (TestApp, SocketApp, Tls) {
        let (app, tls) = (TestApp::start().await, self.tls().unwrap());
        let socket = SocketApp::with(&app, ServeOptions { service: limits.into(), tls: Some(tls.clone()) }).await;
        (app, socket, tls)
    }

    /// Connects as a client that trusts the authority alone.
    async fn connect(&self, app: &SocketApp) -> Socket<TlsStream<TcpStream>> {
        self.dial(app, "kitchen.local", &[&TLS13, &TLS12], &["http/1.1"]).await.unwrap()
    }

    async fn dial(
        &self,
        app: &SocketApp,
        name: &str,
        versions: &[&'static SupportedProtocolVersion],
        protocols: &[&str],
    ) -> io::Result<Socket<TlsStream<TcpStream>>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.certificate().der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let mut config =
            config.with_protocol_versions(versions).unwrap().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        let tcp = TcpStream::connect(app.address).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let connected = TlsConnector::from(Arc::new(config)).connect(name, tcp);
        tokio::time::timeout(Duration::from_secs(10), connected).await?.map(Socket)
    }
}

/// Reads to the end, which must have been said: a connection that was cut could not be told from one that ended.
async fn ended_with_a_word<S: tokio::io::AsyncRead + Unpin>(mut socket: Socket<S>) -> String {
    let mut read = String::new();
    let ended = tokio::time::timeout(Duration::from_secs(10), socket.0.read_to_string(&mut read)).await;
    ended.expect("it ends").expect("it ends with close_notify");
    read
}

#[tokio::test]
async fn who_trusts_the_authority_is_served_under_the_right_name() {
    let kitchen = Kitchen::new();
    let (_, app, _) = kitchen.serve(Limits::default()).await;
    for (version, expected) in [(&TLS13, ProtocolVersion::TLSv1_3), (&TLS12, ProtocolVersion::TLSv1_2)] {
        for protocols in [&["http/1.1"][..], &["h2", "http/1.1"], &[]] {
            let mut socket = kitchen.dial(&app, "kitchen.local", &[version], protocols).await.unwrap();
            assert_eq!(socket.0.get_ref().1.protocol_version(), Some(expected));
            for _ in 0..2 {
                socket.send(ASK).await;
                assert!(socket.until("{\"status\":\"ok\"}").await.starts_with("HTTP/1.1 200 OK"));
            }
        }
    }
    assert!(kitchen.dial(&app, "cellar.local", &[&TLS13], &[]).await.is_err());
    assert!(kitchen.dial(&app, "kitchen.local", &[&TLS13], &["h2"]).await.is_err());
    assert!(Kitchen::new().dial(&app, "kitchen.local", &[&TLS13], &[]).await.is_err());
}

#[tokio::test]
async fn a_new_certificate_is_shown_without_a_restart() {
    let kitchen = Kitchen::new();
    let (_, app, tls) = kitchen.serve(Limits::default()).await;
    let mut before = kitchen.connect(&app).await;
    assert!(!tls.reload().unwrap(), "nothing changed");
    kitchen.certify(&["cellar.local"]);
    assert!(tls.reload().unwrap());
    assert!(kitchen.dial(&app, "kitchen.local", &[&TLS13], &[]).await.is_err());
    kitchen.dial(&app, "cellar.local", &[&TLS13], &[]).await.unwrap();
    before.send(ASK).await;
    before.until("{\"status\":\"ok\"}").await;
}

#[tokio::test]
async fn a_broken_certificate_is_said_once_and_the_old_one_stays() {
    let kitchen = Kitchen::new();
    let (_, app, tls) = kitchen.serve(Limits::default()).await;
    let another = kitchen.authority.issue(&[], Duration::from_hours(24), SystemTime::now()).unwrap();
    for (name, content) in [("server.key", another.key.as_str()), ("server.crt", "nothing"), ("server.key", "")] {
        kitchen.put(name, content);
        assert!(tls.reload().is_err(), "{name}");
        assert!(!tls.reload().unwrap(), "{name}: it was said before");
        assert!(kitchen.tls().is_err(), "{name}: a server does not start with it");
        kitchen.connect(&app).await;
    }
    std::fs::remove_file(kitchen.folder.path().join("server.key")).unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::Unreadable { .. })));
    kitchen.connect(&app).await;
    kitchen.certify(&["kitchen.local"]);
    assert!(tls.reload().unwrap());
}

#[tokio::test]
async fn a_handshake_that_takes_too_long_is_cut_and_holds_nobody_up() {
    let kitchen = Kitchen::new();
    let (_, app, _) = kitchen.serve(Limits { handshake_within: SHORT, ..Limits::default() }).await;
    let mut silent = app.connect().await;
    let mut begun = app.connect().await;
    begun.send(b"\x16\x03\x01").await;
    kitchen.connect(&app).await;
    assert_eq!(silent.rest().await, "");
    assert_eq!(begun.rest().await, "");
}

#[tokio::test]
async fn a_screen_lives_over_tls_and_its_end_is_said() {
    let kitchen = Kitchen::new();
    let (app, socket, _) = kitchen.serve(Limits::default()).await;
    let mut screen = kitchen.connect(&socket).await;
    screen.send(FOLLOW).await;
    assert!(screen.until("event: heartbeat").await.starts_with("HTTP/1.1 200 OK\r\n"));
    app.place(Normal).await;
    screen.until("event: order.placed").await;
    screen.until("event: heartbeat").await;
    let idle = kitchen.connect(&socket).await;
    let mut handshake = socket.connect().await;
    handshake.send(b"\x16\x03\x01").await;
    let served = socket.stop();
    let rest = ended_with_a_word(screen).await;
    assert!(rest.is_empty() || rest.ends_with("\n\n"), "a frame is not cut in two: {rest:?}");
    assert_eq!(ended_with_a_word(idle).await, "");
    assert_eq!(handshake.rest().await, "");
    // Nothing runs into the limit.
    tokio::time::timeout(Limits::default().shutdown_within / 2, served).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_screen_that_leaves_frees_its_place() {
    let kitchen = Kitchen::new();
    let hour = Duration::from_hours(1);
    let (_, app, _) = kitchen.serve(Limits { connections_max: 1, heartbeat_every: hour, ..Limits::default() }).await;
    for _ in 0..3 {
        let mut screen = kitchen.connect(&app).await;
        screen.send(FOLLOW).await;
        screen.until("event: heartbeat").await;
    }
}

#[tokio::test]
async fn who_takes_nothing_is_cut_over_tls_too() {
    let kitchen = Kitchen::new();
    let (app, socket, _) = kitchen.serve(Limits { write_stalls_at_most: SHORT, ..Limits::default() }).await;
    let mut screen = kitchen.connect(&socket).await;
    screen.send(FOLLOW).await;
    screen.until("event: heartbeat").await;
    for _ in 0..600 {
        let line = serde_json::json!({ "name": "x".repeat(80), "quantity": 1, "note": "x".repeat(200) });
        let order = serde_json::json!({ "type": "NORMAL", "lines": vec![line; 50] });
        app.post("/api/orders", &order).await.expect(201);
    }
    let mut board = kitchen.connect(&socket).await;
    board.send("GET /api/board HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    tokio::time::sleep(SHORT * 4).await;
    for stalled in [screen, board] {
        // Read below the encryption: reset, so that the kernel keeps nothing of what was not taken.
        let (mut tcp, _) = stalled.0.into_inner();
        let ended = tokio::time::timeout(Duration::from_secs(5), tcp.read_to_end(&mut Vec::new())).await.unwrap();
        assert_eq!(ended.map_err(|error| error.kind()), Err(ErrorKind::ConnectionReset));
    }
}

#[tokio::test]
async fn browsers_are_told_to_stay_with_https_where_the_server_has_a_name() {
    let kitchen = Kitchen::new();
    let (app, encrypted, _) = kitchen.serve(Limits::default()).await;
    let demand = "strict-transport-security: max-age=31536000\r\n";
    let mut socket = kitchen.connect(&encrypted).await;
    for (host, expected) in [("kitchen.local", true), ("localhost:8443", false), ("192.168.1.7", false)] {
        socket.send(ASK.replace("kitchen.local", host)).await;
        assert_eq!(socket.until("{\"status\":\"ok\"}").await.contains(demand), expected, "{host}");
    }
    let plain = SocketApp::serve(&app, Limits::default()).await;
    let mut socket = plain.connect().await;
    socket.send(ASK).await;
    assert!(!socket.until("{\"status\":\"ok\"}").await.contains("strict-transport-security"));
}

#[tokio::test]
async fn plain_http_on_the_encrypted_port_is_led_on_or_told() {
    let kitchen = Kitchen::new();
    let (app, socket, _) = kitchen.serve(Limits::default()).await;
    let answer = socket.exchange("GET /settings?a=1 HTTP/1.1\r\nHost: kitchen.local:8443\r\n\r\n").await;
    assert!(
        answer.starts_with("HTTP/1.1 307 ") && answer.contains("location: https://kitchen.local:8443/settings?a=1\r\n"),
        "{answer}"
    );
    let order =
        "POST /api/orders HTTP/1.1\r\nHost: kitchen.local:8443\r\nContent-Length: 17\r\n\r\n{\"type\":\"NORMAL\"}";
    for request in [order, "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"] {
        let answer = socket.exchange(request).await;
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("HTTPS"), "{answer}");
    }
    assert_eq!(app.listing().await.len(), 0);
}

#[tokio::test]
async fn the_page_that_leads_to_trust_serves_nothing_else() {
    let kitchen = Kitchen::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let authority = Certificate::clone(kitchen.authority.certificate());
    let trust = Trust { authority: authority.clone(), https: address, reached_at: None };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(serve_trust(listener, trust, async { stopped.await.unwrap_or(()) }));
    let ask = async |line: &str| {
        let mut socket = Socket(TcpStream::connect(address).await.unwrap());
        socket.send(format!("{line} HTTP/1.1\r\nHost: {address}\r\n\r\n")).await;
        socket.rest().await
    };
    let page = ask("GET /").await;
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains(&authority.fingerprint()), "{page}");
    for line in ["GET /api/board", "GET /livez", "GET /index.html", "GET /api/docs/", "GET /ca.key"] {
        assert!(ask(line).await.starts_with("HTTP/1.1 404 "), "{line}");
    }
    assert!(ask("POST /api/orders").await.starts_with("HTTP/1.1 405 "));
    stop.send(()).unwrap();
    served.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[test]
fn whatever_a_file_holds_it_is_used_or_refused() {
    let kitchen = Kitchen::new();
    for name in ["server.crt", "server.key"] {
        let right = std::fs::read(kitchen.folder.path().join(name)).unwrap();
        let mut used = 0;
        for at in (0..right.len()).step_by(4) {
            for byte in [b'A', 0xff] {
                let mut wrong = right.clone();
                wrong[at] = byte;
                std::fs::write(kitchen.folder.path().join(name), &wrong).unwrap();
                if let Ok(tls) = kitchen.tls() {
                    used += 1;
                    // It is shown in logs and on the page that leads to trust.
                    let _ = tls.certificate().map(|it| (it.names(), it.begins(), it.ends(), it.fingerprint()));
                }
                let _ = Authority::from_pem(&String::from_utf8_lossy(&wrong), &String::from_utf8_lossy(&wrong));
            }
            std::fs::write(kitchen.folder.path().join(name), &right[..at]).unwrap();
            // Its last line may lack its end.
            assert!(kitchen.tls().is_err() || at + 2 > right.len(), "{at} bytes of {name}");
        }
        std::fs::write(kitchen.folder.path().join(name), &right).unwrap();
        assert!(kitchen.tls().is_ok());
        assert!(used > 0, "nothing came so far as to be used");
    }
}
