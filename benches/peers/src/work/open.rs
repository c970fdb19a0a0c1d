//! Opening what is there, and the memory that it takes, each in a fresh process.
//!
//! An opening ends with the first read: some read their files when they are opened, and others when they are asked.

use crate::Fallible;
use crate::bench::Bench;
use crate::contender::Contender;
use crate::figures::Round;
use crate::order::{Expected, Order};
use crate::row::Row;
use crate::scale::Table;
use crate::work::prepared::Prepared;
use crate::work::{Work, stall};

/// What chance is used for here, apart from all else.
const USE: u64 = 200;

pub(super) fn measure(bench: &mut Bench, prepared: &[Prepared]) -> Vec<Row> {
    let mut part: Vec<&Prepared> = prepared.iter().filter(|one| bench.chooses(one.kind, Work::Open)).collect();
    let mut took: Vec<Vec<Round>> = prepared.iter().map(|_| Vec::new()).collect();
    let rounds = if part.is_empty() { 0 } else { bench.scale.rounds };
    for round in 0..rounds {
        bench.say(&format!("opening: round {} of {rounds}", round + 1));
        let mut chance = bench.chance([USE, round as u64, 0]);
        chance.shuffle(&mut part);
        for one in part.clone() {
            let openings = 0..bench.scale.openings;
            let nanos: Fallible<Vec<u64>> = openings.map(|_| opened(bench, one, &mut chance)).collect();
            match nanos {
                Ok(nanos) => took[place(prepared, one)].extend(Round::of(nanos)),
                Err(failure) => {
                    bench.fail(one.kind, "opening", &failure);
                    part.retain(|other| other.kind != one.kind);
                }
            }
        }
    }
    let operations = (rounds * bench.scale.openings) as u64;
    let row = |one: &&Prepared| {
        let row = Row { operations, ..one.row(Work::Open) };
        row.of_rounds(std::mem::take(&mut took[place(prepared, one)]))
    };
    let whole = prepared.iter().filter(|one| part.iter().any(|other| other.kind == one.kind));
    whole.collect::<Vec<_>>().iter().map(row).collect()
}

fn place(prepared: &[Prepared], one: &Prepared) -> usize {
    prepared.iter().position(|other| other.kind == one.kind).expect("it is one of them")
}

/// The nanoseconds that opening takes, with a read after it.
fn opened(bench: &Bench, one: &Prepared, chance: &mut fastrand::Rng) -> Fallible<u64> {
    let mut driver = one.driver(bench)?;
    let opening = driver.open(&one.opening)?;
    let get = [Order::get(chance.u64(..one.table.entries), Expected::Generation(0))];
    let laps = driver.run(&get, one.table.size)?;
    let first = laps.nanos.first().ok_or("what was there before is forgotten")?;
    Ok(opening + first)
}

/// Memory that no file lies behind, after entries were read and stored.
pub(super) fn memory(bench: &mut Bench, prepared: &[Prepared]) -> Vec<Row> {
    let mut rows = Vec::new();
    for one in prepared.iter().filter(|one| bench.chooses(one.kind, Work::Memory)).collect::<Vec<_>>() {
        bench.say(&format!("memory: {}", one.kind.name()));
        match taken(bench, one) {
            Ok(bytes) => rows.push(Row { anonymous_bytes: Some(bytes), ..one.row(Work::Memory) }),
            Err(failure) => bench.fail(one.kind, "memory", &failure),
        }
    }
    rows
}

/// What the process of an engine takes more when it has worked than before it was opened.
fn taken(bench: &Bench, one: &Prepared) -> Fallible<u64> {
    let Table { size, entries, operations } = one.table;
    let mut chance = bench.chance([USE, 1, 1]);
    let mut orders: Vec<Order> =
        (0..operations).map(|_| Order::get(chance.u64(..entries), Expected::Generation(0))).collect();
    // The same values again, so that whoever comes later finds what was there.
    orders.extend((0..operations).map(|_| Order::set(chance.u64(..entries), 0)));
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
