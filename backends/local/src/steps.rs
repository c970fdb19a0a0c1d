//! The steps of a writer: an entry comes, changes or goes, all sums with it, in one commit.

use std::io;

use larder_core::disk::{Brief, Condition};
use larder_core::entry::{Meta, Version};
use larder_core::key::Key;

use crate::chains::{self, Found};
use crate::clean::is_never_synced;
use crate::head::Word;
use crate::inner::Inner;
use crate::place::Place;
use crate::reclaim::Rights;
use crate::record::{Header, Kind};
use crate::section::{Section, condemned};
use crate::slot::{self, Mark, Slot, word};
use crate::tables::Address;
use crate::{count, fences, recent};

/// An entry that is to be stored, without its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Coming<'a> {
    pub(crate) key: &'a Key,
    pub(crate) mark: Mark,
    pub(crate) meta: &'a Meta,
    /// The bytes of its frame.
    pub(crate) length: u64,
    pub(crate) word: u64,
    pub(crate) kind: Kind,
}

/// That a step cannot be done now.
#[derive(Debug)]
pub(crate) enum Stuck {
    /// The segment is full.
    Segment,
    /// The files take all that they may: dead space is to be [reclaimed](Inner::reclaim) first, without the section.
    Reclaim,
    /// The operating system refused something.
    Failed(io::Error),
}

impl Stuck {
    /// The error of a step that cannot be done otherwise.
    pub(crate) fn into_error(self) -> io::Error {
        match self {
            Self::Segment => io::Error::other("a record is longer than a segment"),
            Self::Reclaim => io::Error::new(io::ErrorKind::StorageFull, "the files take all that they may"),
            Self::Failed(error) => error,
        }
    }
}

impl From<io::Error> for Stuck {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// The number of the write that comes next.
fn next_sequence(section: &Section<'_>) -> io::Result<u64> {
    section.head(Word::Sequence).checked_add(1).ok_or_else(|| {
        section.condemn("the numbers of writes are exhausted");
        condemned()
    })
}

/// Writes `slot` over the one that was found, or into a new one.
fn put_slot(section: &mut Section<'_>, slot: &Slot, found: Option<&Found>) -> io::Result<usize> {
    let Some(found) = found else { return chains::insert(section, slot) };
    // The chain first: what a step has changed already is looked through again, and a slot is many changes.
    chains::moved(section, slot, found.index);
    let next = section.get(slot::address(found.index, word::NEXT)) as u32;
    slot.write(section, found.index, next);
    Ok(found.index)
}

/// The entry that is found, if its version is what the condition wants; else the version that is stored.
pub(crate) fn holds(condition: Condition, found: Option<&Found>) -> Result<(), Option<Version>> {
    let stored = found.map(|found| Version::from_bits(found.slot.version));
    if condition.holds(stored) { Ok(()) } else { Err(stored) }
}

impl Inner {
    /// Stores an entry over the one that was found, if any. A step of its own.
    pub(crate) fn store(
        &self,
        section: &mut Section<'_>,
        coming: &Coming<'_>,
        found: Option<&Found>,
        payload: &[&[u8]],
    ) -> Result<Brief, Stuck> {
        let Coming { key, mark, meta, length, word, kind } = *coming;
        let found = found.map(|found| chains::renewed(section, found));
        let found = found.as_ref();
        let sequence = next_sequence(section)?;
        let insertion = found.map_or(sequence, |found| found.slot.insertion);
        let bytes: usize = payload.iter().map(|part| part.len()).sum();
        let header = Header { kind, mark, sequence, insertion, word, payload: bytes as u32 };
        let place = self.append(section, &header, payload)?.ok_or(Stuck::Segment)?;
        let slot = Slot {
            mark,
            place: Place { is_apart: kind == Kind::Apart, ..place },
            length,
            oldest: found.map_or(place.segment, |found| self.oldest(found.slot.oldest)),
            version: meta.version.bits(),
            stored: meta.stored,
            accessed: meta.stored,
            expires: meta.expires,
            hits: 0,
            insertion,
            sequence,
            tags: meta.tags.iter().fold(0, |bits, tag| bits | tag.bits()),
            namespace: key.namespace_id(),
            cost: meta.cost_nanos(),
            word,
        };
        // Sums first: what a step has changed already is looked through at each of them, and a slot is many changes.
        if let Some(found) = found {
            self.uncount(section, &found.slot)?;
        }
        if found.is_none_or(|found| found.slot.namespace != slot.namespace) {
            if let Some(found) = found {
                count::add(section, found.slot.namespace, -1)?;
            }
            count::add(section, slot.namespace, 1)?;
        }
        let taken = slot.size().cast_signed() - found.map_or(0, |found| found.slot.size().cast_signed());
        section.add(Address::of(Word::Volume), taken);
        if found.is_none() {
            section.add(Address::of(Word::Entries), 1);
        }
        count_apart(section, &slot, 1);
        let index = put_slot(section, &slot, found)?;
        conclude(section, sequence, Some(index))?;
        if let Some(found) = found {
            self.remove_replaced(&found.slot, is_never_synced(section.tables));
        } else {
            // The entry is stored: chains that are longer for a while are no reason to report the opposite.
            let chains = (section.head(section.shape) >> 1) + chains::for_entries(1);
            let floor = self.check_table(section, Word::ChainWords, chains);
            if let Err(error) = floor.and_then(|()| chains::split(section)) {
                section.forget();
                tracing::debug!(%error, "the hash index could not grow");
            }
        }
        Ok(slot.brief(index))
    }

