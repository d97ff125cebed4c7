//! A certificate authority of a restaurant's own: for a server that no public authority would vouch for, because
//! its name and its address mean something inside the building only.
//!
//! An [`Authority`] may speak for private names and addresses, and for what it was asked to speak for when it was
//! made: whoever trusts it trusts it with nothing else. It knows nothing of files and networks.

mod authority;
mod certificate;
mod name;
mod reach;

pub use authority::{Authority, AuthorityError, Issued};
pub use certificate::{Certificate, NoCertificate};
pub use name::{Name, NameError};
