//! Surveys of the books.

use super::shelf::Shelf;
use super::{Books, Identity};
use crate::disk::{Brief, Cursor, Direction, Page, Scope, Sequence, Survey};

impl<I: Identity> Books<I> {
    /// A page of briefs, as [`Disk::survey`](crate::disk::Disk::survey) wants it.
    ///
    /// Tagged and dead entries come from an index, in its order. The last few thousand writes are remembered, so
    /// that [`Scope::Since`] a recent point is short; since an older one it is answered like [`Scope::All`].
    pub fn survey(&self, page: &Page) -> Survey {
        let shelf = self.shelf();
        let seen = Sequence(shelf.last);
        let (briefs, next) = match &page.scope {
            Scope::Tagged(tag) => shelf.pick(&shelf.index.tagged(tag, page.after, page.most), page.most),
            Scope::Dead(now) => shelf.pick(&shelf.index.dead(*now, page.after, page.most), page.most),
            Scope::Since(point) if shelf.remembers(*point) => (shelf.since(*point), None),
            Scope::All | Scope::Since(_) => match page.direction {
                Direction::Forward | Direction::Any => {
                    let start = page.after.map_or(0, |after| shelf.position(after, 1));
                    shelf.walk(shelf.order[start..].iter(), page.most)
                }
                Direction::Backward => {
                    let end = page.after.map_or(shelf.order.len(), |after| shelf.position(after, 0));
                    shelf.walk(shelf.order[..end].iter().rev(), page.most)
                }
            },
        };
        Survey { briefs, next, seen }
    }
}

impl<I: Identity> Shelf<I> {
    /// Where in the order an insertion number `skip` above that of the cursor stands, or would stand.
    fn position(&self, after: Cursor, skip: u64) -> usize {
        let from = u64::try_from(after.0).unwrap_or(u64::MAX).saturating_add(skip);
        self.order.partition_point(|(insertion, _)| *insertion < from)
    }

    /// Whether all writes after `point` are among those remembered.
    fn remembers(&self, point: Sequence) -> bool {
        self.recent.front().is_none_or(|(first, _)| *first <= point.0.saturating_add(1))
    }

    /// The entries written after `point` that are stored still; no more than are remembered.
    fn since(&self, point: Sequence) -> Vec<Brief> {
        let start = self.recent.partition_point(|(number, _)| *number <= point.0);
        self.recent.range(start..).filter_map(|(_, slot)| self.slots[*slot as usize].brief(*slot)).collect()
    }

    /// The briefs of indexed slots; there may be more if the page is full.
    fn pick(&self, places: &[(Cursor, u32)], most: usize) -> (Vec<Brief>, Option<Cursor>) {
        let next = if places.len() == most { places.last().map(|(cursor, _)| *cursor) } else { None };
        let briefs = places.iter().filter_map(|(_, slot)| self.slots[*slot as usize].brief(*slot));
        (briefs.collect(), next)
    }

    /// The first `most` briefs of `order`, and where to go on if there are more.
    fn walk<'a>(
        &self,
        order: impl ExactSizeIterator<Item = &'a (u64, u32)>,
        most: usize,
    ) -> (Vec<Brief>, Option<Cursor>) {
        let mut briefs: Vec<Brief> = Vec::with_capacity(most.min(order.len()));
        for (insertion, slot) in order {
            let Some(brief) = self.slots[*slot as usize].brief(*slot) else { continue };
            // The slot may have been given to another entry since; that one has a place of its own.
            if brief.insertion != *insertion {
                continue;
            }
            if briefs.len() == most {
                let last = briefs.last().map(|brief| Cursor(brief.insertion.into()));
                return (briefs, last);
            }
            briefs.push(brief);
        }
        (briefs, None)
    }
}
