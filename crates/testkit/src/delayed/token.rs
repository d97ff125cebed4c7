//! What the service signs its callbacks with, and what others might try instead. It is written without the library
//! that the server verifies with, so that the two do not agree on a mistake.

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;

/// For how long a token of the service is good.
const GOOD_FOR_S: i64 = 300;

/// The claims of a token.
#[derive(Clone, Debug, Serialize)]
pub struct Token {
    /// Who signed it.
    pub iss: String,
    /// For which address.
    pub sub: String,
    /// Until when, in seconds.
    pub exp: i64,
    /// From when, in seconds.
    pub nbf: i64,
    /// When it was made, in seconds.
    pub iat: i64,
    /// Its id.
    pub jti: String,
    /// The digest of the body.
    pub body: String,
}

impl Token {
    /// The token for a callback that is made now.
    #[must_use]
    pub fn of(address: &str, body: &[u8], now_s: i64, id: &str) -> Self {
        Self {
            iss: "Upstash".into(),
            sub: address.into(),
            exp: now_s + GOOD_FOR_S,
            nbf: now_s,
            iat: now_s,
            jti: id.into(),
            body: base64_url(digest::digest(&digest::SHA256, body).as_ref()),
        }
    }

    /// Signed as the service signs.
    #[must_use]
    pub fn signed(&self, key: &str) -> String {
        self.signed_under(r#"{"alg":"HS256","typ":"JWT"}"#, key)
    }

    /// Signed with HMAC-SHA-256 under any header.
    #[must_use]
    pub fn signed_under(&self, header: &str, key: &str) -> String {
        let text = self.unsigned(header);
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        format!("{text}.{}", base64_url(hmac::sign(&key, text.as_bytes()).as_ref()))
    }

    /// Header and claims.
    #[must_use]
    pub fn unsigned(&self, header: &str) -> String {
        let claims = serde_json::to_vec(self).expect("claims serialise into memory");
        format!("{}.{}", base64_url(header.as_bytes()), base64_url(&claims))
    }
}

/// Base64 as tokens have it.
#[must_use]
pub fn base64_url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
