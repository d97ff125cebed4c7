//! What is long past is forgotten: `prune`, and `serve --keep-history`.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use feedme_kitchen::Command as Ask;
use feedme_store::Epoch;
use feedme_store::sqlite::SqliteStore;
use feedme_testkit::cluster::Cluster;
use feedme_testkit::conformance::author::{OPENING, a_day};
use reqwest::blocking::Response;
use serde_json::Value;

use crate::binary::{Running, client};
use crate::carry::{done, place, refused};

/// A restaurant in which nothing has happened since the first of January 2026, and nothing waits.
fn a_day_long_ago(data: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be had");
    runtime.block_on(async {
        let store = SqliteStore::open(data, "tests", OPENING, Epoch::from_random(7)).expect("it can be opened");
        let mut author = a_day(&store, "default").await;
        author.must(Ask::ClearOrders);
        author.commit(&store).await;
    });
}

/// How many orders are in the first page of the history.
fn history(server: &Running) -> usize {
    let page = client().get(server.url("/api/orders?limit=100")).send().and_then(Response::json::<Value>);
    page.expect("it answers with JSON")["orders"].as_array().expect("it has orders").len()
}

#[test]
fn what_is_long_past_is_forgotten_by_command() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let data = folder.path().join("data");
    a_day_long_ago(&data);
    let nowhere = folder.path().join("dta");
    assert!(refused(&["prune", "--keep", "30"], &nowhere, None).contains("there is no database") && !nowhere.exists());
    let said = done(&["prune", "--keep", "30000"], &data, None);
    assert!(said.contains("is older than 30000 days"), "{said}");
    assert!(refused(&["prune", "--keep", "30", "--restaurant", "west"], &data, None).contains("no restaurant west"));
    let server = Running::start(&data);
    let kept = history(&server);
    assert!(kept > 5);
    assert!(refused(&["prune", "--keep", "30"], &data, None).contains("in use by process"));
    let number = place(&server, "default");
    server.terminate();
    let said = done(&["prune", "--keep", "30"], &data, None);
    assert!(said.contains("Restaurant default: ") && said.contains("orders forgotten."), "{said}");
    let said = done(&["doctor"], &data, None);
    assert!(said.contains("All is well") && said.contains("1 orders"), "{said}");
    let server = Running::start(&data);
    assert_eq!((history(&server), place(&server, "default")), (1, number + 1));
}

#[test]
fn a_server_forgets_what_is_older_than_it_is_told_to_keep() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (till, node) = (folder.path().join("till"), folder.path().join("node"));
    a_day_long_ago(&till);
    let file = folder.path().join("till.feedme.gz");
    let file = file.to_str().expect("the path is text");
    let database = Cluster::shared().database();
    let url = database.url();
    done(&["export", "default", file], &till, None);
    done(&["import", file], &node, Some(&url));
    // Programs that know nothing of forgetting may still serve it.
    database.ask("UPDATE cluster SET level = 3").expect("it can be asked");
    assert!(refused(&["prune", "--keep", "30"], &node, Some(&url)).contains("feedme migrate --finish"));
    assert!(done(&["migrate", "--finish"], &node, Some(&url)).contains("Its level is 5 instead of 3"));
    assert!(done(&["migrate", "--finish"], &node, Some(&url)).contains("Its level is 5 already"));
    assert!(done(&["migrate", "--finish"], &till, None).contains("there is nothing to finish"));
    for (data, database) in [(&till, None), (&node, Some(url.as_str()))] {
        let mut words = vec!["serve", "--open", "--log", "error", "--keep-history", "30"];
        words.extend(database.iter().flat_map(|url| ["--database", url]));
        let server = Running::with(Command::new(env!("CARGO_BIN_EXE_feedme")), &words, data);
        let since = Instant::now();
        while history(&server) > 0 {
            assert!(since.elapsed() < Duration::from_mins(1), "it is still there");
            std::thread::sleep(Duration::from_millis(50));
        }
        place(&server, "default");
        let said = done(&["doctor"], data, database);
        assert!(said.contains("All is well") && said.contains("1 orders"), "{said}");
    }
}
