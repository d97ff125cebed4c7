//! A disk that fails.

use std::path::Path;
use std::process::Command;

use crate::binary::{Running, feedme};

/// How many syncs succeed before the disk fails: the start takes a few, each order one.
const SYNCS: u32 = 20;

#[test]
fn a_failed_sync_is_never_acknowledged_and_ends_the_process_and_the_next_start_recovers() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e"])
        .arg(format!("inject=fdatasync:error=EIO:when={SYNCS}+"))
        .arg(env!("CARGO_BIN_EXE_feedme"));
    assert!(Path::new("/usr/bin/strace").exists(), "strace is needed: apt-get install strace");
    let server = Running::from(strace, folder.path());
    let mut answers = Vec::new();
    while answers.last().is_none_or(|answer| *answer == 201) {
        assert!(answers.len() < 100, "the disk never failed");
        answers.push(server.place());
    }
    assert_eq!(answers.pop(), Some(504), "nobody knows what became of an order whose sync failed");
    assert!(!answers.is_empty(), "the disk failed too early to show anything");
    let (status, said) = server.ended();
    assert_eq!(status.code(), Some(3), "{said}");
    assert!(said.contains("Start again"), "{said}");

    let server = Running::start(folder.path());
    let board = server.get("/api/board");
    for number in 1..=answers.len() {
        assert!(board.contains(&format!("\"number\":{number},")), "acknowledged order {number} is lost: {board}");
    }
    assert_eq!(server.place(), 201);
    server.terminate();
    assert!(feedme(&["doctor", "--data"], folder.path()).status.success());
}
