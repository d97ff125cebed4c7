//! No commit reads its way through a table: what it costs must not grow with what was done before.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use feedme_kitchen::{
    Actor, BotId, Command, Context, Kitchen, Log, Mode, OrderId, OrderType, Outcome, SettingsPatch, Time,
};
use rusqlite::StatementStatus;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::sqlite::{connect, read};
use crate::{Epoch, RestaurantId};

/// A kitchen and the connection that its commits go to.
struct Scene {
    connection: Connection,
    kitchen: Kitchen,
    restaurant: RestaurantId,
    ids: u128,
    /// Steps of loops that no index shortens.
    scanned: Arc<AtomicI32>,
    _folder: TempDir,
}

impl Scene {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let mut connection = connect::writer(&folder.path().join("it.db")).expect("a database can be made");
        connect::apply_migrations(&mut connection).expect("the schema is sound");
        connect::ensure_default_restaurant(&connection, Time(0), Epoch(1)).expect("it can be written");
        let scanned = Arc::new(AtomicI32::new(0));
        let noted = Arc::clone(&scanned);
        let note = move |event: TraceEvent<'_>| {
            if let TraceEvent::Profile(statement, _) = event {
                noted.fetch_max(statement.get_status(StatementStatus::FullscanStep), Ordering::Relaxed);
            }
        };
        connection.trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(note)).expect("it can be watched");
        let id = connection.query_row("SELECT id FROM restaurants", [], |row| row.get::<_, [u8; 16]>(0));
        let restaurant = RestaurantId(Uuid::from_bytes(id.expect("there is one")));
        Self { connection, kitchen: Kitchen::default(), restaurant, ids: 0, scanned, _folder: folder }
    }

    fn id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    /// Decides commands and commits what they make; says what came of the last.
    fn commit(&mut self, commands: impl IntoIterator<Item = Command>) -> Outcome {
        let (expected, settings) = (self.kitchen.version(), self.kitchen.settings());
        let (mut log, mut outcome) = (Log::default(), Outcome::Done);
        for command in commands {
            let stored = command
                .order()
                .filter(|id| self.kitchen.order(*id).is_none())
                .and_then(|id| read::order(&self.connection, self.restaurant, id).expect("the database can be read"));
            let context = Context { at: Time(0), actor: Actor::Open, stored };
            outcome = self.kitchen.execute(command, context, &mut log).expect("the scene is legal");
        }
        let write = Write {
            restaurant: self.restaurant,
            epoch: Epoch(1),
            expected,
            version: self.kitchen.version(),
            last_at: self.kitchen.last_at(),
            counters: self.kitchen.counters(),
            next_due: self.kitchen.next_due(),
            turn: self.kitchen.turn(),
            settings: Some(self.kitchen.settings()).filter(|now| *now != settings),
            profile: None,
            events: log.events,
            rows: log.rows,
            answers: Vec::new(),
        };
        let verdicts = commit(&mut self.connection, &Batch { writes: vec![write], generation: 0 }, &["[]".into()]);
        assert_eq!(verdicts.expect("the disk is well"), [Verdict::Won]);
        outcome
    }

    fn place(&mut self) -> Command {
        let (id, order_type) = (OrderId(self.id()), OrderType::Normal);
        Command::PlaceOrder { id, order_type, user: None, note: None, lines: Vec::new(), external_ref: None }
    }

    fn add_bot(&mut self) -> Command {
        Command::AddBot { id: BotId(self.id()), mode: Mode::Auto }
    }

    fn complete_all(&self) -> Vec<Command> {
        let completions = self.kitchen.cooking().map(|order| {
            let work = order.work().expect("it cooks");
            Command::CompleteOrder { order: order.id(), bot: work.bot.expect("a bot cooks it"), claim: work.claim }
        });
        completions.collect()
    }
}

#[test]
fn no_commit_reads_its_way_through_a_table() {
    let mut scene = Scene::open();
    scene.commit([Command::ChangeSettings(SettingsPatch { cook_ms: Some(0), ..SettingsPatch::default() })]);
    let orders: Vec<_> = (0..400).map(|_| scene.place()).collect();
    scene.commit(orders);
    for _ in 0..30 {
        let bot = scene.add_bot();
        scene.commit([bot]);
    }
    for _ in 0..10 {
        let completions = scene.complete_all();
        scene.commit(completions);
    }
    // In one batch, and each naming the other: a bot and an order that are both new.
    scene.commit([Command::ClearOrders]);
    while scene.kitchen.bots().count() > 0 {
        scene.commit([Command::RemoveNewestBot]);
    }
    let batch = [scene.place(), scene.place(), scene.add_bot(), scene.add_bot()];
    scene.commit(batch);
    scene.commit([Command::RemoveNewestBot]);
    let one = scene.kitchen.board().next().expect("one waits or cooks").id();
    for command in [Command::CancelOrder(one), Command::DeleteOrder(one), Command::RestoreOrder(one)] {
        scene.commit([command]);
    }
    assert_eq!(scene.scanned.load(Ordering::Relaxed), 0, "steps through rows that no index found");
}
