//! The slots of recent writes, by the number of the write: so that nobody looks over all slots for what changed.

use crate::head::{MOST_RECENT, RECENT, Word};
use crate::section::Section;
use crate::tables::{Address, Table, Tables};

const fn address(sequence: u64) -> Address {
    Address::new(Table::Head, RECENT + (sequence % MOST_RECENT) as usize)
}

/// Notes that write `sequence` was of the slot `index`, or of none, in the step of `section`.
pub(crate) fn note(section: &mut Section<'_>, sequence: u64, index: Option<usize>) {
    section.set(address(sequence), index.map_or(0, |index| index as u64 + 1));
    section.set_head(Word::Sequence, sequence);
}

/// The slots of the writes after `since` up to `until`, or `None` if they are not all remembered. A slot may have
/// been written again, or given to another entry.
pub(crate) fn slots(tables: &Tables, since: u64, until: u64) -> Option<Vec<usize>> {
    // A few that are being overwritten while they are read are told as other writes, which are later ones.
    if until.saturating_sub(since) > MOST_RECENT - 64 {
        return None;
    }
    let slots = (since + 1..=until).filter_map(|sequence| tables.get(address(sequence)).checked_sub(1));
    Some(slots.map(|index| index as usize).collect())
}
