//! Completion driven by an external delayed-message service that speaks `QStash`'s protocol.
//!
//! Whenever an automatic bot starts an order, a message is published that comes back when the order is due: a
//! signed callback, which the server verifies here. Nothing depends on it: messages may be lost, late, doubled or
//! out of order, and the service may be down. The claim decides what a callback is worth, and the engine's sweep
//! completes what none came for.
//!
//! | to find | look in |
//! |---|---|
//! | what a service is addressed and trusted by | [`settings`], [`address`], [`secret`] |
//! | what is sent | [`publish`], `client` |
//! | whether a callback is the service's | [`signature`], `seen` |
//! | whether the service answers | [`contact`] |

pub mod address;
mod client;
pub mod contact;
mod delayed;
pub mod publish;
pub mod secret;
mod seen;
pub mod settings;
pub mod signature;

pub use address::{AddressError, CallbackAddress, ServiceAddress};
pub use contact::Answers;
pub use delayed::{Delayed, SetUpError};
pub use publish::Publisher;
pub use secret::{Secret, SecretError};
pub use settings::Settings;
pub use signature::BadSignature;
