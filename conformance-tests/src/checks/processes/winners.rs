//! Of many handles and processes that want one thing, as many get it as there are.

use std::collections::BTreeMap;

use larder_core::disk::Settings;

use super::OTHERS;
use crate::Bench;
use crate::checks::size_caps::{name, names};
use crate::worker::{Job, together};

const KEYS: u64 = 20;

/// Who got which of the keys; each key has one who got it.
fn winners(bench: &Bench, answers: &[Vec<String>], doing: &str) -> BTreeMap<String, usize> {
    let mut winners: BTreeMap<String, Vec<usize>> =
        names(0..KEYS).into_iter().map(|key| (key, Vec::new())).collect();
    for (worker, keys) in answers.iter().enumerate() {
        for key in keys {
            winners.entry(key.clone()).or_default().push(worker);
        }
    }
    for (key, who) in &winners {
        assert_eq!(who.len(), 1, "{bench}: who of the handles and processes {doing} {key}: {who:?}");
    }
    winners.into_iter().map(|(key, who)| (key, who[0])).collect()
}

/// Of the adds of one key by handles and processes exactly one stores, and its value is the one that all read.
/// [ADD-4]
pub async fn one_of_many_adds_stores(bench: &Bench) {
    let mut workers = bench.workers(OTHERS, &Settings::unbounded()).await;
    let added = together(&mut workers, &Job::Add { keys: KEYS });
    for (key, winner) in winners(bench, &added, "stored") {
        for stored in together(&mut workers, &Job::get(&key)) {
            assert_eq!(stored, [winner.to_string()], "{bench}: the value of the add that stored {key}");
        }
    }
}

/// Of the pops of one key by handles and processes exactly one gets the value.
/// [POP-3]
pub async fn one_of_many_pops_gets_the_value(bench: &Bench) {
    let mut workers = bench.workers(OTHERS, &Settings::unbounded()).await;
    for key in (0..KEYS).map(name) {
        let _ = workers[0].does(Job::set(&key, "value"));
    }
    let popped = together(&mut workers, &Job::Pop { keys: KEYS });
    let _ = winners(bench, &popped, "popped");
    for left in together(&mut workers, &Job::Keys) {
        assert_eq!(left, [""; 0], "{bench}: a popped entry is there");
    }
}

/// The increments of all handles and processes count, each to a number of its own.
/// [INC-9]
pub async fn every_increment_counts(bench: &Bench) {
    const TIMES: u64 = 25;
    let mut workers = bench.workers(OTHERS, &Settings::unbounded()).await;
    let counted = together(&mut workers, &Job::Increment { times: TIMES });
    let mut sums: Vec<u64> =
        counted.concat().iter().map(|sum| sum.parse().expect("a sum is a number")).collect();
    sums.sort_unstable();
    let expected: Vec<u64> = (1..=OTHERS * TIMES).collect();
    assert_eq!(sums, expected, "{bench}: the sums that the increments were told");
}
