//! Opening what is there, and the memory that it takes, each in a fresh process.
//!
//! An opening ends with the first read: some read their files when they are opened, and others when they are asked.

use crate::Fallible;
use crate::bench::{Bench, say};
use crate::contender::Contender;
use crate::figures::Round;
use crate::order::{Expected, Order};
use crate::row::Row;
use crate::scale::Table;
use crate::work::prepared::Prepared;
use crate::work::{Work, stall};

/// What chance is used for here, apart from all else.
const USE: u64 = 200;

/// One engine to be opened, and what it showed.
struct Door<'a> {
    prepared: &'a Prepared,
    work: Work,
    rounds: Vec<Round>,
}

pub(super) fn measure(bench: &mut Bench, prepared: &[Prepared]) -> Vec<Row> {
    let mut doors = Vec::new();
    for work in [Work::Open, Work::Rebuild] {
        let part = prepared.iter().filter(|one| bench.chooses(one.kind, work));
        doors.extend(part.map(|prepared| Door { prepared, work, rounds: Vec::new() }));
    }
    let rounds = if doors.is_empty() { 0 } else { bench.scale.rounds };
    for round in 0..rounds {
        say(&format!("opening: round {} of {rounds}", round + 1));
        let mut chance = bench.chance([USE, round as u64, 0]);
        // Every door keeps its place: rounds are compared by their number.
        let mut order: Vec<usize> = (0..doors.len()).collect();
        chance.shuffle(&mut order);
        let mut failed = Vec::new();
        for at in order {
            let door = &mut doors[at];
            let openings = 0..bench.scale.openings;
            let nanos: Fallible<Vec<u64>> = openings.map(|_| door.opened(bench, &mut chance)).collect();
            match nanos {
                Ok(nanos) => door.rounds.extend(Round::of(nanos)),
                Err(failure) => {
                    bench.fail(door.prepared.kind, &door.work.name(), &failure);
                    failed.push(at);
                }
            }
        }
        failed.sort_unstable();
        failed.into_iter().rev().for_each(|at| drop(doors.remove(at)));
    }
    let operations = (rounds * bench.scale.openings) as u64;
    let row = |door: Door<'_>| Row { operations, ..door.prepared.row(door.work) }.of_rounds(door.rounds);
    doors.into_iter().map(row).collect()
}

impl Door<'_> {
    /// The nanoseconds that opening takes, with a read after it.
    fn opened(&self, bench: &Bench, chance: &mut fastrand::Rng) -> Fallible<u64> {
        let one = self.prepared;
        if self.work == Work::Rebuild {
            one.crash()?;
        }
        let mut driver = one.driver(bench)?;
        let opening = driver.open(&one.opening)?;
        let get = [Order::get(chance.u64(..one.table.entries), Expected::Generation(0))];
        let laps = driver.run(&get, one.table.size)?;
        let first = laps.nanos.first().ok_or("what was there before is forgotten")?;
        Ok(opening + first)
    }
}

/// Memory that no file lies behind, after entries were read and stored.
pub(super) fn memory(bench: &mut Bench, prepared: &[Prepared]) -> Vec<Row> {
    let mut rows = Vec::new();
    for one in prepared.iter().filter(|one| bench.chooses(one.kind, Work::Memory)).collect::<Vec<_>>() {
        say(&format!("memory: {}", one.kind.name()));
        match taken(bench, one) {
            Ok(bytes) => rows.push(Row { anonymous_bytes: Some(bytes), ..one.row(Work::Memory) }),
            Err(failure) => bench.fail(one.kind, "memory", &failure),
        }
    }
    rows
}

/// What the process of an engine takes more when it has worked than before it was opened.
fn taken(bench: &Bench, one: &Prepared) -> Fallible<u64> {
    let Table { size, entries, reads, writes } = one.table;
    let mut chance = bench.chance([USE, 1, 1]);
    let mut orders: Vec<Order> =
        (0..reads).map(|_| Order::get(chance.u64(..entries), Expected::Generation(0))).collect();
    // The same values again, so that whoever comes later finds what was there.
    orders.extend((0..writes).map(|_| Order::set(chance.u64(..entries), 0)));
    let mut driver = one.driver(bench)?;
    // What the process needs to know of the orders is no memory of the engine.
    driver.load(&orders, size)?;
    let before = driver.anonymous()?;
    driver.open(&one.opening)?;
    if !one.kind.traits().durable {
        stall::fill(&mut driver, one.table)?;
        driver.load(&orders, size)?;
    }
    driver.go()?;
    driver.finish(&orders, size)?;
    Ok(driver.anonymous()?.saturating_sub(before))
}
