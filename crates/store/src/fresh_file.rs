//! Files that appear under their names when they are whole and on disk, and that nobody but their owner may read.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::carry::FileError;

/// A file that is being written. Dropped before [`FreshFile::keep`], it is removed.
#[derive(Debug)]
pub(crate) struct FreshFile {
    target: PathBuf,
    unfinished: PathBuf,
    kept: bool,
}

impl FreshFile {
    /// Begins a file. What an earlier attempt left behind is overwritten.
    pub(crate) fn create(target: &Path) -> Result<(Self, File), FileError> {
        let mut unfinished = target.as_os_str().to_owned();
        unfinished.push(".unfinished");
        let fresh = Self { target: target.to_owned(), unfinished: unfinished.into(), kept: false };
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh.unfinished);
        let file = file.map_err(|source| fresh.error(source))?;
        Ok((fresh, file))
    }

    /// What went wrong with it.
    pub(crate) fn error(&self, source: io::Error) -> FileError {
        FileError { path: self.unfinished.clone(), source }
    }

    /// Gives it its name, unless something else has it by now.
    pub(crate) fn keep(mut self, file: &File) -> Result<(), FileError> {
        file.sync_all().map_err(|source| self.error(source))?;
        let failed = |path: &Path| {
            let path = path.to_owned();
            |source| FileError { path, source }
        };
        if self.target.exists() {
            return Err(failed(&self.target)(io::ErrorKind::AlreadyExists.into()));
        }
        fs::rename(&self.unfinished, &self.target).map_err(failed(&self.target))?;
        self.kept = true;
        let folder = self.target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
    }
}

impl Drop for FreshFile {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.unfinished);
        }
    }
}
