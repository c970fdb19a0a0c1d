//! Fences: a computed value is stored only if its key was not invalidated since the computation began.
//!
//! A fence is the number of the last write. Each of a fixed number of places remembers the number of the last
//! invalidation of the keys, tags and caches that share it. A removal notes the number by which its entry was
//! inserted: a computation that began before that must not be stored, one that began later has the removed entry in
//! its condition. So an eviction of older entries invalidates nothing.
//!
//! The places are in the head, so all processes share them. They are not durable: a computation does not outlive
//! its process.

use std::io;

use larder_core::disk::{Fence, Invalidation};

use crate::head::{FENCES, Word};
use crate::recent;
use crate::section::Section;
use crate::tables::{Address, Table, Tables};

const fn address(hash: u64) -> Address {
    Address::new(Table::Head, FENCES + Invalidation::place_of(hash))
}

/// Notes in the step of `section` that an entry of a key with this hash, inserted by write `insertion`, is removed.
pub(crate) fn removed(section: &mut Section<'_>, hash: u64, insertion: u64) {
    if section.get(address(hash)) < insertion {
        section.set(address(hash), insertion);
    }
}

/// Invalidates `what`. A step of its own.
pub(crate) fn invalidate(section: &mut Section<'_>, what: Invalidation) -> io::Result<()> {
    let sequence = section.head(Word::Sequence) + 1;
    section.set(address(what.hash()), sequence);
    // A later fence is then not below it.
    recent::note(section, sequence, None);
    if section.commit() { Ok(()) } else { Err(io::Error::other("the index cannot be mapped")) }
}

/// Returns whether one of `invalidations` happened since the fence.
pub(crate) fn are_invalidated(tables: &Tables, invalidations: &[Invalidation], since: Fence) -> bool {
    invalidations.iter().any(|what| tables.get(address(what.hash())) > since.0)
}

/// As [`are_invalidated`], in a section. A place above the number of the last write is corrupt and is repaired:
/// otherwise nothing that is computed for it would ever be stored again.
pub(crate) fn hold(section: &mut Section<'_>, invalidations: &[Invalidation], since: Fence) -> bool {
    let last = section.head(Word::Sequence);
    let corrupt = invalidations.iter().map(|what| address(what.hash()));
    let corrupt: Vec<Address> = corrupt.filter(|place| section.get(*place) > last).collect();
    if !corrupt.is_empty() {
        corrupt.into_iter().for_each(|place| section.set(place, last));
        // The places keep their values if this fails, and are tried again.
        let _ = section.commit();
        return true;
    }
    are_invalidated(section.tables, invalidations, since)
}

#[cfg(test)]
mod tests {
    use larder_core::key::{Key, Namespace};

    use super::*;
    use crate::section::Turns;

    #[test]
    fn a_corrupt_place_is_repaired() {
        let (tables, turns) = (Tables::in_memory().unwrap(), Turns::default());
        let what = Invalidation::key(&Key::new(&Namespace::named("x"), &1).unwrap());
        let mut section = turns.alone(&tables);
        section.set_head(Word::Sequence, 10);
        section.set(address(what.hash()), u64::MAX);
        assert!(section.commit());
        let fence = Fence(10);
        assert!(hold(&mut section, &[what], fence), "what a corrupt place says is not known");
        assert!(!hold(&mut section, &[what], fence), "it is repaired");
        invalidate(&mut section, what).unwrap();
        assert!(hold(&mut section, &[what], fence));
        assert_eq!(section.head(Word::Sequence), 11);
        assert!(!hold(&mut section, &[what], Fence(11)));
    }

    #[test]
    fn a_removal_invalidates_what_began_before_its_entry_was_inserted() {
        let (tables, turns) = (Tables::in_memory().unwrap(), Turns::default());
        let what = Invalidation::key(&Key::new(&Namespace::named("x"), &1).unwrap());
        let mut section = turns.alone(&tables);
        section.set_head(Word::Sequence, 20);
        removed(&mut section, what.hash(), 15);
        assert!(section.commit());
        assert!(hold(&mut section, &[what], Fence(14)), "the entry was inserted during the computation");
        assert!(!hold(&mut section, &[what], Fence(15)), "the entry was there before");
    }
}
