//! Durability: what a database must be able to do for FeedMe, and the two that do it.
//!
//! [`Store`] is the contract; [`sqlite::SqliteStore`] fulfils it on one embedded file for one process, and
//! [`postgres::PostgresStore`] on PostgreSQL for any number of them. A store writes what it
//! is handed and knows no rule: the constraints in its schema stand behind the state machine as a second
//! wall.
//!
//! | to find | look in |
//! |---|---|
//! | what a commit carries | [`batch`] |
//! | what may be asked | [`Store`] |
//! | all of a database at one moment | [`moment`] |
//! | carrying a restaurant to another database | [`carry`] |
//! | forgetting what is long past | [`past`] |
//! | whether its tables say what its events say | [`doctor`] |
//! | how restaurants of a chain are listed | [`chain`] |
//! | who there is | [`accounts`] |
//! | how events, orders and settings are written down | [`record`] |
//! | the SQL and the migrations | [`sqlite`], [`postgres`] |

pub mod accounts;
pub mod batch;
pub mod carry;
pub mod chain;
mod contract;
pub mod doctor;
mod error;
pub mod factors;
mod fresh_file;
pub mod history;
mod migrated;
pub mod moment;
pub mod pairing;
pub mod past;
pub mod postgres;
pub mod record;
pub mod restaurant;
mod skip;
pub mod sqlite;

pub use batch::{Batch, KeptAnswer, KeyScope, Verdict, Write};
pub use chain::{CHAIN_PAGE_MAX, ChainFilter, ChainPage, Tally};
pub use contract::{Confirmed, Held, Hint, Lease, Overdue, Pool, Stands, Store, Tidied};
pub use error::{CommitError, StoreError};
pub use history::{HistoryFilter, HistoryPage, PAGE_MAX};
pub use migrated::{Leveled, Migrated};
pub use restaurant::{Epoch, Loaded, Restaurant, RestaurantId};
pub use skip::{SKIP_NUMBERS, numbers_to_skip, passing_over};
