//! `feedme simulate`: the same order machine as the server's, on virtual time.
//!
//! [`parse`](file::parse) reads a scenario, [`play`](play::play) puts it to a kitchen and writes a
//! transcript, [`print`](print::print) shows it. Only the last one touches the world.

mod clock;
mod file;
mod narrator;
mod number;
mod play;
mod policy;
mod print;
mod refusal;
mod scenario;
mod step;
mod summary;
mod transcript;

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::exit::Exit;

/// A scenario's file in bytes at most: 10,000 steps of a hundred characters each.
const SCENARIO_MAX_BYTES: u64 = 1024 * 1024;

/// What is played when no scenario is named.
const BUILT_IN: &str = include_str!("simulate/built_in.toml");

/// What `feedme simulate` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SimulateArgs {
    /// A scenario, as a TOML file; without one, a built-in half minute is played
    scenario: Option<PathBuf>,

    /// Write the transcript to this file instead of the terminal
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Let every second of the scenario take a second
    #[arg(long)]
    real_time: bool,

    /// Print one JSON object a line, and a last one with the final status
    #[arg(long)]
    json: bool,

    /// Print the built-in scenario, to start your own from
    #[arg(long, conflicts_with_all = ["scenario", "real_time", "json"])]
    show_built_in: bool,
}

const AFTER_HELP: &str = "\
Examples:
  feedme simulate                            play the built-in half minute
  feedme simulate --show-built-in > my.toml  start your own scenario from it
  feedme simulate my.toml                    play your own
  feedme simulate my.toml --output day.txt   keep the transcript
  feedme simulate --json | jq .text          feed it to another program
  feedme simulate --real-time                watch it happen

A scenario:
  start = \"09:00:00\"        # the clock when it begins
  first_order = 1           # the first order's number
  cook_seconds = 10         # how long a bot cooks; fractions are fine everywhere
  policy = { kind = \"strict\" }
                            # or { kind = \"ageing\", after_seconds = 60 }
                            # or { kind = \"ratio\", vip = 2, normal = 1 }
                            # or { kind = \"deadline\", vip_seconds = 30, normal_seconds = 90 }
  completed_stays_seconds = 1800   # how long a COMPLETE order stays on the board
  end_at = 60               # stop then; without it, when nothing is left to cook
  step = [
    { at = 0, place = \"NORMAL\" },  # or \"VIP\"; with note, lines, external_ref, times
    { at = 1, add_bot = \"auto\" },  # or \"pull\"; with times
    { at = 2, remove_bot = \"newest\" },  # or a bot's number
  ]

What a step may do, at so many seconds after the start:
  place, add_bot, remove_bot
  cancel, collect, delete, restore   an order, by its number
  claim, complete, give_back         a pull bot asks for the next order, is done with it, returns it
                                     (complete takes order, and both take under_claim, to come late)
  set                                any of cook_seconds, policy, completed_stays_seconds
  pause = true, pause = false        stop and go on taking orders
  clear = true                       clear the board
  skip_numbers                       pass over so many numbers, as a restore does

At one moment, what falls due happens first, then the steps as they stand in the file.";

/// Why nothing, or not everything, was played.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SimulateError {
    #[error("failed to read scenario {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("scenario {} is larger than {SCENARIO_MAX_BYTES} bytes", path.display())]
    TooLarge { path: PathBuf },
    #[error("scenario {}, {wrong}", path.display())]
    Scenario { path: PathBuf, wrong: file::Wrong },
    #[error("failed to write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("failed to print the transcript")]
    Print { source: io::Error },
}

impl SimulateError {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::TooLarge { .. } | Self::Scenario { .. } => Exit::Usage,
            Self::Read { .. } | Self::Write { .. } | Self::Print { .. } => Exit::Failed,
        }
    }
}

/// Plays a scenario.
pub(crate) fn run(args: &SimulateArgs) -> Result<(), SimulateError> {
    let transcript = if args.show_built_in { None } else { Some(play::play(&load(args.scenario.as_deref())?)) };
    let format = if args.json { print::Format::Json } else { print::Format::Text };
    let pace: fn(Duration) = if args.real_time { std::thread::sleep } else { |_| {} };
    let show = |out: &mut dyn Write| match &transcript {
        None => out.write_all(BUILT_IN.as_bytes()).and_then(|()| out.flush()),
        Some(transcript) => print::print(transcript, format, out, pace),
    };
    match &args.output {
        Some(path) => File::create(path)
            .and_then(|file| show(&mut BufWriter::new(file)))
            .map_err(|source| SimulateError::Write { path: path.clone(), source }),
        None => match show(&mut BufWriter::new(io::stdout().lock())) {
            // Whoever read the transcript has seen enough, as `head` does: nothing failed.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(|source| SimulateError::Print { source }),
        },
    }
}

fn load(path: Option<&Path>) -> Result<scenario::Scenario, SimulateError> {
    let (path, text) = match path {
        None => (PathBuf::from("built-in"), BUILT_IN.to_owned()),
        Some(path) => (path.to_owned(), read(path)?),
    };
    file::parse(&text).map_err(|wrong| SimulateError::Scenario { path, wrong })
}

fn read(path: &Path) -> Result<String, SimulateError> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(SCENARIO_MAX_BYTES + 1).read_to_string(&mut text))
        .map_err(|source| SimulateError::Read { path: path.to_owned(), source })?;
    if text.len() as u64 > SCENARIO_MAX_BYTES {
        return Err(SimulateError::TooLarge { path: path.to_owned() });
    }
    Ok(text)
}
