//! A delayed-message service with `QStash`'s protocol, and applications that are driven by one.

mod double;
mod driven;
mod message;
mod token;

pub use double::{DelayedService, Delivery, Manners};
pub use driven::Driven;
pub use message::Message;
pub use token::{Token, base64_url};

use feedme_delayed::{CallbackAddress, Secret, ServiceAddress, Settings};

/// What proves to the service who asks.
pub const TOKEN: &str = "a-token";

/// The signing keys of the service, oldest first: one is current, the one after it is next.
pub const KEYS: [&str; 4] = ["sig_retired", "sig_current", "sig_next", "sig_later"];

/// The settings of an application that uses the service at `url` since before the first rotation.
#[must_use]
pub fn settings(url: &str, callback: &str) -> Settings {
    let secret = |text: &str| Secret::parse(text).expect("it is one");
    Settings {
        service: ServiceAddress::parse(url).expect("it is one"),
        callback: CallbackAddress::parse(callback).expect("it is one"),
        token: secret(TOKEN),
        current_key: secret(KEYS[1]),
        next_key: secret(KEYS[2]),
    }
}
