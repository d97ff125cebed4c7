//! Secrets that the server makes: session tokens, one-time links, API keys, recovery codes.
//!
//! All are random and long enough that nobody guesses them, so a fast digest is how they are kept: whoever reads the
//! database learns none of them.

use std::fmt::{self, Write as _};

use rand::TryRngCore as _;
use rand::rngs::OsRng;

/// Random bytes of a token: 256 bits.
const TOKEN_BYTES: usize = 32;

/// What an API key begins with, so that scanners of leaked secrets know it.
const KEY_PREFIX: &str = "feedme_";

/// Characters of an API key that are shown in lists, to tell keys apart.
const SHOWN_CHARS: usize = KEY_PREFIX.len() + 6;

/// Digits, then letters, as the checksum of a key is written.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Of what codes are made that people read and type: 32 characters, so that each holds five bits.
const CODE: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Characters of a secret in base 62 that hold 256 bits, and of its checksum that hold 32.
const SECRET_CHARS: usize = 43;
const CHECKSUM_CHARS: usize = 6;

/// A secret that is shown once. It never appears in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// A new session token or one-time link: 256 random bits in hexadecimal.
    #[must_use]
    pub fn token() -> Self {
        Self(hexadecimal(&random::<TOKEN_BYTES>()))
    }

    /// A new API key: `feedme_`, a secret, and a checksum by which a typing error is found without the database.
    #[must_use]
    pub fn api_key() -> Self {
        // Bytes above 247 would make some characters likelier than others.
        let mut secret = String::with_capacity(SECRET_CHARS);
        while secret.len() < SECRET_CHARS {
            let usable = random::<64>().into_iter().filter(|byte| *byte < 248);
            secret.extend(
                usable.take(SECRET_CHARS - secret.len()).map(|byte| char::from(BASE62[usize::from(byte) % 62])),
            );
        }
        Self(format!("{KEY_PREFIX}{secret}{}", checksum(&secret)))
    }

    /// A new recovery code: 75 random bits, to be written down.
    #[must_use]
    pub fn recovery_code() -> Self {
        Self(grouped::<15>(5))
    }

    /// A new code for pairing a screen: 40 random bits, to be typed within minutes.
    #[must_use]
    pub fn pairing_code() -> Self {
        Self(grouped::<8>(4))
    }

    /// The secret itself, to hand it to whom it is for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// How it is kept.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// What of an API key may be shown again.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.0[..SHOWN_CHARS.min(self.0.len())]
    }
}

/// How a secret is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of what somebody presents.
    #[must_use]
    pub fn of(presented: &str) -> Self {
        Self(*blake3::hash(presented.as_bytes()).as_bytes())
    }

    /// The digest of a code that somebody typed, however it is capitalised and grouped.
    #[must_use]
    pub fn of_code(typed: &str) -> Self {
        let typed: String = typed.chars().filter(|char| !char.is_whitespace() && *char != '-').collect();
        Self::of(&typed.to_uppercase())
    }

    /// In hexadecimal.
    #[must_use]
    pub fn to_text(self) -> String {
        hexadecimal(&self.0)
    }
}

/// Whether something has the form of an API key and its checksum fits.
#[must_use]
pub fn is_api_key(presented: &str) -> bool {
    let Some(rest) = presented.strip_prefix(KEY_PREFIX) else { return false };
    rest.len() == SECRET_CHARS + CHECKSUM_CHARS
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && checksum(&rest[..SECRET_CHARS]) == rest[SECRET_CHARS..]
}

/// Random characters that nobody takes for each other, with hyphens between groups.
fn grouped<const CHARS: usize>(group: usize) -> String {
    let chars = random::<CHARS>().map(|byte| char::from(CODE[usize::from(byte) % CODE.len()]));
    let groups: Vec<String> = chars.chunks(group).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("text takes everything");
        text
    })
}

fn checksum(secret: &str) -> String {
    let mut rest = crc32fast::hash(secret.as_bytes());
    let mut digits = [b'0'; CHECKSUM_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[rest as usize % 62];
        rest /= 62;
    }
    digits.into_iter().map(char::from).collect()
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes, or nothing is safe");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_key_is_known_by_its_form_and_a_typing_error_by_its_checksum() {
        let key = Secret::api_key();
        let text = key.reveal();
        assert!(is_api_key(text), "{text}");
        assert!(text.starts_with("feedme_") && text.starts_with(key.shown()));
        for index in KEY_PREFIX.len()..text.len() {
            let mut typed = text.as_bytes().to_vec();
            typed[index] = if typed[index] == b'x' { b'y' } else { b'x' };
            assert!(!is_api_key(str::from_utf8(&typed).expect("ASCII")), "character {index}");
        }
        for wrong in ["", "feedme_", &text[1..], &text[..text.len() - 1], &format!("{text}0"), "feedme_ü"] {
            assert!(!is_api_key(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        for code in [Secret::recovery_code(), Secret::pairing_code()] {
            let text = code.reveal();
            let kept = Digest::of_code(text);
            assert_eq!(Digest::of_code(&text.to_lowercase()), kept);
            assert_eq!(Digest::of_code(&format!(" {} ", text.replace('-', " "))), kept);
            assert_ne!(Digest::of_code(&text[1..]), kept);
        }
        assert_eq!(Secret::recovery_code().reveal().len(), 17);
        assert_eq!(Secret::pairing_code().reveal().len(), 9);
        let all: String = (0..200).map(|_| Secret::recovery_code().reveal().to_owned()).collect();
        assert!(CODE.iter().all(|char| all.contains(char::from(*char))), "each character comes up");
    }

    #[test]
    fn no_two_secrets_are_alike_and_none_shows_itself() {
        let (first, second) = (Secret::token(), Secret::token());
        assert_ne!(first, second);
        assert_eq!(first.reveal().len(), 2 * TOKEN_BYTES);
        assert_eq!(format!("{first:?}"), "Secret(…)");
        assert_eq!(first.digest(), Digest::of(first.reveal()));
    }
}
