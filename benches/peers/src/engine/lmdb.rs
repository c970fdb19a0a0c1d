//! LMDB, with what a cache needs beside it: a second database in order of store time.
//!
//! An entry begins with the time it was stored at, by which its row in the second database is found when it is replaced
//! or removed. Nothing is synced. The price of leaving that out is the same as for the other engines: a crash of
//! the machine may take everything.
#![expect(unsafe_code, reason = "an environment is opened by it; each block says why it holds")]

use std::time::{SystemTime, UNIX_EPOCH};

use heed::types::Bytes as Raw;
use heed::{Database, Env, EnvFlags, EnvOpenOptions, RwTxn};
use larder::Bytes;

use crate::Fallible;
use crate::engine::{Engine, Opening};

/// The bytes of a time before a value.
const TIME: usize = size_of::<u64>();
/// Processes and threads that may read at once.
const READERS: u32 = 64;

/// How pages are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    /// By system calls.
    Pages,
    /// Through the map.
    Map,
}

/// An open environment.
pub(crate) struct Lmdb {
    env: Env,
    entries: Database<Raw, Raw>,
    /// Keys of time and key, no values.
    by_time: Database<Raw, Raw>,
    most_entries: Option<u64>,
}

impl Lmdb {
    pub(crate) fn open(opening: &Opening, writes: Writes) -> Fallible<Self> {
        let mut options = EnvOpenOptions::new();
        options.map_size(map_size(opening)?).max_dbs(2).max_readers(READERS);
        let flags = match writes {
            Writes::Pages => EnvFlags::NO_SYNC,
            Writes::Map => EnvFlags::NO_SYNC | EnvFlags::WRITE_MAP,
        };
        // SAFETY: With these flags a crash of the machine may damage the files; they are in a directory of this run, and
        // nobody opens them after it. Nobody else writes through the map.
        let env = unsafe { options.flags(flags).open(&opening.directory) }?;
        let mut txn = env.write_txn()?;
        let entries = env.create_database(&mut txn, Some("entries"))?;
        let by_time = env.create_database(&mut txn, Some("by-time"))?;
        txn.commit()?;
        Ok(Self { env, entries, by_time, most_entries: None })
    }

    fn put(&self, txn: &mut RwTxn<'_>, key: &str, value: &Bytes) -> Fallible {
        self.forget_time(txn, key)?;
        let time = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?;
        self.entries.put_reserved(txn, key.as_bytes(), TIME + value.len(), |space| {
            std::io::Write::write_all(space, &time.to_be_bytes())?;
            std::io::Write::write_all(space, value)
        })?;
        Ok(self.by_time.put(txn, &timed(&time.to_be_bytes(), key.as_bytes()), &[])?)
    }

    /// Removes the row of the entry at `key` from the order of store time, if there is an entry.
    fn forget_time(&self, txn: &mut RwTxn<'_>, key: &str) -> Fallible {
        let Some(old) = self.entries.get(txn, key.as_bytes())? else { return Ok(()) };
        let row = timed(&old[..TIME], key.as_bytes());
        self.by_time.delete(txn, &row)?;
        Ok(())
    }

    /// Removes what was stored first, until there are no more entries than may be.
    fn cull(&self, txn: &mut RwTxn<'_>) -> Fallible {
        let Some(most) = self.most_entries else { return Ok(()) };
        while self.entries.len(txn)? > most {
            let Some((row, _)) = self.by_time.first(txn)? else { return Ok(()) };
            let row = row.to_vec();
            self.by_time.delete(txn, &row)?;
            self.entries.delete(txn, &row[TIME..])?;
        }
        Ok(())
    }
}

/// The row of an entry in the order of store time.
fn timed(time: &[u8], key: &[u8]) -> Vec<u8> {
    [time, key].concat()
}

/// Address space for the entries and for what copy-on-write leaves behind; files grow as they are written.
fn map_size(opening: &Opening) -> Fallible<usize> {
    const LEAST: usize = 1 << 30;
    /// Keys, rows, and pages that are half full.
    const BESIDE: usize = 256;
    const PAGE: usize = 4096;
    let entry = (2 * opening.size + BESIDE).min((opening.size + BESIDE).next_multiple_of(PAGE) + PAGE);
    Ok((LEAST + 4 * usize::try_from(opening.entries)? * entry).next_multiple_of(PAGE))
}

impl Engine for Lmdb {
    fn set(&mut self, key: &str, value: &Bytes) -> Fallible {
        let mut txn = self.env.write_txn()?;
        self.put(&mut txn, key, value)?;
        self.cull(&mut txn)?;
        Ok(txn.commit()?)
    }

    fn get(&mut self, key: &str, see: &mut dyn FnMut(&[u8])) -> Fallible {
        let txn = self.env.read_txn()?;
        if let Some(entry) = self.entries.get(&txn, key.as_bytes())? {
            let value = entry[TIME..].to_vec();
            drop(txn);
            see(&value);
        }
        Ok(())
    }

    fn borrow(&mut self, key: &str, see: &mut dyn FnMut(&[u8])) -> Fallible {
        let txn = self.env.read_txn()?;
        if let Some(entry) = self.entries.get(&txn, key.as_bytes())? {
            see(&entry[TIME..]);
        }
        Ok(())
    }

    fn delete(&mut self, key: &str) -> Fallible {
        let mut txn = self.env.write_txn()?;
        self.forget_time(&mut txn, key)?;
        self.entries.delete(&mut txn, key.as_bytes())?;
        Ok(txn.commit()?)
    }

    fn fill(&mut self, entries: &mut dyn Iterator<Item = (String, Bytes)>) -> Fallible {
        let mut txn = self.env.write_txn()?;
        for (key, value) in entries {
            self.put(&mut txn, &key, &value)?;
        }
        Ok(txn.commit()?)
    }

    fn bound(&mut self) -> Fallible {
        self.most_entries = self.entries()?;
        Ok(())
    }

    fn entries(&mut self) -> Fallible<Option<u64>> {
        let txn = self.env.read_txn()?;
        Ok(Some(self.entries.len(&txn)?))
    }
}
