//! Which entries have a tag, and which expire when.
//!
//! Entries that have neither cost nothing here.

use std::collections::{BTreeSet, HashMap};

use crate::disk::Cursor;
use crate::tag::Tag;
use crate::time::Time;

/// Insertion number and slot of an entry, so that sets of them are in order of insertion.
type Place = (u64, u32);

#[derive(Debug, Default)]
pub(super) struct Index {
    tagged: HashMap<Tag, BTreeSet<Place>, foldhash::fast::RandomState>,
    expiring: BTreeSet<(Time, u32)>,
    /// Entries of which neither is known.
    unread: BTreeSet<Place>,
}

impl Index {
    pub(super) fn add(&mut self, place: Place, tags: &[Tag], expires: Option<Time>) {
        for tag in tags {
            self.tagged.entry(tag.clone()).or_default().insert(place);
        }
        if let Some(expires) = expires {
            self.expiring.insert((expires, place.1));
        }
    }

    pub(super) fn remove(&mut self, place: Place, tags: &[Tag], expires: Option<Time>) {
        for tag in tags {
            if let Some(places) = self.tagged.get_mut(tag) {
                places.remove(&place);
                if places.is_empty() {
                    self.tagged.remove(tag);
                }
            }
        }
        if let Some(expires) = expires {
            self.expiring.remove(&(expires, place.1));
        }
    }

    /// Adds an entry with its tags and expiry; an unread one, if they are `None`.
    pub(super) fn enter(&mut self, place: Place, known: Option<(&[Tag], Option<Time>)>) {
        match known {
            Some((tags, expires)) => self.add(place, tags, expires),
            None => {
                self.unread.insert(place);
            }
        }
    }

    /// Removes an entry as [`enter`](Index::enter) added it.
    pub(super) fn leave(&mut self, place: Place, known: Option<(&[Tag], Option<Time>)>) {
        match known {
            Some((tags, expires)) => self.remove(place, tags, expires),
            None => {
                self.unread.remove(&place);
            }
        }
    }

    /// Whether an entry is in the index as [`enter`](Index::enter) puts it there.
    pub(super) fn holds(&self, place: Place, known: Option<(&[Tag], Option<Time>)>) -> bool {
        let Some((tags, expires)) = known else { return self.unread.contains(&place) };
        let tagged = |tag| self.tagged.get(tag).is_some_and(|places| places.contains(&place));
        tags.iter().all(tagged) && expires.is_none_or(|expires| self.expiring.contains(&(expires, place.1)))
    }

    /// How many marks it has: one for each tag of an entry, one for its expiry, one for an unread entry.
    pub(super) fn len(&self) -> usize {
        let tagged: usize = self.tagged.values().map(BTreeSet::len).sum();
        tagged + self.expiring.len() + self.unread.len()
    }

    /// Entries with `tag`, or unread, after the place of `after`, in order of insertion.
    pub(super) fn tagged(&self, tag: &Tag, after: Option<Cursor>, most: usize) -> Vec<(Cursor, u32)> {
        let from = after.map_or(0, |cursor| u64::try_from(cursor.0).unwrap_or(u64::MAX).saturating_add(1));
        let known = self.tagged.get(tag).into_iter().flat_map(|places| places.range((from, 0)..));
        let mut places: Vec<Place> = known.take(most).copied().collect();
        places.extend(self.unread.range((from, 0)..).take(most));
        places.sort_unstable();
        places.truncate(most);
        places.into_iter().map(|(insertion, slot)| (Cursor(insertion.into()), slot)).collect()
    }

    /// Entries that are dead at `now`, soonest first, then the unread ones, after the place of `after`.
    pub(super) fn dead(&self, now: Time, after: Option<Cursor>, most: usize) -> Vec<(Cursor, u32)> {
        let expired = self.expiring.iter().take_while(|(expires, _)| !now.is_before(*expires));
        let expired = expired.map(|(expires, slot)| (cursor(*expires, (*slot).into()), *slot));
        let unread = self.unread.iter().map(|(insertion, slot)| (cursor(Time::LAST, *insertion), *slot));
        // The expired ones leave when they are removed, so a walk from the front skips few.
        let rest =
            expired.chain(unread).skip_while(|(cursor, _)| after.is_some_and(|after| *cursor <= after));
        rest.take(most).collect()
    }
}

/// A cursor that sorts by time, then by `place`.
fn cursor(time: Time, place: u64) -> Cursor {
    let order = time.nanos().cast_unsigned() ^ (1 << 63);
    Cursor((u128::from(order) << 64) | u128::from(place))
}
