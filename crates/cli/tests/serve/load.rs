//! `feedme load --history` against a real server, and against one of whose answers one is changed on the way.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::binary::Running;
use crate::text;

/// What a NORMAL order is turned into, once: as long as it was.
const CHANGE: (&[u8], &[u8]) = (br#""type":"NORMAL""#, br#""type":"VIP"   "#);

fn load(address: &str) -> Output {
    let words = "load lifecycle --orders 60 --bots 2 --cook-ms 1 --vip-share 0 --idempotent --history --quiet --url";
    let words = words.split_whitespace().chain([address]);
    Command::new(env!("CARGO_BIN_EXE_feedme")).args(words).output().expect("the binary starts")
}

/// Stands before a server and changes the first answer that says how an order was placed.
fn lying_proxy(server: &str) -> String {
    let server = server.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    let lied = Arc::new(AtomicBool::new(false));
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(upstream) = TcpStream::connect(&server) else { return };
            let [mut to_server, mut from_server] =
                [0; 2].map(|_| upstream.try_clone().expect("a socket can be shared"));
            let (mut from_client, mut to_client) = (client.try_clone().expect("a socket can be shared"), client);
            std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
            let lied = Arc::clone(&lied);
            std::thread::spawn(move || {
                let mut bytes = vec![0; 64 * 1024];
                while let Ok(length @ 1..) = from_server.read(&mut bytes) {
                    let answer = &mut bytes[..length];
                    let at = answer.windows(CHANGE.0.len()).position(|part| part == CHANGE.0);
                    if let Some(at) =
                        at.filter(|_| answer.starts_with(b"HTTP/1.1 201") && !lied.load(Ordering::Relaxed))
                    {
                        lied.store(true, Ordering::Relaxed);
                        answer[at..at + CHANGE.1.len()].copy_from_slice(CHANGE.1);
                    }
                    if to_client.write_all(answer).is_err() {
                        break;
                    }
                }
                let _ = to_client.shutdown(std::net::Shutdown::Both);
            });
        }
    });
    address
}

#[test]
fn the_whole_history_of_a_load_is_judged() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let server = Running::start(folder.path());
    let output = load(server.address());
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}{}", text(&output.stderr));
    assert!(said.contains("✓ the whole history holds together"), "{said}");

    let output = load(&lying_proxy(server.address()));
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(4), "{said}{}", text(&output.stderr));
    assert!(said.contains("✗ the whole history holds together") && said.contains("acknowledged as"), "{said}");
    assert!(said.contains("1 check failed."), "no other check looks at what was ordered: {said}");
    server.terminate();
}
