//! Passwords: which are good enough, and how they are kept.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};

/// Characters at least, with a second factor and without.
pub const MIN_CHARS: usize = 12;
/// See [`MIN_CHARS`].
pub const MIN_CHARS_ALONE: usize = 15;
/// Characters at most: more would only cost time.
pub const MAX_CHARS: usize = 128;

/// Memory in KiB, passes and lanes: what OWASP asks for at least. 20 to 40 ms on one core.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// What somebody else is expected to need at least to guess a password: the bundled lists of common passwords, names
/// and words, and what people make of them, are tried first.
const GUESSES_MIN: u64 = 100_000_000;

/// Characters that are looked at for being common: what comes after them makes it no easier.
const LOOKED_AT: usize = 64;

/// Why a password is not good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// It is too short or too long.
    #[error("{at_least} to {MAX_CHARS} characters")]
    Length {
        /// Characters at least.
        at_least: usize,
    },
    /// It is among those that are tried first.
    #[error("something that is harder to guess: this is common, or close to the account's own name")]
    Common,
}

/// Judges a password that somebody chose. `names` are what others know: the account's name, the restaurant's.
pub fn judge(password: &str, second_factor: bool, names: &[&str]) -> Result<(), Weak> {
    let at_least = if second_factor { MIN_CHARS } else { MIN_CHARS_ALONE };
    let chars = password.chars().count();
    if !(at_least..=MAX_CHARS).contains(&chars) {
        return Err(Weak::Length { at_least });
    }
    let looked_at: String = password.chars().take(LOOKED_AT).collect();
    if zxcvbn::zxcvbn(&looked_at, names).guesses() < GUESSES_MIN {
        return Err(Weak::Common);
    }
    Ok(())
}

/// The hash by which a password is kept, with its salt and cost. Takes 20 to 40 ms of processor.
#[must_use]
pub fn hash(password: &str) -> String {
    let hash = hasher().hash_password(password.as_bytes());
    hash.expect("the parameters are valid and the system has random bytes").to_string()
}

/// A hash that is nobody's, to compare with where there is no account: it takes as long, and no password has it.
#[must_use]
pub fn nobodys() -> String {
    let (memory, passes, lanes) = COST;
    let (salt, output) = ("A".repeat(22), "A".repeat(43));
    format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${output}")
}

/// Whether a password is the one that was kept. Takes as long as [`hash`], whatever the answer.
#[must_use]
pub fn verify(password: &str, kept: &str) -> bool {
    let Ok(kept) = PasswordHash::new(kept) else { return false };
    hasher().verify_password(password.as_bytes(), &kept).is_ok()
}

fn hasher() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).expect("the parameters are within bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_no_other_is() {
        let kept = hash("a battery horse, correct");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify("a battery horse, correct", &kept));
        assert!(!verify("a battery horse, Correct", &kept));
        assert!(!verify("", &kept));
        assert!(!verify("anything", "not a hash"));
        assert_ne!(hash("the same"), hash("the same"), "each has a salt of its own");
    }

    #[test]
    fn nobodys_hash_costs_what_any_costs() {
        let (nobodys, any) = (nobodys(), hash("anything"));
        let parts = |hash: &str| hash.split('$').map(str::to_owned).collect::<Vec<_>>();
        let (nobodys_parts, any_parts) = (parts(&nobodys), parts(&any));
        assert_eq!(nobodys_parts[..4], any_parts[..4]);
        let lengths = |parts: &[String]| parts.iter().map(String::len).collect::<Vec<_>>();
        assert_eq!(lengths(&nobodys_parts), lengths(&any_parts));
        assert!(PasswordHash::new(&nobodys).is_ok(), "or it would not be compared with at all");
        assert!(!verify("", &nobodys));
    }

    #[test]
    fn length_counts_characters_and_depends_on_the_second_factor() {
        let fourteen = "四 green kettle";
        assert_eq!(fourteen.chars().count(), 14);
        assert_eq!(judge(fourteen, true, &[]), Ok(()));
        assert_eq!(judge(fourteen, false, &[]), Err(Weak::Length { at_least: MIN_CHARS_ALONE }));
        assert_eq!(judge(&"x7!".repeat(43), true, &[]), Err(Weak::Length { at_least: MIN_CHARS }));
    }

    #[test]
    fn common_passwords_and_names_are_refused() {
        for common in
            ["passwordpassword", "123456789012345", "qwertyuiopasdfgh", "aaaaaaaaaaaaaaaa", "iloveyou12345678"]
        {
            assert_eq!(judge(common, false, &[]), Err(Weak::Common), "{common}");
        }
        assert_eq!(judge("nasikandarcorner1", false, &["nasikandarcorner"]), Err(Weak::Common));
        assert_eq!(judge("velvet otter drums at noon", false, &["nasikandarcorner"]), Ok(()));
    }
}
