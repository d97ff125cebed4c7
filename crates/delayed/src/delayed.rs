//! A service in use, as the rest of the program sees it.

use std::sync::Arc;

use feedme_engine::Starts;
use feedme_kitchen::Time;
use uuid::Uuid;

use crate::address::CallbackAddress;
use crate::client::Client;
use crate::contact::{Answers, Contact};
use crate::publish::Publisher;
use crate::settings::Settings;
use crate::signature::{BadSignature, Verifier};

/// Why the service cannot be spoken to: with TLS, mostly because the machine has no certificates to know it by.
#[derive(Debug, thiserror::Error)]
#[error("failed to prepare for the delayed-message service")]
pub struct SetUpError(#[from] reqwest::Error);

/// A service in use. Clones share it.
#[derive(Clone, Debug)]
pub struct Delayed(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    callback: CallbackAddress,
    verifier: Verifier,
    contact: Arc<Contact>,
}

impl Delayed {
    /// The service, and what publishes to it. `run` is an id that no other start of this program has.
    pub fn new(settings: Settings, starts: Starts, run: Uuid) -> Result<(Self, Publisher), SetUpError> {
        let Settings { service, callback, token, current_key, next_key } = settings;
        let contact = Arc::new(Contact::new(starts.dropped()));
        let verifier = Verifier::new(&current_key, &next_key);
        let client = Client::new(service, &token)?;
        let publisher = Publisher::new(client, callback.clone(), Arc::clone(&contact), run, starts);
        Ok((Self(Arc::new(Inner { callback, verifier, contact })), publisher))
    }

    /// The host name under which callbacks arrive, in lower case.
    pub fn callback_host(&self) -> &str {
        self.0.callback.host()
    }

    /// Whether this token makes a callback the service's: one for a restaurant (by its slug, or the one that
    /// stands at `/api/…`), with this body, at this moment of the wall clock.
    pub fn verify(&self, token: &str, slug: Option<&str>, body: &[u8], now: Time) -> Result<(), BadSignature> {
        self.0.verifier.verify(token, &self.0.callback.of(slug), body, now)
    }

    /// Whether the service answers.
    pub fn answers(&self) -> Answers {
        self.0.contact.answers()
    }

    /// Orders that were not published because too many waited.
    pub fn dropped(&self) -> u64 {
        self.0.contact.dropped()
    }
}
