//! `feedme man`: the manual, made of what the help says.

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::CommandFactory as _;
use clap_mangen::roff::{Roff, roman};

use crate::args::Cli;
use crate::say;

/// What `feedme man` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ManArgs {
    /// The folder to write the pages to; it is made if need be
    #[arg(long, value_name = "DIR", default_value = "man")]
    out: PathBuf,
}

const AFTER_HELP: &str = "\
Examples:
  feedme man                                  write ./man/feedme.1, ./man/feedme-serve.1, …
  feedme man --out /usr/local/share/man/man1  where `man feedme-serve` finds them";

/// A page could not be written.
#[derive(Debug, thiserror::Error)]
#[error("failed to write {}", path.display())]
pub(crate) struct ManError {
    path: PathBuf,
    source: io::Error,
}

/// Writes the pages.
pub(crate) fn run(args: &ManArgs) -> Result<(), ManError> {
    let failed = |source| ManError { path: args.out.clone(), source };
    fs::create_dir_all(&args.out).map_err(failed)?;
    let mut feedme = Cli::command();
    feedme.build();
    let pages = write(feedme, &args.out).map_err(failed)?;
    say(format_args!("{pages} pages in {}", args.out.display()));
    Ok(())
}

/// Writes the page of a command, and those of what it can do. How many they were.
fn write(command: clap::Command, folder: &Path) -> io::Result<usize> {
    let mut pages = 1;
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        pages += write(below.clone(), folder)?;
    }
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    fs::write(folder.join(format!("{name}.1")), page(command)?)?;
    Ok(pages)
}

/// The page of a command. What its help says in the end is laid out already: the lines stay as they are.
fn page(command: clap::Command) -> io::Result<Vec<u8>> {
    let notes = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let source = concat!("feedme ", env!("CARGO_PKG_VERSION"));
    let mut page = Vec::new();
    clap_mangen::Man::new(command.after_help(None::<&str>)).source(source).manual("FeedMe").render(&mut page)?;
    let mut end = Roff::new();
    end.control("SH", ["NOTES"]).control("nf", []);
    for line in notes.lines() {
        end.text([roman(line)]);
    }
    end.control("fi", []).to_writer(&mut page)?;
    Ok(page)
}
