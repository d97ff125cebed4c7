//! A connection's bytes: what comes in is followed, what goes out must be taken, and the end is said in a way
//! that lets the last answer arrive.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::limits::Limits;
use crate::transport::framing::Framing;
use crate::transport::handover::Handover;
use crate::transport::refusal;
use crate::transport::socket::Socket;

/// How long, and for how many bytes, a client that was refused is listened to after the answer, so that it
/// finds the answer and not a reset connection.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 16 * 1024 * 1024;

/// What the connection's bytes and its requests tell each other.
#[derive(Debug, Default)]
pub(super) struct Shared {
    ambiguous: AtomicBool,
    linger: AtomicBool,
    pub(super) handover: Handover,
}

impl Shared {
    /// Whether a request came in that does not say in one way how long it is. From then on nothing on this
    /// connection can be trusted.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.ambiguous.load(Ordering::Relaxed)
    }

    /// Has the connection listen on for a while after its last answer.
    pub(super) fn linger(&self) {
        self.linger.store(true, Ordering::Relaxed);
    }
}

/// A connection's bytes.
#[derive(Debug)]
pub(super) struct Wire {
    /// `None` only while it is dropped.
    stream: Option<Socket>,
    shared: Arc<Shared>,
    framing: Framing,
    headers_within: Duration,
    /// Runs while headers have begun and not ended.
    headers_late: Option<Pin<Box<Sleep>>>,
    write_stalls_at_most: Duration,
    /// Runs while the other side takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    /// What is still to be written of a refusal that goes out in place of hyper's.
    refusal: Option<&'static [u8]>,
    lingering: Option<Lingering>,
}

#[derive(Debug)]
struct Lingering {
    until: Pin<Box<Sleep>>,
    left: usize,
}

impl Wire {
    pub(super) fn new(stream: Socket, shared: Arc<Shared>, limits: &Limits) -> Self {
        Self {
            stream: Some(stream),
            shared,
            framing: Framing::default(),
            headers_within: limits.headers_within,
            headers_late: None,
            write_stalls_at_most: limits.write_stalls_at_most,
            stalled: None,
            refusal: None,
            lingering: None,
        }
    }

    fn stream(&mut self) -> Pin<&mut Socket> {
        Pin::new(self.stream.as_mut().expect("the stream is there until the wire is dropped"))
    }

    /// Writes `buffers`, or the refusal that goes out in their place; fails when nothing was taken for long.
    fn poll_write_some(&mut self, cx: &mut Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        if self.refusal.is_none() {
            self.refusal = buffers.first().and_then(|buffer| refusal::instead_of(buffer));
            if self.refusal.is_some() {
                self.shared.linger();
            }
        }
        while let Some(rest) = self.refusal.filter(|rest| !rest.is_empty()) {
            let written = ready!(self.poll_stream(cx, &[IoSlice::new(rest)]))?;
            self.refusal = Some(&rest[written..]);
        }
        if self.refusal.is_some() {
            return Poll::Ready(Ok(buffers.iter().map(|buffer| buffer.len()).sum()));
        }
        self.poll_stream(cx, buffers)
    }

    fn poll_stream(&mut self, cx: &mut Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = match buffers {
            [buffer] => self.stream().poll_write(cx, buffer),
            _ => self.stream().poll_write_vectored(cx, buffers),
        };
        self.unless_stalled(cx, written)
    }

    /// How a step went that needs the other side to take something; fails when it has taken nothing for long.
    fn unless_stalled<T>(&mut self, cx: &mut Context<'_>, step: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if step.is_ready() {
            self.stalled = None;
            return step;
        }
        let patience = self.write_stalls_at_most;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(self.stream().cut()))
    }

    /// Fails once headers that have begun take too long.
    fn poll_headers_late(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.framing.within_headers() {
            return Poll::Pending;
        }
        let patience = self.headers_within;
        let late = self.headers_late.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(late.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the headers take too long")))
    }

    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut sink = [0; 4096];
        loop {
            let lingering = self
                .lingering
                .get_or_insert_with(|| Lingering { until: Box::pin(tokio::time::sleep(LINGER)), left: LINGER_BYTES });
            if lingering.left == 0 || lingering.until.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            let mut sink = ReadBuf::new(&mut sink);
            let read = ready!(self.stream().poll_read(cx, &mut sink));
            let count = sink.filled().len();
            if read.is_err() || count == 0 {
                return Poll::Ready(());
            }
            if let Some(lingering) = &mut self.lingering {
                lingering.left = lingering.left.saturating_sub(count);
            }
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take() {
            self.shared.handover.give(stream);
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if self.stream().poll_read(cx, buffer)?.is_pending() {
            return self.poll_headers_late(cx);
        }
        if self.framing.follow(&buffer.filled()[before..]) {
            self.shared.ambiguous.store(true, Ordering::Relaxed);
        }
        if !self.framing.within_headers() {
            self.headers_late = None;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().poll_write_some(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_write_some(cx, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.stream().poll_flush(cx);
        self.unless_stalled(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            let shut = self.stream().poll_shutdown(cx);
            ready!(self.unless_stalled(cx, shut))?;
        }
        if self.shared.linger.load(Ordering::Relaxed) {
            ready!(self.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}
