//! The bots and the cook time of a lifecycle run, taken back when it is over.

use std::rc::Rc;

use serde::Deserialize;

use crate::check::{Check, Rule};
use crate::connection::Connection;
use crate::problem::{Problem, demand};
use crate::run::LoadError;
use crate::target::Target;

/// Bots that were added, and the cook time that was found.
#[derive(Debug)]
pub(crate) struct Staff {
    connection: Connection,
    bots: Vec<Bot>,
    cook_ms_before: u64,
}

#[derive(Debug, Deserialize)]
struct Bot {
    id: String,
    number: u64,
}

#[derive(Deserialize)]
struct BotAnswer {
    bot: Bot,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    cook_ms: u64,
}

impl Staff {
    /// Sets the cook time and adds the bots. If that fails midway, what was done is undone.
    pub(crate) async fn hire(target: &Rc<Target>, bots: usize, cook_ms: u64) -> Result<Self, LoadError> {
        let mut connection = Connection::new(Rc::clone(target));
        let read = target.request("GET", "/settings", &[], None);
        let settings: Settings = demand(&mut connection, "read the settings", &read).await?;
        let mut staff = Self { connection, bots: Vec::new(), cook_ms_before: settings.cook_ms };
        match staff.prepare(bots, cook_ms).await {
            Ok(()) => Ok(staff),
            Err(error) => {
                staff.dismiss().await;
                Err(error)
            }
        }
    }

    /// Removes the bots and restores the cook time, and says what could not be.
    pub(crate) async fn dismiss(mut self) -> Check {
        let mut check = Check::new(Rule::LeftAsFound);
        let target = Rc::clone(&self.connection.target);
        for bot in std::mem::take(&mut self.bots) {
            let remove = target.request("DELETE", &format!("/bots/{}", bot.id), &[], None);
            let failure = self.undo(&remove).await;
            check.expect(failure.is_none(), || {
                format!("bot {} is still there: {}", bot.number, failure.unwrap_or_default())
            });
        }
        let failure = self.set_cook_ms(self.cook_ms_before).await.err();
        check.expect(failure.is_none(), || {
            let reason = failure.map(|failure| failure.to_string()).unwrap_or_default();
            format!("the cook time was {} ms: {reason}", self.cook_ms_before)
        });
        check
    }

    async fn prepare(&mut self, bots: usize, cook_ms: u64) -> Result<(), LoadError> {
        self.set_cook_ms(cook_ms).await?;
        let add = self.connection.target.request("POST", "/bots", &[], Some(r#"{"mode":"auto"}"#));
        for _ in 0..bots {
            let BotAnswer { bot } = demand(&mut self.connection, "add a bot", &add).await?;
            self.bots.push(bot);
        }
        Ok(())
    }

    async fn set_cook_ms(&mut self, cook_ms: u64) -> Result<(), LoadError> {
        let body = format!(r#"{{"cookMs":{cook_ms}}}"#);
        let change = self.connection.target.request("PATCH", "/settings", &[], Some(&body));
        let Settings { .. } = demand(&mut self.connection, "set the cook time", &change).await?;
        Ok(())
    }

    /// Why it could not be undone. A bot that somebody else removed meanwhile is gone as well.
    async fn undo(&mut self, request: &[u8]) -> Option<String> {
        match self.connection.call(request).await {
            Ok(answer) if answer.status == 200 || answer.status == 404 => None,
            Ok(answer) => Some(format!("{} {}", answer.status, Problem::read(answer.body).into_words())),
            Err(transport) => Some(transport.to_string()),
        }
    }
}
