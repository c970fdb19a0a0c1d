//! redb: a B-tree in a file, one transaction for each operation, not synced.

use larder::Bytes;
use redb::{
    Database, Durability, ReadableDatabase, ReadableTableMetadata, TableDefinition, WriteTransaction,
};

use crate::Fallible;
use crate::engine::{Engine, Opening};

const ENTRIES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("entries");

/// An open database.
pub(crate) struct Redb(Database);

impl Redb {
    pub(crate) fn open(opening: &Opening) -> Fallible<Self> {
        let this = Self(Database::create(opening.directory.join("entries.redb"))?);
        this.write(Durability::Immediate, |_| Ok(()))?;
        Ok(this)
    }

    fn write(
        &self,
        durability: Durability,
        what: impl FnOnce(&mut redb::Table<'_, &'static str, &'static [u8]>) -> Fallible,
    ) -> Fallible {
        let mut transaction: WriteTransaction = self.0.begin_write()?;
        transaction.set_durability(durability)?;
        what(&mut transaction.open_table(ENTRIES)?)?;
        Ok(transaction.commit()?)
    }
}

impl Engine for Redb {
    fn set(&mut self, key: &str, value: &Bytes) -> Fallible {
        self.write(Durability::None, |table| {
            table.insert(key, value.as_ref())?;
            Ok(())
        })
    }

    fn get(&mut self, key: &str, see: &mut dyn FnMut(&[u8])) -> Fallible {
        let table = self.0.begin_read()?.open_table(ENTRIES)?;
        if let Some(value) = table.get(key)? {
            let value = value.value().to_vec();
            see(&value);
        }
        Ok(())
    }

    fn delete(&mut self, key: &str) -> Fallible {
        self.write(Durability::None, |table| {
            table.remove(key)?;
            Ok(())
        })
    }

    fn fill(&mut self, entries: &mut dyn Iterator<Item = (String, Bytes)>) -> Fallible {
        self.write(Durability::Immediate, |table| {
            for (key, value) in entries {
                table.insert(key.as_str(), value.as_ref())?;
            }
            Ok(())
        })
    }

    fn settle(&mut self) -> Fallible {
        // Pages that transactions without durability gave up are free from here on.
        self.write(Durability::Immediate, |_| Ok(()))
    }

    fn entries(&mut self) -> Fallible<Option<u64>> {
        Ok(Some(self.0.begin_read()?.open_table(ENTRIES)?.len()?))
    }
}
