//! The `feedme` binary: one enum variant and one module for each subcommand.

mod args;
mod exit;
mod simulate;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command};
use crate::exit::Exit;

fn main() -> ExitCode {
    let result = match Cli::parse().command {
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
