//! Surveys: over all slots in whatever order, or in the order of insertion.
//!
//! Slots lie in no order. Whoever wants one gets it from a scan that keeps more than was asked for, some ten thousand
//! places: the pages that follow are taken from them. Nothing is ever inserted among them later, because insertion
//! numbers only grow, so they stay right; what went is left out when it is looked up.

use std::sync::{Arc, Mutex, PoisonError};

use larder_core::disk::{Brief, Cursor, Direction, Id, Page, Scope, Sequence, Survey};
use larder_core::entry::Meta;
use larder_core::key::Key;
use larder_core::{ErrorKind, Result};

use crate::head::Word;
use crate::inner::Inner;
use crate::recent;
use crate::slot::{Look, Slot};

/// How many places a scan keeps.
const KEPT: usize = 1 << 16;
/// How often a slot that is being changed is looked at.
const LOOKS: u32 = 10_000;
/// How often the writers' lock is tried before a slot that stays half changed is an error.
const TRIES: u32 = 16;
/// How often an entry that moves while it is read is looked for again.
const MOVES: u32 = 64;

/// The places that a scan kept, for the pages that follow.
#[derive(Debug, Default)]
pub(crate) struct Ahead(Mutex<Option<Scan>>);

#[derive(Debug)]
struct Scan {
    scope: Scope,
    is_backward: bool,
    /// After which insertion number it looked.
    after: Option<u64>,
    /// Insertion numbers and slots, in the direction of the scan.
    places: Vec<(u64, u32)>,
    /// Whether there is nothing behind them.
    is_all: bool,
}

impl Scan {
    /// Whether the page after `after` begins among these places.
    fn covers(&self, page: &Page, is_backward: bool, after: Option<u64>) -> bool {
        if self.scope != page.scope || self.is_backward != is_backward {
            return false;
        }
        let begins = match (self.after, after) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(after)) => {
                if is_backward {
                    after <= own
                } else {
                    after >= own
                }
            }
        };
        let last = self.places.last().map(|(insertion, _)| *insertion);
        begins
            && after.zip(last).is_some_and(
                |(after, last)| {
                    if is_backward { after > last } else { after < last }
                },
            )
    }
}

impl Inner {
    /// A page of briefs.
    ///
    /// # Errors
    ///
    /// Another process stopped while it was changing an entry.
    pub(crate) fn survey(&self, page: &Page) -> Result<Survey> {
        let seen = Sequence(Word::Sequence.get(&self.tables.head));
        if let Scope::Since(point) = page.scope
            && let Some(slots) = recent::slots(&self.tables, point.0, seen.0)
        {
            let briefs = slots.into_iter().filter_map(|index| self.brief(index).transpose());
            return Ok(Survey::new(briefs.collect::<Result<_>>()?, None, seen));
        }
        let (briefs, next) = match page.direction {
            Direction::Any => self.scan(page)?,
            Direction::Forward => self.ordered(page, false)?,
            Direction::Backward => self.ordered(page, true)?,
        };
        Ok(Survey::new(briefs, next, seen))
    }

    fn used(&self) -> usize {
        self.tables.used()
    }

    /// The slot `index`, if an entry is in it.
    ///
    /// # Errors
    ///
    /// Another process stopped while it was changing the slot. If that process is dead its change is completed first; a
    /// disk that was opened for reading only cannot do that and leaves the entry out.
    pub(crate) fn slot(&self, index: usize) -> Result<Option<Slot>> {
        let Some(row) = self.tables.slot(index) else {
            let mapped = self.tables.map_all();
            mapped.map_err(|error| self.failed("mapping the index", error))?;
            return Ok(None);
        };
        for _ in 0..TRIES {
            for _ in 0..LOOKS {
                match Slot::look(row) {
                    Look::Slot(slot, _) => return Ok(Some(slot)),
                    Look::Free => return Ok(None),
                    Look::Changing => std::hint::spin_loop(),
                }
            }
            if self.handle.is_none() {
                return Ok(None);
            }
            // Entering a section completes what a dead writer left half done.
            drop(self.enter()?);
        }
        let message = "timeout: another process stopped while it was changing an entry";
        Err(self.error(ErrorKind::Unavailable, message))
    }

    fn brief(&self, index: usize) -> Result<Option<Brief>> {
        Ok(self.slot(index)?.map(|slot| slot.brief(index)))
    }

