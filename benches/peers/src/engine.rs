//! What is compared, and what each can do.
//!
//! An [`Engine`] is the least that a cache needs, so that an engine is one small file. What one cannot do it does not
//! declare in its [`Traits`], and it takes no part there.

mod cacache;
mod diskcache;
mod fjall;
mod foyer;
mod hashmap;
mod larder;
mod lmdb;
mod redb;
mod sqlite;

use std::path::PathBuf;

use ::larder::Bytes;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::Fallible;
use crate::contender::{Contender, InProcess};

pub(crate) use self::larder::lose_index;
pub(crate) use diskcache::Python;

/// What keeps values under keys, in this process.
pub(crate) trait Engine {
    /// Stores a value, in a commit of its own; makes room first where it is [bound](Engine::bound).
    fn set(&mut self, key: &str, value: &Bytes) -> Fallible;

    /// Shows the value at `key` if there is one, as a value that the caller owns, and drops it.
    fn get(&mut self, key: &str, see: &mut dyn FnMut(&[u8])) -> Fallible;

    /// Removes the value at `key` if there is one.
    fn delete(&mut self, key: &str) -> Fallible;

    /// Shows the value at `key` where it lies.
    fn borrow(&mut self, key: &str, see: &mut dyn FnMut(&[u8])) -> Fallible {
        self.get(key, see)
    }

    /// Stores entries as fast as it can.
    fn fill(&mut self, entries: &mut dyn Iterator<Item = (String, Bytes)>) -> Fallible {
        for (key, value) in entries {
            self.set(&key, &value)?;
        }
        Ok(())
    }

    /// From now on no more may be held than is.
    fn bound(&mut self) -> Fallible {
        Err("it does not evict".into())
    }

    /// Waits for what goes on behind.
    fn settle(&mut self) -> Fallible {
        Ok(())
    }

    /// How many entries there are, if it can tell.
    fn entries(&mut self) -> Fallible<Option<u64>> {
        Ok(None)
    }

    /// How many bytes are held, if that cannot be seen in its directory.
    fn bytes(&mut self) -> Fallible<Option<u64>> {
        Ok(None)
    }
}

/// What goes first when room is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Policy {
    /// What was stored first.
    Lrs,
    /// What was not used for longest.
    Lru,
    /// What was used least often.
    Lfu,
}

impl Policy {
    pub(crate) const ALL: [Self; 3] = [Self::Lrs, Self::Lru, Self::Lfu];

    /// As settings of larder and rows call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Lrs => "lrs",
            Self::Lru => "lru",
            Self::Lfu => "lfu",
        }
    }
}

/// How an engine is opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Opening {
    /// Where its files go; it is there, and empty the first time.
    pub(crate) directory: PathBuf,
    /// How many entries are to be held.
    pub(crate) entries: u64,
    /// The bytes of a value.
    pub(crate) size: usize,
    pub(crate) policy: Policy,
    /// Whether it will be [bound](Engine::bound): some must know when they are opened.
    pub(crate) bound: bool,
}

/// What an engine can do.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a yes or no of its own, read by its name")]
pub(crate) struct Traits {
    /// Entries outlast the process.
    pub(crate) durable: bool,
    /// Several processes may have it open.
    pub(crate) shared: bool,
    /// It shows values where they lie.
    pub(crate) borrows: bool,
    /// It makes a file for each entry.
    pub(crate) a_file_each: bool,
    /// A value that was stored may not be there.
    pub(crate) forgets: bool,
    /// The policies by which it makes room.
    pub(crate) policies: &'static [Policy],
}

/// Every engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    LarderLocal,
    LarderLocalMapped,
    LarderMemory,
    LarderFiles,
    Diskcache,
    Sqlite,
    Lmdb,
    LmdbWritemap,
    Redb,
    Fjall,
    Foyer,
    Cacache,
    Hashmap,
}

impl Kind {
    /// As rows and arguments call it.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// What it can do.
    pub(crate) const fn traits(self) -> Traits {
        const STORE: Traits = Traits {
            durable: true,
            shared: false,
            borrows: false,
            a_file_each: false,
            forgets: false,
            policies: &[],
        };
        match self {
            Self::LarderLocalMapped => Traits { borrows: true, ..STORE },
            Self::LarderMemory => Traits { durable: false, policies: &Policy::ALL, ..STORE },
            Self::LarderFiles => Traits { a_file_each: true, policies: &Policy::ALL, ..STORE },
            Self::LarderLocal | Self::Diskcache | Self::Sqlite => {
                Traits { shared: true, policies: &Policy::ALL, ..STORE }
            }
            Self::Lmdb | Self::LmdbWritemap => {
                Traits { shared: true, borrows: true, policies: &[Policy::Lrs], ..STORE }
            }
            Self::Redb | Self::Fjall => STORE,
            Self::Foyer => Traits { forgets: true, policies: &[Policy::Lrs], ..STORE },
            Self::Cacache => Traits { shared: true, a_file_each: true, ..STORE },
            Self::Hashmap => Traits { durable: false, borrows: true, ..STORE },
        }
    }

    /// Opens it in this process.
    ///
    /// # Errors
    ///
    /// What the engine answers; that it lives in a process of its own.
    pub(crate) fn engine(self, opening: &Opening) -> Fallible<Box<dyn Engine>> {
        Ok(match self {
            Self::LarderLocal => Box::new(larder::Larder::local(opening, larder::Values::Copied)?),
            Self::LarderLocalMapped => Box::new(larder::Larder::local(opening, larder::Values::Mapped)?),
            Self::LarderMemory => Box::new(larder::Larder::memory(opening)?),
            Self::LarderFiles => Box::new(larder::Larder::files(opening)?),
            Self::Diskcache => return Err("diskcache lives in a process of Python".into()),
            Self::Sqlite => Box::new(sqlite::Sqlite::open(opening)?),
            Self::Lmdb => Box::new(lmdb::Lmdb::open(opening, lmdb::Writes::Pages)?),
            Self::LmdbWritemap => Box::new(lmdb::Lmdb::open(opening, lmdb::Writes::Map)?),
            Self::Redb => Box::new(redb::Redb::open(opening)?),
            Self::Fjall => Box::new(fjall::Fjall::open(opening)?),
            Self::Foyer => Box::new(foyer::Foyer::open(opening)?),
            Self::Cacache => Box::new(cacache::Cacache::open(opening)),
            Self::Hashmap => Box::new(hashmap::InMemory::default()),
        })
    }

    /// Opens it to take part.
    ///
    /// # Errors
    ///
    /// What the engine answers.
    pub(crate) fn contender(
        self,
        opening: &Opening,
        python: Option<&Python>,
    ) -> Fallible<Box<dyn Contender>> {
        if self == Self::Diskcache {
            let mut driver = python.ok_or("there is no Python with diskcache")?.start()?;
            driver.open(opening)?;
            return Ok(Box::new(driver));
        }
        Ok(Box::new(InProcess::new(self.engine(opening)?, self.traits().forgets)))
    }
}

#[cfg(test)]
mod tests;
