//! Admission: what is counted never exceeds the limit, for all processes together.

use larder_core::disk::{Refusal, Shortage};
use larder_mapping::Map;

use crate::handles::reserved_word;
use crate::head::Word;
use crate::section::Section;
use crate::tables::{Address, Table};

/// What a write lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// Room, which may be made.
    Room(Shortage),
    /// It can never fit.
    Refused(Refusal),
}

impl Lack {
    /// Whether more is lacking than a write of `size` bytes takes: then the limit was lowered, or the sums are damaged.
    pub(crate) const fn is_doubtful(&self, size: u64) -> bool {
        match self {
            Self::Room(shortage) => shortage.bytes > size || shortage.entries > 1,
            Self::Refused(_) => true,
        }
    }
}

/// What a write of `size` bytes over an entry of `old` bytes lacks, where `held` bytes were reserved for it before.
pub(crate) fn lack(section: &Section<'_>, size: u64, old: Option<u64>, held: u64) -> Option<Lack> {
    let (limit, most) = (section.head(Word::SizeLimit), section.head(Word::MaxEntries));
    if size > limit || most == 0 {
        return Some(Lack::Refused(Refusal::TooLarge { size, limit }));
    }
    let more = size.saturating_sub(old.unwrap_or(0)).saturating_sub(held);
    let taken = section.head(Word::Volume).saturating_add(section.head(Word::Reserved));
    let entries = section.head(Word::Entries).saturating_add(u64::from(old.is_none()));
    // A write that takes nothing more is never the one to make room, also after the limit was lowered.
    let short = Shortage {
        bytes: if more > 0 { taken.saturating_add(more).saturating_sub(limit) } else { 0 },
        entries: if old.is_none() { entries.saturating_sub(most) } else { 0 },
    };
    (short != Shortage::default()).then_some(Lack::Room(short))
}

/// Whether an entry of `size` bytes fits as things are, new or over another. Who writes looks again, in a section.
pub(crate) fn has_room(head: &Map, size: u64) -> bool {
    let taken = Word::Volume.get(head).saturating_add(Word::Reserved.get(head));
    taken.saturating_add(size) <= Word::SizeLimit.get(head)
        && Word::Entries.get(head) < Word::MaxEntries.get(head)
}

/// Reserves `difference` bytes more, or gives them back, for handle `number`, in the step of `section`. The books of a
/// process that dies are in the head, so whoever takes its number gives them back.
pub(crate) fn reserve(section: &mut Section<'_>, number: usize, difference: i64) {
    section.add(Address::of(Word::Reserved), difference);
    section.add(Address::new(Table::Head, reserved_word(number)), difference);
}
