//! A screen: it reads a stream frame by frame.

use axum::body::Body;
use axum::response::Response;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use serde_json::Value;

/// Heartbeats without an event before a test gives up: an hour of virtual time.
const HEARTBEATS_MAX: usize = 1800;

/// One frame of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its id; a heartbeat has none.
    pub id: Option<String>,
    /// What happened.
    pub event: String,
    /// The payload.
    pub data: Value,
}

/// An open stream.
#[derive(Debug)]
pub struct Screen {
    /// The headers of the answer.
    pub headers: HeaderMap,
    body: Body,
    unread: String,
    /// The last id that came.
    pub last_id: Option<String>,
}

impl Frame {
    /// The version that it carries.
    pub fn version(&self) -> u64 {
        self.data["version"].as_u64().expect("every payload has a version")
    }
}

impl Screen {
    /// Reads what a stream was answered with.
    pub fn open(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        let (parts, body) = response.into_parts();
        Self { headers: parts.headers, body, unread: String::new(), last_id: None }
    }

    /// The next frame with an event; `None` when the stream ended.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            while let Some((block, rest)) = self.unread.split_once("\n\n") {
                let (frame, read) = (parse(block), self.unread.len() - rest.len());
                self.unread.drain(..read);
                if let Some(frame) = frame {
                    self.last_id = frame.id.clone().or(self.last_id.take());
                    return Some(frame);
                }
            }
            let piece = self.body.frame().await?.expect("a stream does not break off").into_data();
            self.unread.push_str(str::from_utf8(&piece.expect("a stream has no trailers")).expect("JSON is UTF-8"));
        }
    }

    /// The next frame that is no heartbeat; `None` when the stream ended. Fails when nothing but heartbeats
    /// comes: in virtual time nobody else would notice.
    pub async fn next_event(&mut self) -> Option<Frame> {
        for _ in 0..HEARTBEATS_MAX {
            let frame = self.next().await?;
            if frame.event != "heartbeat" {
                return Some(frame);
            }
        }
        panic!("nothing but heartbeats after {:?}", self.last_id);
    }

    /// Takes what has arrived so far, heartbeats left out.
    pub async fn take(&mut self, count: usize) -> Vec<Frame> {
        let mut frames = Vec::with_capacity(count);
        while frames.len() < count {
            frames.push(self.next_event().await.expect("the stream goes on"));
        }
        frames
    }
}

fn parse(block: &str) -> Option<Frame> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let (event, data) = (field("event")?, field("data")?);
    let data = serde_json::from_str(data).expect("payloads are JSON");
    Some(Frame { id: field("id").map(str::to_owned), event: event.to_owned(), data })
}
