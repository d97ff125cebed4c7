//! The command line's first level. What a subcommand takes stands in its own module.

use clap::{Parser, Subcommand};

use crate::{
    backup, completions, doctor, exit, export, import, log, man, migrate, prune, restore, serve, simulate, tls, user,
};

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
    /// Serve a restaurant: the API, the live events, the kitchen
    Serve(Box<serve::ServeArgs>),
    /// Manage who can sign in, also while the server runs
    User(user::UserArgs),
    /// Copy the database to a file while it is in use
    Backup(backup::BackupArgs),
    /// Put a backup in the place of the database
    Restore(restore::RestoreArgs),
    /// Write one restaurant to a file, to carry it to another database
    Export(export::ExportArgs),
    /// Take a restaurant in from such a file
    Import(import::ImportArgs),
    /// Bring the database up to date without serving it
    Migrate(migrate::MigrateArgs),
    /// Forget events and orders that are long past
    Prune(prune::PruneArgs),
    /// Check that the tables say what the events say
    Doctor(doctor::DoctorArgs),
    /// Say what a running server logs, or switch it
    Log(log::LogArgs),
    /// Make certificates for HTTPS inside the building
    Tls(tls::TlsArgs),
    /// Load a running server, and check that it keeps its promises
    Load(feedme_load::Args),
    /// Play a scenario on virtual time and print what happens
    Simulate(simulate::SimulateArgs),
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
    /// Write the manual: a page for each command
    Man(man::ManArgs),
}

fn after_help() -> String {
    format!(
        "Examples:\n  \
         feedme serve                        serve a restaurant at http://127.0.0.1:8080\n  \
         feedme user add mei --role manager  let somebody sign in\n  \
         feedme backup today.db              copy its database while it serves\n  \
         feedme tls init                     make a certificate, so that tablets can use HTTPS\n  \
         feedme doctor                       check that nothing is amiss\n  \
         feedme simulate                     watch half a minute of a small kitchen, at once\n  \
         feedme simulate --help              how to write and play your own scenario\n\n{}",
        exit::HELP
    )
}
