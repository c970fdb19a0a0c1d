//! Whether the books agree with themselves: sums and indexes against the slots.
//!
//! The slots are the truth, all else is derived from them and can be made anew. Sums and indexes are each compared in
//! one go under the lock: whoever writes or surveys meanwhile waits, how long tells docs/design/0008.

use std::collections::HashMap;

use super::index::Index;
use super::ledger::Ledger;
use super::shelf::{Shelf, Slot, entries};
use super::table::Table;
use super::{Books, Identity};
use crate::disk::{Finding, Fixed, Flaw, Repair};
use crate::tag::Tag;

impl<I: Identity> Books<I> {
    /// Compares what is summed up and indexed with what is stored, and makes it anew if it is to be fixed. Says what
    /// was wrong.
    pub fn audit(&self, repair: Repair) -> Vec<Finding> {
        // Each under the lock by itself, so that others get in between: no write changes one without the others.
        let mut found = self.shelf().missummed();
        // A guard lives to the end of its statement, hence one for each.
        let misindexed = self.shelf().misindexed();
        let disorder = self.shelf().disorder();
        let unfindable = self.shelf().unfindable();
        let indexes = [
            ("tags and expiries", misindexed),
            ("the order of insertion", disorder),
            ("the table of names", unfindable),
        ];
        for (at, wrong) in indexes {
            if wrong > 0 {
                let why = format!("{wrong} entries are not where they should be");
                found.push(Finding::new(Flaw::Index, at, why));
            }
        }
        if found.is_empty() || repair == Repair::Tell {
            return found;
        }
        self.shelf().rebuild();
        found.into_iter().map(|finding| finding.then(repair, Fixed::Repaired)).collect()
    }
}

impl<I: Identity> Shelf<I> {
    fn missummed(&self) -> Vec<Finding> {
        self.ledger.audit(&self.slots)
    }

    fn misindexed(&self) -> u64 {
        self.index.disagrees(&self.slots)
    }

    /// How many entries do not stand in the order at their insertion numbers.
    fn disorder(&self) -> u64 {
        let stored = self.places().count() as u64;
        if !self.order.is_sorted_by(|(one, _), (next, _)| one < next) {
            // Where the order is none, a place that happens to be found proves nothing.
            return stored;
        }
        let stands = |(insertion, slot): &&(u64, u32)| {
            let there = self.slots.get(*slot as usize).and_then(|slot| slot.stored.as_ref());
            there.is_some_and(|stored| stored.insertion == *insertion)
        };
        stored - self.order.iter().filter(stands).count() as u64
    }

    /// How many entries are not found by their identities.
    fn unfindable(&self) -> u64 {
        let wrong = (0_u32..).zip(&self.slots).filter(|(number, slot)| {
            slot.stored.is_some()
                && slot.identity.as_ref().and_then(|identity| self.table.find(&self.slots, identity))
                    != Some(*number)
        });
        wrong.count() as u64
    }

    /// Makes everything anew that is derived from the slots.
    fn rebuild(&mut self) {
        self.ledger.recount(&self.slots);
        self.index = Index::default();
        for (slot, stored) in entries(&self.slots) {
            self.index.enter((stored.insertion, slot), stored.indexed());
        }
        self.order = self.places().collect();
        self.order.sort_unstable();
        self.table = Table::default();
        for (number, slot) in (0_u32..).zip(&self.slots) {
            if slot.identity.is_some() {
                self.table.insert(&self.slots, number);
            }
        }
    }

    fn places(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        entries(&self.slots).map(|(slot, stored)| (stored.insertion, slot))
    }
}

/// What the slots hold together: volume, entries, and the entries of each namespace.
type Sums = (u64, u64, HashMap<u64, u64, foldhash::fast::RandomState>);

fn sums<I>(slots: &[Slot<I>]) -> Sums {
    let mut sums = Sums::default();
    for share in entries(slots).map(|(_, stored)| stored.share()) {
        sums.0 += share.size;
        sums.1 += 1;
        *sums.2.entry(share.namespace).or_default() += 1;
    }
    sums
}

impl Ledger {
    fn audit<I>(&self, slots: &[Slot<I>]) -> Vec<Finding> {
        let (volume, entries, counts) = sums(slots);
        let mut found = Vec::new();
        let mut compare = |flaw, at: &str, told: u64, is: u64| {
            if told != is {
                found.push(Finding::new(flaw, at, format!("counted as {told}, and is {is}")));
            }
        };
        compare(Flaw::Volume, "the volume", self.volume, volume);
        compare(Flaw::Count, "the number of entries", self.entries, entries);
        if counts != self.counts {
            let why = "they are not those of what is stored";
            found.push(Finding::new(Flaw::Count, "the counts of the caches", why));
        }
        found
    }

    fn recount<I>(&mut self, slots: &[Slot<I>]) {
        (self.volume, self.entries, self.counts) = sums(slots);
    }
}

