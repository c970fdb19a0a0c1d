//! What an engine is told to do, and what it must answer.

use std::ops::Range;

use larder::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Fallible, value};

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Act {
    /// Stores a value.
    Set,
    /// Reads a value, which the caller then owns.
    Get,
    /// Reads a value where it lies.
    Borrow,
    /// Removes a value.
    Delete,
}

/// What an operation must come upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The value of this generation.
    Generation(u64),
    /// Nothing.
    Nothing,
    /// A whole value of any generation, or nothing: others write too.
    Anything,
}

/// What became of a read that was as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// It was as expected.
    Right,
    /// The engine may forget, and did.
    Forgotten,
}

/// One operation at one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) act: Act,
    pub(crate) number: u64,
    /// What a read must find, or what a set stores: then it is a generation.
    pub(crate) expected: Expected,
}

impl Order {
    /// Stores this generation.
    pub(crate) const fn set(number: u64, generation: u64) -> Self {
        Self { act: Act::Set, number, expected: Expected::Generation(generation) }
    }

    /// Reads what must be this.
    pub(crate) const fn get(number: u64, expected: Expected) -> Self {
        Self { act: Act::Get, number, expected }
    }

    /// Removes what is there.
    pub(crate) const fn delete(number: u64) -> Self {
        Self { act: Act::Delete, number, expected: Expected::Anything }
    }

    /// What a set stores; no bytes for what is no set.
    pub(crate) fn value(&self, size: usize) -> Bytes {
        match (self.act, self.expected) {
            (Act::Set, Expected::Generation(generation)) => value::value(self.number, generation, size),
            _ => Bytes::new(),
        }
    }

    /// Says whether `found` is what a read had to find.
    ///
    /// # Errors
    ///
    /// That it is another value, or that nothing is there where something must be and the engine may not `forget`.
    pub(crate) fn check(&self, size: usize, found: Option<&[u8]>, forgets: bool) -> Fallible<Read> {
        let number = self.number;
        let Some(found) = found else {
            return match self.expected {
                Expected::Nothing | Expected::Anything => Ok(Read::Right),
                Expected::Generation(_) if forgets => Ok(Read::Forgotten),
                Expected::Generation(_) => Err(format!("entry {number} is gone").into()),
            };
        };
        let generation = value::generation(number, size, found)
            .ok_or_else(|| format!("entry {number} came back as {} other bytes", found.len()))?;
        match self.expected {
            Expected::Anything => Ok(Read::Right),
            Expected::Generation(expected) if expected == generation => Ok(Read::Right),
            Expected::Generation(expected) => {
                Err(format!("entry {number} is of generation {generation} and not {expected}").into())
            }
            Expected::Nothing => Err(format!("entry {number} is there, and was not to be").into()),
        }
    }
}

/// Entries with these numbers, of the first generation.
pub(crate) fn entries(numbers: Range<u64>, size: usize) -> impl Iterator<Item = (String, Bytes)> {
    numbers.map(move |number| (value::key(number), value::value(number, 0, size)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_expected_is_right() {
        let found = value::value(1, 2, 100);
        let check = |expected, found| Order::get(1, expected).check(100, found, false).is_ok();
        assert!(check(Expected::Generation(2), Some(&found[..])));
        assert!(!check(Expected::Generation(3), Some(&found[..])), "a lost update");
        assert!(!check(Expected::Generation(2), None), "a lost entry");
        assert!(!check(Expected::Generation(2), Some(&found[1..])), "a torn entry");
        assert!(!check(Expected::Nothing, Some(&found[..])), "an entry that was removed");
        assert!(check(Expected::Nothing, None));
        assert!(check(Expected::Anything, None));
        assert!(!check(Expected::Anything, Some(&found[..99])), "never a wrong value");
    }

    #[test]
    fn what_may_forget_may_not_lie() {
        let order = Order::get(1, Expected::Generation(2));
        assert_eq!(order.check(100, None, true).ok(), Some(Read::Forgotten));
        assert!(order.check(100, Some(&value::value(1, 1, 100)), true).is_err());
    }
}