    /// Stores an entry with new metadata in the place of the one that was found: its access data and its place in the
    /// order stay. A step of its own.
    pub(crate) fn restore(
        &self,
        section: &mut Section<'_>,
        meta: &Meta,
        kind: Kind,
        found: &Found,
        payload: &[&[u8]],
    ) -> Result<Brief, Stuck> {
        let found = &chains::renewed(section, found);
        let sequence = next_sequence(section)?;
        let old = found.slot;
        let bytes: usize = payload.iter().map(|part| part.len()).sum();
        let (mark, insertion, word) = (old.mark, old.insertion, old.word);
        let header = Header { kind, mark, sequence, insertion, word, payload: bytes as u32 };
        let place = self.append(section, &header, payload)?.ok_or(Stuck::Segment)?;
        let slot = Slot {
            place: Place { is_apart: kind == Kind::Apart, ..place },
            oldest: self.oldest(old.oldest),
            version: meta.version.bits(),
            expires: meta.expires,
            sequence,
            ..old
        };
        self.uncount(section, &old)?;
        count_apart(section, &slot, 1);
        let index = put_slot(section, &slot, Some(found))?;
        conclude(section, sequence, Some(index))?;
        Ok(slot.brief(index))
    }

    /// Removes the entry that was found. A step of its own.
    pub(crate) fn strike(
        &self,
        section: &mut Section<'_>,
        found: &Found,
        link: Address,
    ) -> Result<Brief, Stuck> {
        let found = &chains::renewed(section, found);
        let sequence = next_sequence(section)?;
        let slot = found.slot;
        let kind = Kind::Tombstone { first: self.oldest(slot.oldest), last: slot.place.segment };
        let header = Header { kind, mark: slot.mark, sequence, insertion: 0, word: 0, payload: 0 };
        self.append(section, &header, &[])?.ok_or(Stuck::Segment)?;
        self.uncount(section, &slot)?;
        count::add(section, slot.namespace, -1)?;
        section.add(Address::of(Word::Volume), -slot.size().cast_signed());
        section.add(Address::of(Word::Entries), -1);
        fences::removed(section, slot.mark.hash, slot.insertion);
        chains::remove(section, found.index, link);
        conclude(section, sequence, None)?;
        self.remove_apart(&slot);
        Ok(slot.brief(found.index))
    }

    /// Removes keys whose last record cannot be read, so that no older one comes back once that record is gone.
    pub(crate) fn bury(&self, section: &mut Section<'_>, lost: &[Mark]) -> io::Result<()> {
        let numbers = crate::log::numbers(section.tables);
        let (Some(first), Some(last)) = (numbers.first().copied(), numbers.last().copied()) else {
            return Ok(());
        };
        for mark in lost {
            if chains::find(section, *mark).is_some() {
                continue;
            }
            let buried = self.with_segment(section, Rights::REMOVAL, |section| {
                let sequence = next_sequence(section)?;
                let kind = Kind::Tombstone { first, last };
                let header = Header { kind, mark: *mark, sequence, insertion: 0, word: 0, payload: 0 };
                self.append(section, &header, &[])?.ok_or(Stuck::Segment)?;
                conclude(section, sequence, None)
            });
            buried.map_err(Stuck::into_error)?;
        }
        Ok(())
    }

    /// Counts the record of `slot` as needed no more.
    fn uncount(&self, section: &mut Section<'_>, slot: &Slot) -> io::Result<()> {
        let length = self.record_length(slot.place, slot.length)?;
        self.count_live(section, slot.place.segment, -length.cast_signed());
        count_apart(section, slot, -1);
        Ok(())
    }

    /// The first segment from `number` on that may exist: what lies before it is gone.
    fn oldest(&self, number: u32) -> u32 {
        number.max(self.shelf.first())
    }
}

/// Counts the body of `slot`, if it lies apart.
fn count_apart(section: &mut Section<'_>, slot: &Slot, times: i64) {
    if slot.place.is_apart {
        section.add(Address::of(Word::ApartBytes), slot.length.cast_signed() * times);
        section.add(Address::of(Word::Aparts), times);
    }
}

/// Notes the write, and commits.
fn conclude(section: &mut Section<'_>, sequence: u64, index: Option<usize>) -> Result<(), Stuck> {
    recent::note(section, sequence, index);
    if section.commit() { Ok(()) } else { Err(Stuck::Failed(condemned())) }
}