impl Index {
    /// How many entries of `slots` are not in the index as they should be, or are in it and should not.
    fn disagrees<I>(&self, slots: &[Slot<I>]) -> u64 {
        let (mut wrong, mut marks) = (0, 0);
        for (slot, stored) in entries(slots) {
            let known = stored.indexed();
            wrong += u64::from(!self.holds((stored.insertion, slot), known));
            marks += known.map_or(1, |(tags, expires)| distinct(tags) + u64::from(expires.is_some()));
        }
        wrong.max((self.len() as u64).abs_diff(marks))
    }
}

/// How many different tags there are: two equal ones make one mark.
fn distinct(tags: &[Tag]) -> u64 {
    let first = |(at, tag): &(usize, &Tag)| !tags[..*at].contains(tag);
    tags.iter().enumerate().filter(first).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::books::Found;
    use crate::disk::{Page, Scope, Settings, Usage};
    use crate::entry::Meta;
    use crate::key::{Key, Namespace};
    use crate::random::SystemRandom;
    use crate::time::Time;

    /// Books of twenty entries: some have tags, some expire, some were never read.
    fn books() -> Books<String> {
        let books = Books::new(Settings::unbounded());
        for number in 0..20_i64 {
            let name = number.to_string();
            let key = Key::new(&Namespace::named(if number % 2 == 0 { "a" } else { "b" }), &name).unwrap();
            let mut meta =
                Meta::new(&SystemRandom::new(), Time::from_secs(number), "raw".into(), "none".into());
            meta.tags = if number % 3 == 0 { vec!["x".into(), number.into()] } else { Vec::new() };
            meta.expires = (number % 4 == 0).then(|| Time::from_secs(100 + number));
            let found = match number % 5 {
                0 => Found::unread(key.digest(), 50, Time::EPOCH),
                _ => Found::new(&key, &meta, 10, 0),
            };
            books.enter(&name, found);
        }
        for gone in ["3", "5", "12"] {
            let _ = books.try_write(&gone.to_owned()).unwrap().remove();
        }
        books
    }

    /// Asserts that the damage is told as `flaw`, that telling changes nothing, and that fixing leaves nothing to tell.
    fn is_found_and_fixed(flaw: Flaw, damage: impl FnOnce(&mut Shelf<String>)) {
        let books = books();
        let scopes = [Scope::All, Scope::Tagged("x".into()), Scope::Dead(Time::from_secs(110))];
        let seen = || {
            let pages = scopes.clone().map(|scope| books.survey(&Page::first(scope, 100)));
            (books.usage(), pages)
        };
        let before = seen();
        assert!(before.1.iter().all(|page| page.briefs.len() > 3), "{before:?}");
        assert_eq!(books.audit(Repair::Fix), [], "healthy books");
        damage(&mut books.shelf());
        let told = books.audit(Repair::Tell);
        assert!(!told.is_empty() && told.iter().all(|finding| finding.flaw == flaw), "{told:?}");
        assert!(told.iter().all(|finding| finding.fixed == Fixed::No), "{told:?}");
        let fixed = books.audit(Repair::Fix);
        assert!(fixed.iter().all(|finding| finding.fixed == Fixed::Repaired), "{fixed:?}");
        assert_eq!(fixed.len(), told.len());
        assert_eq!(books.audit(Repair::Tell), [], "fixed books");
        assert_eq!(seen(), before, "what is stored is as it was");
    }

    #[test]
    fn wrong_sums_are_found_and_fixed() {
        is_found_and_fixed(Flaw::Volume, |shelf| shelf.ledger.volume += 7);
        is_found_and_fixed(Flaw::Count, |shelf| shelf.ledger.entries -= 2);
        is_found_and_fixed(Flaw::Count, |shelf| {
            shelf.ledger.counts.insert(99, 3);
        });
    }

    #[test]
    fn wrong_indexes_are_found_and_fixed() {
        is_found_and_fixed(Flaw::Index, |shelf| shelf.index = Index::default());
        is_found_and_fixed(Flaw::Index, |shelf| shelf.index.add((77, 1), &["x".into()], None));
        is_found_and_fixed(Flaw::Index, |shelf| shelf.order.reverse());
        is_found_and_fixed(Flaw::Index, |shelf| {
            shelf.order.remove(4);
        });
        is_found_and_fixed(Flaw::Index, |shelf| shelf.table = Table::default());
    }

    #[test]
    fn what_is_under_way_is_no_finding() {
        let books = books();
        let mut writing = books.try_write(&"new".to_owned()).unwrap();
        writing.reserve(100).unwrap();
        assert_eq!(books.audit(Repair::Fix), []);
        let key = Key::new(&Namespace::named("a"), "new").unwrap();
        let meta = Meta::new(&SystemRandom::new(), Time::EPOCH, "raw".into(), "none".into());
        let before = books.usage();
        let _ = writing.commit(Found::new(&key, &meta, 100, 0));
        assert_eq!(books.usage(), Usage::new(before.volume + 100, before.entries + 1, 0));
        assert_eq!(books.audit(Repair::Tell), []);
    }
}
