//! `feedme serve` as an operator meets it: what it refuses, how it ends, what it leaves behind.

mod binary;
mod carry;
mod dashboard;
mod deploy;
mod disk;
mod load;
mod metrics;
mod past;
mod telling;
mod tls;
mod users;

use std::path::Path;

use binary::{Running, feedme};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn it_refuses_to_be_open_to_the_network_and_says_why() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let output = feedme(&["serve", "--open", "--listen", "0.0.0.0:0", "--data"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("every caller is a manager") && said.contains("127.0.0.1"), "{said}");
}

#[test]
fn a_second_server_on_the_same_folder_is_told_which_process_holds_it() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let first = Running::start(folder.path());
    let output = feedme(&["serve", "--listen", "127.0.0.1:0", "--data"], folder.path());
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains(&format!("in use by process {}", first.pid())), "{said}");
}

#[test]
fn a_wrong_key_in_the_configuration_is_named() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("feedme.toml");
    std::fs::write(&file, "lissten = '127.0.0.1:0'\n").expect("a file can be written");
    let file = file.to_str().expect("the path is text");
    let output = feedme(&["serve", "--config", file, "--data"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("lissten"), "{}", text(&output.stderr));
}

#[test]
fn a_delayed_message_service_without_its_secrets_is_refused_and_no_flag_takes_them() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let service = ["--delayed-url", "http://127.0.0.1:9", "--delayed-callback", "http://127.0.0.1/api/orders/complete"];
    let words = [&["serve"][..], &service[..], &["--listen", "127.0.0.1:0", "--data"]].concat();
    let output = feedme(&words, folder.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("FEEDME_DELAYED_TOKEN is wrong: it is not set"), "{}", text(&output.stderr));
    let help = text(&feedme(&["serve", "--help"], Path::new("")).stdout);
    assert!(help.contains("--delayed-url") && help.contains("--delayed-secrets"), "{help}");
    for flag in ["--delayed-token", "--delayed-current-key", "--delayed-next-key"] {
        assert!(!help.contains(flag), "{help}");
    }
}

#[test]
fn sigterm_ends_it_in_good_order_and_orders_are_there_at_the_next_start() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let server = Running::start(folder.path());
    assert_eq!(server.place(), 201);
    assert_eq!(server.terminate().code(), Some(0));
    let server = Running::start(folder.path());
    assert!(server.get("/api/orders").contains("\"number\":1"), "{}", server.get("/api/orders"));
}

#[test]
fn backup_restore_and_doctor_work_on_what_a_server_left() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let data = folder.path().join("data");
    let backup = folder.path().join("today.db");
    let backup_path = backup.to_str().expect("the path is text");
    let server = Running::start(&data);
    assert_eq!(server.place(), 201);
    succeeds(&["backup", backup_path, "--data"], &data);
    assert_eq!(server.place(), 201);
    let epoch = epoch(&server);
    let busy = feedme(&["restore", backup_path, "--data"], &data);
    assert_eq!(busy.status.code(), Some(1), "a folder in use is not restored into");
    server.terminate();

    let said = succeeds(&["restore", backup_path, "--skip", "500", "--data"], &data);
    assert!(said.contains("the next order is number 502"), "{said}");
    let server = Running::start(&data);
    assert_eq!(server.place(), 201);
    let board = server.get("/api/board");
    assert!(board.contains("\"number\":502") && !board.contains("\"number\":2,"), "{board}");
    assert_ne!(self::epoch(&server), epoch, "a restored restaurant has a new history");
    server.terminate();
    assert!(succeeds(&["doctor", "--data"], &data).contains("All is well"));
}

#[test]
fn doctor_without_a_database_and_migrate_say_what_they_find() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let output = feedme(&["doctor", "--data"], folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("there is no database"), "{}", text(&output.stderr));
    assert!(succeeds(&["migrate", "--data"], folder.path()).contains("is at version 5"));
}

fn succeeds(words: &[&str], data: &Path) -> String {
    let output = feedme(words, data);
    assert!(output.status.success(), "{words:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn epoch(server: &Running) -> String {
    let board = server.get("/api/board");
    let (_, rest) = board.split_once("\"epoch\":\"").expect("a board has an epoch");
    rest.split('"').next().expect("it ends").to_owned()
}
