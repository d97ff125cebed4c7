//! The scenarios that place orders: `place`, `lifecycle` and `screens`.

use std::rc::Rc;

use crate::args::{Common, Lifecycle, Orders, Place, Screens};
use crate::check::Check;
use crate::history::Chronicle;
use crate::lives::{Goal, Lives};
use crate::memory;
use crate::observed::Observed;
use crate::pace::Amount;
use crate::placing::{Placed, place};
use crate::report::{self, Completed, Memory, Report, Requests, Span, per_second};
use crate::run::{LoadError, Session};
use crate::staff::Staff;
use crate::watch::Watch;

/// What to do.
pub(crate) struct Ordering<'a> {
    pub(crate) common: &'a Common,
    pub(crate) screens: usize,
    scenario: &'static str,
    pub(crate) orders: &'a Orders,
    pub(crate) amount: Amount,
    pub(crate) rate: Option<f64>,
    /// Bots, and how long they cook in milliseconds.
    pub(crate) staff: Option<(u16, u64)>,
    server_pid: Option<u32>,
}

impl<'a> Ordering<'a> {
    pub(crate) fn of_place(Place { common, orders }: &'a Place) -> Self {
        let (amount, rate) = (common.amount(orders.count), common.rate);
        Self { common, screens: 1, scenario: "place", orders, amount, rate, staff: None, server_pid: None }
    }

    pub(crate) fn of_lifecycle(args: &'a Lifecycle) -> Self {
        Self {
            common: &args.common,
            screens: 1,
            scenario: "lifecycle",
            orders: &args.orders,
            amount: args.amount(),
            rate: args.common.rate,
            staff: Some((args.bots, args.cook_ms)),
            server_pid: None,
        }
    }

    pub(crate) fn of_screens(args: &'a Screens) -> Self {
        Self {
            common: &args.common,
            screens: args.count as usize,
            scenario: "screens",
            orders: &args.orders,
            amount: args.common.amount(args.orders.count),
            rate: Some(args.rate()),
            staff: None,
            server_pid: args.server_pid,
        }
    }

    fn goal(&self) -> Goal {
        if self.staff.is_some() { Goal::Completed } else { Goal::Shown }
    }
}

/// Opens the screens, hires the bots, places the orders, waits for them, and takes the bots back.
pub(crate) async fn run(session: &Session, ordering: Ordering<'_>) -> Result<Report, LoadError> {
    let chronicle = ordering.orders.history.then(|| Chronicle::new(ordering.common.restaurant.as_deref()));
    let (watch, memory) = tokio::select! {
        biased;
        () = session.stop.cancelled() => return Err(LoadError::Interrupted),
        opened = open_screens(session, &ordering, chronicle.as_ref()) => opened?,
    };
    let staff = match ordering.staff {
        Some((bots, cook_ms)) => Some(Staff::hire(&session.target, bots.into(), cook_ms).await?),
        None => None,
    };
    let placed = place(session, &ordering, &watch, chronicle.clone()).await;
    let left_as_found = match staff {
        Some(staff) => Some(staff.dismiss().await),
        None => None,
    };
    session.progress.finish();
    let placed = placed?;
    let history = match chronicle {
        Some(chronicle) => Some(chronicle.judge(&session.target, placed.acknowledged.smallest(), &watch).await?),
        None => None,
    };
    let reconnects = watch.reconnects();
    let watch = Rc::into_inner(watch).expect("nobody places orders any more");
    let seen = Seen { observed: watch.close().await, reconnects, memory, left_as_found, history };
    Ok(report(session, &ordering, placed, seen))
}

/// What else there is to report, besides what was placed.
struct Seen {
    observed: Observed,
    reconnects: u64,
    memory: Option<Memory>,
    left_as_found: Option<Check>,
    history: Option<Check>,
}

fn report(session: &Session, ordering: &Ordering<'_>, placed: Placed, seen: Seen) -> Report {
    let Observed { versions, lives, sequence, frames, readable, snapshots_again, backlog, .. } = seen.observed;
    let seconds = placed.elapsed.as_secs_f64();
    let completed = ordering.staff.map(|_| {
        let (orders, last) = lives.completions();
        let seconds = last.map_or(0.0, |last| last.duration_since(placed.started).as_secs_f64());
        Completed { orders, per_second: per_second(orders, seconds), backlog }
    });
    let (lives, life_checks) = lives.into_checks(!session.stop.is_cancelled());
    let mut checks: Vec<_> = placed.acknowledged.into_checks().into();
    checks.push(sequence.into_check());
    checks.extend(versions.into_checks());
    checks.push(readable);
    checks.extend(life_checks);
    checks.extend(seen.left_as_found);
    checks.extend(seen.history);

    let mut latencies = vec![placed.meter.from_due.row(Span::Place)];
    if ordering.rate.is_some() {
        latencies.push(placed.meter.from_sent.row(Span::PlaceSent));
    }
    latencies.extend([
        lives.last_screen.row(Span::LastScreen),
        lives.every_screen.row(Span::EveryScreen),
        lives.started.row(Span::Started),
        lives.completed.row(Span::Completed),
        lives.cooking.row(Span::Cooking),
    ]);

    let succeeded = placed.meter.count_succeeded();
    Report {
        scenario: ordering.scenario,
        url: ordering.common.url.to_string(),
        restaurant: ordering.common.restaurant.clone(),
        connections: ordering.common.connections.into(),
        rate: ordering.rate,
        seconds,
        interrupted: session.stop.is_cancelled(),
        requests: Requests {
            succeeded,
            failed: placed.meter.count_failed(),
            unsent: placed.unsent,
            per_second: per_second(succeeded, seconds),
        },
        completed,
        reads: None,
        screens: Some(report::Screens { open: ordering.screens, frames, reconnects: seen.reconnects, snapshots_again }),
        memory: seen.memory,
        latencies: latencies.into_iter().flatten().collect(),
        errors: placed.meter.errors(),
        checks,
    }
}

async fn open_screens(
    session: &Session,
    ordering: &Ordering<'_>,
    chronicle: Option<&Chronicle>,
) -> Result<(Rc<Watch>, Option<Memory>), LoadError> {
    let screens = ordering.screens;
    let before = ordering.server_pid.map(memory::resident).transpose()?;
    session.progress.phase("opening", screens as u64);
    let opened = |open: usize| session.progress.update(open as u64, format!("{open} of {screens}"));
    let observed = Observed::new(screens, Lives::new(ordering.goal()), chronicle.map(Chronicle::witness));
    let watch = Watch::open(Rc::clone(&session.target), screens, observed, opened).await?;
    let memory = match ordering.server_pid.zip(before) {
        Some((pid, before)) => {
            tokio::time::sleep(memory::IDLE).await;
            Some(Memory::between(before, memory::resident(pid)?, screens))
        }
        None => None,
    };
    Ok((Rc::new(watch), memory))
}
