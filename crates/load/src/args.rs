//! The command line.

use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::pace::Amount;
use crate::report::Report;
use crate::target::Url;

/// Connections where none are asked for: enough to fill the server's batches.
const CONNECTIONS: u16 = 64;

/// The most connections: as many as one address has ports to spare.
const CONNECTIONS_MAX: i64 = 20_000;

/// How long a run takes where nothing else is asked for.
const SECONDS: f64 = 10.0;

/// Orders of a lifecycle run where nothing else is asked for: with 8 bots and 100 ms each, 13 seconds.
const LIFECYCLE_ORDERS: u64 = 1000;

/// Seconds to wait for news of orders: many times the three within which the server makes good a lost timer.
const PATIENCE: f64 = 15.0;

/// Orders a second while screens watch: a busy restaurant.
const SCREENS_RATE: f64 = 10.0;

const EXAMPLES: &str = "\
Examples:
  How many orders a second can this server take, and how long does each wait?
    feedme load place

  The same at a fixed rate: what do customers feel at 500 orders a second?
    feedme load place --rate 500 --seconds 30

  Do orders get cooked as they should? (adds bots and removes them again)
    feedme load lifecycle --orders 2000 --bots 16 --cook-ms 50

  How fast are unchanged boards answered?
    feedme load board --conditional

  Do 5,000 screens show an order in time, and what does each cost the server?
    feedme load screens --screens 5000 --server-pid \"$(pgrep -x feedme)\"

Exit codes:
  0  the load ran and all checks held
  1  it could not run, or not one request succeeded
  2  the command line is wrong
  4  a check failed: the server broke a promise

Ctrl-C ends a load early, with a report; a second one cuts it off.

Orders that were placed stay on the server. Load a server that is there to be loaded.";

const PLACE_EXAMPLES: &str = "\
Examples:
  feedme load place                                    as fast as it goes, for 10 seconds
  feedme load place --orders 10000 --connections 256   until so many were placed
  feedme load place --rate 500                         at a fixed rate: latency counts from when
                                                       each order was due, so no stall is hidden
  feedme load place --idempotent --vip-share 0.2       with keys, one in five VIP
  feedme load place --orders 1000 --json | jq .latencies
  feedme load place --orders 10000 --history           and judge all that was told and shown

The orders stay waiting. To clear the board afterwards:
  curl -X DELETE http://127.0.0.1:8080/api/orders/clear";

const LIFECYCLE_EXAMPLES: &str = "\
Examples:
  feedme load lifecycle                                 1,000 orders, 8 bots, 100 ms each
  feedme load lifecycle --orders 5000 --bots 64 --cook-ms 10
  feedme load lifecycle --rate 50 --seconds 20 --bots 20   how soon does an idle bot start?
  feedme load lifecycle --history                       and judge all that was told and shown

The bots of the run are removed and the cook time is restored when it ends, also on Ctrl-C.";

const BOARD_EXAMPLES: &str = "\
Examples:
  feedme load board                                     the board, as fast as it goes
  feedme load board --conditional                       with If-None-Match: 304 while nothing changes
  feedme load board --view board --rate 100             all that a screen needs, at a fixed rate";

const SCREENS_EXAMPLES: &str = "\
Examples:
  feedme load screens                                   100 screens, 10 orders a second, 10 seconds
  feedme load screens --screens 5000 --seconds 30
  feedme load screens --screens 5000 --server-pid \"$(pgrep -x feedme)\"
                                                        and what an idle screen costs the server

Each screen takes an open file on both sides: `ulimit -n` must allow for them, here and for the server.";

