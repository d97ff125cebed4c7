//! `feedme completions`: what a shell needs to complete commands and flags.

use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Cli;

/// What `feedme completions` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct CompletionsArgs {
    /// For which shell
    shell: Shell,
}

const AFTER_HELP: &str = "\
Examples:
  feedme completions bash > /etc/bash_completion.d/feedme
  feedme completions zsh > /usr/local/share/zsh/site-functions/_feedme
  feedme completions fish > ~/.config/fish/completions/feedme.fish";

/// Prints them.
pub(crate) fn run(args: &CompletionsArgs) -> io::Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "feedme", &mut text);
    io::stdout().write_all(&text)
}
