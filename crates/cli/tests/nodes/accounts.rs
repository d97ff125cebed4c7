//! Two nodes that know whom they let in, and commands beside them.

use std::process::Stdio;
use std::time::{Duration, Instant};

use feedme_testkit::cluster::Cluster;
use reqwest::Response;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::fleet::{end, serve};

const PASSWORD: &str = "velvet otter drums at noon";

/// How soon a stream must end after something was done elsewhere: half a second until the node hears of it, a quarter
/// between two rounds, and what a busy machine takes.
const ENDS_WITHIN: Duration = Duration::from_secs(3);

/// Runs `feedme user` beside the nodes.
async fn user(database: &str, words: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_feedme"));
    command.arg("user").args(words).env("FEEDME_DATABASE", database).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().expect("the binary starts");
    let mut input = child.stdin.take().expect("it has an input");
    // Whoever asks for no password does not read it.
    let _ = input.write_all(PASSWORD.as_bytes()).await;
    drop(input);
    assert!(child.wait().await.expect("it ends").success(), "{words:?}");
}

/// A browser.
struct Browser {
    http: reqwest::Client,
    session: String,
}

impl Browser {
    async fn signed_in(node: &str, name: &str) -> Self {
        let http = reqwest::Client::new();
        let body = json!({ "username": name, "password": PASSWORD });
        let answer = http.post(format!("{node}/api/auth/login")).json(&body).send().await.expect("it answers");
        assert_eq!(answer.status(), 200, "{name} signs in");
        let cookies = answer.headers().get_all("set-cookie").iter().filter_map(|it| it.to_str().ok());
        let session = cookies.filter_map(|it| it.split(';').next()).find(|it| it.starts_with("feedme_session="));
        Self { http, session: session.expect("a session began").to_owned() }
    }

    async fn get(&self, node: &str, path: &str) -> Response {
        let request = self.http.get(format!("{node}{path}")).header("cookie", &self.session);
        request.send().await.expect("it answers")
    }

    async fn is_in(&self, node: &str) -> bool {
        match self.get(node, "/api/board").await.status().as_u16() {
            200 => true,
            401 => false,
            status => panic!("{status}"),
        }
    }

    async fn sign_out(&self, node: &str) {
        let request = self.http.post(format!("{node}/api/auth/logout")).header("cookie", &self.session);
        assert_eq!(request.send().await.expect("it answers").status(), 200);
    }

    async fn stream(&self, node: &str) -> Response {
        let mut stream = self.get(node, "/api/events").await;
        assert_eq!(stream.status(), 200);
        stream.chunk().await.expect("it can be read").expect("it has begun");
        stream
    }
}

async fn ends(mut stream: Response) {
    let done = Instant::now();
    let ending = async { while stream.chunk().await.expect("it ends in good order").is_some() {} };
    let ended = tokio::time::timeout(ENDS_WITHIN, ending).await;
    assert!(ended.is_ok(), "a stream goes on after {:?}", done.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_out_anywhere_is_out_at_every_node() {
    let database = Cluster::shared().database();
    let url = database.url();
    let ((mut one, here), (mut other, there)) = (serve(&url, &[]).await, serve(&url, &[]).await);
    user(&url, &["add", "mei", "--role", "manager", "--password-stdin"]).await;
    user(&url, &["add", "ravi", "--role", "normal", "--password-stdin"]).await;

    // What a command does beside them.
    for change in [&["role", "ravi", "vip"][..], &["disable", "ravi"]] {
        let (ravi, mei) = (Browser::signed_in(&here, "ravi").await, Browser::signed_in(&there, "mei").await);
        assert!(ravi.is_in(&there).await && mei.is_in(&here).await, "whoever is in at one is in at the other");
        let (streams, stays) = ([ravi.stream(&here).await, ravi.stream(&there).await], mei.stream(&here).await);
        user(&url, change).await;
        assert!(!ravi.is_in(&there).await && !ravi.is_in(&here).await, "{change:?}");
        for stream in streams {
            ends(stream).await;
        }
        assert!(mei.is_in(&here).await && mei.is_in(&there).await);
        let ended = tokio::time::timeout(Duration::from_secs(1), ends(stays)).await;
        assert!(ended.is_err(), "{change:?} ends nothing of others'");
    }

    // What one node does.
    let mei = Browser::signed_in(&here, "mei").await;
    let stream = mei.stream(&there).await;
    mei.sign_out(&here).await;
    assert!(!mei.is_in(&there).await);
    ends(stream).await;

    end(&mut one).await;
    end(&mut other).await;
}
