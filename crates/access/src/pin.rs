//! PINs, by which people change over on a screen that they share.
//!
//! A PIN is good on one device alone, on which its owner signed in before, and for a few tries: so a few digits will do
//! where a password would need many characters.

/// Digits at least and at most.
pub const DIGITS: std::ops::RangeInclusive<usize> = 4..=8;

/// Wrong tries after which a PIN is forgotten.
pub const TRIES_MAX: u32 = 5;

/// Why a PIN is not good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// It is no PIN at all.
    #[error("4 to 8 digits")]
    Form,
    /// It is among those that are tried first.
    #[error("digits that are harder to guess: not one repeated, none that follow each other, no year")]
    Common,
}

/// Judges a PIN that somebody chose.
pub fn judge(pin: &str) -> Result<(), Weak> {
    if !DIGITS.contains(&pin.len()) || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Weak::Form);
    }
    let digits = pin.as_bytes();
    let steps_by = |step: u8| digits.windows(2).all(|pair| (pair[0] - b'0' + step) % 10 == pair[1] - b'0');
    let repeats =
        |length: usize| digits.len().is_multiple_of(length) && digits.chunks(length).all(|it| it == &digits[..length]);
    let is_year = digits.len() == 4 && (pin.starts_with("19") || pin.starts_with("20"));
    if [0, 1, 9].into_iter().any(steps_by) || repeats(2) || is_year {
        return Err(Weak::Common);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_a_few_digits_that_are_not_tried_first() {
        for good in ["4831", "70225", "90817263"] {
            assert_eq!(judge(good), Ok(()), "{good}");
        }
        for common in ["0000", "1234", "890123", "4321", "2109", "7777", "1212", "45454545", "1987", "2026"] {
            assert_eq!(judge(common), Err(Weak::Common), "{common}");
        }
        for wrong in ["", "123", "123456789", "12a4", "12 4", "四千八百", "-123"] {
            assert_eq!(judge(wrong), Err(Weak::Form), "{wrong}");
        }
    }
}
