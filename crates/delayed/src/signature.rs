//! Whether a callback is the service's: a JWT, signed with HMAC-SHA-256, over the callback's address and body.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use feedme_kitchen::Time;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use parking_lot::Mutex;
use serde::Deserialize;

use crate::secret::Secret;
use crate::seen::Seen;

/// Who signs.
const ISSUER: &str = "Upstash";

/// By how much the clocks of two machines that are kept right may differ, and what is lost where a token gives
/// whole seconds.
const CLOCKS_DIFFER_BY_MS: i64 = 1000;

/// Tokens are written with padding by some and without by others.
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(crate) type Digest = [u8; digest::SHA256_OUTPUT_LEN];

/// Why a callback is not taken for the service's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// It is no token of the service's, or signed with a key that is not or no longer in use.
    #[error("it is not signed (HS256) with the service's current or next key")]
    NotSigned,
    /// Somebody else signed it.
    #[error("its issuer is not the service")]
    WrongIssuer,
    /// It is for another address.
    #[error("its subject is not the address of this callback")]
    WrongSubject,
    /// It is too old.
    #[error("it has expired")]
    Expired,
    /// It is for later.
    #[error("it is not valid yet")]
    NotYetValid,
    /// It is for another body.
    #[error("it was made for another body")]
    WrongBody,
    /// Its id came before with another body.
    #[error("its id was used for another body")]
    Repeated,
}

/// What a token says. All of it must be there.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: i64,
    nbf: i64,
    jti: String,
    body: String,
}

/// Judges callbacks.
pub(crate) struct Verifier {
    current: DecodingKey,
    next: DecodingKey,
    validation: Validation,
    seen: Mutex<Seen>,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

impl Verifier {
    pub(crate) fn new(current: &Secret, next: &Secret) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // The claims are compared below, by a clock that is handed in.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let [current, next] = [current, next].map(|key| DecodingKey::from_secret(key.reveal().as_bytes()));
        Self { current, next, validation, seen: Mutex::default() }
    }

    /// Judges a callback for an address with this body, at a moment of the wall clock.
    pub(crate) fn verify(&self, token: &str, address: &str, body: &[u8], now: Time) -> Result<(), BadSignature> {
        let signed_with = |key| decode::<Claims>(token, key, &self.validation).ok();
        let Claims { iss, sub, exp, nbf, jti, body: signed } =
            signed_with(&self.current).or_else(|| signed_with(&self.next)).ok_or(BadSignature::NotSigned)?.claims;
        if iss != ISSUER {
            return Err(BadSignature::WrongIssuer);
        }
        if sub != address {
            return Err(BadSignature::WrongSubject);
        }
        let expires_ms = exp.saturating_mul(1000).saturating_add(CLOCKS_DIFFER_BY_MS);
        if now.0 >= expires_ms {
            return Err(BadSignature::Expired);
        }
        if nbf.saturating_mul(1000) > now.0.saturating_add(CLOCKS_DIFFER_BY_MS) {
            return Err(BadSignature::NotYetValid);
        }
        let body = sha256(body);
        let signed = BASE64_URL.decode(signed).map_err(|_| BadSignature::WrongBody)?;
        verify_slices_are_equal(&body, &signed).map_err(|_| BadSignature::WrongBody)?;
        let accepted = self.seen.lock().accept(sha256(jti.as_bytes()), body, expires_ms, now.0);
        if accepted { Ok(()) } else { Err(BadSignature::Repeated) }
    }
}

fn sha256(bytes: &[u8]) -> Digest {
    let digest = digest::digest(&digest::SHA256, bytes);
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}
