//! The folder with the authority, the server's certificate, and their keys.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use feedme_authority::{Authority, Certificate};

use super::TlsCommandError;

/// Keys are their owner's alone; what they vouch for is for everybody.
const KEY_MODE: u32 = 0o600;
const CERTIFICATE_MODE: u32 = 0o644;

/// The folder with the certificates.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

/// A file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("failed to {what} {}", path.display())]
pub(crate) struct FileError {
    what: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl Folder {
    /// Opens a folder, and makes it if need be.
    pub(super) fn open(path: &Path) -> Result<Self, FileError> {
        let made = DirBuilder::new().recursive(true).mode(0o755).create(path);
        made.map_err(|source| FileError { what: "make", path: path.to_owned(), source })?;
        Ok(Self(path.to_owned()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The authority, if one was made.
    pub(super) fn authority(&self) -> Result<Option<Authority>, TlsCommandError> {
        let Some(certificate) = self.read("ca.crt")? else { return Ok(None) };
        let key = self.read("ca.key")?.ok_or_else(|| TlsCommandError::NoKey(self.0.clone()))?;
        let read = Authority::from_pem(&certificate, &key);
        read.map(Some).map_err(|source| TlsCommandError::Authority { folder: self.0.clone(), source })
    }

    /// The server's certificate, if one was made.
    pub(super) fn certificate(&self) -> Result<Option<Certificate>, TlsCommandError> {
        let Some(pem) = self.read("server.crt")? else { return Ok(None) };
        let read = Certificate::from_pem(pem.as_bytes());
        read.map(Some).map_err(|error| TlsCommandError::Authority { folder: self.0.clone(), source: error.into() })
    }

    pub(super) fn write_authority(&self, certificate: &str, key: &str) -> Result<(), FileError> {
        // The key first: without it the certificate would be an authority that cannot vouch.
        self.write("ca.key", key, KEY_MODE)?;
        self.write("ca.crt", certificate, CERTIFICATE_MODE)
    }

    pub(super) fn write_server(&self, certificate: &str, key: &str) -> Result<(), FileError> {
        self.write("server.key", key, KEY_MODE)?;
        self.write("server.crt", certificate, CERTIFICATE_MODE)
    }

    fn read(&self, name: &str) -> Result<Option<String>, FileError> {
        let path = self.file(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(FileError { what: "read", path, source }),
        }
    }

    /// Writes a file whole or not at all. It never has another mode, not for a moment.
    fn write(&self, name: &str, content: &str, mode: u32) -> Result<(), FileError> {
        let (path, unfinished) = (self.file(name), self.file(&format!("{name}.unfinished")));
        let written = || {
            match fs::remove_file(&unfinished) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&unfinished)?;
            file.write_all(content.as_bytes())?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)
        };
        written().map_err(|source| FileError { what: "write", path: path.clone(), source })
    }
}
