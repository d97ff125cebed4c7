//! Placing orders, and waiting until each got where it should.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use feedme_checker::recorder::Asking;
use serde::Deserialize;
use tokio::time::timeout;
use uuid::Uuid;

use crate::connection::{Answer, Connection, Transport};
use crate::drive::drive;
use crate::history::Chronicle;
use crate::meter::{Failure, Meter};
use crate::numbers::Acknowledged;
use crate::ordering::Ordering;
use crate::pace::{Pace, Turn};
use crate::progress::with_ticks;
use crate::run::{LoadError, Session};
use crate::target::Target;
use crate::text::count;
use crate::watch::Watch;

/// How long screens may take to show what was acknowledged when the run was ended early.
const PATIENCE_WHEN_STOPPED: Duration = Duration::from_secs(2);

/// What came of it.
pub(crate) struct Placed {
    pub(crate) started: Instant,
    /// From the first request to the last answer.
    pub(crate) elapsed: Duration,
    pub(crate) unsent: u64,
    pub(crate) meter: Meter,
    pub(crate) acknowledged: Acknowledged,
}

/// What is recorded while orders are placed.
struct Record {
    meter: Meter,
    acknowledged: Acknowledged,
}

/// Places the orders and waits for them, unless the run is ended early.
pub(crate) async fn place(
    session: &Session,
    ordering: &Ordering<'_>,
    watch: &Rc<Watch>,
    chronicle: Option<Chronicle>,
) -> Result<Placed, LoadError> {
    let pace = Rc::new(Pace::new(ordering.amount, ordering.rate, session.stop.clone()));
    let record = Rc::new(RefCell::new(Record { meter: Meter::new(), acknowledged: Acknowledged::new() }));
    let requests = Requests::new(&session.target, ordering.orders.vip_share, ordering.orders.idempotent);

    session.progress.phase("placing", pace.extent());
    let tick = || session.progress.update(pace.done(), record.borrow().meter.summary(pace.elapsed()));
    let work = {
        let (record, watch) = (Rc::clone(&record), Rc::clone(watch));
        async move |connection: &mut Connection, turn: Turn| {
            let request = requests.order(turn.index);
            let asking = chronicle.as_ref().map(|chronicle| requests.note(turn.index, chronicle));
            let asked = record.borrow().acknowledged.ask();
            let sent = Instant::now();
            let note = |answer: &Answer<'_>| {
                if let (Some(chronicle), Some(asking)) = (&chronicle, asking) {
                    chronicle.answered(asking, answer);
                }
            };
            let outcome = place_one(connection, &request, note).await;
            let answered = Instant::now();
            let mut record = record.borrow_mut();
            match outcome {
                Ok(number) => {
                    record.acknowledged.acknowledge(asked, number);
                    record.meter.succeeded(&turn, sent, answered);
                    watch.asked(number, turn.due);
                }
                Err(failure) => record.meter.failed(failure),
            }
        }
    };
    let elapsed = drive(&session.target, ordering.common.connections.into(), &pace, tick, work).await?;
    wait_for_orders(session, ordering, watch).await;

    let Record { meter, acknowledged } = Rc::into_inner(record).expect("the workers have ended").into_inner();
    let started = pace.started().expect("the drive started it");
    Ok(Placed { started, elapsed, unsent: pace.unsent(), meter, acknowledged })
}

/// Waits until every order got where it should, or there is no news any more, or the run is ended.
async fn wait_for_orders(session: &Session, ordering: &Ordering<'_>, watch: &Watch) {
    let waiting = || watch.with(|observed| observed.lives.waiting() as u64);
    let total = waiting();
    session.progress.phase(if ordering.staff.is_some() { "cooking" } else { "showing" }, total);
    let tick = || session.progress.update(total - waiting(), format!("{} to go", count(waiting())));
    let cooking = Duration::from_millis(ordering.staff.map_or(0, |(_, cook_ms)| cook_ms));
    let patience = cooking + Duration::from_secs_f64(ordering.orders.patience);
    tokio::select! {
        () = with_ticks(tick, watch.settle(patience)) => (),
        () = session.stop.cancelled() => {
            // What comes of the cooking is of no interest any more, but what was acknowledged should be shown.
            let _ = timeout(PATIENCE_WHEN_STOPPED, watch.settle(PATIENCE_WHEN_STOPPED)).await;
        }
    }
}

#[derive(Deserialize)]
struct OrderAnswer {
    order: Order,
}

#[derive(Deserialize)]
struct Order {
    number: u64,
}

/// Places an order and gives its number.
async fn place_one(
    connection: &mut Connection,
    request: &[u8],
    note: impl FnOnce(&Answer<'_>),
) -> Result<u64, Failure> {
    let answer = connection.call(request).await?;
    note(&answer);
    if answer.status != 201 {
        return Err(Failure::refused(answer));
    }
    let OrderAnswer { order } = serde_json::from_slice(answer.body).map_err(|_| Transport::Malformed)?;
    Ok(order.number)
}

/// The requests of a run.
struct Requests {
    target: Rc<Target>,
    normal: Vec<u8>,
    vip: Vec<u8>,
    vip_share: f64,
    /// What the keys of this run begin with.
    key: Option<Uuid>,
}

impl Requests {
    fn new(target: &Rc<Target>, vip_share: f64, idempotent: bool) -> Self {
        let order = |body| target.request("POST", "/orders", &[], Some(body));
        let (normal, vip) = (order(NORMAL), order(VIP));
        Self { target: Rc::clone(target), normal, vip, vip_share, key: idempotent.then(Uuid::now_v7) }
    }

    fn order(&self, index: u64) -> std::borrow::Cow<'_, [u8]> {
        let vip = is_vip(index, self.vip_share);
        match self.key {
            None => (if vip { &self.vip } else { &self.normal }).into(),
            Some(run) => {
                let key = key(run, index);
                let body = if vip { VIP } else { NORMAL };
                self.target.request("POST", "/orders", &[("idempotency-key", &key)], Some(body)).into()
            }
        }
    }

    /// Writes down that it is asked for.
    fn note(&self, index: u64, chronicle: &Chronicle) -> Asking {
        let body = if is_vip(index, self.vip_share) { VIP } else { NORMAL };
        let key = self.key.map(|run| key(run, index));
        chronicle.ask("POST", &self.target.path("/orders"), key.as_deref(), body)
    }
}

fn key(run: Uuid, index: u64) -> String {
    format!("{run}-{index}")
}

const NORMAL: &str = r#"{"type":"NORMAL"}"#;
const VIP: &str = r#"{"type":"VIP"}"#;

/// Spreads the VIP orders evenly, so that two runs of the same length are alike.
#[expect(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
fn is_vip(index: u64, share: f64) -> bool {
    ((index + 1) as f64 * share).floor() > (index as f64 * share).floor()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vip_orders_are_spread_evenly() {
        let vips: Vec<_> = (0..15).filter(|&index| is_vip(index, 0.2)).collect();
        assert_eq!(vips, [4, 9, 14]);
        assert_eq!((0..100).filter(|&index| is_vip(index, 0.0)).count(), 0);
        assert_eq!((0..100).filter(|&index| is_vip(index, 1.0)).count(), 100);
    }
}
