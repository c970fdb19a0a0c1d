//! What the files take, and giving back all that is not needed.

use std::io;

use larder_core::Result;
use larder_core::disk::Space;

use crate::aside::Teller;
use crate::head::Word;
use crate::inner::Inner;
use crate::log::{self, known};
use crate::reclaim::is_full;
use crate::segment::START;

/// How many bytes of a segment are cleaned before others are let in.
const ROUND: u64 = 1 << 20;
/// A segment is worth compacting if more than one in so many of its bytes is not needed.
const WORTH: u64 = 20;

impl Inner {
    /// What the files of the disk take.
    pub(crate) fn space(&self) -> io::Result<Space> {
        let head = &self.tables.head;
        let current = Word::Segment.get(head) as u32;
        let (mut live, mut dead, mut left) = (0, 0, 0);
        for segment in known(&self.tables) {
            // What lies behind the end of the current one is empty still; the ends of others are waste.
            let end =
                if segment.number == current { Word::Tail.get(head).min(segment.size) } else { segment.size };
            let needed = segment.live.min(end);
            live += needed;
            dead += end - needed;
            left += segment.size - end;
        }
        let spare = self.root.status(log::RESERVE)?.map_or(0, |file| file.length);
        let apart = Word::ApartBytes.get(head);
        Ok(Space::new(live + apart, dead, left + spare, self.shelf.pinned(), self.tables.space()?))
    }

    /// Cleans every segment that has something to give back.
    pub(crate) async fn compact(&self, teller: &Teller<(u64, u64)>) -> Result<()> {
        self.finish_cleaning().await?;
        let current = Word::Segment.get(&self.tables.head) as u32;
        let worth = |segment: &log::Known| {
            segment.number != current
                && !segment.is_emptied
                && segment.size.saturating_sub(segment.live) > segment.size / WORTH
        };
        let mut waiting: Vec<_> = known(&self.tables).filter(worth).collect();
        waiting.sort_unstable_by_key(|segment| segment.live);
        let (mut done, all) = (0, waiting.iter().map(|segment| segment.size).sum());
        for segment in waiting {
            teller.tell((done, all))?;
            self.within(|section| {
                let is_there = known(section.tables).any(|known| known.number == segment.number);
                if is_there && section.head(Word::Cleaning) == 0 {
                    section.forget();
                    section.set_head(Word::Cleaning, segment.number.into());
                    section.set_head(Word::Cleaned, START);
                    let _ = section.commit();
                }
                Ok(())
            })
            .await?;
            self.finish_cleaning().await?;
            if Word::Spare.get(&self.tables.head) == 0 {
                // The reserve was used: it comes back from the segment that was just emptied.
                self.free_emptied().await?;
            }
            done += segment.size;
        }
        teller.tell((all, all))?;
        self.free_emptied().await
    }

    /// Removes the files of emptied segments once what was moved from them is on the medium.
    async fn free_emptied(&self) -> Result<()> {
        let removed = self.remove_emptied(&log::emptied(&self.tables));
        let removed = removed.map_err(|error| self.failed("writing moved records to the medium", error))?;
        self.within(|section| {
            self.drop_emptied_rows(section, &removed);
            Ok(())
        })
        .await
    }

    /// Cleans until no segment is being cleaned.
    async fn finish_cleaning(&self) -> Result<()> {
        while self
            .within(|section| {
                if section.head(Word::Cleaning) != 0 {
                    match self.clean(section, ROUND) {
                        // A segment that does not fit into what space there is stays.
                        Err(error) if is_full(&error) => self.abandon_cleaning(section),
                        cleaned => cleaned.map_err(|error| self.failed("cleaning a segment", error))?,
                    }
                }
                Ok(section.head(Word::Cleaning) != 0)
            })
            .await?
        {}
        Ok(())
    }
}
