//! What only a connection can show, in real time and with short time-outs.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use feedme_server::Limits;
use feedme_testkit::socket::Socket;
use feedme_testkit::{Normal, SocketApp, TestApp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Long enough that nothing in order runs into it, short enough to wait for.
const SHORT: Duration = Duration::from_millis(300);

fn short() -> Limits {
    Limits { headers_within: SHORT, body_within: SHORT, write_stalls_at_most: SHORT, ..Limits::default() }
}

async fn served(limits: Limits) -> (TestApp, SocketApp) {
    let app = TestApp::start().await;
    let socket = SocketApp::serve(&app, limits).await;
    (app, socket)
}

#[tokio::test]
async fn requests_follow_each_other_on_one_connection() {
    let (_, app) = served(Limits::default()).await;
    let mut socket = app.connect().await;
    for _ in 0..3 {
        socket.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        assert!(socket.until("{\"status\":\"ok\"}").await.starts_with("HTTP/1.1 200 OK"));
    }
}

#[tokio::test]
async fn two_lengths_are_one_too_many() {
    let (app, socket) = served(Limits::default()).await;
    let body = "{\"type\":\"NORMAL\"}";
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let (length, encoding) = (format!("Content-Length: {}", body.len()), "Transfer-Encoding: chunked");
    let head = "POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json";
    for (first, second) in [(length.as_str(), encoding), (encoding, length.as_str())] {
        let answer = socket.exchange(format!("{head}\r\n{first}\r\n{second}\r\n\r\n{chunked}")).await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request"), "{answer}");
        assert!(answer.contains("malformedRequest") && answer.contains("connection: close"), "{answer}");
    }
    // Behind a harmless request on the same connection it is found too.
    let harmless = format!("{head}\r\n{encoding}\r\n\r\n{chunked}");
    let answer = socket.exchange(format!("{harmless}{head}\r\n{length}\r\n{encoding}\r\n\r\n{chunked}")).await;
    assert!(answer.contains("400 Bad Request"), "{answer}");
    assert!(app.listing().await.len() <= 1);
}

#[tokio::test]
async fn a_body_is_chunked_once_or_not_at_all() {
    let (app, socket) = served(Limits::default()).await;
    let body = "{\"type\":\"NORMAL\"}";
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let head = "POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json";
    for codings in [
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
    ] {
        let answer = socket.exchange(format!("{head}\r\n{codings}\r\n\r\n{chunked}")).await;
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("malformedRequest"), "{codings}: {answer}");
    }
    assert_eq!(app.listing().await.len(), 0);
    let mut once = socket.connect().await;
    once.send(format!("{head}\r\nTransfer-Encoding: Chunked\r\n\r\n{chunked}")).await;
    once.until("201 Created").await;
}

#[tokio::test]
async fn headers_over_16_kib_are_431_and_the_answer_arrives() {
    let (_, app) = served(Limits::default()).await;
    let request =
        |bytes: usize| format!("GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n", "a".repeat(bytes));
    let mut socket = app.connect().await;
    socket.send(request(15 * 1024)).await;
    assert!(socket.until("{\"status\":\"ok\"}").await.contains("200 OK"));
    for kib in [17, 64, 1024] {
        let answer = app.exchange(request(kib * 1024)).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{kib}: {answer}");
        assert!(answer.contains("\"code\":\"headersTooLarge\""), "{kib}: {answer}");
        assert!(answer.contains("application/problem+json"), "{kib}: {answer}");
    }
    let many = "X: 1\r\n".repeat(200);
    assert!(app.exchange(format!("GET / HTTP/1.1\r\n{many}\r\n")).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn what_is_no_http_is_400_with_a_problem() {
    let (_, app) = served(Limits::default()).await;
    for bytes in [
        &b"GARBAGE\r\n\r\n"[..],
        b"GET /livez HTTP/1.1\r\nHost x\r\n\r\n",
        b"GET /livez HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /api/orders HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST /api/orders HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /api/orders HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
    ] {
        let answer = app.exchange(bytes).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("\"code\":\"malformedRequest\""), "{answer}");
    }
}

#[tokio::test]
async fn a_request_names_one_host() {
    let (_, app) = served(Limits::default()).await;
    for hosts in [
        "",
        "Host: localhost\r\nHost: localhost\r\n",
        "Host: localhost\r\nHost: a.example\r\n",
        "Host:\r\n",
        "Host: local host\r\n",
        "Host: localhost/api\r\n",
        "Host: localhost:http\r\n",
        "Host: \u{e9}.localhost\r\n",
    ] {
        for target in ["/livez", "/api/board", "http://localhost/api/board"] {
            let answer = app.exchange(format!("GET {target} HTTP/1.1\r\n{hosts}\r\n")).await;
            assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("malformedRequest"), "{hosts}: {answer}");
        }
    }
    // HTTP/1.0 knows no such header.
    assert!(app.exchange("GET /livez HTTP/1.0\r\n\r\n").await.starts_with("HTTP/1.0 200 "));
}

