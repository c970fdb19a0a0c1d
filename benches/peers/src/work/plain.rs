//! Storing, reading and removing, at one size.

use crate::bench::{Bench, say};
use crate::engine::Policy;
use crate::order::{Act, Expected, Order};
use crate::row::Row;
use crate::scale::Table;
use crate::work::Work;
use crate::work::stall::{Pitch, Stall, in_turn, set_up};

/// In this order in every round: what was set is removed again, so that every round begins alike.
const WORKS: [Work; 6] = [Work::Get, Work::Borrow, Work::Miss, Work::Overwrite, Work::Set, Work::Delete];

/// Numbers that nobody ever stores.
const NOWHERE: u64 = 1 << 48;

pub(super) fn measure(bench: &mut Bench, at: u64, table: Table) -> Vec<Row> {
    let pitch = |kind| Pitch { kind, policy: Policy::Lrs, bound: false };
    let pitches: Vec<Pitch> = bench.choose(&WORKS).into_iter().map(pitch).collect();
    let what = format!("{} entries of {} B", table.entries, table.size);
    let mut stalls = set_up(bench, &pitches, table, &what);
    if stalls.is_empty() {
        return Vec::new();
    }
    for round in 0..=bench.scale.rounds {
        say(&format!("{what}: round {round} of {}", bench.scale.rounds));
        for (number, work) in WORKS.into_iter().enumerate() {
            let used_for = [at, round as u64, number as u64];
            let numbers = numbers(work, table, round, &mut bench.chance(used_for));
            let part = match work {
                // Neither leaves things as they were without the other.
                Work::Set | Work::Delete => bench.choose(&[Work::Set, Work::Delete]),
                _ => bench.choose(&[work]),
            };
            in_turn(bench, &mut stalls, used_for, &format!("{}, {what}", work.name()), |stall| {
                if !part.contains(&stall.pitch.kind) {
                    return Ok(());
                }
                let orders = orders(work, &numbers, round, stall);
                stall.round(work, &orders, round > 0)
            });
        }
    }
    let mut rows = Vec::new();
    for work in WORKS {
        let chosen = stalls.iter().filter(|stall| bench.chooses(stall.pitch.kind, work));
        rows.extend(chosen.filter_map(|stall| stall.row(work)));
    }
    rows
}

/// The numbers of entries that a work is done at in a round.
fn numbers(work: Work, table: Table, round: usize, chance: &mut fastrand::Rng) -> Vec<u64> {
    let operations = match work {
        Work::Get | Work::Borrow | Work::Miss => table.reads,
        _ => table.writes,
    };
    let fresh = table.entries + (round * operations) as u64;
    let mut numbers: Vec<u64> = (0..operations as u64)
        .map(|at| match work {
            Work::Set | Work::Delete => fresh + at,
            Work::Miss => NOWHERE + chance.u64(..NOWHERE),
            // Whoever has fewer entries has some of them.
            _ => chance.u64(..table.entries),
        })
        .collect();
    chance.shuffle(&mut numbers);
    numbers
}

fn orders(work: Work, numbers: &[u64], round: usize, stall: &Stall) -> Vec<Order> {
    let order = |&number: &u64| match work {
        Work::Set => Order::set(number, 0),
        Work::Overwrite => Order::set(stall.entry(number), round as u64 + 1),
        Work::Delete => Order::delete(number),
        Work::Miss => Order::get(number, Expected::Nothing),
        Work::Borrow => Order { act: Act::Borrow, ..stall.get(number) },
        _ => stall.get(number),
    };
    numbers.iter().map(order).collect()
}