    /// Key and metadata of the entry in slot `id`; `None` if it is gone or corrupt.
    ///
    /// # Errors
    ///
    /// What keeps an entry that is there from being read.
    pub(crate) fn listed(&self, id: Id) -> Result<Option<(Key, Arc<Meta>)>> {
        let Some(index) = usize::try_from(id.0).ok().filter(|index| self.is_used(*index)) else {
            return Ok(None);
        };
        for _ in 0..MOVES {
            let Some(slot) = self.slot(index)? else { return Ok(None) };
            match self.head(&slot) {
                Ok(Some(head)) => {
                    return Ok(Key::from_bytes(&head.key).ok().map(|key| (key, Arc::new(head.meta))));
                }
                // Its segment is gone: it was moved, replaced or removed meanwhile, or else it is lost.
                Ok(None) => {
                    if self.slot(index)?.is_some_and(|now| now.place == slot.place) {
                        return Ok(None);
                    }
                }
                Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Format) => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
        Err(self.error(ErrorKind::Unavailable, "an entry moved each time it was read; try again"))
    }

    /// A page in the order of the slots.
    fn scan(&self, page: &Page) -> Result<(Vec<Brief>, Option<Cursor>)> {
        let first = page.after.map_or(0, |after| usize::try_from(after.0).unwrap_or(usize::MAX));
        let mut briefs = Vec::with_capacity(page.most.min(1024));
        for index in first..self.used() {
            let Some(slot) = self.slot(index)?.filter(|slot| is_in(slot, &page.scope)) else { continue };
            if briefs.len() == page.most {
                return Ok((briefs, Some(Cursor(index as u128))));
            }
            briefs.push(slot.brief(index));
        }
        Ok((briefs, None))
    }

    /// A page in the order of insertion.
    fn ordered(&self, page: &Page, is_backward: bool) -> Result<(Vec<Brief>, Option<Cursor>)> {
        let mut after = page.after.map(|after| u64::try_from(after.0).unwrap_or(u64::MAX));
        let mut ahead = self.ahead.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut briefs = Vec::new();
        loop {
            let (scan, is_new) = match ahead.take() {
                Some(scan) if scan.covers(page, is_backward, after) => (scan, false),
                _ => (self.look_ahead(page, is_backward, after)?, true),
            };
            let begin = scan.places.partition_point(|(insertion, _)| {
                after.is_some_and(|after| if is_backward { *insertion >= after } else { *insertion <= after })
            });
            for (insertion, index) in &scan.places[begin..] {
                if briefs.len() == page.most {
                    let next = briefs.last().map(|brief: &Brief| Cursor(brief.insertion.into()));
                    *ahead = Some(scan);
                    return Ok((briefs, next));
                }
                let brief = self.brief(*index as usize)?;
                briefs.extend(brief.filter(|brief| brief.insertion == *insertion));
            }
            // Behind an older scan there may be new ones.
            if scan.is_all && is_new {
                return Ok((briefs, None));
            }
            after = scan.places.last().map(|(insertion, _)| *insertion);
        }
    }

    /// The first places after `after`, in this direction.
    fn look_ahead(&self, page: &Page, is_backward: bool, after: Option<u64>) -> Result<Scan> {
        // Backward numbers are turned about, so that one order serves both.
        let turned = |insertion: u64| if is_backward { u64::MAX - insertion } else { insertion };
        let from = after.map(turned);
        let most = KEPT.max(page.most);
        let mut kept: Vec<(u64, u32)> = Vec::new();
        let mut bound = u64::MAX;
        let mut is_all = true;
        for index in 0..self.used() {
            let Some(slot) = self.slot(index)?.filter(|slot| is_in(slot, &page.scope)) else { continue };
            let turn = turned(slot.insertion);
            if turn > bound || from.is_some_and(|from| turn <= from) {
                continue;
            }
            kept.push((turn, index as u32));
            if kept.len() == 2 * most {
                kept.select_nth_unstable(most);
                kept.truncate(most);
                bound = kept.iter().map(|(turn, _)| *turn).max().unwrap_or(bound);
                is_all = false;
            }
        }
        kept.sort_unstable();
        if kept.len() > most {
            kept.truncate(most);
            is_all = false;
        }
        let places = kept.into_iter().map(|(turn, index)| (turned(turn), index)).collect();
        Ok(Scan { scope: page.scope.clone(), is_backward, after, places, is_all })
    }
}

/// Whether the entry may be in the scope; who asked looks again.
fn is_in(slot: &Slot, scope: &Scope) -> bool {
    match scope {
        Scope::Since(point) => slot.sequence > point.0,
        Scope::Dead(now) => slot.expires.is_some_and(|expires| !now.is_before(expires)),
        Scope::Tagged(tag) => slot.tags & tag.bits() == tag.bits(),
        _ => true,
    }
}
