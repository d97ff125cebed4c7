//! A screen's stream: a snapshot or what was missed, then every event, and a heartbeat.
//!
//! Five thousand of these are open at once, so a stream keeps nothing but its position, one future and one
//! timer; the bytes it sends are shared with all others.

use std::convert::Infallible;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use feedme_api::Timestamp;
use feedme_api::board::Epoch;
use feedme_api::event::{Heartbeat, frames, heartbeat_frame, snapshot_frame};
use feedme_engine::{Delivery, Feed, Position, Subscription};
use feedme_store::StoreError;
use feedme_telemetry::{Cut, Opened};
use http_body::Frame;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::{ReusableBoxFuture, WaitForCancellationFutureOwned};

use crate::access::following::Place;
use crate::access::known::Standing;
use crate::app::App;
use crate::conditional::Rendering;
use crate::http::board;

/// After how many milliseconds a client that lost its stream comes back: soon, but not all at one instant
/// with a server that just restarted.
const RETRY: &[u8] = b"retry: 1000\n\n";

type Next = (Option<Result<Delivery, StoreError>>, Subscription);

/// The body of a stream.
pub(crate) struct EventStream {
    app: App,
    feed: Arc<Feed>,
    next: ReusableBoxFuture<'static, Next>,
    /// How long whoever follows may; `None` is for ever.
    standing: Option<Arc<Standing>>,
    /// What whoever follows has taken of the streams they may have.
    _place: Option<Place>,
    /// Resolves when that was ended on purpose.
    ended: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    /// What whoever follows knows: what they came with, then what the stream has carried; `None` before a first snapshot.
    carried: Option<Position>,
    /// Begins with the stream, on the threads that carry it.
    heartbeat: Option<Interval>,
}

impl EventStream {
    /// Carries what a follower of the feed is to learn.
    pub(crate) fn new(
        app: App,
        feed: Arc<Feed>,
        standing: Option<Arc<Standing>>,
        place: Option<Place>,
        following: Subscription,
    ) -> Self {
        let carried = following.position();
        let opened = if carried.is_some() { Opened::Resumed } else { Opened::Anew };
        app.count(|http| http.stream_opened(opened));
        let next = ReusableBoxFuture::new(next(following));
        let ended = standing.as_ref().map(|standing| Box::pin(standing.ended().clone().cancelled_owned()));
        Self { app, feed, next, standing, _place: place, ended, carried, heartbeat: None }
    }

    fn poll_delivery(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let (delivery, subscription) = ready!(self.next.poll(cx));
        let Some(delivery) = delivery else {
            tracing::debug!("a stream fell too far behind");
            self.app.count(|http| http.stream_cut(Cut::Slow));
            return Poll::Ready(None);
        };
        let bytes = match delivery {
            Ok(Delivery::Snapshot(snapshot)) => snapshot.rendering(Rendering::SnapshotFrame as usize, |snapshot| {
                Bytes::from(snapshot_frame(&board::of(snapshot)))
            }),
            Ok(Delivery::Events(chunk)) => {
                if let Some(age) = chunk.age() {
                    self.app.count(|http| http.sent(age));
                }
                chunk.rendering(|chunk| {
                    let events = chunk.events.iter().map(|event| &**event);
                    Bytes::from(frames(Epoch(chunk.epoch.0), events))
                })
            }
            Err(error) => {
                tracing::warn!(%error, "a stream cannot be resumed at the moment");
                self.app.count(|http| http.stream_cut(Cut::Unreadable));
                return Poll::Ready(None);
            }
        };
        self.carried = subscription.position();
        self.next.set(next(subscription));
        Poll::Ready(Some(bytes))
    }

    /// The next heartbeat; `None` when time has ended the session or the key.
    fn poll_heartbeat(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            let Some(due) = &mut self.heartbeat else { return Poll::Pending };
            ready!(due.poll_tick(cx));
            let now = self.app.engine().now();
            if self.standing.as_ref().is_some_and(|standing| standing.is_over(now)) {
                self.app.count(|http| http.stream_cut(Cut::Ended));
                return Poll::Ready(None);
            }
            if let Some(bytes) = self.heartbeat() {
                return Poll::Ready(Some(bytes));
            }
        }
    }

    /// Says how fresh the stream is; nothing while it lacks an event, which then says it better.
    fn heartbeat(&self) -> Option<Bytes> {
        // Read first: what is confirmed is then no newer than what is carried.
        let confirmed_at = self.feed.confirmed_at();
        let latest = self.feed.position();
        (self.carried == Some(latest)).then(|| {
            heartbeat_frame(&Heartbeat {
                epoch: Epoch(latest.epoch.0),
                version: latest.version.0,
                server_time: Timestamp(self.app.engine().now()),
                confirmed_at: Timestamp(confirmed_at),
            })
            .into()
        })
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.app.count(feedme_telemetry::Http::stream_closed);
    }
}

async fn next(mut subscription: Subscription) -> Next {
    (subscription.next().await, subscription)
}

impl http_body::Body for EventStream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        // The connection is woken at shutdown, and then asks here.
        if self.app.is_stopping() {
            return Poll::Ready(None);
        }
        if let Some(ended) = &mut self.ended
            && ended.as_mut().poll(cx).is_ready()
        {
            self.app.count(|http| http.stream_cut(Cut::Ended));
            return Poll::Ready(None);
        }
        if self.heartbeat.is_none() {
            let mut heartbeat = tokio::time::interval(self.app.limits().heartbeat_every);
            heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
            self.heartbeat = Some(heartbeat);
            return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(RETRY)))));
        }
        if let Poll::Ready(bytes) = self.poll_delivery(cx) {
            return Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))));
        }
        self.poll_heartbeat(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
