//! A lane: it gathers commands, decides them in rounds, and never knows which command it carries.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use feedme_kitchen::{Actor, Command, Contradiction, Kitchen, Time};
use feedme_store::{Epoch, RestaurantId, Store};
use tokio::sync::{mpsc, oneshot, watch};

use crate::clock::Clock;
use crate::feed::Feed;
use crate::hints::Hints;
use crate::lanes::Shared;
use crate::observe::Observer;
use crate::request::{Failure, Reply, Request};
use crate::timers::Timers;

/// Commands that may wait for a lane. At 20,000 a second they wait a fifth of a second; beyond that a caller
/// is better served by a quick refusal.
pub(crate) const QUEUE_MAX: usize = 4096;

/// Commands decided in one round at most. A transaction of a thousand orders takes about 20 ms, which is
/// what the first of them has to wait.
pub(crate) const ROUND_MAX: usize = 1024;

/// A request on its way, and where its answer goes. The kitchen's own commands need no answer.
#[derive(Debug)]
pub(crate) struct Envelope {
    pub(crate) restaurant: RestaurantId,
    pub(crate) request: Request,
    pub(crate) reply: Option<oneshot::Sender<Result<Reply, Failure>>>,
}

impl Envelope {
    /// A command of the kitchen's own.
    pub(crate) fn internal(restaurant: RestaurantId, command: Command, actor: Actor) -> Self {
        Self { restaurant, request: Request::new(command, actor), reply: None }
    }

    /// Whether it asks for nothing but that its lane catches up with the database.
    pub(crate) fn is_wake(&self) -> bool {
        matches!(&self.request.command, Command::Reconcile(found) if found.is_empty())
    }

    pub(crate) fn answer(self, answer: Result<Reply, Failure>) {
        if let Some(reply) = self.reply {
            // The caller may have gone away; what it asked for has happened all the same.
            let _ = reply.send(answer);
        }
    }
}

/// Answers all of them with the same.
pub(crate) fn fail_all(tasks: Vec<Envelope>, failure: &Failure) {
    for task in tasks {
        task.answer(Err(failure.clone()));
    }
}

/// What a lane is handed.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are commands, and a box for each would be an allocation more"
)]
pub(crate) enum Message {
    /// A command.
    Ask(Envelope),
    /// A restaurant that was just loaded.
    Adopt(Box<Adoption>),
    /// A restaurant that is no longer served here, by this feed.
    LetGo(RestaurantId, Arc<Feed>),
}

/// A restaurant for its lane to serve.
#[derive(Debug)]
pub(crate) struct Adoption {
    pub(crate) restaurant: RestaurantId,
    pub(crate) working: Working,
    /// Answered once what had to be put right, and what was overdue, is durable.
    pub(crate) recovered: oneshot::Sender<Result<Reply, Failure>>,
}

impl Message {
    fn changes_who_serves(&self, restaurant: RestaurantId) -> bool {
        match self {
            Self::Ask(_) => false,
            Self::Adopt(adoption) => adoption.restaurant == restaurant,
            Self::LetGo(letting_go, _) => *letting_go == restaurant,
        }
    }

    fn into_command(self) -> Option<Envelope> {
        match self {
            Self::Ask(envelope) => Some(envelope),
            Self::Adopt(_) | Self::LetGo(..) => None,
        }
    }

    fn refuse(self, failure: Failure) {
        match self {
            Self::Ask(envelope) => envelope.answer(Err(failure)),
            Self::Adopt(adoption) => drop(adoption.recovered.send(Err(failure))),
            Self::LetGo(..) => {}
        }
    }
}

/// A restaurant as its lane works on it.
#[derive(Debug)]
pub(crate) struct Working {
    pub(crate) epoch: Epoch,
    /// The state with everything that was decided. `None` after a failed commit: then it is taken anew.
    pub(crate) kitchen: Option<Kitchen>,
    /// The committed state, which readers see.
    pub(crate) feed: Arc<Feed>,
    /// What contradicted itself when the state was loaded, until a commit has put it right.
    pub(crate) contradictions: Vec<Contradiction>,
    /// Whether the database may be ahead of the feed, because an outcome stayed unknown or another process was quicker.
    pub(crate) stale: bool,
    /// Whether it may be ahead by something that this process did.
    pub(crate) unsure: bool,
    /// Rounds that still go the slow way, because other processes were met.
    pub(crate) contended: u32,
}

/// A lane and all it works on.
pub(crate) struct Lane {
    inbox: mpsc::Receiver<Message>,
    /// What was received for the next round.
    received: Vec<Message>,
    pub(crate) restaurants: BTreeMap<RestaurantId, Working>,
    pub(crate) timers: Timers,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<Clock>,
    /// For other nodes, where there are any.
    pub(crate) hints: Option<Arc<Hints>>,
    /// Set once the store has failed for good; all lanes share it.
    pub(crate) failed: watch::Sender<Option<String>>,
    pub(crate) observer: Arc<dyn Observer>,
    /// How many batches there were; all lanes share it.
    pub(crate) batches: Arc<AtomicU64>,
}

