//! Handles: each open disk has a number, two words in the head, and a lock that lives as long as it does.
//!
//! Handle N locks byte N of the file of the index, with a lock that belongs to the open file. So the lock
//! ends with the process however that ends, and it needs no file of its own: who shares the index shares the
//! locks, and a program that removes old files cannot part the two. A lock on a file that was removed is no
//! lock on its successor, and the successor is another index.

use std::io;
use std::sync::atomic::Ordering;

use crate::head::{HANDLES, MOST_HANDLES, pack, unpack};
use crate::tables::Tables;

/// The words of a handle.
const HANDLE: usize = 2;
/// How often its number was given out, from 1 to [`LAST`] and again from 1; packed with its complement.
const GENERATION: usize = 0;
/// The last generation.
const LAST: u64 = u32::MAX as u64;
/// The bytes that its writes under way have reserved.
const RESERVED: usize = 1;

/// A handle at one time of its life: never 0, and never the same again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token(pub(crate) u64);

impl Token {
    const fn new(number: usize, generation: u64) -> Self {
        Self((generation << 16) | (number as u64 + 1))
    }

    /// `None` if it is the token of no handle.
    const fn number(self) -> Option<usize> {
        match (self.0 & 0xffff) as usize {
            number @ 1..=MOST_HANDLES if self.generation() > 0 => Some(number - 1),
            _ => None,
        }
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
                // Only the owner of the number changes this word. A corrupt word is reset.
                let generation = unpack(word.load(Ordering::Acquire)).map_or(1, |last| last % LAST + 1);
                word.store(pack(generation), Ordering::Release);
                return Ok(Some(Self { number, token: Token::new(number, generation) }));
            }
        }
        Ok(None)
    }
}

/// Whether the handle of this token is gone. If that cannot be found out it is not.
pub(crate) fn is_dead(tables: &Tables, token: Token) -> bool {
    let Some(number) = token.number() else { return true };
    let generation = unpack(tables.head.load(HANDLES + number * HANDLE + GENERATION, Ordering::Acquire));
    // A damaged generation shows nothing: then only the lock counts.
    generation.is_some_and(|generation| generation != token.generation()) || is_free(tables, number)
}

/// Whether no other open of the disk has the number, so its owner is gone if it is not this handle. If that
/// cannot be found out, it is taken.
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

#[cfg(test)]
mod tests {
    use larder_core::disk::Settings;

    use crate::{Durability, LocalDisk, OpenOptions};

    #[test]
    fn a_lock_lives_as_long_as_its_holder_whatever_files_are_removed() {
        pollster::block_on(async {
            let directory = tempfile::tempdir().unwrap();
            let open = || {
                let options = OpenOptions { durability: Durability::None, ..OpenOptions::default() };
                LocalDisk::open_with(directory.path(), options, Settings::limited(8 << 20))
            };
            let (first, second) = (open().await.unwrap(), open().await.unwrap());
            let section = first.inner.enter().unwrap().unwrap();
            // All but the index, which is where the locks are.
            for entry in std::fs::read_dir(directory.path()).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() && path.file_name().unwrap() != crate::tables::HEAD {
                    std::fs::remove_file(path).unwrap();
                }
            }
            assert!(second.inner.enter().unwrap().is_none(), "the lock of a living holder was taken over");
            // As its process leaves it that is killed: the word stays, the file is closed.
            std::mem::forget(section);
            drop(first);
            let section = second.inner.enter().unwrap().expect("the holder is gone");
            assert!(section.is_inherited);
        });
    }
}
