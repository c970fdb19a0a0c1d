//! `SQLite` with the schema, the pragmas and the statements of diskcache, without Python.
//!
//! What is left out is what diskcache does in Python: large values lie in the table and not in files beside it.

mod schema;

use std::time::{SystemTime, UNIX_EPOCH};

use larder::Bytes;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::Fallible;
use crate::engine::{Engine, Opening, Policy};

/// An open database.
pub(crate) struct Sqlite {
    connection: Connection,
    policy: Policy,
    /// Pages of the file, above which a set culls.
    most_pages: Option<u64>,
}

impl Sqlite {
    pub(crate) fn open(opening: &Opening) -> Fallible<Self> {
        let connection = schema::open(&opening.directory.join("cache.db"), opening.policy)?;
        Ok(Self { connection, policy: opening.policy, most_pages: None })
    }

    fn pages(connection: &Connection) -> Fallible<u64> {
        let pages: i64 = connection.prepare_cached("PRAGMA page_count")?.query_row([], |row| row.get(0))?;
        Ok(u64::try_from(pages)?)
    }
}

/// The time as diskcache stores it.
fn now() -> Fallible<f64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64())
}

/// Stores one entry, as `Cache.set` does.
fn set(connection: &Connection, key: &str, value: &[u8]) -> Fallible {
    let now = now()?;
    let row: Option<i64> =
        connection.prepare_cached(schema::FIND)?.query_row(params![key], |row| row.get(0)).optional()?;
    match row {
        Some(row) => connection.prepare_cached(schema::UPDATE)?.execute(params![now, value, row])?,
        None => connection.prepare_cached(schema::INSERT)?.execute(params![key, now, value])?,
    };
    Ok(())
}

/// Removes expired entries, and where the file is too large up to ten by the policy, as `Cache._cull` does.
fn cull(connection: &Connection, policy: Policy, most_pages: Option<u64>) -> Fallible {
    let now = now()?;
    let expired: Vec<Option<String>> = connection
        .prepare_cached(schema::EXPIRED)?
        .query_map(params![now, schema::CULL_LIMIT], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if !expired.is_empty() {
        connection.prepare_cached(schema::DELETE_EXPIRED)?.execute(params![now, schema::CULL_LIMIT])?;
    }
    let pages = Sqlite::pages(connection)?;
    if most_pages.is_some_and(|most| pages >= most) {
        connection.prepare_cached(schema::cull(policy))?.execute(params![schema::CULL_LIMIT])?;
    }
    Ok(())
}

/// The value at `key`, and its row.
fn find(connection: &Connection, key: &str) -> Fallible<Option<(i64, Vec<u8>)>> {
    let mut statement = connection.prepare_cached(schema::GET)?;
    Ok(statement.query_row(params![key, now()?], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

impl Engine for Sqlite {
    fn set(&mut self, key: &str, value: &Bytes) -> Fallible {
        let (policy, most_pages) = (self.policy, self.most_pages);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        set(&transaction, key, value)?;
        cull(&transaction, policy, most_pages)?;
        Ok(transaction.commit()?)
    }

    fn get(&mut self, key: &str, see: &mut dyn FnMut(&[u8])) -> Fallible {
        let Some(update) = schema::hit(self.policy) else {
            if let Some((_, value)) = find(&self.connection, key)? {
                see(&value);
            }
            return Ok(());
        };
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = find(&transaction, key)?;
        if let Some((row, _)) = found {
            let mut statement = transaction.prepare_cached(update)?;
            statement.execute(params![now()?, row])?;
        }
        transaction.commit()?;
        if let Some((_, value)) = found {
            see(&value);
        }
        Ok(())
    }

    fn delete(&mut self, key: &str) -> Fallible {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.prepare_cached(schema::DELETE)?.execute(params![key])?;
        Ok(transaction.commit()?)
    }

    fn fill(&mut self, entries: &mut dyn Iterator<Item = (String, Bytes)>) -> Fallible {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (key, value) in entries {
            set(&transaction, &key, &value)?;
        }
        Ok(transaction.commit()?)
    }

    fn bound(&mut self) -> Fallible {
        self.most_pages = Some(Self::pages(&self.connection)?);
        Ok(())
    }

    fn settle(&mut self) -> Fallible {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    fn entries(&mut self) -> Fallible<Option<u64>> {
        let mut statement = self.connection.prepare_cached(schema::COUNT)?;
        let count: i64 = statement.query_row([], |row| row.get(0))?;
        Ok(Some(u64::try_from(count)?))
    }
}
