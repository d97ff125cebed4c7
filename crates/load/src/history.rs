//! The whole history of a run, written down and judged at the end.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use feedme_checker::Recorder;
use feedme_checker::recorder::{Asking, Callers, Screen};
use serde::Deserialize;
use tokio::time::timeout;

use crate::check::{Check, Rule};
use crate::connection::{Answer, Connection};
use crate::observed::WITNESS;
use crate::problem::demand_with;
use crate::run::LoadError;
use crate::target::Target;
use crate::watch::Watch;

/// How long the witness may take to show what the board shows. Far longer than any event takes; a server that is as slow
/// as that is judged by what has come.
const SHOWN_WITHIN: Duration = Duration::from_secs(15);

/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The restaurant's name where none was asked for.
const OWN: &str = "default";

/// What is told and shown, as it comes.
#[derive(Clone, Debug)]
pub(crate) struct Chronicle {
    recorder: Arc<Recorder>,
    restaurant: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    orders: Vec<Numbered>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Numbered {
    number: u64,
}

#[derive(Deserialize)]
struct Board {
    version: u64,
}

impl Chronicle {
    /// Nothing has been told yet. Others may use the restaurant, too.
    pub(crate) fn new(restaurant: Option<&str>) -> Self {
        Self { recorder: Arc::new(Recorder::new(Callers::Some)), restaurant: restaurant.unwrap_or(OWN).to_owned() }
    }

    /// The screen whose events are read.
    pub(crate) fn witness(&self) -> Screen {
        self.recorder.screen(&self.restaurant)
    }

    /// Call this before a request is sent.
    pub(crate) fn ask(&self, method: &str, path: &str, key: Option<&str>, body: &str) -> Asking {
        self.recorder.ask(method, path, key, body.as_bytes())
    }

    /// Call this with its answer. No key is sent twice, so none is replayed.
    pub(crate) fn answered(&self, asking: Asking, answer: &Answer<'_>) {
        self.recorder.answered(asking, answer.status, false, answer.body);
    }

    /// Reads what became of the orders of the run, waits until the witness has seen all of it, and judges.
    pub(crate) async fn judge(
        self,
        target: &Rc<Target>,
        first: Option<u64>,
        watch: &Watch,
    ) -> Result<Check, LoadError> {
        let mut connection = Connection::new(Rc::clone(target));
        let mut cursor = None;
        loop {
            let page = self.page(&mut connection, cursor.as_deref()).await?;
            let older = page.orders.iter().any(|order| first.is_none_or(|first| order.number <= first));
            cursor = page.next_cursor.filter(|_| !older);
            if cursor.is_none() {
                break;
            }
        }
        let board = target.request("GET", "/board", &[], None);
        let asking = self.ask("GET", &target.path("/board"), None, "");
        let note = |answer: &Answer<'_>| self.answered(asking, answer);
        let Board { version } = demand_with(&mut connection, "show the board", &board, note).await?;
        let shown = || watch.with(|seen| seen.versions.position(WITNESS).is_some_and(|at| at.version >= version));
        let _ = timeout(SHOWN_WITHIN, async {
            while !shown() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        })
        .await;
        let history = self.recorder.finish();
        Ok(Check::of(Rule::HistoryPossible, history.size() as u64, history.violations()))
    }

    /// A page of the history of orders, newest first.
    async fn page(&self, connection: &mut Connection, cursor: Option<&str>) -> Result<Page, LoadError> {
        let route =
            cursor.map_or("/orders?limit=100".to_owned(), |cursor| format!("/orders?limit=100&cursor={cursor}"));
        let request = connection.target.request("GET", &route, &[], None);
        let asking = self.ask("GET", &connection.target.path(&route), None, "");
        demand_with(connection, "list the orders", &request, |answer| self.answered(asking, answer)).await
    }
}
