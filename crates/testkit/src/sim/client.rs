//! Customers, cooks and managers: they look at the board, ask for something, and ask again when they do not
//! know what became of it.

use std::sync::Arc;
use std::time::Duration;

use feedme_checker::{Call, Ended, Look};
use feedme_engine::{Failure, Keyed, RenderedAnswer, Reply, Request, Snapshot};
use feedme_kitchen::{Actor, BotId, Claim, Command, Mode, OrderId, OrderType, Outcome, Status};
use feedme_store::{KeyScope, RestaurantId};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, IteratorRandom};
use tokio::time::timeout;

use super::diary::Diary;
use super::node::{Node, caller};
use super::record;
use super::sightings as seen;
use super::world::{World, pause};
use crate::conformance::random::any_patch;

/// What each client asks for in a run.
const WISHES: usize = 14;

/// How often a client asks again.
const TRIES: usize = 5;

struct Client {
    world: Arc<World>,
    index: u64,
    rng: StdRng,
    /// Orders it has seen, also those that left the board.
    known: Vec<OrderId>,
}

/// Asks for one thing after another.
pub(super) async fn ask(world: Arc<World>, index: u64) {
    let rng = world.rng(200 + index);
    let mut client = Client { world, index: index + 1, rng, known: Vec::new() };
    for wish in 0..WISHES {
        pause(&mut client.rng, 0..1500).await;
        let restaurant = *client.world.restaurants.choose(&mut client.rng).expect("there is one");
        client.wish(restaurant, wish).await;
    }
}

impl Client {
    /// One thing that it wants, asked for until it knows what became of it, or gives up.
    async fn wish(&mut self, restaurant: RestaurantId, wish: usize) {
        let command = self.draw(restaurant).await;
        let keyed = self.rng.random_bool(0.5);
        let mut key = keyed.then(|| KeyScope { caller: "open".into(), key: format!("{}-{wish}", self.index) });
        if keyed && wish > 0 && self.rng.random_bool(0.05) {
            // A mistake: the key of another wish.
            key = Some(KeyScope { caller: "open".into(), key: format!("{}-{}", self.index, wish - 1) });
        }
        let fingerprint = fingerprint(self.index, wish);
        for _ in 0..TRIES {
            let node = self.world.some_node().await;
            let (command, rng) = (renewed(&command, &node), &mut self.rng);
            let patience = Duration::from_millis(if rng.random_bool(0.1) { rng.random_range(0..300) } else { 60_000 });
            let outcome = if key.is_some() && rng.random_bool(0.05) {
                // A tap too many.
                let again = renewed(&command, &node);
                let first = self.call(&node, restaurant, command, key.clone(), fingerprint, patience);
                let calls = [first, self.call(&node, restaurant, again, key.clone(), fingerprint, patience)];
                let [first, _] = futures::future::join_all(calls).await.try_into().expect("both end");
                first
            } else {
                self.call(&node, restaurant, command, key.clone(), fingerprint, patience).await
            };
            let again = matches!(outcome, Again::Unknown) && key.is_some() || matches!(outcome, Again::Later);
            if !again {
                break;
            }
            pause(&mut self.rng, 0..2500).await;
        }
        if self.rng.random_bool(0.1)
            && let (Some(_), node) = (&key, self.world.some_node().await)
        {
            // A reply that got lost on the way to the client.
            let command = renewed(&command, &node);
            self.call(&node, restaurant, command, key, fingerprint, Duration::from_mins(1)).await;
        }
    }

    /// Asks once and writes down what came of it.
    fn call(
        &self,
        node: &Node,
        restaurant: RestaurantId,
        command: Command,
        key: Option<KeyScope>,
        fingerprint: [u8; 32],
        patience: Duration,
    ) -> impl Future<Output = Again> + use<> {
        let (world, node, moment) = (Arc::clone(&self.world), node.clone(), self.world.diary.moment());
        // Moments are unique, so nobody else is this caller.
        let caller = caller(self.index, moment.0);
        async move {
            let diary = &world.diary;
            let keyed = key.clone().map(|scope| Keyed { scope, fingerprint, render: Box::new(render) });
            let request = Request { command: command.clone(), actor: Actor::User(caller), key: keyed };
            let asked = timeout(patience, node.engine.execute(restaurant, request));
            let reply = node.death.run_until_cancelled(asked).await;
            let reply = reply.unwrap_or(Ok(Err(Failure::OutcomeUnknown))).unwrap_or(Err(Failure::OutcomeUnknown));
            let (outcome, again) = match reply {
                Ok(Reply::Fresh { outcome, version }) => {
                    let body = key.is_some().then(|| render(&outcome).body);
                    (Ended::Ok { outcome, version: Some(version), body }, Again::No)
                }
                Ok(Reply::Replayed(kept)) => (Ended::Replayed(kept.body), Again::No),
                Err(Failure::OutcomeUnknown) => (Ended::Unknown, Again::Unknown),
                Err(failure) => {
                    if failure == Failure::Violated {
                        diary.wrong(format!("a constraint refused {command:?}"));
                    }
                    let again = match failure {
                        Failure::KeyInUse => {
                            diary.note(seen::A_KEY_WAS_IN_USE);
                            Again::Later
                        }
                        Failure::KeyReused => {
                            diary.note(seen::A_KEY_WAS_REUSED);
                            Again::No
                        }
                        Failure::Unavailable(_) | Failure::QueueFull => Again::Later,
                        _ => Again::No,
                    };
                    (Ended::Refused(failure.to_string()), again)
                }
            };
            let (named, key) = (record::restaurant(restaurant), key.as_ref().map(record::key));
            diary.call(Call { restaurant: named, command, caller, key, start: moment, end: diary.moment(), outcome });
            if !node.death.is_cancelled() {
                // Whoever was just told something sees it.
                look(diary, &node, restaurant).await;
            }
            again
        }
    }

