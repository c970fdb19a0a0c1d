//! Processes that read, store and remove at once: 90 gets, 9 sets and 1 delete of a hundred.
//!
//! What all of them did is counted from when the first one began to when the last one ended, by the system's clock. Each
//! engine has as many operations as last for a while, which the first round tells: a few milliseconds would measure how
//! processes start.

use crate::Fallible;
use crate::bench::{Bench, say};
use crate::driver::Driver;
use crate::figures::Round;
use crate::order::{Expected, Order};
use crate::row::Row;
use crate::work::Work;
use crate::work::prepared::Prepared;

/// What chance is used for here, apart from all else.
const USE: u64 = 300;

/// The works, and how many processes each has.
const WORKS: [(Work, u64); 2] = [(Work::MixOne, 1), (Work::MixFour, 4)];

/// One engine with so many processes, and what it showed.
struct Party<'a> {
    prepared: &'a Prepared,
    work: Work,
    processes: u64,
    rounds: Vec<Round>,
    /// Of each process, in a round.
    each: usize,
    operations: u64,
}

/// Operations of each process in the first round, which is to warm up, and the most in any.
const FIRST: usize = 500;
const MOST: usize = 500_000;

pub(super) fn measure(bench: &mut Bench, prepared: &[Prepared]) -> Vec<Row> {
    let mut parties = Vec::new();
    for (work, processes) in WORKS {
        let part = prepared.iter().filter(|one| bench.chooses(one.kind, work));
        parties.extend(part.map(|prepared| Party {
            prepared,
            work,
            processes,
            rounds: Vec::new(),
            each: FIRST,
            operations: 0,
        }));
    }
    let rounds = if parties.is_empty() { 0 } else { bench.scale.rounds };
    for round in 0..=rounds {
        say(&format!("mix: round {round} of {rounds}"));
        let mut chance = bench.chance([USE, round as u64, 0]);
        // Every party keeps its place: rounds are compared by their number.
        let mut order: Vec<usize> = (0..parties.len()).collect();
        chance.shuffle(&mut order);
        let mut failed = Vec::new();
        for at in order {
            let party = &mut parties[at];
            match party.round(bench, chance.u64(..)) {
                Ok(shown) if round > 0 => party.rounds.push(shown),
                Ok(shown) => party.last_for(bench.scale.mixed, shown),
                Err(failure) => {
                    bench.fail(party.prepared.kind, &party.work.name(), &failure);
                    failed.push(at);
                }
            }
        }
        failed.sort_unstable();
        failed.into_iter().rev().for_each(|at| drop(parties.remove(at)));
    }
    let row = |party: Party<'_>| {
        let row = Row { operations: party.operations, ..party.prepared.row(party.work) };
        row.of_rounds(party.rounds)
    };
    parties.into_iter().map(row).collect()
}

impl Party<'_> {
    /// Gives each process as many operations as last so many seconds.
    fn last_for(&mut self, seconds: f64, shown: Round) {
        let each = (shown.per_second * seconds / self.processes as f64).min(MOST as f64);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within limits")]
        let each = each as usize;
        self.each = each.max(FIRST);
        self.operations = 0;
    }

    /// Lets all processes begin at once and waits for the last.
    fn round(&mut self, bench: &Bench, seed: u64) -> Fallible<Round> {
        let size = self.prepared.table.size;
        let mut processes: Vec<(Driver, Vec<Order>)> = Vec::new();
        for process in 0..self.processes {
            let mut driver = self.prepared.driver(bench)?;
            driver.open(&self.prepared.opening)?;
            let orders = self.orders(self.each, fastrand::Rng::with_seed(seed ^ process));
            driver.load(&orders, size)?;
            processes.push((driver, orders));
        }
        for (driver, _) in &mut processes {
            driver.go()?;
        }
        let (mut nanos, mut begin, mut end) = (Vec::new(), f64::MAX, f64::MIN);
        for (driver, orders) in &mut processes {
            let done = driver.finish(orders, size)?;
            nanos.extend(done.laps.nanos);
            begin = begin.min(done.span[0]);
            end = end.max(done.span[1]);
        }
        self.operations += nanos.len() as u64;
        Ok(Round::within(nanos, end - begin).ok_or("no process did anything")?)
    }

    fn orders(&self, count: usize, mut chance: fastrand::Rng) -> Vec<Order> {
        let order = |_| {
            let number = chance.u64(..self.prepared.table.entries);
            match chance.u64(..100) {
                0 => Order::delete(number),
                1..10 => Order::set(number, chance.u64(..)),
                _ => Order::get(number, Expected::Anything),
            }
        };
        (0..count).map(order).collect()
    }
}
