//! Evicting: victims in their order, many in one section.

use larder_core::disk::{Fate, Note, Victim};
use larder_core::entry::Version;
use larder_core::{Result, disk::Id};

use crate::chains::{self, Found};
use crate::inner::Inner;
use crate::section::Section;
use crate::slot::{self, Look, Slot, word};

/// How many victims go before others are let in.
const ROUND: usize = 64;

impl Inner {
    pub(crate) async fn evict(&self, victims: &[Victim]) -> Result<Vec<Fate>> {
        let mut fates = Vec::with_capacity(victims.len());
        for round in victims.chunks(ROUND) {
            let more = self.within(|section| self.evict_in(section, round)).await?;
            let stopped = more.iter().any(|fate| matches!(fate, Fate::Changed(_)));
            fates.extend(more);
            if stopped {
                break;
            }
        }
        fates.resize(victims.len(), Fate::Spared);
        Ok(fates)
    }

    fn evict_in(&self, section: &mut Section<'_>, victims: &[Victim]) -> Result<Vec<Fate>> {
        let mut fates = Vec::with_capacity(victims.len());
        for victim in victims {
            let fate = self.evict_one(section, victim)?;
            fates.push(fate);
            if matches!(fate, Fate::Changed(_)) {
                break;
            }
        }
        fates.resize(victims.len(), Fate::Spared);
        Ok(fates)
    }

    fn evict_one(&self, section: &mut Section<'_>, victim: &Victim) -> Result<Fate> {
        let Some(found) = at(section, victim.id, victim.version) else { return Ok(Fate::Absent) };
        let mark = found.slot.mark;
        if self.writers.is_held(mark) {
            return Ok(Fate::Busy);
        }
        let brief = found.slot.brief(found.index);
        if !victim.is(&brief) {
            return Ok(Fate::Changed(brief));
        }
        let Some(link) = chains::link_to(section, mark, found.index) else { return Ok(Fate::Absent) };
        let struck = self.with_segment(section, true, |section| self.strike(section, &found, link));
        struck.map(|_| Fate::Gone).map_err(|error| self.failed("evicting an entry", error))
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
        (index as u64) < crate::head::Word::Used.get(&self.tables.head)
    }
}

/// The entry with this id, if it has this version.
fn at(section: &Section<'_>, id: Id, version: Version) -> Option<Found> {
    let index = usize::try_from(id.0).ok()?;
    if id.0 >= section.head(crate::head::Word::Used) {
        return None;
    }
    match Slot::look(section.tables.slot(index)?) {
        Look::Slot(slot, guard) if slot.version == version.bits() => Some(Found { index, slot, guard }),
        _ => None,
    }
}
