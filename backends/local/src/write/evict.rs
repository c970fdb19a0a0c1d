//! Evicting: victims in their order, many in one section.

use std::io;

use larder_core::disk::{Fate, Note, Victim};
use larder_core::entry::Version;
use larder_core::{Result, disk::Id};

use crate::chains::{self, Found};
use crate::head::Word;
use crate::inner::Inner;
use crate::reclaim::{MAX_RECLAIMS, Rights, is_full};
use crate::record::HEADER;
use crate::section::Section;
use crate::slot::{self, Look, Slot, word};
use crate::steps::Stuck;

/// How many victims go before others are let in.
const ROUND: usize = 64;

impl Inner {
    pub(crate) async fn evict(&self, victims: &[Victim]) -> Result<Vec<Fate>> {
        let mut fates = Vec::with_capacity(victims.len());
        let mut reclaims = 0;
        while fates.len() < victims.len() {
            let before = Word::Segment.get(&self.tables.head);
            let rest = victims.get(fates.len()..).unwrap_or_default();
            let round = rest.get(..ROUND).unwrap_or(rest);
            let mut full = None;
            let more = self.within(|section| self.evict_in(section, round, &mut full)).await?;
            let stopped = more.iter().any(|fate| matches!(fate, Fate::Changed(_)));
            fates.extend(more);
            self.release_emptied();
            if let Some(error) = full {
                reclaims += 1;
                if reclaims > MAX_RECLAIMS || !self.reclaim(self.goal_when_full()).await? {
                    return Err(self.failed("evicting an entry", error));
                }
                continue;
            }
            self.settle_removal(before).await;
            if stopped {
                break;
            }
        }
        fates.resize(victims.len(), Fate::Spared);
        Ok(fates)
    }

    /// Evicts in one section; ends early at a victim that has changed, and where the file system is `full`.
    fn evict_in(
        &self,
        section: &mut Section<'_>,
        victims: &[Victim],
        full: &mut Option<io::Error>,
    ) -> Result<Vec<Fate>> {
        let mut fates = Vec::with_capacity(victims.len());
        self.finish_moves_into_reserve(section);
        for victim in victims {
            match self.evict_one(section, victim) {
                Ok(fate) => fates.push(fate?),
                Err(error) => {
                    *full = Some(error);
                    break;
                }
            }
            if matches!(fates.last(), Some(Fate::Changed(_))) {
                break;
            }
        }
        let written = fates.iter().filter(|fate| **fate == Fate::Gone).count() as u64 * HEADER;
        self.keep_up(section, written);
        Ok(fates)
    }

    /// Evicts one victim; the outer error says that the file system has no space for that.
    fn evict_one(&self, section: &mut Section<'_>, victim: &Victim) -> io::Result<Result<Fate>> {
        let Some(found) = at(section, victim.id, victim.version) else { return Ok(Ok(Fate::Absent)) };
        let mark = found.slot.mark;
        if self.writers.is_held(mark) {
            return Ok(Ok(Fate::Busy));
        }
        let brief = found.slot.brief(found.index);
        if !victim.is(&brief) {
            return Ok(Ok(Fate::Changed(brief)));
        }
        let Some(link) = chains::link_to(section, mark, found.index) else { return Ok(Ok(Fate::Absent)) };
        match self.with_segment(section, Rights::REMOVAL, |section| self.strike(section, &found, link)) {
            Ok(_) => Ok(Ok(Fate::Gone)),
            Err(Stuck::Failed(error)) if is_full(&error) => Err(error),
            Err(stuck) => Ok(Err(self.failed("evicting an entry", stuck.into_error()))),
        }
    }

    /// Takes down what others know of entries that are still what they were.
    pub(crate) async fn note(&self, notes: &[Note]) -> Result<()> {
        for note in notes {
            match *note {
                Note::Hits { id, version, at: time, hits } => {
                    self.check_process()?;
                    self.writer()?;
                    let Some(index) = usize::try_from(id.0).ok() else { continue };
                    let Some(row) = self.tables.slot(index).filter(|_| self.is_used(index)) else { continue };
                    if let Look::Slot(slot, guard) = Slot::look(row)
                        && slot.version == version.bits()
                    {
                        slot::hit(row, guard, time, hits);
                    }
                }
                Note::Word { id, version, word } => {
                    self.within(|section| {
                        if let Some(found) = at(section, id, version) {
                            section.set(slot::address(found.index, word::WORD), word);
                            let _ = section.commit();
                        }
                        Ok(())
                    })
                    .await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether the slot was ever given to an entry.
    pub(crate) fn is_used(&self, index: usize) -> bool {
        (index as u64) < Word::Used.get(&self.tables.head)
    }
}

/// The entry with this id, if it has this version.
fn at(section: &Section<'_>, id: Id, version: Version) -> Option<Found> {
    let index = usize::try_from(id.0).ok()?;
    if id.0 >= section.head(Word::Used) {
        return None;
    }
    match Slot::look(section.tables.slot(index)?) {
        Look::Slot(slot, guard) if slot.version == version.bits() => Some(Found { index, slot, guard }),
        _ => None,
    }
}
