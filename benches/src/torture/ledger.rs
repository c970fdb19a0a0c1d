//! What a writer was about to do and what came of it, and what may be at each of its keys therefore.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::{KEYS, TAGS};

/// The bytes of a line: one write of the operating system, which is there whole or not at all when the writer is killed.
const LINE: usize = 16;

/// What a line says of a key, or of all keys with a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Setting,
    Stored,
    Refused,
    Removing,
    Removed,
    Evicting,
    Evicted,
    Clearing,
    Cleared,
    Found,
    Missed,
}

impl Mark {
    const ALL: [Self; 11] = [
        Self::Setting,
        Self::Stored,
        Self::Refused,
        Self::Removing,
        Self::Removed,
        Self::Evicting,
        Self::Evicted,
        Self::Clearing,
        Self::Cleared,
        Self::Found,
        Self::Missed,
    ];
}

/// What may be at a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct May {
    /// The values of these turns.
    turns: Vec<u64>,
    nothing: bool,
}

impl May {
    pub(super) fn be(&self, found: Option<u64>) -> bool {
        found.map_or(self.nothing, |turn| self.turns.contains(&turn))
    }
}

/// What may be at each key of a writer.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    keys: Vec<May>,
    /// Whether the disk may forget entries to make room.
    forgets: bool,
    /// The turn of the last write that was begun.
    pub(super) turn: u64,
    /// How many writes and removals were reported done.
    pub(super) done: u64,
}

impl Ledger {
    pub(super) fn new(forgets: bool) -> Self {
        Self {
            keys: vec![May { turns: Vec::new(), nothing: true }; KEYS as usize],
            forgets,
            turn: 0,
            done: 0,
        }
    }

    /// What the writer of this file left.
    pub(super) fn read(path: &Path, forgets: bool) -> io::Result<Self> {
        let mut ledger = Self::new(forgets);
        let bytes = match std::fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ledger),
            bytes => bytes?,
        };
        let (lines, _) = bytes.as_chunks::<LINE>();
        for [mark, _, _, _, k0, k1, k2, k3, turn @ ..] in lines {
            let mark = Mark::ALL.get(usize::from(*mark)).copied();
            let mark = mark.ok_or_else(|| io::Error::other("a line of no ledger"))?;
            ledger.take(mark, u32::from_le_bytes([*k0, *k1, *k2, *k3]), u64::from_le_bytes(*turn));
        }
        Ok(ledger)
    }

    pub(super) fn at(&self, key: u32) -> &May {
        &self.keys[key as usize]
    }

    /// Takes in a line; `key` is a key, or the number of a tag.
    pub(super) fn take(&mut self, mark: Mark, key: u32, turn: u64) {
        let forgets = self.forgets;
        let all = |ledger: &mut Self, what: &dyn Fn(&mut May)| {
            (0..).zip(&mut ledger.keys).for_each(|(at, may): (u32, _)| {
                if mark == Mark::Clearing || mark == Mark::Cleared || at % TAGS == key {
                    what(may);
                }
            });
        };
        let nothing = || May { turns: Vec::new(), nothing: true };
        let only = |turn| May { turns: vec![turn], nothing: forgets };
        match mark {
            Mark::Setting => {
                self.turn = self.turn.max(turn);
                self.keys[key as usize].turns.push(turn);
                // Whoever is refused may lose the old value too.
                self.keys[key as usize].nothing |= forgets;
            }
            Mark::Stored | Mark::Found => self.keys[key as usize] = only(turn),
            Mark::Removing => self.keys[key as usize].nothing = true,
            Mark::Refused | Mark::Removed | Mark::Missed => self.keys[key as usize] = nothing(),
            Mark::Evicting | Mark::Clearing => all(self, &|may| may.nothing = true),
            Mark::Evicted | Mark::Cleared => all(self, &|may| *may = nothing()),
        }
        let is_done = matches!(mark, Mark::Stored | Mark::Removed | Mark::Evicted | Mark::Cleared);
        self.done += u64::from(is_done);
    }
}

/// A ledger that is being written.
#[derive(Debug)]
pub(super) struct Book {
    file: File,
    pub(super) ledger: Ledger,
}

impl Book {
    /// Goes on where the last writer of this file died.
    pub(super) fn open(path: &Path, forgets: bool) -> io::Result<Self> {
        let ledger = Ledger::read(path, forgets)?;
        Ok(Self { file: OpenOptions::new().create(true).append(true).open(path)?, ledger })
    }

    pub(super) fn write(&mut self, mark: Mark, key: u32, turn: u64) -> io::Result<()> {
        let mut line = [0; LINE];
        line[0] = mark as u8;
        line[4..8].copy_from_slice(&key.to_le_bytes());
        line[8..].copy_from_slice(&turn.to_le_bytes());
        self.file.write_all(&line)?;
        self.ledger.take(mark, key, turn);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cut_off_may_have_happened_or_not() {
        let directory = std::env::temp_dir().join(format!("larder-ledger-{}", std::process::id()));
        let _ = std::fs::remove_file(&directory);
        let mut book = Book::open(&directory, false).unwrap();
        book.write(Mark::Setting, 5, 1).unwrap();
        book.write(Mark::Stored, 5, 1).unwrap();
        book.write(Mark::Setting, 5, 2).unwrap();
        let mut ledger = Ledger::read(&directory, false).unwrap();
        std::fs::remove_file(&directory).unwrap();
        let may = |ledger: &Ledger| [Some(1), Some(2), Some(3), None].map(|found| ledger.at(5).be(found));
        assert_eq!(may(&ledger), [true, true, false, false]);
        assert_eq!((ledger.turn, ledger.done), (2, 1));
        ledger.take(Mark::Found, 5, 2);
        assert_eq!(may(&ledger), [false, true, false, false]);
        ledger.take(Mark::Evicting, 5 % TAGS, 0);
        assert_eq!(may(&ledger), [false, true, false, true]);
        ledger.take(Mark::Evicted, 5 % TAGS, 0);
        assert_eq!(may(&ledger), [false, false, false, true]);
    }
}
