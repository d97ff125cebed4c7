//! The flag that names the data folder, the same for every subcommand.

use std::path::PathBuf;

/// Where the database lives unless told otherwise.
pub(crate) const DEFAULT: &str = "feedme-data";

/// Names the data folder.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DataFolder {
    /// The folder that holds the database
    #[arg(long = "data", value_name = "DIR", env = "FEEDME_DATA", default_value = DEFAULT, global = true)]
    pub(crate) path: PathBuf,
}
