//! The tables of diskcache, and its statements.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::Fallible;
use crate::engine::Policy;

/// How many entries a set removes at most.
pub(super) const CULL_LIMIT: u32 = 10;
/// How long a statement waits for other processes.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Every statement stays prepared.
const STATEMENTS: usize = 32;

const PRAGMAS: &str = "
PRAGMA auto_vacuum = FULL;
PRAGMA cache_size = 8192;
PRAGMA journal_mode = WAL;
PRAGMA mmap_size = 67108864;
PRAGMA synchronous = NORMAL;
";

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS Settings (key TEXT NOT NULL UNIQUE, value);
INSERT OR IGNORE INTO Settings VALUES ('count', 0), ('size', 0), ('hits', 0), ('misses', 0);
CREATE TABLE IF NOT EXISTS Cache (
    rowid INTEGER PRIMARY KEY,
    key BLOB,
    raw INTEGER,
    store_time REAL,
    expire_time REAL,
    access_time REAL,
    access_count INTEGER DEFAULT 0,
    tag BLOB,
    size INTEGER DEFAULT 0,
    mode INTEGER DEFAULT 0,
    filename TEXT,
    value BLOB
);
CREATE UNIQUE INDEX IF NOT EXISTS Cache_key_raw ON Cache (key, raw);
CREATE INDEX IF NOT EXISTS Cache_expire_time ON Cache (expire_time);
CREATE TRIGGER IF NOT EXISTS Settings_count_insert AFTER INSERT ON Cache FOR EACH ROW BEGIN
    UPDATE Settings SET value = value + 1 WHERE key = 'count'; END;
CREATE TRIGGER IF NOT EXISTS Settings_count_delete AFTER DELETE ON Cache FOR EACH ROW BEGIN
    UPDATE Settings SET value = value - 1 WHERE key = 'count'; END;
CREATE TRIGGER IF NOT EXISTS Settings_size_insert AFTER INSERT ON Cache FOR EACH ROW BEGIN
    UPDATE Settings SET value = value + NEW.size WHERE key = 'size'; END;
CREATE TRIGGER IF NOT EXISTS Settings_size_update AFTER UPDATE ON Cache FOR EACH ROW BEGIN
    UPDATE Settings SET value = value + NEW.size - OLD.size WHERE key = 'size'; END;
CREATE TRIGGER IF NOT EXISTS Settings_size_delete AFTER DELETE ON Cache FOR EACH ROW BEGIN
    UPDATE Settings SET value = value - OLD.size WHERE key = 'size'; END;
";

pub(super) const FIND: &str = "SELECT rowid, filename FROM Cache WHERE key = ? AND raw = 1";
pub(super) const INSERT: &str = "INSERT INTO Cache
    (key, raw, store_time, expire_time, access_time, access_count, tag, size, mode, filename, value)
    VALUES (?1, 1, ?2, NULL, ?2, 0, NULL, 0, 1, NULL, ?3)";
pub(super) const UPDATE: &str = "UPDATE Cache SET store_time = ?1, expire_time = NULL, access_time = ?1,
    access_count = 0, tag = NULL, size = 0, mode = 1, filename = NULL, value = ?2 WHERE rowid = ?3";
pub(super) const GET: &str = "SELECT rowid, value, expire_time, tag, mode, filename FROM Cache
    WHERE key = ? AND raw = 1 AND (expire_time IS NULL OR expire_time > ?)";
pub(super) const DELETE: &str = "DELETE FROM Cache WHERE key = ? AND raw = 1";
pub(super) const EXPIRED: &str = "SELECT filename FROM Cache
    WHERE expire_time IS NOT NULL AND expire_time < ? ORDER BY expire_time LIMIT ?";
pub(super) const DELETE_EXPIRED: &str = "DELETE FROM Cache WHERE rowid IN (SELECT rowid FROM Cache
    WHERE expire_time IS NOT NULL AND expire_time < ? ORDER BY expire_time LIMIT ?)";
pub(super) const COUNT: &str = "SELECT value FROM Settings WHERE key = 'count'";

/// Opens the database at `path`, new or not, for this policy.
pub(super) fn open(path: &Path, policy: Policy) -> Fallible<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.execute_batch(PRAGMAS)?;
    connection.execute_batch(TABLES)?;
    connection.execute_batch(match policy {
        Policy::Lrs => "CREATE INDEX IF NOT EXISTS Cache_store_time ON Cache (store_time)",
        Policy::Lru => "CREATE INDEX IF NOT EXISTS Cache_access_time ON Cache (access_time)",
        Policy::Lfu => "CREATE INDEX IF NOT EXISTS Cache_access_count ON Cache (access_count)",
    })?;
    Ok(connection)
}

/// Removes up to so many entries by the policy.
pub(super) const fn cull(policy: Policy) -> &'static str {
    match policy {
        Policy::Lrs => {
            "DELETE FROM Cache WHERE rowid IN (SELECT rowid FROM Cache ORDER BY store_time LIMIT ?)"
        }
        Policy::Lru => {
            "DELETE FROM Cache WHERE rowid IN (SELECT rowid FROM Cache ORDER BY access_time LIMIT ?)"
        }
        Policy::Lfu => {
            "DELETE FROM Cache WHERE rowid IN (SELECT rowid FROM Cache ORDER BY access_count LIMIT ?)"
        }
    }
}

/// What a hit at this time writes to a row, if the policy wants it.
pub(super) const fn hit(policy: Policy) -> Option<&'static str> {
    match policy {
        Policy::Lrs => None,
        Policy::Lru => Some("UPDATE Cache SET access_time = ?1 WHERE rowid = ?2"),
        // The time is bound in both, and read in one.
        Policy::Lfu => {
            Some("UPDATE Cache SET access_count = access_count + (?1 IS NOT NULL) WHERE rowid = ?2")
        }
    }
}
