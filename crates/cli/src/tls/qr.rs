//! A code to scan from a terminal.

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

/// A text as a code, for light letters on a dark ground. Most scanners read the reverse too.
pub(super) fn render(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    Some(code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_as_wide_as_its_modules_and_the_quiet_around_them() {
        let code = render("http://192.168.1.7:8080/").unwrap();
        let width = QrCode::new("http://192.168.1.7:8080/").unwrap().width() + 8;
        assert!(code.lines().all(|line| line.chars().count() == width), "{code}");
        assert_eq!(code.lines().count(), width.div_ceil(2));
    }
}
