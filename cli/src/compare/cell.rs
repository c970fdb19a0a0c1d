//! One cell of the comparison: a disk, a serializer, a compression, and what is measured of them.

use std::fmt::Debug;
use std::time::Instant;

use larder::blocking::{Cache, Store};
use larder::codec::{Codecs, Compression, Format};
use larder::disk::Settings as Limits;
use larder::{CacheSettings, Larder, ObjectStoreDisk, OnError, Outcome, Parts};
use pollster::block_on;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::billed::{self, Billed};
use super::contender::{Contender, Opening};
use super::passage::SCHEMA;
use super::percentile::Spread;
use crate::failure::Failure;

/// What can be a value of the comparison.
pub(crate) trait Value:
    Serialize + DeserializeOwned + PartialEq + Debug + Send + Sync + 'static
{
}

impl<V: Serialize + DeserializeOwned + PartialEq + Debug + Send + Sync + 'static> Value for V {}

/// A disk with a serializer and a compression.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) disk: Contender,
    pub(crate) serializer: Format,
    pub(crate) compression: Compression,
}

/// Values under their keys.
#[derive(Debug)]
pub(crate) struct Values<V> {
    pub(crate) entries: Vec<(String, V)>,
    /// The bytes of the texts and files, before any encoding.
    pub(crate) bytes: u64,
}

/// What went wrong. All counts are zero, or the comparison has failed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    pub(crate) count: u64,
    /// The first of them.
    pub(crate) first: Option<String>,
}

/// What one round measured.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    pub(crate) set: Option<Spread>,
    pub(crate) get: Option<Spread>,
    /// Values that were read back and compared.
    pub(crate) verified: u64,
    /// The volume of the disk when all values are stored.
    pub(crate) at_rest: u64,
    /// Requests of setting, on an object store.
    pub(crate) set_requests: Option<Billed>,
    /// Requests of getting, on an object store.
    pub(crate) get_requests: Option<Billed>,
}

/// What requests under a size limit found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limited {
    pub(crate) hits: u64,
    pub(crate) requests: u64,
    /// What they cost on an object store.
    pub(crate) billed: Option<Billed>,
}

impl Faults {
    fn add(&mut self, fault: impl FnOnce() -> String) {
        self.count += 1;
        self.first.get_or_insert_with(fault);
    }
}

impl Cell {
    /// Sets every value on the fresh disk of `opening`, then gets every value in the order of `reads`, `passes` times over.
    ///
    /// # Errors
    ///
    /// Those of opening the disk. What fails later is a fault.
    pub(crate) fn round<V: Value>(
        &self,
        opening: &Opening,
        values: &Values<V>,
        reads: &[usize],
        passes: usize,
        faults: &mut Faults,
    ) -> Result<Round, Failure> {
        let (store, objects) = self.open(opening, Limits::unbounded())?;
        let objects = objects.as_ref();
        let cache: Cache<str, V> = store.default_cache()?;
        let (mut sets, mut gets) = (Vec::new(), Vec::new());
        let (mut set_requests, mut get_requests) = (None, None);
        let mut verified = 0;
        for _ in 0..passes {
            let before = billed::made(objects);
            for (key, value) in &values.entries {
                let begun = Instant::now();
                let outcome = cache.set(key.as_str(), value);
                sets.push(begun.elapsed());
                opening.tick();
                match outcome {
                    Ok(Outcome::Stored) => {}
                    other => faults.add(|| format!("set of `{key}`: {}", shown(other))),
                }
            }
            let cost = Billed::since(objects, before, values.entries.len());
            set_requests = Billed::sum(set_requests, cost);
            let before = billed::made(objects);
            for (key, value) in reads.iter().map(|at| &values.entries[*at]) {
                let begun = Instant::now();
                let found = cache.get(key.as_str());
                gets.push(begun.elapsed());
                opening.tick();
                match found {
                    Ok(Some(found)) if found == *value => verified += 1,
                    Ok(Some(_)) => faults.add(|| format!("get of `{key}`: another value than was set")),
                    Ok(None) => faults.add(|| format!("get of `{key}`: a miss, though it was set")),
                    Err(error) => faults.add(|| format!("get of `{key}`: {}", shown(Err::<(), _>(error)))),
                }
            }
            get_requests = Billed::sum(get_requests, Billed::since(objects, before, reads.len()));
        }
        let bytes = values.bytes * passes as u64;
        let at_rest = store.volume()?;
        let (set, get) = (Spread::of(sets, bytes), Spread::of(gets, bytes));
        Ok(Round { set, get, verified, at_rest, set_requests, get_requests })
    }

