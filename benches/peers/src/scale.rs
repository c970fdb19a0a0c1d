//! How much is measured.

use crate::arguments::Arguments;

/// Values of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// The bytes of a value.
    pub(crate) size: usize,
    /// How many entries there are, of which any may be asked for.
    pub(crate) entries: u64,
    /// Operations in a round.
    pub(crate) operations: usize,
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
    /// Operations of each process in a round.
    pub(crate) mixed: usize,
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
            scale.tables.iter_mut().filter(|table| table.size <= SMALL).for_each(|table| table.entries = entries);
        }
        let asked: Vec<usize> = arguments.size.iter().filter_map(|&size| usize::try_from(size).ok()).collect();
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
        let small = Table { size: 100, entries: 20_000, operations: 500 };
        let tables = vec![
            small,
            Table { size: SMALL, entries: 5_000, operations: 250 },
            Table { size: 64 << 10, entries: 500, operations: 60 },
            Table { size: 1 << 20, entries: 48, operations: 12 },
        ];
        let growth = vec![10_000, 100_000];
        (Self { rounds: 7, tables, small, mixed: 2_000, openings: 3, growth }, small)
    }

    fn full() -> (Self, Table) {
        let small = Table { size: 100, entries: 1_000_000, operations: 5_000 };
        let tables = vec![
            small,
            Table { size: SMALL, entries: 1_000_000, operations: 2_500 },
            Table { size: 64 << 10, entries: 10_000, operations: 500 },
            Table { size: 1 << 20, entries: 1_000, operations: 100 },
        ];
        let growth = vec![10_000, 100_000, 1_000_000, 10_000_000];
        (Self { rounds: 15, tables, small, mixed: 20_000, openings: 5, growth }, small)
    }
}

impl Table {
    /// As many bytes of another size, but one entry at least.
    fn sized(self, size: usize) -> Self {
        /// What a table of a size that nobody foresaw takes at most.
        const MOST: u64 = 1 << 30;
        let entries = self.entries.min(MOST / size.max(1) as u64).max(1);
        let operations = self.operations.min(usize::try_from(entries).unwrap_or(usize::MAX));
        Self { size, entries, operations }
    }
}
