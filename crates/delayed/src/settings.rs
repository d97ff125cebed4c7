//! What is needed to use a service.

use crate::address::{CallbackAddress, ServiceAddress};
use crate::secret::Secret;

/// What is needed to use a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where the service is.
    pub service: ServiceAddress,
    /// Where it calls back.
    pub callback: CallbackAddress,
    /// What proves to the service who we are.
    pub token: Secret,
    /// What its callbacks are signed with.
    pub current_key: Secret,
    /// What they are signed with once the keys have been rotated.
    pub next_key: Secret,
}
