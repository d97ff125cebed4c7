//! Files, the lock, pragmas and migrations.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use feedme_kitchen::Time;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::chain;
use crate::migrated::must_be;
use crate::{Epoch, Migrated, Restaurant, RestaurantId, StoreError};

/// The database file within the data folder.
pub const DATABASE_FILE: &str = "feedme.db";

const LOCK_FILE: &str = "feedme.lock";

/// How large the write-ahead log is made before it is used. A commit that overwrites blocks which exist
/// needs a third of the time of one that lets the file grow (measured: 110 µs against 336 µs), because the
/// file system has no metadata to journal.
pub(super) const WAL_BYTES: u64 = 16 * 1024 * 1024;

/// Pages the writer keeps in memory, in KiB: what it touches is the live table and the ends of the others. SQLite
/// walks the whole cache at every commit that rebalanced a page, so a large one costs more than it saves.
const WRITER_CACHE_KIB: u32 = 4 * 1024;

/// Pages each reader keeps in memory, in KiB.
const READER_CACHE_KIB: u32 = 2 * 1024;

mod embedded {
    refinery::embed_migrations!("src/sqlite/migrations");
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process uses it.
    #[error("{} is in use by process {holder}; one process serves a data folder at a time", folder.display())]
    InUse {
        /// The data folder.
        folder: PathBuf,
        /// The process, as it named itself.
        holder: String,
    },
    /// The folder or a file in it cannot be used.
    #[error("failed to use {}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It was written by a newer version, or a migration failed.
    #[error("failed to bring the database up to date (was it written by a newer version?)")]
    Migration(#[from] refinery::Error),
    /// SQLite refuses it.
    #[error("failed to open the database")]
    Sqlite(#[from] rusqlite::Error),
}

/// Held by the one process that may write to a data folder.
#[derive(Debug)]
pub(super) struct FileLock(#[expect(dead_code, reason = "holds the lock until it is dropped")] File);

impl FileLock {
    pub(super) fn take(folder: &Path) -> Result<Self, OpenError> {
        let cannot = |path: &Path| {
            let path = path.to_owned();
            |source| OpenError::File { path, source }
        };
        // Orders are nobody else's business: the folder and all in it are for their owner alone.
        make_private_folder(folder).map_err(cannot(folder))?;
        let path = folder.join(LOCK_FILE);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(cannot(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let holder = holder.trim();
                let holder = if holder.is_empty() { "unknown" } else { holder };
                return Err(OpenError::InUse { folder: folder.to_owned(), holder: holder.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(cannot(&path)(source)),
        }
        let noted = file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0)));
        // On a full disk the note may fail; the lock holds all the same.
        let _ = noted.and_then(|_| write!(file, "{}", std::process::id()));
        Ok(Self(file))
    }
}

/// Opens the connection that writes, with a log of full size.
pub(super) fn writer(path: &Path) -> Result<Connection, OpenError> {
    let cannot = |source| OpenError::File { path: path.to_owned(), source };
    make_private(path).map_err(cannot)?;
    if fs::metadata(path).map_err(cannot)?.len() == 0 {
        // SQLite removes the log of an empty database, so it must not be empty any more.
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.close().map_err(|(_, error)| error)?;
    }
    preallocate_log(path).map_err(cannot)?;
    connect(path)
}

/// Opens another connection that writes, beside the first.
pub(super) fn connect(path: &Path) -> Result<Connection, OpenError> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "cache_size", -i64::from(WRITER_CACHE_KIB))?;
    // Checkpoints are made beside the writer, so that no commit has to wait for one.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Opens a connection that only reads.
pub(super) fn reader(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.pragma_update(None, "cache_size", -i64::from(READER_CACHE_KIB))?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(connection)
}

/// Makes a folder, if need be, that only its owner may enter.
pub(super) fn make_private_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes a file, if need be, that only its owner may read.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map(drop)
}

fn preallocate_log(path: &Path) -> io::Result<()> {
    let log = wal_path(path);
    // A log with content belongs to a process that died: SQLite recovers from it, and it is not touched here.
    if fs::metadata(&log).is_ok_and(|metadata| metadata.len() > 0) {
        return Ok(());
    }
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&log)?;
    // One page at a time: what is written at once becomes one folio in the kernel's cache, and ext4 looks through
    // all blocks of a folio at every write into it.
    let zeros = [0; 4096];
    for _ in 0..WAL_BYTES / zeros.len() as u64 {
        if file.write_all(&zeros).is_err() {
            // No room for comfort: without the preallocated log everything works, only slower.
            return file.set_len(0);
        }
    }
    file.sync_all()
}

/// The write-ahead log beside a database file.
pub(super) fn wal_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// Opens the database in a folder and applies the migrations it lacks.
pub fn migrate(folder: &Path, now: Time, epoch: Epoch) -> Result<Migrated, OpenError> {
    let _lock = FileLock::take(folder)?;
    let mut connection = writer(&folder.join(DATABASE_FILE))?;
    let migrated = apply_migrations(&mut connection)?;
    ensure_default_restaurant(&connection, now, epoch)?;
    Ok(migrated)
}

pub(super) fn apply_migrations(connection: &mut Connection) -> Result<Migrated, OpenError> {
    let report = embedded::migrations::runner().set_grouped(true).run(connection)?;
    let applied = report.applied_migrations().iter().map(ToString::to_string).collect();
    let last = embedded::migrations::runner().get_last_applied_migration(connection)?;
    let version = last.map_or(0, |migration| u32::try_from(migration.version()).unwrap_or(u32::MAX));
    Ok(Migrated { applied, version })
}

/// Refuses a database that a program of another version left.
pub(super) fn must_be_current(connection: &Connection) -> Result<(), StoreError> {
    let sql = "SELECT coalesce(max(version), 0) FROM refinery_schema_history";
    let stands = connection.query_row(sql, [], |row| row.get::<_, i64>(0))?;
    let ours = embedded::migrations::runner().get_migrations().iter().map(|it| i64::from(it.version())).max();
    must_be(stands, ours.unwrap_or(0)).map_err(StoreError::Unavailable)
}

/// One restaurant exists from the first start.
pub(super) fn ensure_default_restaurant(connection: &Connection, now: Time, epoch: Epoch) -> Result<(), OpenError> {
    // The epoch is random enough for the id of the one restaurant that a database makes for itself.
    let mut random = [0; 10];
    random[2..].copy_from_slice(&epoch.0.to_be_bytes());
    let id = uuid::Builder::from_unix_timestamp_millis(now.0.unsigned_abs(), &random).into_uuid();
    let (slug, name) = ("default".to_owned(), "FeedMe".to_owned());
    let none = connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM restaurants)", [], |row| row.get(0))?;
    if none {
        chain::add(connection, &Restaurant { id: RestaurantId(id), slug, name, epoch }, now)?;
    }
    Ok(())
}

/// Raises the term of the lease that comes with the file.
pub(super) fn take_lease(connection: &Connection, holder: &str) -> Result<u64, OpenError> {
    let term = connection
        .query_row(
            "INSERT INTO leases (name, holder, term) VALUES ('file', ?1, 1)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, term = term + 1
             RETURNING term",
            [holder],
            |row| row.get::<_, i64>(0),
        )
        .optional()?;
    Ok(term.unwrap_or(1).unsigned_abs())
}
