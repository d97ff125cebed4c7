//! Live screens: many event streams, read by as little code as will do.
//!
//! Each screen is a socket, a few words of state and, now and then, the beginning of a frame. They share one
//! read buffer, which is why they live on one thread.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::chunked::Malformed;
use crate::connection::{HEADERS_MAX, RECONNECT_PAUSE, connect};
use crate::observed::{Observed, WITNESS};
use crate::problem::Problem;
use crate::run::LoadError;
use crate::sse::Frames;
use crate::target::Target;

/// Bytes read at once. A burst of a hundred events fits; it is shared by all screens.
const READ_BYTES: usize = 64 * 1024;

/// Screens that wait for their first snapshot at once. More would only queue at the server.
const OPENING_MAX: usize = 64;

/// How long a screen may take from connecting to its first snapshot. A board with 100,000 orders is 50 MB.
const OPEN_TIMEOUT: Duration = Duration::from_mins(1);

/// Connected screens.
#[derive(Debug)]
pub(crate) struct Watch {
    shared: Rc<Shared>,
    followers: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    target: Rc<Target>,
    observed: RefCell<Observed>,
    buffer: RefCell<Box<[u8]>>,
    reconnects: Cell<u64>,
    /// Told when an order got a step further.
    news: Notify,
}

/// Why a stream ended.
#[derive(Debug, thiserror::Error)]
enum StreamError {
    #[error("{0}")]
    Network(#[from] io::Error),
    #[error("{0}")]
    Malformed(#[from] Malformed),
    #[error("the server ended the stream")]
    Ended,
    #[error("the head of the answer is not HTTP")]
    Head,
    #[error("no snapshot came within {} s", OPEN_TIMEOUT.as_secs())]
    Timeout,
    #[error("{reason}")]
    Refused { status: u16, reason: String },
}

impl StreamError {
    fn into_load_error(self) -> LoadError {
        const DOING: &str = "open a screen";
        match self {
            Self::Refused { status, reason } => LoadError::Refused { doing: DOING, status, reason },
            other => LoadError::NoAnswer { doing: DOING, reason: other.to_string() },
        }
    }
}

impl Watch {
    /// Opens the screens and waits until each has its first snapshot. `opened` hears how many have.
    pub(crate) async fn open(
        target: Rc<Target>,
        screens: usize,
        observed: Observed,
        mut opened: impl FnMut(usize),
    ) -> Result<Self, LoadError> {
        let shared = Rc::new(Shared {
            target,
            observed: RefCell::new(observed),
            buffer: RefCell::new(vec![0; READ_BYTES].into_boxed_slice()),
            reconnects: Cell::new(0),
            news: Notify::new(),
        });
        let (mut opening, mut followers) = (JoinSet::new(), JoinSet::new());
        let gate = Rc::new(Semaphore::new(OPENING_MAX));
        // The witness first, so that whatever another screen sees as an event it does, too.
        let witness = shared.open(WITNESS).await.map_err(StreamError::into_load_error)?;
        followers.spawn_local(Rc::clone(&shared).follow(WITNESS, witness));
        opened(1);
        for screen in (0..screens).filter(|&screen| screen != WITNESS) {
            let (shared, gate) = (Rc::clone(&shared), Rc::clone(&gate));
            opening.spawn_local(async move {
                let _permit = gate.acquire().await.expect("the gate is never closed");
                (screen, shared.open(screen).await)
            });
        }
        while let Some(joined) = opening.join_next().await {
            let (screen, stream) = joined.expect("opening a screen neither panics nor is cancelled");
            let stream = stream.map_err(StreamError::into_load_error)?;
            followers.spawn_local(Rc::clone(&shared).follow(screen, stream));
            opened(screens - opening.len());
        }
        Ok(Self { shared, followers })
    }

    /// Looks at what the screens have seen.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&Observed) -> T) -> T {
        look(&self.shared.observed.borrow())
    }

    /// An order was acknowledged that was to be asked for at `at`.
    pub(crate) fn asked(&self, number: u64, at: Instant) {
        self.shared.observed.borrow_mut().lives.asked(number, at);
    }

    /// How often a screen's stream ended and was resumed.
    pub(crate) fn reconnects(&self) -> u64 {
        self.shared.reconnects.get()
    }

    /// Waits until all our orders got where they should; gives up when there is no news for `patience`.
    pub(crate) async fn settle(&self, patience: Duration) {
        while self.with(|observed| observed.lives.waiting() > 0) {
            if timeout(patience, self.shared.news.notified()).await.is_err() {
                return;
            }
        }
    }

    /// Closes the screens.
    pub(crate) async fn close(mut self) -> Observed {
        self.followers.shutdown().await;
        Rc::into_inner(self.shared).expect("all who shared it have ended").observed.into_inner()
    }
}

/// A screen's connection.
struct Stream {
    socket: TcpStream,
    frames: Frames,
}

impl Shared {
    /// Connects a screen and reads until it has a position.
    async fn open(&self, screen: usize) -> Result<Stream, StreamError> {
        let opening = async {
            let mut stream = self.request(screen).await?;
            while self.observed.borrow().versions.position(screen).is_none() {
                self.read(screen, &mut stream).await?;
            }
            Ok(stream)
        };
        timeout(OPEN_TIMEOUT, opening).await.unwrap_or(Err(StreamError::Timeout))
    }

