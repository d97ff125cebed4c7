//! The tokens that were accepted, until they expire.

use std::collections::{BTreeSet, HashMap};

use crate::signature::Digest;

/// Tokens remembered at most. The service's tokens live for five minutes, so these are fifty callbacks a second;
/// with 300 bytes each they stay below 5 MiB. Beyond that the one that expires first is forgotten.
const SEEN_MAX: usize = 16 * 1024;

/// The tokens that were accepted.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    by_id: HashMap<Digest, Token>,
    /// The same, soonest to expire first.
    by_expiry: BTreeSet<(i64, Digest)>,
}

#[derive(Debug)]
struct Token {
    body: Digest,
    expires_ms: i64,
}

impl Seen {
    /// Remembers a token by the digest of its id until it expires. False when the id came before with another
    /// body.
    pub(crate) fn accept(&mut self, id: Digest, body: Digest, expires_ms: i64, now_ms: i64) -> bool {
        while let Some((_, expired)) = self.by_expiry.first().copied().filter(|(expires_ms, _)| *expires_ms <= now_ms) {
            self.forget(expired);
        }
        if let Some(known) = self.by_id.get(&id) {
            return known.body == body;
        }
        if self.by_id.len() >= SEEN_MAX
            && let Some((_, first)) = self.by_expiry.first().copied()
        {
            self.forget(first);
        }
        self.by_id.insert(id, Token { body, expires_ms });
        self.by_expiry.insert((expires_ms, id));
        true
    }

    fn forget(&mut self, id: Digest) {
        if let Some(token) = self.by_id.remove(&id) {
            self.by_expiry.remove(&(token.expires_ms, id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: usize) -> Digest {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&number.to_le_bytes());
        digest
    }

    #[test]
    fn an_id_stands_for_one_body_until_it_expires() {
        let mut seen = Seen::default();
        assert!(seen.accept(digest(1), digest(7), 1_000, 0));
        assert!(seen.accept(digest(1), digest(7), 1_000, 500), "a redelivery");
        assert!(!seen.accept(digest(1), digest(8), 1_000, 999));
        assert!(!seen.accept(digest(1), digest(8), 9_000, 999), "a later expiry is no excuse");
        assert!(seen.accept(digest(1), digest(8), 2_000, 1_000), "an expired token is no longer known");
    }

    #[test]
    fn never_more_are_remembered_than_fit_and_the_first_to_expire_goes_first() {
        let mut seen = Seen::default();
        for number in 0..2 * SEEN_MAX {
            assert!(seen.accept(digest(number), digest(0), 1_000 + i64::try_from(number).unwrap(), 0));
            assert_eq!(seen.by_id.len(), seen.by_expiry.len());
        }
        assert_eq!(seen.by_id.len(), SEEN_MAX);
        assert!(!seen.accept(digest(SEEN_MAX), digest(1), 5_000, 0));
        assert!(seen.accept(digest(0), digest(1), 5_000, 0));
        assert!(seen.accept(digest(1), digest(0), i64::MAX, i64::MAX - 1), "time passes");
        assert_eq!((seen.by_id.len(), seen.by_expiry.len()), (1, 1));
    }
}
