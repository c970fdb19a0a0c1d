//! Directories with entries in them, for what is measured in fresh processes.

use std::path::PathBuf;

use crate::Fallible;
use crate::bench::{Bench, say};
use crate::driver::Driver;
use crate::engine::{self, Kind, Opening, Policy};
use crate::row::Row;
use crate::scale::Table;
use crate::work::{Work, mix, open, stall};

/// An engine that is closed, with its entries.
pub(super) struct Prepared {
    pub(super) kind: Kind,
    pub(super) opening: Opening,
    pub(super) table: Table,
}

impl Prepared {
    /// Fills an engine that outlasts its process, and closes it; one that does not is only named.
    fn new(bench: &mut Bench, kind: Kind, table: Table) -> Fallible<Self> {
        let table = bench.scale.for_files(table, kind.traits().a_file_each);
        let Table { size, entries, .. } = table;
        let directory: PathBuf = bench.directory()?;
        let opening = Opening { directory, entries, size, policy: Policy::Lrs, bound: false };
        if kind.traits().durable {
            stall::fill(&mut *kind.contender(&opening, bench.python.as_ref())?, table)?;
        }
        Ok(Self { kind, opening, table })
    }

    /// A fresh process for the engine, which has not opened it yet.
    pub(super) fn driver(&self, bench: &Bench) -> Fallible<Driver> {
        match (self.kind, &bench.python) {
            (Kind::Diskcache, Some(python)) => python.start(),
            _ => Driver::worker(self.kind),
        }
    }

    /// Leaves the directory as a crash of the machine does, where that costs the next opening something.
    pub(super) fn crash(&self) -> Fallible {
        match self.kind {
            Kind::LarderLocal => engine::lose_index(&self.opening.directory),
            _ => Ok(()),
        }
    }

    /// What all rows of it say.
    pub(super) fn row(&self, work: Work) -> Row {
        let Table { size, entries, .. } = self.table;
        Row { engine: self.kind.name(), work: work.name(), size, entries, ..Row::default() }
    }
}

pub(super) fn measure(bench: &mut Bench) -> Vec<Row> {
    let table = bench.scale.small;
    let what = format!("processes at {} entries of {} B", table.entries, table.size);
    let mut prepared = Vec::new();
    for kind in bench.choose(&[Work::Open, Work::Rebuild, Work::Memory, Work::MixOne, Work::MixFour]) {
        say(&format!("{what}: filling {}", kind.name()));
        match Prepared::new(bench, kind, table) {
            Ok(one) => prepared.push(one),
            Err(failure) => bench.fail(kind, &format!("{what}, filling"), &failure),
        }
    }
    // Entries change in the last one only.
    let mut rows = open::measure(bench, &prepared);
    rows.extend(open::memory(bench, &prepared));
    rows.extend(mix::measure(bench, &prepared));
    rows
}
