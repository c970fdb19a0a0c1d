//! Looking over what a disk holds, page by page.

use super::{Brief, Id};
use crate::entry::Version;
use crate::tag::Tag;
use crate::time::Time;

/// Where the next page begins. Means something to the disk that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub u128);

/// A point in the history of a disk's writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sequence(pub u64);

/// Which entries are asked for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Scope {
    /// All of them.
    All,
    /// Those written or touched since this point. A [`Note`] is no write.
    Since(Sequence),
    /// Those whose life is over at this time.
    Dead(Time),
    /// Those that have this tag.
    Tagged(Tag),
}

/// Which end of the order of insertion comes first. A disk that is not ordered need not look at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From the oldest on.
    #[default]
    Forward,
    /// From the newest back.
    Backward,
    /// In whatever order costs least: for those who look at all of them anyway. An entry that stays is met once or
    /// more, one that is written meanwhile is told by [`Scope::Since`].
    Any,
}

/// What is asked of a survey.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Which entries.
    pub scope: Scope,
    /// In which direction.
    pub direction: Direction,
    /// After which place; from the beginning, if `None`.
    pub after: Option<Cursor>,
    /// How many at most; at least one.
    pub most: usize,
}

impl Page {
    /// The first page of `scope`, in whatever order costs least.
    pub const fn any(scope: Scope, most: usize) -> Self {
        Self { scope, direction: Direction::Any, after: None, most }
    }

    /// The first page of `scope`, from the oldest on.
    pub const fn first(scope: Scope, most: usize) -> Self {
        Self { scope, direction: Direction::Forward, after: None, most }
    }

    /// The page after this one.
    #[must_use]
    pub fn then(self, after: Cursor) -> Self {
        Self { after: Some(after), ..self }
    }
}

/// A page of a survey.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Survey {
    /// The entries; in order of insertion on an ordered disk.
    pub briefs: Vec<Brief>,
    /// Where the next page begins; this was the last one, if `None`.
    pub next: Option<Cursor>,
    /// How far in the history of writes this page looked. Writes are numbered from 1, and the first write of an entry
    /// gives it its insertion number: what is inserted later has a greater one, what was inserted before has none
    /// above this, and [`Scope::Since`] tells what was written after it.
    pub seen: Sequence,
}

impl Survey {
    /// A page of these briefs.
    pub const fn new(briefs: Vec<Brief>, next: Option<Cursor>, seen: Sequence) -> Self {
        Self { briefs, next, seen }
    }
}

/// What somebody else knows of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A faster tier answered for it.
    Hits {
        /// The entry.
        id: Id,
        /// Its version when it was hit.
        version: Version,
        /// The last hit.
        at: Time,
        /// How many there were, to be added to those that are known.
        hits: u32,
    },
    /// The policy wrote something down about it.
    Word {
        /// The entry.
        id: Id,
        /// The version it was written down about.
        version: Version,
        /// What the policy will read again in [`Brief::word`].
        word: u64,
    },
}
