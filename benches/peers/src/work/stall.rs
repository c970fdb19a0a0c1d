//! A place in a table: one opened engine, what it holds, and what it showed so far.

use std::collections::HashMap;

use crate::Fallible;
use crate::bench::{Bench, say};
use crate::contender::{Contender, Laps};
use crate::engine::{Kind, Opening, Policy};
use crate::figures::Round;
use crate::order::{Act, Expected, Order};
use crate::row::Row;
use crate::scale::Table;
use crate::work::{Work, space};

/// One opened engine.
pub(crate) struct Stall {
    pub(crate) pitch: Pitch,
    pub(crate) contender: Box<dyn Contender>,
    table: Table,
    /// Whether room must be made: then nothing that was stored need be there still.
    full: bool,
    /// Of entries that were stored again.
    generations: HashMap<u64, u64>,
    tallies: HashMap<Work, Tally>,
    bytes_per_entry: Option<f64>,
}

/// What was shown at one work.
#[derive(Default)]
struct Tally {
    rounds: Vec<Round>,
    operations: u64,
    forgotten: u64,
}

/// How an engine is opened for a table.
#[derive(Clone, Copy)]
pub(crate) struct Pitch {
    pub(crate) kind: Kind,
    pub(crate) policy: Policy,
    pub(crate) bound: bool,
}

impl Stall {
    /// Opens an engine and fills it.
    pub(crate) fn open(bench: &mut Bench, pitch: Pitch, table: Table) -> Fallible<Self> {
        let table = bench.scale.for_files(table, pitch.kind.traits().a_file_each);
        let Table { size, entries, .. } = table;
        let Pitch { kind, policy, bound } = pitch;
        let opening = Opening { directory: bench.directory()?, entries, size, policy, bound };
        let mut contender = kind.contender(&opening, bench.python.as_ref())?;
        fill(&mut *contender, table)?;
        let taken = match contender.bytes()? {
            None if kind.traits().durable => Some(space(&opening.directory)?),
            bytes => bytes,
        };
        let bytes_per_entry = taken.map(|bytes| bytes as f64 / entries as f64);
        Ok(Self {
            pitch,
            contender,
            table,
            full: false,
            generations: HashMap::new(),
            tallies: HashMap::new(),
            bytes_per_entry,
        })
    }

    /// How many entries it was filled with.
    pub(crate) const fn entries(&self) -> u64 {
        self.table.entries
    }

    /// An entry that it was filled with, for any number.
    pub(crate) const fn entry(&self, number: u64) -> u64 {
        number % self.table.entries
    }

    /// A read of an entry that it was filled with, for any number.
    pub(crate) fn get(&self, number: u64) -> Order {
        let number = self.entry(number);
        Order::get(number, self.expected(number))
    }

    /// What a read of this number must find.
    fn expected(&self, number: u64) -> Expected {
        Expected::Generation(self.generations.get(&number).copied().unwrap_or(0))
    }

    /// Does these orders and keeps what they showed as a round of `work`, or does not where the round is to warm up.
    pub(crate) fn round(&mut self, work: Work, orders: &[Order], counts: bool) -> Fallible {
        let laps = self.contender.run(orders, self.table.size)?;
        for order in orders {
            if let (Act::Set, Expected::Generation(generation)) = (order.act, order.expected) {
                self.generations.insert(order.number, generation);
            }
        }
        let forgotten = match orders.first().map(|order| order.act) {
            Some(Act::Get | Act::Borrow) => laps.forgotten,
            _ => laps.forgotten + self.look(orders)?,
        };
        let Laps { nanos, .. } = laps;
        if counts {
            let tally = self.tallies.entry(work).or_default();
            tally.operations += nanos.len() as u64;
            tally.forgotten += forgotten;
            tally.rounds.extend(Round::of(nanos));
        }
        Ok(())
    }

    /// Looks whether sets and deletes did what they said; tells how many were forgotten.
    fn look(&mut self, orders: &[Order]) -> Fallible<u64> {
        if self.pitch.kind.traits().forgets {
            // It also removes behind: until then a read may find what was to go.
            self.contender.settle()?;
        }
        let look = |order: &Order| match order.act {
            Act::Delete => Order::get(order.number, Expected::Nothing),
            // Who has to make room may let go of anything, but never of a part of it.
            _ if self.full => Order::get(order.number, Expected::Anything),
            _ => Order::get(order.number, self.expected(order.number)),
        };
        let looks: Vec<Order> = orders.iter().map(look).collect();
        Ok(self.contender.run(&looks, self.table.size)?.forgotten)
    }

    /// Has no more room from here on.
    pub(crate) fn bound(&mut self) -> Fallible {
        self.full = true;
        self.contender.bound()
    }

    /// What it showed at this work; `None` where it showed nothing.
    pub(crate) fn row(&self, work: Work) -> Option<Row> {
        let tally = self.tallies.get(&work)?;
        if tally.rounds.is_empty() {
            return None;
        }
        let row = Row {
            engine: self.pitch.kind.name(),
            work: work.name(),
            size: self.table.size,
            entries: self.table.entries,
            operations: tally.operations,
            bytes_per_entry: self.bytes_per_entry,
            forgotten: tally.forgotten,
            ..Row::default()
        };
        Some(row.of_rounds(tally.rounds.clone()))
    }
}

/// Stores all entries of a table, some at a time, and waits until they are at rest.
pub(crate) fn fill(contender: &mut dyn Contender, table: Table) -> Fallible {
    /// The most entries and the most bytes at a time.
    const MOST: (u64, u64) = (10_000, 8 << 20);
    let step = usize::try_from((MOST.1 / table.size as u64).clamp(1, MOST.0))?;
    for begin in (0..table.entries).step_by(step) {
        contender.fill(begin..table.entries.min(begin + step as u64), table.size)?;
    }
    contender.settle()
}

/// Lets every stall in turn do what `turn` says; one that fails has no rows and takes no further part.
pub(crate) fn in_turn(
    bench: &mut Bench,
    stalls: &mut Vec<Stall>,
    used_for: [u64; 3],
    what: &str,
    mut turn: impl FnMut(&mut Stall) -> Fallible,
) {
    let mut order: Vec<usize> = (0..stalls.len()).collect();
    bench.chance(used_for).shuffle(&mut order);
    let mut failed = Vec::new();
    for at in order {
        if let Err(failure) = turn(&mut stalls[at]) {
            bench.fail(stalls[at].pitch.kind, what, &failure);
            failed.push(at);
        }
    }
    failed.sort_unstable();
    failed.into_iter().rev().for_each(|at| drop(stalls.remove(at)));
}

/// Opens and fills an engine for each pitch; one that fails takes no part.
pub(crate) fn set_up(bench: &mut Bench, pitches: &[Pitch], table: Table, what: &str) -> Vec<Stall> {
    let mut stalls = Vec::new();
    for &pitch in pitches {
        say(&format!("{what}: filling {} ({})", pitch.kind.name(), pitch.policy.name()));
        match Stall::open(bench, pitch, table) {
            Ok(stall) => stalls.push(stall),
            Err(failure) => bench.fail(pitch.kind, &format!("{what}, filling"), &failure),
        }
    }
    stalls
}
