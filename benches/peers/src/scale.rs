//! How much is measured.

use crate::arguments::Arguments;

/// Values of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// The bytes of a value.
    pub(crate) size: usize,
    /// How many entries there are, of which any may be asked for.
    pub(crate) entries: u64,
    /// Reads in a round.
    pub(crate) reads: usize,
    /// Writes in a round.
    pub(crate) writes: usize,
}

/// How much is measured of everything.
#[derive(Clone, Debug)]
pub(crate) struct Scale {
    /// Rounds that count; one more goes before them.
    pub(crate) rounds: usize,
    /// One for each size.
    pub(crate) tables: Vec<Table>,
    /// What is measured at one size: policies, processes, opening.
    pub(crate) small: Table,
    /// The most entries of an engine that makes a file for each: making and removing a million takes hours.
    pub(crate) most_files: u64,
    /// How long processes work side by side in a round, in seconds.
    pub(crate) mixed: f64,
    /// How often an engine is opened in a round.
    pub(crate) openings: usize,
    /// Numbers of entries between which cost may grow.
    pub(crate) growth: Vec<u64>,
}

/// The largest size that `--entries` is about.
const SMALL: usize = 4096;

impl Scale {
    /// What the arguments ask for.
    pub(crate) fn of(arguments: &Arguments) -> Self {
        let (mut scale, small) = if arguments.quick { Self::quick() } else { Self::full() };
        if let Some(rounds) = arguments.rounds {
            scale.rounds = usize::try_from(rounds).unwrap_or(usize::MAX);
        }
        scale.small = Table { entries: arguments.entries.unwrap_or(scale.small.entries), ..scale.small };
        if let Some(entries) = arguments.entries {
            scale
                .tables
                .iter_mut()
                .filter(|table| table.size <= SMALL)
                .for_each(|table| table.entries = entries);
        }
        let asked: Vec<usize> =
            arguments.size.iter().filter_map(|&size| usize::try_from(size).ok()).collect();
        if !asked.is_empty() {
            let table = |size: usize| {
                let known = scale.tables.iter().find(|table| table.size == size).copied();
                known.unwrap_or_else(|| small.sized(size))
            };
            scale.tables = asked.into_iter().map(table).collect();
        }
        scale
    }

    fn quick() -> (Self, Table) {
        let small = Table { size: 100, entries: 20_000, reads: 1_000, writes: 200 };
        let tables = vec![
            small,
            Table { size: SMALL, entries: 5_000, reads: 300, writes: 100 },
            Table { size: 64 << 10, entries: 400, reads: 100, writes: 20 },
            Table { size: 1 << 20, entries: 32, reads: 20, writes: 5 },
        ];
        let growth = vec![10_000, 100_000];
        let (rounds, most_files, mixed, openings) = (5, 500, 0.1, 1);
        (Self { rounds, tables, small, most_files, mixed, openings, growth }, small)
    }

    fn full() -> (Self, Table) {
        let small = Table { size: 100, entries: 1_000_000, reads: 20_000, writes: 5_000 };
        let tables = vec![
            small,
            Table { size: SMALL, entries: 1_000_000, reads: 10_000, writes: 2_000 },
            Table { size: 64 << 10, entries: 10_000, reads: 1_000, writes: 200 },
            Table { size: 1 << 20, entries: 1_000, reads: 100, writes: 20 },
        ];
        let growth = vec![10_000, 100_000, 1_000_000, 10_000_000];
        let (rounds, most_files, mixed, openings) = (11, 50_000, 1.0, 3);
        (Self { rounds, tables, small, most_files, mixed, openings, growth }, small)
    }

    /// This table for an engine that makes a file for each entry, or does not.
    pub(crate) fn for_files(&self, table: Table, a_file_each: bool) -> Table {
        let most = if a_file_each { self.most_files } else { u64::MAX };
        Table { entries: table.entries.min(most), ..table }
    }
}

impl Table {
    /// As many entries of another size, but no more than is reasonable, and no more operations than entries.
    fn sized(self, size: usize) -> Self {
        /// What a table of a size that nobody foresaw takes at most.
        const MOST: u64 = 1 << 30;
        let entries = self.entries.min(MOST / size.max(1) as u64).max(1);
        let most = usize::try_from(entries).unwrap_or(usize::MAX);
        Self { size, entries, reads: self.reads.min(most), writes: self.writes.min(most) }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn scale(arguments: &[&str]) -> Scale {
        Scale::of(&Arguments::parse_from(["peers"].iter().chain(arguments)))
    }

    #[test]
    fn a_number_of_entries_is_about_small_values() {
        let scale = scale(&["--quick", "--entries", "7"]);
        assert_eq!(scale.small.entries, 7);
        for table in scale.tables {
            assert_eq!(table.entries == 7, table.size <= SMALL, "{} B", table.size);
        }
    }

    #[test]
    fn a_size_that_nobody_foresaw_takes_no_more_than_a_gibibyte() {
        let scale = scale(&["--size", "1000000"]);
        let [table] = scale.tables[..] else { panic!("one size is one table") };
        assert!(table.entries * table.size as u64 <= 1 << 30);
        assert!(table.reads as u64 <= table.entries);
    }

    #[test]
    fn without_quick_there_are_a_million_small_entries() {
        assert_eq!(scale(&[]).small.entries, 1_000_000);
    }
}
