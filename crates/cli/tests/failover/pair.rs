//! A primary and its standby.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use feedme_testkit::cluster::{Cluster, Options};

use crate::fleet::Fleet;

/// How long it may take until nodes are at their work again.
pub(crate) const BACK_WITHIN: Duration = Duration::from_mins(1);

/// Two clusters with one database.
pub(crate) struct Pair {
    pub(crate) primary: Cluster,
    pub(crate) standby: Cluster,
    name: &'static str,
}

impl Pair {
    /// Starts both, and makes the database.
    pub(crate) fn start(synchronous: bool) -> Self {
        let name = "feedme";
        // A cluster that does not wait for the disk does not wait for a standby either, unless told to.
        let mut options = Options::quick();
        options.settings.push(("synchronous_commit", "on".into()));
        let primary = Cluster::start(&options).unwrap_or_else(|error| panic!("{error}"));
        primary.ask(&format!("CREATE DATABASE {name} OWNER feedme")).unwrap_or_else(|error| panic!("{error}"));
        let standby = Cluster::standby_of(&primary, synchronous).unwrap_or_else(|error| panic!("{error}"));
        Self { primary, standby, name }
    }

    /// Where nodes find whichever of the two takes writes.
    pub(crate) fn url(&self) -> String {
        self.primary.url_of_either(&self.standby, self.name)
    }

    /// The primary dies, and the standby takes its place.
    pub(crate) fn fail_over(&self) {
        self.primary.kill().unwrap_or_else(|error| panic!("{error}"));
        self.standby.promote().unwrap_or_else(|error| panic!("{error}"));
    }

    /// Asks the database at the old primary.
    pub(crate) fn ask_old_primary(&self, sql: &str) -> Option<String> {
        self.primary.ask_in(self.name, sql).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Asks it at the standby that was promoted.
    pub(crate) fn ask_promoted(&self, sql: &str) -> Option<String> {
        self.standby.ask_in(self.name, sql).unwrap_or_else(|error| panic!("{error}"))
    }

    /// `feedme doctor` finds nothing wrong.
    pub(crate) fn is_sound(&self) {
        let mut doctor = Command::new(env!("CARGO_BIN_EXE_feedme"));
        doctor.arg("doctor").env("FEEDME_DATABASE", self.url()).stdin(Stdio::null());
        let found = doctor.output().expect("the binary starts");
        assert!(found.status.success(), "{}{}", text(&found.stdout), text(&found.stderr));
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Waits until a node takes an order again. Its number.
pub(crate) async fn next_number(fleet: &Fleet, slug: &str) -> u64 {
    let (since, order) = (Instant::now(), serde_json::json!({ "type": "NORMAL" }));
    loop {
        let answer = fleet.call(reqwest::Method::POST, slug, "orders", None, Some(&order)).await;
        if let Some(answer) = answer.filter(|answer| answer.status == 201) {
            let answer: serde_json::Value = serde_json::from_str(&answer.text).expect("it answers JSON");
            return answer["order"]["number"].as_u64().expect("an order has a number");
        }
        assert!(since.elapsed() < BACK_WITHIN, "nobody takes orders");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
