//! A process that writes its own keys, until it is killed.

use std::time::Duration;

use fastrand::Rng;
use larder_core::Bytes;
use larder_core::cache::{Cache, Outcome, WriteOptions};

use super::ledger::{Book, Mark};
use super::value::{turn_of, value};
use super::{KEYS, Place, TAGS, cache, open, tag_of};

/// Streams hand over so many bytes at once.
const CHUNK: usize = 300_000;

/// Writes, removes, evicts, clears, touches and looks at random, for ever.
///
/// # Errors
///
/// What is wrong, in words: a value that may not be there, or an operation that failed.
pub async fn write(place: &Place, writer: u32, seed: u64, forgets: bool) -> Result<(), String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("writer {writer}: {what}: {error}");
    let larder = open(&place.disk(), None).await.map_err(|error| failed("opening", &error))?;
    let cache = cache(&larder, writer).map_err(|error| failed("opening", &error))?;
    let book = Book::open(&place.ledger(writer), forgets).map_err(|error| failed("the ledger", &error))?;
    let mut hand = Hand { writer, cache, book, random: Rng::with_seed(seed) };
    loop {
        hand.step().await.map_err(|error| failed("a step", &error))?;
    }
}

struct Hand {
    writer: u32,
    cache: Cache<u32, Bytes>,
    book: Book,
    random: Rng,
}

type Step = Result<(), Box<dyn std::error::Error>>;

impl Hand {
    async fn step(&mut self) -> Step {
        let key = self.random.u32(..KEYS);
        match self.random.u32(..10_000) {
            0..5000 => self.set(key).await,
            5000..8500 => self.look(key).await,
            8500..9300 => self.remove(key).await,
            9300..9980 => {
                self.cache.touch(&key, Duration::from_hours(1)).await?;
                Ok(())
            }
            9980..9995 => self.evict(key % TAGS).await,
            9995..9997 => self.clear().await,
            _ => Ok(self.cache.larder().sync().await?),
        }
    }

    /// Most values are small, a few are large.
    fn length(&mut self) -> usize {
        match self.random.u32(..1000) {
            0..850 => self.random.usize(..2000),
            850..980 => self.random.usize(..60_000),
            980..996 => self.random.usize(..500_000),
            _ => self.random.usize(..4_000_000),
        }
    }

    async fn set(&mut self, key: u32) -> Step {
        let turn = self.book.ledger.turn + 1;
        let value = value(self.writer, key, turn, self.length());
        let options = WriteOptions::default().tag(tag_of(key));
        self.book.write(Mark::Setting, key, turn)?;
        let outcome = if self.random.u32(..20) == 0 {
            let parts = (0..value.len()).step_by(CHUNK);
            let parts: Vec<_> = parts.map(|at| Ok(value.slice(at..value.len().min(at + CHUNK)))).collect();
            self.cache.set_stream(&key, futures_util::stream::iter(parts), &options).await?
        } else {
            self.cache.set_with(&key, &value, &options).await?
        };
        let mark = match outcome {
            Outcome::Stored => Mark::Stored,
            Outcome::Refused(_) => Mark::Refused,
            other => return Err(format!("setting key {key}: {other:?}").into()),
        };
        Ok(self.book.write(mark, key, turn)?)
    }

    async fn look(&mut self, key: u32) -> Step {
        let found = match self.cache.get(&key).await? {
            Some(bytes) => {
                Some(turn_of(self.writer, key, &bytes).map_err(|wrong| format!("key {key} has {wrong}"))?)
            }
            None => None,
        };
        let may = self.book.ledger.at(key);
        if !may.be(found) {
            return Err(format!("key {key} is {found:?} and {may:?}").into());
        }
        match found {
            Some(turn) => self.book.write(Mark::Found, key, turn)?,
            None => self.book.write(Mark::Missed, key, 0)?,
        }
        Ok(())
    }

    async fn remove(&mut self, key: u32) -> Step {
        self.book.write(Mark::Removing, key, 0)?;
        self.cache.remove(&key).await?;
        Ok(self.book.write(Mark::Removed, key, 0)?)
    }

    async fn evict(&mut self, tag: u32) -> Step {
        self.book.write(Mark::Evicting, tag, 0)?;
        self.cache.evict(tag_of(tag)).await?;
        Ok(self.book.write(Mark::Evicted, tag, 0)?)
    }

    async fn clear(&mut self) -> Step {
        self.book.write(Mark::Clearing, 0, 0)?;
        self.cache.clear().await?;
        Ok(self.book.write(Mark::Cleared, 0, 0)?)
    }
}