/// Load a running server, and check meanwhile that it keeps its promises
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    pub(crate) scenario: Scenario,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Scenario {
    /// Place orders and leave them waiting
    #[command(after_help = PLACE_EXAMPLES)]
    Place(Place),
    /// Place orders and have bots cook them all
    #[command(after_help = LIFECYCLE_EXAMPLES)]
    Lifecycle(Lifecycle),
    /// Read the board
    #[command(after_help = BOARD_EXAMPLES)]
    Board(Board),
    /// Place orders while many live screens watch
    #[command(after_help = SCREENS_EXAMPLES)]
    Screens(Screens),
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Common {
    /// The server
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub(crate) url: Url,
    /// The restaurant, by its slug [default: the caller's own]
    #[arg(long, value_name = "SLUG", value_parser = slug)]
    pub(crate) restaurant: Option<String>,
    /// Connections that send requests
    #[arg(long, short, value_name = "N", default_value_t = CONNECTIONS,
          value_parser = clap::value_parser!(u16).range(1..=CONNECTIONS_MAX))]
    pub(crate) connections: u16,
    /// Requests a second, whatever the server does (open loop); latency counts from when each was due
    #[arg(long, short, value_name = "R", value_parser = rate)]
    pub(crate) rate: Option<f64>,
    /// How long to go on
    #[arg(long, short, value_name = "S", value_parser = seconds)]
    pub(crate) seconds: Option<f64>,
    /// Print the report as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Show no progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Orders {
    /// How many orders to ask for
    #[arg(id = "orders", long = "orders", short = 'n', value_name = "N", conflicts_with = "seconds",
          value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// The share of VIP orders, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = share)]
    pub(crate) vip_share: f64,
    /// Send an Idempotency-Key with each order
    #[arg(long)]
    pub(crate) idempotent: bool,
    /// Write every call and every event down and have the whole history judged at the end, from acknowledged orders
    /// to who was served first. Takes a few KB of memory an order
    #[arg(long)]
    pub(crate) history: bool,
    /// How long to wait at the end while nothing happens to the orders that should still come to the screens
    /// or be cooked, beyond the cook time
    #[arg(long, value_name = "S", default_value_t = PATIENCE, value_parser = seconds)]
    pub(crate) patience: f64,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Place {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) orders: Orders,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Lifecycle {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) orders: Orders,
    /// Bots to add for the run
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) bots: u16,
    /// How long each order cooks during the run, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 100)]
    pub(crate) cook_ms: u64,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Board {
    #[command(flatten)]
    pub(crate) common: Common,
    /// How many boards to ask for
    #[arg(long, short = 'n', value_name = "N", conflicts_with = "seconds",
          value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) reads: Option<u64>,
    /// Which board: the orders, or all that a screen needs
    #[arg(long, value_enum, default_value_t = View::Orders)]
    pub(crate) view: View,
    /// Send If-None-Match with the version that the connection has
    #[arg(long)]
    pub(crate) conditional: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum View {
    /// GET /api/orders
    Orders,
    /// GET /api/board
    Board,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Screens {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) orders: Orders,
    /// Live screens to open
    #[arg(id = "screens", long = "screens", value_name = "N", default_value_t = 100,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) count: u32,
    /// The server's process, to measure the memory that an idle screen takes (Linux)
    #[arg(long, value_name = "PID")]
    pub(crate) server_pid: Option<u32>,
}

impl Args {
    /// The report as it was asked for: as text, or as one JSON object.
    pub fn render(&self, report: &Report) -> String {
        if self.common().json { report.to_json() + "\n" } else { report.to_string() }
    }

    /// What all scenarios have in common.
    pub(crate) fn common(&self) -> &Common {
        match &self.scenario {
            Scenario::Place(place) => &place.common,
            Scenario::Lifecycle(lifecycle) => &lifecycle.common,
            Scenario::Board(board) => &board.common,
            Scenario::Screens(screens) => &screens.common,
        }
    }

    /// Parses a command line of its own, for tests and other programs: what follows `feedme load`.
    pub fn parse_from<S: Into<std::ffi::OsString> + Clone>(
        words: impl IntoIterator<Item = S>,
    ) -> Result<Self, clap::Error> {
        #[derive(Parser)]
        #[command(name = "feedme load", no_binary_name = true)]
        struct Alone {
            #[command(flatten)]
            args: Args,
        }
        Alone::try_parse_from(words).map(|alone| alone.args)
    }
}

impl Common {
    /// Sending goes on for the seconds asked for, else until `requests` were sent, else for a while.
    pub(crate) fn amount(&self, requests: Option<u64>) -> Amount {
        match (self.seconds, requests) {
            (Some(seconds), _) => Amount::Time(Duration::from_secs_f64(seconds)),
            (None, Some(requests)) => Amount::Requests(requests),
            (None, None) => Amount::Time(Duration::from_secs_f64(SECONDS)),
        }
    }
}

impl Lifecycle {
    pub(crate) fn amount(&self) -> Amount {
        self.common.amount(self.orders.count.or(Some(LIFECYCLE_ORDERS)))
    }
}

impl Screens {
    pub(crate) fn rate(&self) -> f64 {
        self.common.rate.unwrap_or(SCREENS_RATE)
    }
}

fn between(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let allowed = (least..=most).contains(&number);
    if allowed { Ok(number) } else { Err(format!("must be from {least} to {most}")) }
}

fn rate(text: &str) -> Result<f64, String> {
    between(text, 0.01, 1_000_000.0)
}

fn seconds(text: &str) -> Result<f64, String> {
    between(text, 0.01, 1_000_000.0)
}

fn share(text: &str) -> Result<f64, String> {
    between(text, 0.0, 1.0)
}

fn slug(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !text.is_empty() && text.chars().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err("a slug has lower-case letters, digits and hyphens".to_owned())
    }
}