    /// Serves `requests` on the fresh disk of `opening` under `limits`: gets the value, and sets it where it is not there.
    ///
    /// # Errors
    ///
    /// Those of opening the disk. What fails later is a fault.
    pub(crate) fn limited<V: Value>(
        &self,
        opening: &Opening,
        values: &Values<V>,
        requests: &[usize],
        limits: Limits,
        faults: &mut Faults,
    ) -> Result<Limited, Failure> {
        let (store, objects) = self.open(opening, limits)?;
        let before = billed::made(objects.as_ref());
        let cache: Cache<str, V> = store.default_cache()?;
        let mut limited = Limited::default();
        for (key, value) in requests.iter().map(|at| &values.entries[*at]) {
            limited.requests += 1;
            opening.tick();
            match cache.get(key.as_str()) {
                Ok(Some(found)) if found == *value => limited.hits += 1,
                Ok(Some(_)) => faults.add(|| format!("get of `{key}`: another value than was set")),
                Ok(None) => match cache.set(key.as_str(), value) {
                    // A value that is larger than the limit has no place here, and is a miss next time.
                    Ok(Outcome::Stored | Outcome::Refused(_)) => {}
                    other => faults.add(|| format!("set of `{key}`: {}", shown(other))),
                },
                Err(error) => faults.add(|| format!("get of `{key}`: {}", shown(Err::<(), _>(error)))),
            }
        }
        limited.billed = Billed::since(objects.as_ref(), before, requests.len());
        Ok(limited)
    }

    fn open(&self, opening: &Opening, limits: Limits) -> Result<(Store, Option<ObjectStoreDisk>), Failure> {
        let cache = CacheSettings {
            serializer: self.serializer,
            compression: self.compression,
            schema: Some(SCHEMA.into()),
            on_error: OnError::Fail,
            ..CacheSettings::default()
        };
        let tried = opening.open(limits)?;
        let larder = block_on(Larder::assemble(tried.disk, Parts::default()))?;
        Ok((larder::Store::new(larder, cache).into(), tried.store))
    }
}

/// The bytes of all values in the serializer of `cell`, before and after compression.
///
/// # Errors
///
/// For a value that the serializer cannot hold.
pub(crate) fn encoded<V: Value>(values: &Values<V>, cell: &Cell) -> Result<(u64, u64), Failure> {
    let plain: Codecs<V> = Codecs::serde(cell.serializer);
    let compressed = plain.clone().compressed(cell.compression);
    let mut lengths = (0, 0);
    for (_, value) in &values.entries {
        lengths.0 += plain.encode(value)?.body.len() as u64;
        lengths.1 += compressed.encode(value)?.body.len() as u64;
    }
    Ok(lengths)
}

/// An answer that was not expected.
fn shown<T: Debug>(answer: larder::Result<T>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => format!("{error:?}"),
    }
}

/// The order in which values are read, the same in every run.
pub(crate) fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    fastrand::Rng::with_seed(seed).shuffle(&mut order);
    order
}

#[cfg(test)]
mod tests {
    use larder::disk::Settings as Limits;
    use serde::Deserialize;

    use super::*;

    /// A value that never comes back as it was.
    #[derive(Debug, Serialize, Deserialize)]
    struct Fickle(u32);

    impl PartialEq for Fickle {
        fn eq(&self, _: &Self) -> bool {
            false
        }
    }

    fn cell() -> Cell {
        let disk = Contender::built_in().unwrap().swap_remove(0);
        Cell { disk, serializer: Format::Json, compression: Compression::None }
    }

    fn values<V>(value: impl Fn(u32) -> V) -> Values<V> {
        Values { entries: (0..10).map(|number| (number.to_string(), value(number))).collect(), bytes: 40 }
    }

    #[test]
    fn each_value_of_each_pass_is_verified() {
        let (cell, mut faults) = (cell(), Faults::default());
        let opening = cell.disk.opening().unwrap();
        let round = cell.round(&opening, &values(|number| number), &shuffled(10, 7), 3, &mut faults).unwrap();
        assert_eq!((round.verified, faults.count, faults.first), (30, 0, None));
        assert!(round.set.is_some() && round.get.is_some() && round.at_rest > 0);
    }

    #[test]
    fn a_value_that_differs_is_a_fault() {
        let (cell, mut faults) = (cell(), Faults::default());
        let opening = cell.disk.opening().unwrap();
        let round = cell.round(&opening, &values(Fickle), &[3, 5], 1, &mut faults).unwrap();
        assert_eq!((round.verified, faults.count), (0, 2));
        assert_eq!(faults.first.as_deref(), Some("get of `3`: another value than was set"));
        let limited =
            cell.limited(&opening, &values(Fickle), &[1, 1], Limits::unbounded(), &mut faults).unwrap();
        assert_eq!((limited.hits, limited.requests, faults.count), (0, 2, 3));
    }

    #[test]
    fn a_value_that_is_not_stored_is_a_fault() {
        let (cell, mut faults) = (cell(), Faults::default());
        let opening = cell.disk.opening().unwrap();
        let nan = values(|_| f64::NAN);
        let round = cell.round(&opening, &nan, &[0], 1, &mut faults).unwrap();
        assert_eq!((round.verified, faults.count), (0, 11));
        assert!(faults.first.unwrap().starts_with("set of `0`: cannot be encoded"));
    }

    #[test]
    fn a_limit_turns_hits_into_misses() {
        let (cell, mut faults) = (cell(), Faults::default());
        let requests = [0, 1, 0, 1, 2, 3, 4, 5, 0];
        let mut hits = |limits| {
            let opening = cell.disk.opening().unwrap();
            cell.limited(&opening, &values(|number| number), &requests, limits, &mut faults).unwrap().hits
        };
        assert_eq!(hits(Limits::unbounded()), 3);
        assert_eq!(hits(Limits { max_entries: Some(2), ..Limits::unbounded() }), 2);
        assert_eq!(faults.count, 0);
    }
}
