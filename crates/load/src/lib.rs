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
//!         std::process::exit(if report.held() { 0 } else { 4 })
//!     }
//!     Err(error) => std::process::exit(1),
//! }
//! ```
//!
//! | exit code of `feedme load` | meaning |
//! |---|---|
//! | 0 | the load ran and all checks held |
//! | 1 | it could not run ([`LoadError`]), or not one request succeeded, so that nothing was checked |
//! | 2 | the command line is wrong |
//! | 4 | the load ran and a check failed: the server broke a promise |
//!
//! One thread does it all, so that the generator takes as little as it can from a server on the same
//! machine, and so that what it records needs no locks.
//!
//! | to find | look in |
//! |---|---|
//! | what can be asked for | `args` |
//! | what each scenario does | `ordering` (place, lifecycle, screens), `board` |
//! | when a request is due, and what latency counts from | `pace` |
//! | the checks | `numbers`, `versions`, `lives`, `board`; of the whole history, `history` |
//! | the figures and their JSON | [`report`], `text` |

mod args;
mod board;
mod check;
mod chunked;
mod connection;
mod drive;
mod history;
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
