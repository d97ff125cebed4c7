//! Secrets, which are never shown.

use std::fmt;

/// A token or a key.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Why a text is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 1024 visible ASCII characters")]
pub struct SecretError;

impl Secret {
    /// Characters of a secret at most: a token of the service has about two hundred.
    const MAX: usize = 1024;

    /// Takes a text, without the line end that files have.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let text = text.trim_end_matches(['\r', '\n']);
        let legal = (1..=Self::MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if legal { Ok(Self(text.to_owned())) } else { Err(SecretError) }
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Secret::parse("sig_7kX\n").expect("it is one");
        assert_eq!(secret.reveal(), "sig_7kX");
        assert_eq!(format!("{secret:?}"), "Secret");
        for text in ["", "\n", "two words", "ключ", &"a".repeat(1025)] {
            assert_eq!(Secret::parse(text), Err(SecretError), "{text}");
        }
    }
}
