//! The `feedme` binary: one enum variant and one module for each subcommand.

mod args;
mod backup;
mod completions;
mod data_folder;
mod database;
mod doctor;
mod exit;
mod export;
mod import;
mod load;
mod log;
mod man;
mod migrate;
mod operator;
mod progress;
mod prune;
mod restore;
mod serve;
mod simulate;
mod tls;
mod user;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command};
use crate::exit::Exit;

/// Faster than the system's for many small allocations, and it serves SQLite too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let failed = |error: anyhow::Error| Failure { exit: Exit::Failed, error };
    let result = match Cli::parse().command {
        Command::Serve(args) => serve::run(*args).map_err(|error| Failure { exit: error.exit(), error: error.into() }),
        Command::Backup(args) => backup::run(&args).map_err(|error| failed(error.into())),
        Command::Restore(args) => restore::run(&args).map_err(|error| failed(error.into())),
        Command::Export(args) => export::run(&args).map_err(|error| failed(error.into())),
        Command::Import(args) => import::run(&args).map_err(|error| failed(error.into())),
        Command::Migrate(args) => migrate::run(&args).map_err(|error| failed(error.into())),
        Command::Prune(args) => prune::run(&args).map_err(|error| failed(error.into())),
        Command::Doctor(args) => {
            doctor::run(&args).map_err(|error| Failure { exit: error.exit(), error: error.into() })
        }
        Command::Log(args) => log::run(&args).map_err(|error| failed(error.into())),
        Command::Completions(args) => completions::run(&args).map_err(|error| failed(error.into())),
        Command::Man(args) => man::run(&args).map_err(|error| failed(error.into())),
        Command::Tls(args) => tls::run(args).map_err(|error| failed(error.into())),
        Command::User(args) => user::run(&args).map_err(|error| Failure { exit: error.exit(), error: error.into() }),
        Command::Load(args) => load::run(&args).map_err(|error| Failure { exit: error.exit(), error: error.into() }),
        Command::Simulate(args) => {
            simulate::run(&args).map_err(|error| Failure { exit: error.exit(), error: error.into() })
        }
    };
    match result {
        Ok(()) => Exit::Ok,
        Err(failure) => failure.report(),
    }
    .into()
}

/// Prints a line on standard output. A reader that has gone away is not an error of ours.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A subcommand that did not do what was asked.
struct Failure {
    exit: Exit,
    error: anyhow::Error,
}

impl Failure {
    /// Says on standard error what went wrong and why. Should even that fail, the exit code still tells.
    fn report(self) -> Exit {
        let _ = writeln!(std::io::stderr(), "feedme: {:#}", self.error);
        self.exit
    }
}
