//! People with accounts, and `feedme user`, which gives them out.

use std::process::Stdio;

use reqwest::Response;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

const PASSWORD: &str = "velvet otter drums at noon";

/// Runs `feedme user` beside the nodes.
pub(crate) async fn user(database: &str, words: &[&str]) {
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
pub(crate) struct Browser {
    http: reqwest::Client,
    session: String,
}

impl Browser {
    pub(crate) async fn signed_in(node: &str, name: &str) -> Self {
        let http = reqwest::Client::new();
        let body = json!({ "username": name, "password": PASSWORD });
        let answer = http.post(format!("{node}/api/auth/login")).json(&body).send().await.expect("it answers");
        assert_eq!(answer.status(), 200, "{name} signs in");
        let cookies = answer.headers().get_all("set-cookie").iter().filter_map(|it| it.to_str().ok());
        let session = cookies.filter_map(|it| it.split(';').next()).find(|it| it.starts_with("feedme_session="));
        Self { http, session: session.expect("a session began").to_owned() }
    }

    pub(crate) async fn get(&self, node: &str, path: &str) -> Response {
        let request = self.http.get(format!("{node}{path}")).header("cookie", &self.session);
        request.send().await.expect("it answers")
    }

    pub(crate) async fn is_in(&self, node: &str) -> bool {
        match self.get(node, "/api/board").await.status().as_u16() {
            200 => true,
            401 => false,
            status => panic!("{status}"),
        }
    }

    pub(crate) async fn sign_out(&self, node: &str) {
        let request = self.http.post(format!("{node}/api/auth/logout")).header("cookie", &self.session);
        assert_eq!(request.send().await.expect("it answers").status(), 200);
    }

    pub(crate) async fn stream(&self, node: &str) -> Response {
        let mut stream = self.get(node, "/api/events").await;
        assert_eq!(stream.status(), 200);
        stream.chunk().await.expect("it can be read").expect("it has begun");
        stream
    }
}
