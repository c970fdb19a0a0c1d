//! Reading where a policy takes notice, and storing where something has to go.
//!
//! Each engine is there once for each of its policies, and once without a bound: sets that evict are compared with sets
//! of the same rounds that need not.

use crate::bench::{Bench, say};
use crate::engine::Policy;
use crate::order::Order;
use crate::row::Row;
use crate::scale::Table;
use crate::work::Work;
use crate::work::stall::{Pitch, Stall, in_turn, set_up};

/// What chance is used for here, apart from all else.
const USE: u64 = 100;

pub(super) fn measure(bench: &mut Bench) -> Vec<Row> {
    let table = bench.scale.small;
    let what = format!("policies at {} entries of {} B", table.entries, table.size);
    let under = Policy::ALL.map(Work::GetUnder);
    let evictions: Vec<Work> = [Work::EvictOff].into_iter().chain(Policy::ALL.map(Work::Evict)).collect();

    let mut pitches = Vec::new();
    for policy in Policy::ALL {
        let kinds = bench.choose(&[Work::GetUnder(policy), Work::Evict(policy)]);
        pitches.extend(kinds.into_iter().map(|kind| Pitch { kind, policy, bound: true }));
    }
    let mut stalls = set_up(bench, &pitches, table, &what);
    if !bench.choose(&under).is_empty() {
        gets(bench, &mut stalls, table, &what);
    }
    let mut rows = rows(bench, &stalls, &under);

    let part = bench.choose(&evictions);
    stalls.retain(|stall| part.contains(&stall.pitch.kind));
    in_turn(bench, &mut stalls, [USE, 0, 0], &format!("bounding, {what}"), Stall::bound);
    let free = part.into_iter().map(|kind| Pitch { kind, policy: Policy::Lrs, bound: false });
    stalls.extend(set_up(bench, &free.collect::<Vec<_>>(), table, &what));
    if !stalls.is_empty() {
        sets(bench, &mut stalls, table, &what);
    }
    rows.extend(self::rows(bench, &stalls, &evictions));
    rows
}

/// Reads what is there.
fn gets(bench: &mut Bench, stalls: &mut Vec<Stall>, table: Table, what: &str) {
    for round in 0..=bench.scale.rounds {
        say(&format!("reading, {what}: round {round} of {}", bench.scale.rounds));
        let used_for = [USE, 1, round as u64];
        let mut chance = bench.chance(used_for);
        let numbers: Vec<u64> = (0..table.reads).map(|_| chance.u64(..table.entries)).collect();
        in_turn(bench, stalls, used_for, &format!("reading, {what}"), |stall| {
            let orders: Vec<Order> = numbers.iter().map(|&number| stall.get(number)).collect();
            stall.round(Work::GetUnder(stall.pitch.policy), &orders, round > 0)
        });
    }
}

/// Stores what is not there, where there is room and where there is none.
fn sets(bench: &mut Bench, stalls: &mut Vec<Stall>, table: Table, what: &str) {
    let Table { entries, writes, .. } = table;
    for round in 0..=bench.scale.rounds {
        say(&format!("evicting, {what}: round {round} of {}", bench.scale.rounds));
        let used_for = [USE, 2, round as u64];
        let fresh = entries + (round * writes) as u64;
        let orders: Vec<Order> = (fresh..fresh + writes as u64).map(|number| Order::set(number, 0)).collect();
        in_turn(bench, stalls, used_for, &format!("evicting, {what}"), |stall| {
            let work = if stall.pitch.bound { Work::Evict(stall.pitch.policy) } else { Work::EvictOff };
            stall.round(work, &orders, round > 0)
        });
    }
    let stored = ((bench.scale.rounds + 1) * writes) as u64;
    in_turn(bench, stalls, [USE, 3, 0], &format!("counting, {what}"), |stall| {
        let entries = stall.entries();
        match stall.contender.entries()? {
            // Some let go by pages, or by tens: not each set has one entry go.
            Some(held) if stall.pitch.bound && held > entries + stored / 2 => {
                Err(format!("it was bound at {entries} entries and holds {held}").into())
            }
            Some(held) if !stall.pitch.bound && held != entries + stored => {
                Err(format!("{held} entries are left of {}", entries + stored).into())
            }
            _ => Ok(()),
        }
    });
}

fn rows(bench: &Bench, stalls: &[Stall], works: &[Work]) -> Vec<Row> {
    let mut rows = Vec::new();
    for &work in works {
        let chosen = stalls.iter().filter(|stall| bench.chooses(stall.pitch.kind, work));
        rows.extend(chosen.filter_map(|stall| stall.row(work)));
    }
    rows
}
