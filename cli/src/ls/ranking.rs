//! The first entries by something else than their order: no more of them are kept than are asked for.

use std::cmp::Reverse;

use clap::ValueEnum;
use larder::Time;

use crate::listed::Listed;

/// By what entries are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Sort {
    /// The largest first
    Size,
    /// What was stored last first
    Stored,
    /// What ends soonest first; what has no end last
    Expires,
}

/// Entries in the order that was asked for.
#[derive(Debug)]
pub(super) struct Ranking {
    sort: Sort,
    most: usize,
    entries: Vec<Listed>,
}

impl Ranking {
    /// The first `most` entries by `sort`.
    pub(super) fn new(sort: Sort, most: u64) -> Self {
        Self { sort, most: usize::try_from(most).unwrap_or(usize::MAX), entries: Vec::new() }
    }

    /// Takes an entry, which may drop out again.
    pub(super) fn add(&mut self, entry: Listed) {
        self.entries.push(entry);
        // Now and then, so that an entry costs what sorting costs and memory does not grow.
        if self.entries.len() >= self.most.saturating_mul(2).saturating_add(1000) {
            self.settle();
        }
    }

    /// The entries, in order.
    pub(super) fn into_entries(mut self) -> Vec<Listed> {
        self.settle();
        self.entries
    }

    fn settle(&mut self) {
        match self.sort {
            Sort::Size => self.entries.sort_by_key(|entry| Reverse(entry.size)),
            Sort::Stored => self.entries.sort_by_key(|entry| Reverse(entry.meta.stored)),
            Sort::Expires => self.entries.sort_by_key(|entry| entry.meta.expires.unwrap_or(Time::LAST)),
        }
        self.entries.truncate(self.most);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use larder::entry::Meta;
    use larder::key::{Key, Namespace};
    use larder::random::Seeded;

    use super::*;
    use crate::listed::Cursor;

    #[test]
    fn the_first_of_many_are_those_of_a_full_sort() {
        let mut random = fastrand::Rng::with_seed(7);
        let (key, seeded) = (Key::new(&Namespace::named("n"), &1_u64).unwrap(), Seeded::new(7));
        let entries: Vec<Listed> = (0..5_000)
            .map(|number| {
                let stored = Time::from_secs(random.i64(0..300));
                let expires = random.bool().then(|| Time::from_secs(random.i64(0..300)));
                let meta = Meta { expires, ..Meta::new(&seeded, stored, "raw".into(), "none".into()) };
                let size = random.u64(0..300);
                Listed { key: key.clone(), meta: Arc::new(meta), size, place: Cursor::Inserted(number) }
            })
            .collect();
        for (sort, most) in [(Sort::Size, 10), (Sort::Stored, 700), (Sort::Expires, 2_500), (Sort::Size, 0)] {
            let mut ranking = Ranking::new(sort, most);
            entries.iter().for_each(|entry| ranking.add(entry.clone()));
            let by = |entry: &Listed| match sort {
                Sort::Size => i64::try_from(entry.size).unwrap().wrapping_neg(),
                Sort::Stored => -entry.meta.stored.nanos(),
                Sort::Expires => entry.meta.expires.map_or(i64::MAX, Time::nanos),
            };
            let mut twin: Vec<(i64, Cursor)> = entries.iter().map(|entry| (by(entry), entry.place)).collect();
            twin.sort_unstable();
            twin.truncate(usize::try_from(most).unwrap());
            let ranked: Vec<_> =
                ranking.into_entries().iter().map(|entry| (by(entry), entry.place)).collect();
            assert_eq!(ranked, twin, "{sort:?}");
        }
    }
}