    /// Reads a screen for ever, and resumes it when its stream ends.
    async fn follow(self: Rc<Self>, screen: usize, mut stream: Stream) {
        loop {
            while self.read(screen, &mut stream).await.is_ok() {}
            self.reconnects.set(self.reconnects.get() + 1);
            stream = loop {
                match self.request(screen).await {
                    Ok(stream) => break stream,
                    Err(_) => tokio::time::sleep(RECONNECT_PAUSE).await,
                }
            };
        }
    }

    /// Asks for the events, from where the screen stands if it has a position.
    async fn request(&self, screen: usize) -> Result<Stream, StreamError> {
        let position = self.observed.borrow().versions.position(screen).map(|position| position.to_string());
        let mut headers = vec![("accept", "text/event-stream")];
        headers.extend(position.as_deref().map(|position| ("last-event-id", position)));
        let mut socket = connect(&self.target).await?;
        socket.write_all(&self.target.request("GET", "/events", &headers, None)).await?;

        let mut inbox = Vec::with_capacity(1024);
        loop {
            if socket.read_buf(&mut inbox).await? == 0 {
                return Err(StreamError::Ended);
            }
            let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
            let mut response = httparse::Response::new(&mut headers);
            let Ok(parsed) = response.parse(&inbox) else { return Err(StreamError::Head) };
            let httparse::Status::Complete(length) = parsed else { continue };
            let status = response.code.ok_or(StreamError::Head)?;
            if status != 200 {
                let reason = Problem::read(&inbox[length..]).into_words();
                return Err(StreamError::Refused { status, reason });
            }
            let chunked = response.headers.iter().any(|header| {
                header.name.eq_ignore_ascii_case("transfer-encoding") && header.value.eq_ignore_ascii_case(b"chunked")
            });
            let mut stream = Stream { socket, frames: Frames::new(chunked) };
            self.observed.borrow_mut().connected(screen);
            self.take(screen, &mut stream.frames, &inbox[length..])?;
            return Ok(stream);
        }
    }

    /// Reads once what has come for a screen.
    ///
    /// Polled by hand for two reasons: nothing of the shared buffer is kept while waiting, and tokio then takes a
    /// short read for the end of what there is, where `try_read` asks the kernel again: half of all system calls.
    async fn read(&self, screen: usize, stream: &mut Stream) -> Result<(), StreamError> {
        let Stream { socket, frames } = stream;
        poll_fn(|context| {
            let mut buffer = self.buffer.borrow_mut();
            let mut bytes = ReadBuf::new(&mut buffer);
            ready!(Pin::new(&mut *socket).poll_read(context, &mut bytes))?;
            Poll::Ready(match bytes.filled() {
                [] => Err(StreamError::Ended),
                bytes => self.take(screen, frames, bytes),
            })
        })
        .await
    }

    fn take(&self, screen: usize, frames: &mut Frames, bytes: &[u8]) -> Result<(), StreamError> {
        let mut observed = self.observed.borrow_mut();
        let (now, before) = (Instant::now(), observed.lives.news());
        frames.feed(bytes, |frame| observed.frame(screen, frame, now))?;
        if observed.lives.news() > before {
            self.news.notify_waiters();
        }
        if frames.ended() { Err(StreamError::Ended) } else { Ok(()) }
    }
}