#[tokio::test]
async fn broken_chunks_are_400() {
    let (_, app) = served(Limits::default()).await;
    let head = "POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answer = app.exchange(format!("{head}zz\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("malformedRequest"), "{answer}");
}

#[tokio::test]
async fn an_endless_body_is_413_and_the_answer_arrives() {
    let (_, app) = served(Limits::default()).await;
    let head = "POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let told = format!("{head}Content-Length: 10000000\r\n\r\n{}", "x".repeat(10_000_000));
    assert!(app.exchange(told).await.starts_with("HTTP/1.1 413 "));
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let untold = format!("{head}Transfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(50));
    let answer = app.exchange(untold).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("payloadTooLarge"), "{answer}");
}

#[tokio::test]
async fn who_was_refused_is_listened_to_until_the_answer_has_arrived() {
    let (_, app) = served(Limits::default()).await;
    let large = "POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n";
    for begin in [large.to_owned(), format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(20_000))] {
        let mut socket = app.connect().await;
        socket.send(begin).await;
        socket.until("\"code\":").await;
        for _ in 0..10 {
            // Closed on what it did not read, a connection is reset, and the answer with it.
            tokio::time::sleep(SHORT / 10).await;
            socket.0.write_all(&[b'a'; 1000]).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_large_body_that_was_announced_is_not_asked_for() {
    let (_, app) = served(Limits::default()).await;
    let mut socket = app.connect().await;
    socket
        .send(
            "POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\nExpect: 100-continue\r\n\r\n",
        )
        .await;
    assert!(socket.rest().await.starts_with("HTTP/1.1 413 "));
}

#[tokio::test]
async fn slow_headers_are_cut() {
    let (_, app) = served(short()).await;
    let mut drip = app.connect().await;
    let began = Instant::now();
    for byte in "GET /livez HTTP/1.1\r\nX: ".bytes().chain(std::iter::repeat_n(b'a', 40)) {
        drip.send([byte]).await;
        tokio::time::sleep(SHORT / 20).await;
    }
    assert_eq!(drip.rest().await, "");
    // Long before the idle limit would have closed it.
    assert!(began.elapsed() < Limits::default().idle_at_most / 4);
}

#[tokio::test]
async fn idle_connections_are_closed_and_those_in_use_are_not() {
    // Far apart, so that a machine with other things to do does not make a used connection look idle.
    let (idle, pause) = (Duration::from_secs(3), Duration::from_millis(400));
    let (_, app) = served(Limits { idle_at_most: idle, ..Limits::default() }).await;
    let mut unused = app.connect().await;
    let mut used = app.connect().await;
    for _ in 0..10 {
        tokio::time::sleep(pause).await;
        used.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        used.until("{\"status\":\"ok\"}").await;
    }
    assert_eq!(unused.rest().await, "");
    assert_eq!(used.rest().await, "");
}

#[tokio::test]
async fn a_slow_body_is_408() {
    let (_, app) = served(short()).await;
    let mut socket = app.connect().await;
    socket
        .send("POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{\"type\"")
        .await;
    assert!(socket.until("requestTimeout").await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn beyond_the_bound_connections_wait_for_their_turn() {
    let (_, app) = served(Limits { connections_max: 2, ..Limits::default() }).await;
    let request = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut first = app.connect().await;
    let mut second = app.connect().await;
    for socket in [&mut first, &mut second] {
        socket.send(request).await;
        socket.until("ok").await;
    }
    let mut third = app.connect().await;
    third.send(request).await;
    assert!(tokio::time::timeout(SHORT, third.until("ok")).await.is_err());
    drop(first);
    assert!(third.until("ok").await.contains("200 OK"));
}

#[tokio::test]
async fn a_screen_that_reads_nothing_is_cut_and_the_others_see_everything() {
    let (app, socket) = served(short()).await;
    let mut stalled = socket.connect().await;
    stalled.send("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    stalled.until("event: heartbeat").await;
    let mut reading = socket.connect().await;
    reading.send("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    reading.until("event: heartbeat").await;
    for number in 1..=600 {
        app.post("/api/orders", &large_order()).await.expect(201);
        reading.until(&format!("\"number\":{number},")).await;
    }
    tokio::time::sleep(SHORT * 3).await;
    gone_without_a_rest(stalled).await;
}

#[tokio::test]
async fn a_client_that_asks_and_reads_nothing_is_cut() {
    let (app, socket) = served(short()).await;
    for _ in 0..200 {
        app.post("/api/orders", &large_order()).await.expect(201);
    }
    let mut stalled = socket.connect().await;
    stalled.send("GET /api/board HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    tokio::time::sleep(SHORT * 3).await;
    gone_without_a_rest(stalled).await;
}

/// Larger than 15 KiB.
fn large_order() -> serde_json::Value {
    let line = serde_json::json!({ "name": "x".repeat(80), "quantity": 1, "note": "x".repeat(200) });
    serde_json::json!({ "type": "NORMAL", "note": "x".repeat(500), "lines": vec![line; 50] })
}

/// The connection was reset, so that the kernel keeps nothing of what was not taken.
async fn gone_without_a_rest(mut socket: Socket) {
    let mut taken = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(5), socket.0.read_to_end(&mut taken)).await.unwrap();
    assert_eq!(ended.map_err(|error| error.kind()), Err(ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn a_screen_that_leaves_frees_its_place() {
    let hour = Duration::from_hours(1);
    let (_, app) = served(Limits { connections_max: 1, heartbeat_every: hour, ..Limits::default() }).await;
    for _ in 0..3 {
        let mut screen = app.connect().await;
        screen.send("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        let begin = screen.until("event: heartbeat").await;
        assert!(begin.starts_with("HTTP/1.1 200 OK\r\n"), "{begin}");
        for header in ["content-type: text/event-stream", "cache-control: no-store", "connection: close", "date: "] {
            assert!(begin.contains(header), "{begin}");
        }
    }
}

#[tokio::test]
async fn what_a_screen_says_after_its_question_is_not_answered() {
    let (_, app) = served(Limits::default()).await;
    let mut screen = app.connect().await;
    let question = "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
    screen.send(question).await;
    screen.until("event: heartbeat").await;
    screen.send(question.repeat(3)).await;
    assert!(!screen.until("event: heartbeat").await.contains("HTTP/1.1"));
    screen.send("x".repeat(64 * 1024)).await;
    screen.rest().await;
}

#[tokio::test]
async fn head_of_a_stream_has_no_stream() {
    let (_, app) = served(Limits::default()).await;
    let mut socket = app.connect().await;
    socket
        .send("HEAD /api/events HTTP/1.1\r\nHost: localhost\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    let answers = socket.until("{\"status\":\"ok\"}").await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2, "{answers}");
    assert!(!answers.contains("event:"), "{answers}");
}

#[tokio::test]
async fn shutdown_ends_streams_finishes_requests_and_is_quick() {
    let (app, socket) = served(Limits::default()).await;
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = socket.connect().await;
        stream.send("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        stream.until("event: heartbeat").await;
        streams.push(stream);
    }
    let mut idle = socket.connect().await;
    idle.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    idle.until("ok").await;
    let mut asking = socket.connect().await;
    let head =
        "POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n";
    asking.send(head).await;
    asking.send("{\"type\":").await;
    tokio::time::sleep(SHORT).await;
    let address = socket.address;
    let began = Instant::now();
    let served = socket.stop();
    for stream in &mut streams {
        let rest = stream.rest().await;
        assert!(rest.is_empty() || rest.ends_with("\n\n"), "a frame is not cut in two: {rest:?}");
    }
    assert_eq!(idle.rest().await, "");
    asking.send("\"NORMAL\"}").await;
    assert!(asking.rest().await.starts_with("HTTP/1.1 201 Created"));
    served.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(app.listing().await, ["1 PENDING"]);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_connection_that_never_ends_is_cut_at_shutdown() {
    let (app, socket) = served(Limits { shutdown_within: SHORT, ..Limits::default() }).await;
    app.place(Normal).await;
    let mut stuck = socket.connect().await;
    stuck.send("POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{").await;
    tokio::time::sleep(SHORT).await;
    let began = Instant::now();
    socket.stop().await.unwrap();
    // Long before the usual limit.
    assert!(began.elapsed() < Limits::default().shutdown_within / 2);
    stuck.rest().await;
}
