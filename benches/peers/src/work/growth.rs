//! What operations cost as entries grow, beside what memory itself costs.

use crate::bench::{Bench, say};
use crate::engine::Policy;
use crate::order::Order;
use crate::row::Row;
use crate::scale::Table;
use crate::work::Work;
use crate::work::stall::{Pitch, Stall, in_turn, set_up};

/// What chance is used for here, apart from all else.
const USE: u64 = 400;

/// In this order in every round.
const WORKS: [Work; 2] = [Work::GrowthGet, Work::GrowthSet];

pub(super) fn measure(bench: &mut Bench) -> Vec<Row> {
    let pitch = |kind| Pitch { kind, policy: Policy::Lrs, bound: false };
    let pitches: Vec<Pitch> = bench.choose(&WORKS).into_iter().map(pitch).collect();
    let mut stalls: Vec<Stall> = Vec::new();
    if pitches.is_empty() {
        return Vec::new();
    }
    for entries in bench.scale.growth.clone() {
        let table = Table { entries, ..bench.scale.small };
        stalls.extend(set_up(bench, &pitches, table, &format!("growth to {entries} entries")));
    }
    let (reads, writes) = (bench.scale.small.reads as u64, bench.scale.small.writes as u64);
    for round in 0..=bench.scale.rounds {
        say(&format!("growth: round {round} of {}", bench.scale.rounds));
        for (number, work) in WORKS.into_iter().enumerate() {
            let used_for = [USE, round as u64, number as u64];
            let mut chance = bench.chance(used_for);
            in_turn(bench, &mut stalls, used_for, &work.name(), |stall| {
                let entries = stall.entries();
                let fresh = entries + round as u64 * writes;
                let orders: Vec<Order> = match work {
                    Work::GrowthSet => (fresh..fresh + writes).map(|number| Order::set(number, 0)).collect(),
                    _ => (0..reads).map(|_| stall.get(chance.u64(..entries))).collect(),
                };
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
