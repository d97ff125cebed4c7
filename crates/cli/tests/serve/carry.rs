//! A restaurant outgrows its till and moves to PostgreSQL, and back: `export`, `import`, and `doctor` at both ends.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use feedme_testkit::cluster::Cluster;
use reqwest::blocking::Response;
use serde_json::Value;

use crate::binary::{Running, client};
use crate::text;

/// Runs `feedme` on a folder, or on PostgreSQL.
fn run(words: &[&str], data: &Path, database: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_feedme"));
    command.args(words).arg("--data").arg(data);
    command.args(database.iter().flat_map(|url| ["--database", url])).output().expect("the binary starts")
}

pub(crate) fn done(words: &[&str], data: &Path, database: Option<&str>) -> String {
    let output = run(words, data, database);
    assert!(output.status.success(), "{words:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

pub(crate) fn refused(words: &[&str], data: &Path, database: Option<&str>) -> String {
    let output = run(words, data, database);
    assert_eq!(output.status.code(), Some(1), "{words:?}: {}", text(&output.stdout));
    text(&output.stderr)
}

fn at(server: &Running, slug: &str, path: &str) -> String {
    server.url(&format!("/api/restaurants/{slug}{path}"))
}

/// Places an order; its number.
pub(crate) fn place(server: &Running, slug: &str) -> u64 {
    let order = client().post(at(server, slug, "/orders")).json(&serde_json::json!({ "type": "VIP" }));
    let order = order.send().and_then(Response::json::<Value>).expect("it answers with JSON");
    order["order"]["number"].as_u64().unwrap_or_else(|| panic!("no order was placed: {order}"))
}

#[test]
fn a_restaurant_moves_to_postgresql_beside_running_servers_and_back() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (till, node, back) = (folder.path().join("till"), folder.path().join("node"), folder.path().join("back"));
    let file = folder.path().join("till.feedme.gz");
    let file_name = file.to_str().expect("the path is text");
    let database = Cluster::shared().database();
    let url = database.url();
    let on_postgres = Some(url.as_str());

    let server = Running::start(&till);
    for n in 1..=3 {
        assert_eq!(place(&server, "default"), n);
    }
    assert!(refused(&["doctor", "--restaurant", "west"], &till, None).contains("there is no restaurant west"));
    let said = done(&["export", "default", file_name], &till, None);
    assert!(said.contains("3 orders"), "{said}");
    let mode = std::fs::metadata(&file).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(refused(&["export", "default", file_name], &till, None).contains("exists already"));
    assert!(refused(&["import", file_name, "--slug", "east"], &till, None).contains("in use by process"));
    server.terminate();

    // A node that serves already, and a restaurant of its own.
    let words = ["serve", "--open", "--log", "error", "--database", &url];
    let server = Running::with(Command::new(env!("CARGO_BIN_EXE_feedme")), &words, &node);
    assert_eq!(place(&server, "default"), 1);
    assert!(refused(&["import", file_name], &node, on_postgres).contains("--slug"));
    // Whoever asks for it too early does not keep it from being found.
    let early = client().get(at(&server, "east", "/board")).send().expect("it answers");
    assert_eq!(early.status().as_u16(), 404);
    let said = done(&["import", file_name, "--slug", "east"], &node, on_postgres);
    assert!(said.contains("the next order is number 1004"), "{said}");
    assert_eq!(place(&server, "east"), 1004);
    assert_eq!(place(&server, "default"), 2);
    let said = done(&["doctor"], &node, on_postgres);
    assert!(said.contains("Restaurant east") && said.contains("4 orders") && said.contains("All is well"), "{said}");
    assert!(!done(&["doctor", "--restaurant", "default"], &node, on_postgres).contains("east"));

    // And back, to a folder that is new.
    let file = folder.path().join("east.feedme.gz");
    let file_name = file.to_str().expect("the path is text");
    done(&["export", "east", file_name], &node, on_postgres);
    server.terminate();
    done(&["import", file_name, "--slug", "default", "--skip-numbers", "0"], &back, None);
    let server = Running::start(&back);
    assert_eq!(place(&server, "default"), 1005);
    assert!(done(&["doctor"], &back, None).contains("All is well"), "beside the server");
    server.terminate();

    database.ask("UPDATE orders SET note = 'x' WHERE number = 1004").expect("it can be changed");
    let output = run(&["doctor"], &node, on_postgres);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("PROBLEM  east: the tables and the events disagree about order 1004"));
}

#[test]
fn what_cannot_be_read_is_said_in_words() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("letter");
    std::fs::write(&file, "Dear sir or madam").expect("there is room");
    let file_name = file.to_str().expect("the path is text");
    let data = folder.path().join("data");
    assert!(refused(&["export", "default", "x"], &data, None).contains("there is no database in"));
    assert!(!data.exists(), "whoever only looks makes nothing");
    assert!(refused(&["import", file_name], &data, None).contains("letter is damaged"));
    let nobody = Some("postgres://feedme@127.0.0.1:1/feedme");
    assert!(refused(&["doctor"], &data, nobody).contains("the database cannot be used"));
    let database = Cluster::shared().database();
    let url = database.url();
    assert!(refused(&["doctor"], &data, Some(url.as_str())).contains("there is no database of FeedMe's there"));
}
