//! `feedme load`: loads a running server, and checks while it loads that the server keeps its promises.
//!
//! ```no_run
//! # use clap::Parser;
//! # #[derive(Parser)]
//! # struct Cli { #[command(flatten)] load: feedme_load::Args }
//! # let args = Cli::parse().load;
//! match feedme_load::run(&args) {
//!     Ok(report) => {
//!         let _ = std::io::Write::write_all(&mut std::io::stdout(), args.render(&report).as_bytes());
//!         std::process::exit(report.exit_code().into())
//!     }
//!     Err(error) => std::process::exit(error.exit_code().into()),
//! }
//! ```
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | the load ran, at least one request succeeded, and all checks held |
//! | 1 | the load ran and a check failed: the server broke a promise |
//! | 2 | the command line is wrong |
//! | 3 | the load could not run: server out of reach, refused to set up, too few files allowed … |
//! | 4 | the load ran, but not one request succeeded, so nothing was checked |
//! | 130 | a second Ctrl-C cut it off without a report |
//!
//! One thread does it all, so that the generator takes as little as it can from a server on the same
//! machine, and so that what it records needs no locks.
//!
//! | to find | look in |
//! |---|---|
//! | what can be asked for | `args` |
//! | what each scenario does | `ordering` (place, lifecycle, screens), `board` |
//! | when a request is due, and what latency counts from | `pace` |
//! | the checks | `numbers`, `versions`, `lives`, `board` |
//! | the figures and their JSON | [`report`], `text` |

mod args;
mod board;
mod check;
mod chunked;
mod connection;
mod drive;
mod lives;
mod memory;
mod meter;
mod numbers;
mod observed;
mod ordering;
mod pace;
mod placing;
mod problem;
mod progress;
pub mod report;
mod run;
mod sse;
mod staff;
mod target;
mod text;
mod timer;
mod versions;
mod watch;

pub use args::Args;
pub use check::{Check, Rule};
pub use report::Report;
pub use run::{LoadError, run, run_until};
pub use target::{Url, UrlError};
