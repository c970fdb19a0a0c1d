//! Handles: each open disk has a number, two words in the head, and a lock that lives as long as it does.
//!
//! Handle N locks byte N of the file of the index, with a lock that belongs to the open file. So the lock ends with the
//! process however that ends, and it needs no file of its own: who shares the index shares the locks, and a program
//! that removes old files cannot part the two. A lock on a file that was removed is no lock on its successor, and the
//! successor is another index.

use std::io;
use std::sync::atomic::Ordering;

use larder_mapping::Map;

use crate::head::{HANDLES, MOST_HANDLES};
use crate::tables::Tables;

/// The words of a handle.
const HANDLE: usize = 2;
/// How often its number was given out.
const GENERATION: usize = 0;
/// The bytes that its writes under way have reserved.
const RESERVED: usize = 1;

/// A handle at one time of its life: never 0, and never the same again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token(pub(crate) u64);

impl Token {
    const fn new(number: usize, generation: u64) -> Self {
        Self((generation << 16) | (number as u64 + 1))
    }

    const fn number(self) -> usize {
        ((self.0 & 0xffff) as usize).saturating_sub(1)
    }

    const fn generation(self) -> u64 {
        self.0 >> 16
    }
}

/// A number that is this handle's as long as its tables are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handle {
    pub(crate) number: usize,
    pub(crate) token: Token,
}

impl Handle {
    /// Takes a number that no open handle has; `None` if all are taken.
    ///
    /// # Errors
    ///
    /// What keeps a lock from being taken. No number is taken then.
    pub(crate) fn take(tables: &Tables) -> io::Result<Option<Self>> {
        let Some(file) = &tables.file else { return Ok(None) };
        for number in 0..MOST_HANDLES {
            if file.try_lock_byte(number as u32)? {
                let word = tables.head.word(HANDLES + number * HANDLE + GENERATION);
                // 48 bits of generations are more than a disk can be opened.
                let generation = word.fetch_add(1, Ordering::AcqRel) + 1;
                return Ok(Some(Self { number, token: Token::new(number, generation) }));
            }
        }
        Ok(None)
    }
}

/// Whether the handle of this token is gone. If that cannot be found out it is not.
pub(crate) fn is_dead(tables: &Tables, token: Token) -> bool {
    let number = token.number();
    number >= MOST_HANDLES
        || generation(&tables.head, number) != token.generation()
        || is_free(tables, number)
}

fn generation(head: &Map, number: usize) -> u64 {
    head.load(HANDLES + number * HANDLE + GENERATION, Ordering::Acquire) & (u64::MAX >> 16)
}

/// Whether no other open of the disk has the number, so its owner is gone if it is not this handle. If that cannot be
/// found out, it is taken.
pub(crate) fn is_free(tables: &Tables, number: usize) -> bool {
    let byte = number as u32;
    tables.file.as_ref().is_some_and(|file| matches!(file.is_locked(byte..byte + 1), Ok(false)))
}

/// Whether another handle has this index open.
pub(crate) fn are_others(tables: &Tables) -> io::Result<bool> {
    tables.file.as_ref().map_or(Ok(false), |file| file.is_locked(0..MOST_HANDLES as u32))
}

/// The word of the bytes that handle `number` has reserved.
pub(crate) const fn reserved_word(number: usize) -> usize {
    HANDLES + number * HANDLE + RESERVED
}
