//! fjall: a log-structured tree, journalled to the operating system, as it comes.

use fjall::{Database, Keyspace, KeyspaceCreateOptions, KvSeparationOptions};
use larder::Bytes;

use crate::Fallible;
use crate::engine::{Engine, Opening};

/// From this size on values are kept apart from keys, which fjall advises for large ones.
const LARGE: usize = 4096;

/// An open keyspace.
pub(crate) struct Fjall {
    entries: Keyspace,
    _database: Database,
}

impl Fjall {
    pub(crate) fn open(opening: &Opening) -> Fallible<Self> {
        let database = Database::builder(&opening.directory).open()?;
        let apart = (opening.size >= LARGE).then(KvSeparationOptions::default);
        let entries =
            database.keyspace("entries", || KeyspaceCreateOptions::default().with_kv_separation(apart))?;
        Ok(Self { entries, _database: database })
    }
}

impl Engine for Fjall {
    fn set(&mut self, key: &str, value: &Bytes) -> Fallible {
        Ok(self.entries.insert(key, value.as_ref())?)
    }

    fn get(&mut self, key: &str, see: &mut dyn FnMut(&[u8])) -> Fallible {
        if let Some(value) = self.entries.get(key)? {
            see(&value);
        }
        Ok(())
    }

    fn delete(&mut self, key: &str) -> Fallible {
        Ok(self.entries.remove(key)?)
    }

    fn settle(&mut self) -> Fallible {
        Ok(self.entries.rotate_memtable_and_wait()?)
    }

    fn entries(&mut self) -> Fallible<Option<u64>> {
        Ok(Some(self.entries.len()? as u64))
    }
}
