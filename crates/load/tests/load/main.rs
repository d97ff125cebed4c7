//! The load generator against a server that can be told to misbehave: every check must be seen to fire.

mod arguments;
mod fake;
mod figures;
mod honest;
mod misbehaving;

use feedme_load::{Args, Check, Report, Rule};

use crate::fake::Fake;

/// Runs `feedme load` with these words against a server.
fn load(server: &Fake, words: &str) -> Report {
    feedme_load::run(&args(server, words)).expect("the server can be loaded")
}

fn args(server: &Fake, words: &str) -> Args {
    let words = words.split_whitespace().chain(["--quiet", "--url", &server.url]);
    Args::parse_from(words).expect("the words are an example of the command line")
}

fn check(report: &Report, rule: Rule) -> &Check {
    report.checks.iter().find(|check| check.rule == rule).expect("the scenario makes this check")
}
