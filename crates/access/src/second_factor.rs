//! A second factor: the codes of an authenticator (TOTP, RFC 6238).

use feedme_store::factors::SharedSecret;
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use totp_rs::{Builder, Totp};

/// Digits of a code.
pub const DIGITS: u8 = 6;

/// Seconds that a code is shown. One before and one after are taken, too: telephones are not exact, and people not quick.
const STEP_S: u64 = 30;
const SKEW_STEPS: u16 = 1;

/// Recovery codes that somebody gets.
pub const RECOVERY_CODES: usize = 10;

/// A new secret.
#[must_use]
pub fn random() -> SharedSecret {
    let mut bytes = [0; 20];
    OsRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes, or nothing is safe");
    SharedSecret(bytes)
}

/// A secret as people type it into an authenticator: base 32.
#[must_use]
pub fn to_base32(secret: &SharedSecret) -> String {
    codes(secret, "", "").secret().to_base32()
}

/// The address that an authenticator reads from a QR code.
#[must_use]
pub fn to_uri(secret: &SharedSecret, issuer: &str, account: &str) -> String {
    codes(secret, issuer, account).to_url().expect("an address can be made of any names without colons")
}

/// The step that a code is of, if it is one of now. A code is good once: whoever takes it keeps the step, and takes none
/// up to it again.
#[must_use]
pub fn step_of(secret: &SharedSecret, code: &str, now_s: u64) -> Option<u64> {
    let is_code = code.len() == usize::from(DIGITS) && code.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then(|| codes(secret, "", "").check(code, now_s)).flatten()
}

/// The code that an authenticator shows.
#[must_use]
pub fn code_at(secret: &SharedSecret, now_s: u64) -> String {
    codes(secret, "", "").generate(now_s).to_string()
}

fn codes(secret: &SharedSecret, issuer: &str, account: &str) -> Totp {
    // An address has the two parted by a colon.
    let name = |name: &str| name.replace(':', " ");
    let builder = Builder::new().with_digits(DIGITS).with_skew(SKEW_STEPS).with_step_duration(STEP_S);
    let builder = builder.with_secret(secret.0.to_vec()).with_account_name(name(account));
    builder.with_issuer(Some(name(issuer))).build_noncompliant()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, for SHA-1; authenticators show the last six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = SharedSecret(*b"12345678901234567890");
        for (at, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(code_at(&secret, at), code);
            assert_eq!(step_of(&secret, code, at), Some(at / 30));
        }
        assert_eq!(to_base32(&secret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_code_is_good_for_a_step_before_and_after_and_names_its_own() {
        let secret = random();
        let (step, at) = (40_000_000, 40_000_000 * 30 + 7);
        let code = code_at(&secret, at);
        for seconds in [at - 30, at, at + 30] {
            assert_eq!(step_of(&secret, &code, seconds), Some(step), "at {seconds}");
        }
        for seconds in [at - 60, at + 60] {
            assert_ne!(step_of(&secret, &code, seconds), Some(step), "at {seconds}");
        }
        for wrong in ["", "12345", "1234567", "12345x", "１２３４５６", " 12345"] {
            assert_eq!(step_of(&secret, wrong, at), None, "{wrong}");
        }
        assert_ne!(random(), secret);
        assert_eq!(format!("{secret:?}"), "SharedSecret(…)");
    }

    #[test]
    fn the_address_says_whose_codes_they_are() {
        let uri = to_uri(&SharedSecret(*b"12345678901234567890"), "Nasi: Kandar", "mei@corner");
        assert!(uri.starts_with("otpauth://totp/Nasi%20%20Kandar:mei%40corner?"), "{uri}");
        assert!(uri.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{uri}");
        assert!(uri.contains("issuer=Nasi%20%20Kandar"), "{uri}");
    }
}
