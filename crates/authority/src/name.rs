//! What a server is called by: a name or an address.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Characters of a name at most, and of what stands between two dots (RFC 1035, 2.3.4).
const NAME_MAX: usize = 253;
const LABEL_MAX: usize = 63;

/// What a server is called by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// A name in the domain name system, in small letters.
    Dns(String),
    /// An address.
    Ip(IpAddr),
}

/// Why a text is no name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an address nor a name of letters, digits and hyphens with dots between, as in kitchen.local")]
pub struct NameError(String);

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Ip(address));
        }
        let is_label = |label: &str| {
            (1..=LABEL_MAX).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        // What ends in a number is an address to a browser, and no legal one.
        let last_is_number = text.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        if text.len() > NAME_MAX || last_is_number || !text.split('.').all(is_label) {
            return Err(NameError(text.to_owned()));
        }
        Ok(Self::Dns(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_told_apart() {
        assert_eq!("Kitchen.local".parse(), Ok(Name::Dns("kitchen.local".into())));
        assert_eq!("192.168.1.7".parse(), Ok(Name::Ip([192, 168, 1, 7].into())));
        assert_eq!("fd00::7".parse::<Name>().map(|name| name.to_string()), Ok("fd00::7".into()));
        let long = "a".repeat(64);
        for wrong in ["", ".", "a..b", "a b", "-a", "a-", "*.local", "kitchen.local.", "a/b", "10.0.0.256", "7", &long]
        {
            assert_eq!(wrong.parse::<Name>(), Err(NameError(wrong.into())), "{wrong}");
        }
    }
}
