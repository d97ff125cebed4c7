//! Asking for a password.

use std::io::{self, IsTerminal as _, Read as _};

/// Bytes read of a password at most: more than any has.
const MAX_BYTES: u64 = 4_096;

/// Where a password comes from.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Source {
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    password_stdin: bool,
}

/// Why there is no password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasswordError {
    /// Nobody can be asked.
    #[error("there is no terminal to ask for a password on; give it on standard input, with --password-stdin")]
    NoTerminal,
    /// The two are not alike.
    #[error("the two passwords are not the same; nothing was changed")]
    Different,
    /// It cannot be read.
    #[error("failed to read the password")]
    Unreadable(#[source] io::Error),
}

impl Source {
    /// The password: without an echo and twice on a terminal, or all of standard input but the end of its line.
    pub(super) fn read(self) -> Result<String, PasswordError> {
        if self.password_stdin {
            let mut text = String::new();
            io::stdin().take(MAX_BYTES).read_to_string(&mut text).map_err(PasswordError::Unreadable)?;
            let line = text.strip_suffix('\n').unwrap_or(&text);
            return Ok(line.strip_suffix('\r').unwrap_or(line).to_owned());
        }
        if !io::stdin().is_terminal() {
            return Err(PasswordError::NoTerminal);
        }
        let ask = |prompt| rpassword::prompt_password(prompt).map_err(PasswordError::Unreadable);
        let first = ask("New password (15 characters at least): ")?;
        if ask("Once more: ")? != first {
            return Err(PasswordError::Different);
        }
        Ok(first)
    }
}
