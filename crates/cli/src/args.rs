//! The command line's first level. What a subcommand takes stands in its own module.

use clap::{Parser, Subcommand};

use crate::{exit, simulate};

/// The order engine of a restaurant whose kitchen is run by cooking bots.
#[derive(Debug, Parser)]
#[command(name = "feedme", version, max_term_width = 100, after_help = after_help())]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What `feedme` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play a scenario on virtual time and print what happens
    Simulate(simulate::SimulateArgs),
}

fn after_help() -> String {
    format!(
        "Examples:\n  \
         feedme simulate                     watch half a minute of a small kitchen, at once\n  \
         feedme simulate --help              how to write and play your own scenario\n\n{}",
        exit::HELP
    )
}