    /// Looks at the board and draws something to ask for.
    async fn draw(&mut self, restaurant: RestaurantId) -> Command {
        let board = loop {
            let node = self.world.some_node().await;
            if let Some(board) = look(&self.world.diary, &node, restaurant).await {
                break board;
            }
            pause(&mut self.rng, 10..100).await;
        };
        let rng = &mut self.rng;
        let live = board.orders.iter().map(|order| order.id());
        self.known.extend(live.choose_multiple(rng, 3));
        let order = self.known.choose(rng).copied().unwrap_or(OrderId(uuid::Uuid::nil()));
        let bot = board.bots.choose(rng).map_or(BotId(uuid::Uuid::nil()), |bot| bot.id);
        let cooking = board.orders.iter().filter(|order| order.status() == Status::Processing);
        let cooking = cooking.choose(rng).and_then(|order| Some((order.id(), order.work()?)));
        match rng.random_range(0..100) {
            0..40 => {
                let order_type = if rng.random_bool(0.3) { OrderType::Vip } else { OrderType::Normal };
                let external_ref = rng.random_bool(0.3).then(|| format!("table {}", rng.random::<u8>()));
                Command::PlaceOrder { id: order, order_type, user: None, note: None, lines: Vec::new(), external_ref }
            }
            40..46 => Command::CancelOrder(order),
            46..50 => Command::CollectOrder(order),
            50..54 => Command::DeleteOrder(order),
            54..58 => Command::RestoreOrder(order),
            58..70 => match cooking {
                Some((order, work)) => {
                    let stale = u64::from(rng.random_bool(0.2));
                    let claim = Claim(work.claim.0.saturating_sub(stale));
                    Command::CompleteOrder { order, bot: work.bot.unwrap_or(bot), claim }
                }
                None => Command::CompleteOrder { order, bot, claim: Claim(1) },
            },
            70..80 => Command::AddBot { id: bot, mode: if rng.random_bool(0.7) { Mode::Auto } else { Mode::Pull } },
            80..84 => Command::RemoveBot(bot),
            84..86 => Command::RemoveNewestBot,
            86..93 => Command::ClaimOrder(bot),
            93..96 => {
                let claim = cooking.map_or(Claim(1), |(_, work)| work.claim);
                Command::ReturnOrder { bot: cooking.and_then(|(_, work)| work.bot).unwrap_or(bot), claim }
            }
            96..97 => Command::ClearOrders,
            97..98 if board.profile.archived_at.is_some() => Command::RestoreRestaurant,
            97..98 => Command::RenameRestaurant(format!("No. {}", rng.random::<u8>()).into()),
            _ if board.profile.archived_at.is_some() => Command::RestoreRestaurant,
            98..99 => Command::ArchiveRestaurant,
            _ => Command::ChangeSettings(any_patch(rng)),
        }
    }
}

/// Looks at the board, if the node can show it.
async fn look(diary: &Diary, node: &Node, restaurant: RestaurantId) -> Option<Arc<Snapshot>> {
    let start = diary.moment();
    let feed = node.feed(diary, restaurant).await?;
    if node.death.run_until_cancelled(node.engine.current(restaurant)).await?.is_err() {
        diary.note(seen::A_BOARD_COULD_NOT_BE_CONFIRMED);
        return None;
    }
    let board = feed.snapshot();
    let (restaurant, version) = (record::restaurant(restaurant), board.version);
    // What it shows is compared on the screens.
    diary.look(Look { restaurant, start, end: diary.moment(), version, board: None });
    Some(board)
}

/// Whether it is worth asking again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    No,
    Later,
    Unknown,
}

/// The server makes new ids for each request.
fn renewed(command: &Command, node: &Node) -> Command {
    let (ids, now) = (node.engine.ids(), node.engine.now());
    match command.clone() {
        Command::PlaceOrder { order_type, user, note, lines, external_ref, .. } => {
            Command::PlaceOrder { id: ids.order(now), order_type, user, note, lines, external_ref }
        }
        Command::AddBot { mode, .. } => Command::AddBot { id: ids.bot(now), mode },
        other => other,
    }
}

fn fingerprint(client: u64, wish: usize) -> [u8; 32] {
    let mut fingerprint = [0; 32];
    fingerprint[..8].copy_from_slice(&client.to_le_bytes());
    fingerprint[8..16].copy_from_slice(&(wish as u64).to_le_bytes());
    fingerprint
}

fn render(outcome: &Outcome) -> RenderedAnswer {
    RenderedAnswer { status: 200, location: None, body: format!("{outcome:?}").into_bytes() }
}
