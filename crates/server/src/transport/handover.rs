//! A connection that carries a stream is taken from hyper.
//!
//! hyper keeps two buffers of 8 KiB for each connection as long as it lasts, and frames every piece that it
//! writes. Five thousand screens would keep 80 MiB for a request that each sends once, and each event would be
//! framed five thousand times. So when the answer is a stream, hyper lets go of the socket, and what is left
//! of the connection is the socket and the stream. The end of the connection is the end of the stream.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::{Buf as _, Bytes};
use feedme_api::Timestamp;
use feedme_kitchen::Time;
use http::response::Parts;
use http_body::Body as _;
use parking_lot::Mutex;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::watch;

use crate::transport::accept::Phase;
use crate::transport::socket::Socket;

/// Frames written at once. A screen that is further behind than this is behind by a second.
const FRAMES_AT_ONCE: usize = 16;

/// Marks an answer whose body goes on for as long as somebody listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Endless;

/// The way of a stream from hyper to its own connection.
#[derive(Debug, Default)]
pub(super) struct Handover(Mutex<Step>);

#[derive(Debug, Default)]
enum Step {
    #[default]
    None,
    /// hyper was told to let go.
    Asked(Box<Response>),
    /// It has let go.
    Done(Socket, Box<Response>),
}

/// What hyper is told so that it lets go of a connection without a word.
#[derive(Clone, Copy, Debug)]
pub(super) struct HandedOver;

impl Handover {
    /// Asks for the connection, to answer on it in hyper's place.
    pub(super) fn ask(&self, response: Response) -> HandedOver {
        *self.0.lock() = Step::Asked(Box::new(response));
        HandedOver
    }

    /// hyper has let go of the socket.
    pub(super) fn give(&self, socket: Socket) {
        let mut step = self.0.lock();
        if let Step::Asked(response) = std::mem::take(&mut *step) {
            *step = Step::Done(socket, response);
        }
    }

    /// The socket and what to answer on it, if it was handed over.
    pub(super) fn take(&self) -> Option<(Socket, Response)> {
        match std::mem::take(&mut *self.0.lock()) {
            Step::Done(socket, response) => Some((socket, *response)),
            Step::None | Step::Asked(_) => None,
        }
    }
}

/// Carries a stream until it ends, its reader is gone or takes nothing, or the server stops.
pub(super) async fn carry(
    socket: Socket,
    response: Response,
    mut phases: watch::Receiver<Phase>,
    now: Time,
    stalls_at_most: Duration,
) -> io::Result<()> {
    let mut socket = socket.adopt()?;
    let (parts, mut body) = response.into_parts();
    let mut waiting = VecDeque::from([head(&parts, now).into()]);
    loop {
        write(&mut socket, &mut waiting, stalls_at_most).await?;
        let more = tokio::select! {
            biased;
            more = poll_fn(|cx| gather(&mut body, &mut waiting, cx)) => more?,
            () = socket.gone() => return Ok(()),
            // The stream is asked again, and ends because the server stops.
            changed = phases.changed() => changed.is_ok(),
        };
        if !more {
            write(&mut socket, &mut waiting, stalls_at_most).await?;
            return in_time(&mut socket, stalls_at_most, async |socket| socket.shutdown().await).await;
        }
    }
}

/// Takes all the frames that are there, so that what a busy server left behind is written at once. False when
/// the stream ends after them.
fn gather(body: &mut Body, waiting: &mut VecDeque<Bytes>, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
    while waiting.len() < FRAMES_AT_ONCE {
        match Pin::new(&mut *body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => waiting.extend(frame.into_data()),
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(io::Error::other(error))),
            Poll::Ready(None) => return Poll::Ready(Ok(false)),
            Poll::Pending if waiting.is_empty() => return Poll::Pending,
            Poll::Pending => break,
        }
    }
    Poll::Ready(Ok(true))
}

/// Writes all that waits, unless for a while nothing is taken.
async fn write(socket: &mut Socket, waiting: &mut VecDeque<Bytes>, stalls_at_most: Duration) -> io::Result<()> {
    while !waiting.is_empty() {
        let mut written = in_time(socket, stalls_at_most, async |socket| write_some(socket, waiting).await).await?;
        while let Some(first) = waiting.front_mut().filter(|_| written > 0) {
            let taken = written.min(first.len());
            first.advance(taken);
            written -= taken;
            if first.is_empty() {
                waiting.pop_front();
            }
        }
    }
    // Encrypted bytes may still wait for the kernel.
    in_time(socket, stalls_at_most, async |socket| socket.flush().await).await
}

/// Does something with a connection, unless its other side takes nothing meanwhile.
async fn in_time<T>(
    socket: &mut Socket,
    stalls_at_most: Duration,
    step: impl AsyncFnOnce(&mut Socket) -> io::Result<T>,
) -> io::Result<T> {
    let done = tokio::time::timeout(stalls_at_most, step(socket)).await;
    done.unwrap_or_else(|_| Err(socket.cut()))
}

async fn write_some(socket: &mut Socket, waiting: &VecDeque<Bytes>) -> io::Result<usize> {
    // The kernel sends one piece, which is the usual case, with less ado than a list of one.
    if waiting.len() == 1 {
        return socket.write(&waiting[0]).await;
    }
    let mut slices = [IoSlice::new(&[]); FRAMES_AT_ONCE];
    for (slice, bytes) in slices.iter_mut().zip(waiting) {
        *slice = IoSlice::new(bytes);
    }
    socket.write_vectored(&slices[..waiting.len().min(FRAMES_AT_ONCE)]).await
}

fn head(parts: &Parts, now: Time) -> String {
    let mut head =
        format!("HTTP/1.1 {}\r\nconnection: close\r\ndate: {}\r\n", parts.status, Timestamp(now).http_date());
    for (name, value) in &parts.headers {
        let value = value.to_str().expect("our headers are ASCII");
        write!(head, "{name}: {value}\r\n").expect("text takes everything");
    }
    head.push_str("\r\n");
    head
}

impl std::fmt::Display for HandedOver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection was handed over")
    }
}

impl std::error::Error for HandedOver {}