impl Lane {
    pub(crate) fn new(inbox: mpsc::Receiver<Message>, shared: &Shared) -> Self {
        Self {
            inbox,
            received: Vec::with_capacity(ROUND_MAX),
            restaurants: BTreeMap::new(),
            timers: Timers::new(shared.driver.clone()),
            store: Arc::clone(&shared.store),
            clock: Arc::clone(&shared.clock),
            hints: shared.store.is_shared().then(|| Arc::clone(&shared.hints)),
            failed: shared.failed.clone(),
            observer: Arc::clone(&shared.observer),
            batches: Arc::clone(&shared.batches),
        }
    }

    /// Works until it is told to stop and nothing waits any more, or the store has failed.
    pub(crate) async fn run_until(mut self, mut stop: watch::Receiver<bool>) {
        let mut stopping = false;
        while self.failed.borrow().is_none() {
            let due = until(self.timers.next_due(), &self.clock);
            let room = ROUND_MAX.saturating_sub(self.received.len()).max(1);
            tokio::select! {
                // In a fixed order, so that a seed reproduces a run.
                biased;
                count = self.inbox.recv_many(&mut self.received, room) => {
                    if count == 0 && self.received.is_empty() {
                        return;
                    }
                }
                // More was received than the last round had room for.
                () = std::future::ready(()), if !self.received.is_empty() => {}
                _ = stop.wait_for(|stop| *stop), if !stopping => {
                    stopping = true;
                    // What was accepted is still carried out; nothing more comes in.
                    self.inbox.close();
                    continue;
                }
                () = due => {}
            }
            let (mut gathered, adopted) = self.take_in();
            self.gather_due(&mut gathered);
            gathered.extend(adopted);
            self.round(gathered).await;
        }
        self.inbox.close();
        for message in self.received.drain(..) {
            message.refuse(Failure::Unavailable("the database has failed".into()));
        }
        while let Some(message) = self.inbox.recv().await {
            message.refuse(Failure::Unavailable("the database has failed".into()));
        }
    }

    /// Adds the commands for a restaurant that have come in meanwhile, up to where it is let go or adopted anew.
    pub(crate) fn gather_for(&mut self, restaurant: RestaurantId, tasks: &mut Vec<Envelope>) {
        while self.received.len() < ROUND_MAX
            && let Ok(message) = self.inbox.try_recv()
        {
            self.received.push(message);
        }
        let is_its = |message: &mut Message| matches!(message, Message::Ask(task) if task.restaurant == restaurant);
        let others = self.received.iter().position(|message| message.changes_who_serves(restaurant));
        let end = others.unwrap_or(self.received.len());
        let room = ROUND_MAX.saturating_sub(tasks.len());
        tasks.extend(self.received.extract_if(..end, is_its).take(room).filter_map(Message::into_command));
    }

    /// Takes in the restaurants among the messages. Returns the commands, and for each restaurant the last command of
    /// its recovery, which is answered when all of it is durable. A completion hands the bot its next order, which may
    /// be due at once where cooking takes no time; whatever becomes due from here on is business like any other.
    fn take_in(&mut self) -> (Vec<Envelope>, Vec<Envelope>) {
        let (mut asked, mut adopted) = (Vec::with_capacity(self.received.len()), Vec::new());
        for message in self.received.drain(..) {
            match message {
                Message::Ask(envelope) => asked.push(envelope),
                Message::LetGo(restaurant, feed) => {
                    // It may have been adopted anew meanwhile.
                    if self.restaurants.get(&restaurant).is_some_and(|working| Arc::ptr_eq(&working.feed, &feed)) {
                        self.restaurants.remove(&restaurant);
                    }
                }
                Message::Adopt(adoption) => {
                    let Adoption { restaurant, working, recovered } = *adoption;
                    let cooking = working.feed.with(|kitchen| kitchen.cooking().cloned().collect::<Vec<_>>());
                    self.timers.arm_all(restaurant, &cooking, self.clock.now());
                    self.restaurants.insert(restaurant, working);
                    let last = Envelope::internal(restaurant, Command::ArchiveOrders, Actor::Kitchen);
                    adopted.push(Envelope { reply: Some(recovered), ..last });
                }
            }
        }
        (asked, adopted)
    }

    /// Adds a completion for every order that is due and still cooks.
    fn gather_due(&mut self, gathered: &mut Vec<Envelope>) {
        let now = self.clock.now();
        while gathered.len() < 2 * ROUND_MAX {
            let Some(timer) = self.timers.pop_due(now) else { return };
            let (order, bot, claim) = (timer.order, timer.bot, timer.claim);
            let cooks = self.restaurants.get(&timer.restaurant).is_some_and(|working| {
                // Without a working state nobody can tell; the round finds out.
                working.kitchen.as_ref().is_none_or(|kitchen| {
                    kitchen.order(order).and_then(|order| order.work()).is_some_and(|work| work.claim == claim)
                })
            });
            if cooks {
                let command = Command::CompleteOrder { order, bot, claim };
                gathered.push(Envelope::internal(timer.restaurant, command, Actor::Timer));
            }
        }
    }
}

/// Waits until a moment of kitchen time; for ever, if there is none.
async fn until(moment: Option<Time>, clock: &Clock) {
    let Some(moment) = moment else { return std::future::pending().await };
    let remaining_ms = moment.since_ms(clock.now());
    // Even a sleep of no length takes the runtime's timer up to two milliseconds.
    if remaining_ms > 0 {
        tokio::time::sleep(Duration::from_millis(remaining_ms)).await;
    }
}
