//! A run of the real application, taped as a client sees it, so that it can be told again: as it was, or changed.

use std::sync::Arc;

use feedme_checker::recorder::Callers;
use feedme_checker::{History, Recorder};
use feedme_testkit::app::{bare, with_json};
use feedme_testkit::{Screen, TestApp};
use http::Method;
use serde_json::Value;

/// One thing that a client did or saw.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Asked {
        method: &'static str,
        path: String,
        key: Option<String>,
        body: String,
    },
    /// The answer to the so-manieth thing that was asked.
    Answered {
        asked: usize,
        status: u16,
        replayed: bool,
        body: Value,
    },
    Connected {
        screen: usize,
    },
    Frame {
        screen: usize,
        name: String,
        id: Option<String>,
        data: Value,
    },
    Page(Value),
    Log(String),
}

/// All that clients did and saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tape(pub(crate) Vec<Step>);

impl Tape {
    /// Tells a recorder all of it.
    pub(crate) fn history(&self) -> History {
        let recorder = Arc::new(Recorder::new(Callers::All));
        self.tell(&recorder, "default");
        recorder.finish()
    }

    /// Tells it as if it had happened in a restaurant.
    pub(crate) fn tell(&self, recorder: &Arc<Recorder>, restaurant: &str) {
        let (mut asked, mut screens) = (Vec::new(), Vec::new());
        for step in &self.0 {
            match step {
                Step::Asked { method, path, key, body } => {
                    let route = path.trim_start_matches("/api").trim_start_matches("/restaurants/default");
                    let path = format!("/api/restaurants/{restaurant}{route}");
                    asked.push(Some(recorder.ask(method, &path, key.as_deref(), body.as_bytes())));
                }
                Step::Answered { asked: index, status, replayed, body } => {
                    let asking = asked[*index].take().expect("it is answered once");
                    recorder.answered(asking, *status, *replayed, body.to_string().as_bytes());
                }
                Step::Connected { screen } => {
                    if *screen == screens.len() {
                        screens.push(recorder.screen(restaurant));
                    }
                    screens[*screen].connected();
                }
                Step::Frame { screen, name, id, data } => {
                    let id = id.as_ref().map(|id| format!("id: {id}\n")).unwrap_or_default();
                    screens[*screen].feed(format!("{id}event: {name}\ndata: {data}\n\n").as_bytes());
                }
                Step::Page(page) => recorder.page(restaurant, page.to_string().as_bytes()),
                Step::Log(lines) => recorder.log(restaurant, lines),
            }
        }
    }

    /// The bodies of answers to what was asked so.
    pub(crate) fn answers(&mut self, method: &str, path: &str) -> Vec<&mut Value> {
        let mut asked = Vec::new();
        let mut found = Vec::new();
        for step in &mut self.0 {
            match step {
                Step::Asked { method: by, path: to, .. } => asked.push(*by == method && to.starts_with(path)),
                Step::Answered { asked: index, body, .. } if asked[*index] => found.push(body),
                _ => {}
            }
        }
        found
    }

    /// What the frames with this name carry on a screen.
    pub(crate) fn frames(&mut self, of: usize, called: &str) -> Vec<&mut Value> {
        let frames = self.0.iter_mut().filter_map(|step| match step {
            Step::Frame { screen, name, data, .. } if *screen == of && name == called => Some(data),
            _ => None,
        });
        frames.collect()
    }
}

/// The application, and the tape that runs.
pub(crate) struct Stage {
    app: TestApp,
    pub(crate) tape: Tape,
    asked: usize,
    screens: Vec<Screen>,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self { app: TestApp::start().await, tape: Tape::default(), asked: 0, screens: Vec::new() }
    }

    /// Asks, and gives the answer.
    pub(crate) async fn ask(&mut self, method: &'static str, path: &str, key: Option<&str>, body: Value) -> Value {
        let index = self.asked;
        let answer = self.send(method, path, key, &body).await;
        let replayed = answer.header("idempotency-replayed") == "true";
        let (status, body) = (answer.status.as_u16(), answer.json());
        self.tape.0.push(Step::Answered { asked: index, status, replayed, body: body.clone() });
        body
    }

    /// Asks, and the answer is lost.
    pub(crate) async fn lose(&mut self, path: &str, key: &str, body: Value) {
        self.send("POST", path, Some(key), &body).await;
    }

    async fn send(
        &mut self,
        method: &'static str,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> feedme_testkit::Answer {
        let sent = if body.is_null() { String::new() } else { body.to_string() };
        let (path, key) = (path.to_owned(), key.map(str::to_owned));
        self.tape.0.push(Step::Asked { method, path: path.clone(), key: key.clone(), body: sent });
        self.asked += 1;
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = if body.is_null() { bare(method, &path) } else { with_json(method, &path, body) };
        if let Some(key) = key {
            request.headers_mut().insert("idempotency-key", key.parse().expect("a legal header"));
        }
        self.app.send(request).await
    }

    /// Time passes, and the screens see what happens.
    pub(crate) async fn pass(&mut self, ms: u64) {
        self.app.advance(std::time::Duration::from_millis(ms)).await;
        let version = self.app.board().await["version"].as_u64().expect("a board has a version");
        for (screen, stream) in self.screens.iter_mut().enumerate() {
            let stands = |stream: &Screen| {
                let (_, version) = stream.last_id.as_deref()?.split_once('-')?;
                version.parse::<u64>().ok()
            };
            // Whatever has come, and all that is missing.
            loop {
                let next = tokio::time::timeout(std::time::Duration::ZERO, stream.next()).await;
                let Ok(frame) = next else {
                    if stands(stream) == Some(version) {
                        break;
                    }
                    continue;
                };
                let frame = frame.expect("the stream goes on");
                let (name, id, data) = (frame.event, frame.id, frame.data);
                self.tape.0.push(Step::Frame { screen, name, id, data });
            }
        }
    }

    /// Another screen follows.
    pub(crate) async fn follow(&mut self) {
        self.tape.0.push(Step::Connected { screen: self.screens.len() });
        self.screens.push(self.app.screen().await);
        self.pass(0).await;
    }

    /// What there is to be read in the end.
    pub(crate) async fn end(mut self) -> Tape {
        self.pass(0).await;
        let page = self.app.get("/api/orders?limit=100").await.json();
        self.tape.0.push(Step::Page(page));
        let log = self.app.get("/api/audit?format=jsonl").await.body;
        self.tape.0.push(Step::Log(String::from_utf8(log).expect("a log is text")));
        self.tape
    }
}
