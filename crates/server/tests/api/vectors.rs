//! Golden vectors for those who fold events by themselves, as the web app does: a board, what happened then, and the
//! board after each scene.

use std::path::Path;
use std::sync::Arc;

use feedme_api::Timestamp;
use feedme_api::board::{Board, Bots, Epoch, Orders, Restaurant};
use feedme_api::event::frames;
use feedme_kitchen::{Command, SettingsPatch};
use feedme_testkit::MemoryStore;
use feedme_testkit::conformance::Author;
use feedme_testkit::conformance::random::any_command;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// Where they are committed.
const COMMITTED: &str = "../../web/src/feed/vectors.json";

/// Set to rewrite them.
const REWRITE: &str = "FEEDME_REWRITE_VECTORS";

/// How many stories are told, and how many scenes of how many commands each has.
const STORIES: u64 = 3;
const SCENES: usize = 10;
const COMMANDS: usize = 8;

fn board(author: &Author) -> Value {
    let orders: Vec<_> = author.kitchen.board().map(Arc::clone).collect();
    let bots: Vec<_> = author.kitchen.bots().copied().collect();
    let board = Board {
        restaurant: Restaurant {
            slug: "default",
            name: &author.kitchen.profile().name,
            archived_at: author.kitchen.profile().archived_at.map(Timestamp),
        },
        epoch: Epoch(author.epoch.0),
        version: author.kitchen.version().0,
        orders: Orders(&orders),
        bots: Bots(&bots),
        settings: author.kitchen.settings().into(),
    };
    serde_json::to_value(board).expect("a board is JSON")
}

/// The frames of a commit, read as a screen reads them.
fn read(frames: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(frames).expect("frames are text");
    let blocks = text.split_terminator("\n\n").map(|block| {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).expect("a frame has it");
        let data: Value = serde_json::from_str(field("data: ")).expect("payloads are JSON");
        json!({ "id": field("id: "), "event": field("event: "), "data": data })
    });
    blocks.collect()
}

async fn story(seed: u64) -> Value {
    let store = MemoryStore::new();
    let mut author = Author::of(&store, "default").await;
    let mut rng = StdRng::seed_from_u64(seed);
    // So short that orders leave the board within a story.
    let patch = SettingsPatch { completed_stays_ms: Some(15_000), ..SettingsPatch::default() };
    author.must(Command::ChangeSettings(patch));
    author.commit(&store).await;
    let start = board(&author);
    let mut scenes = Vec::new();
    for scene in 0..=SCENES {
        for _ in 0..COMMANDS {
            let command = any_command(&mut author, &mut rng);
            drop(author.ask(command));
        }
        if scene == SCENES {
            // A busy restaurant is not archived by chance.
            for command in [Command::RestoreRestaurant, Command::ClearOrders, Command::ArchiveRestaurant] {
                author.must(command);
            }
            author.must(Command::RestoreRestaurant);
        }
        let write = author.write();
        let events = read(&frames(Epoch(author.epoch.0), write.events.iter().map(|event| &**event)));
        scenes.push(json!({ "events": events, "board": board(&author) }));
    }
    json!({ "start": start, "scenes": scenes })
}

#[tokio::test]
async fn the_committed_vectors_are_the_current_ones() {
    let mut stories = Vec::new();
    for seed in 0..STORIES {
        stories.push(story(seed).await);
    }
    let current = serde_json::to_string(&stories).expect("stories are JSON") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(COMMITTED);
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(&path, &current).expect("the web app is beside us");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == current, "the vectors are out of date: run this test with {REWRITE}=1 to rewrite them");
    for name in ["placed", "started", "completed", "returned", "cancelled", "collected", "deleted", "restored"] {
        assert!(current.contains(&format!("order.{name}")), "no vector shows order.{name}");
    }
    for name in ["restaurant.archived", "restaurant.restored"] {
        assert!(current.contains(name), "no vector shows {name}");
    }
    for name in [
        "orders.cleared",
        "bot.added",
        "bot.idle",
        "bot.removed",
        "settings.changed",
        "order.archived",
        "restaurant.renamed",
    ] {
        assert!(current.contains(name), "no vector shows {name}");
    }
}
