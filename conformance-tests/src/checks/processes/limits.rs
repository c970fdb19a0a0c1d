//! Limits, policy and books belong to the place, and not to who has it open.

use larder_core::disk::Settings;

use super::OTHERS;
use crate::Bench;
use crate::checks::size_caps::{name, names, unit, value};
use crate::worker::{Job, Worker, together};

/// Handles and processes together obey one limit at every moment, also where all of them make room.
/// [CAP-9, CAP-2]
pub async fn one_limit_holds_for_all_together(bench: &Bench) {
    let limit = 20_000;
    let settings = Settings::limited(limit).policy("lru");
    let mut workers = bench.workers(OTHERS, &settings).await;
    for seen in together(&mut workers, &Job::Fill { rounds: 60 }).concat() {
        let seen: u64 = seen.parse().expect("bytes are a number");
        assert!(seen <= limit, "{bench}: somebody saw {seen} bytes of {limit}");
        assert!(seen > limit / 4, "{bench}: nobody ever held much: {seen} bytes of {limit}");
    }
    let larder = bench.larder(settings).await;
    bench.balanced(&**larder.disk()).await;
}

/// A limit and a policy that one sets are told to all, and the next write of each obeys them.
/// [POL-15, CFG-4]
pub async fn what_one_sets_all_obey(bench: &Bench) {
    let unit = unit(bench).await;
    let mut workers = bench.workers(OTHERS, &Settings::limited(10 * unit).policy("lrs")).await;
    fill(bench, &mut workers, 10);
    // Each has written, so each knows the old settings.
    let _ = workers[1].does(Job::Change { size_limit: 6 * unit, policy: "lru".into() });
    let expected = [format!("{:?}", Some(6 * unit)), "lru".to_owned()];
    for settings in together(&mut workers, &Job::Settings) {
        assert_eq!(settings, expected, "{bench}: what is set, as another tells it");
    }
    let _ = workers[3].does(Job::get(&name(0)));
    bench.pass(1);
    let _ = workers[0].does(Job::set(&name(10), &value()));
    for left in together(&mut workers, &Job::Keys) {
        assert_eq!(left, names([0, 6, 7, 8, 9, 10]), "{bench}: what a write under the new settings leaves");
    }
}

/// Under `lru` a hit of one spares its entry from the eviction of another.
/// [POL-2, POL-15]
pub async fn a_hit_of_one_spares_from_the_lru_of_another(bench: &Bench) {
    let limit = 10 * unit(bench).await;
    let mut workers = bench.workers(OTHERS, &Settings::limited(limit).policy("lru")).await;
    fill(bench, &mut workers, 10);
    for (number, worker) in [(0, 1), (1, 2), (7, 3)] {
        assert_eq!(
            workers[worker].does(Job::get(&name(number))),
            [value()],
            "{bench}: a read finds its entry"
        );
        bench.pass(1);
    }
    for number in 10..15 {
        let _ = workers[0].does(Job::set(&name(number), &value()));
        bench.pass(1);
    }
    let expected = names([0, 1].into_iter().chain(7..15));
    for left in together(&mut workers, &Job::Keys) {
        assert_eq!(left, expected, "{bench}: what `lru` leaves of what others read");
    }
}

/// Under `lfu` the hits of all count together.
/// [POL-3, POL-15]
pub async fn hits_of_all_count_under_lfu(bench: &Bench) {
    let limit = 10 * unit(bench).await;
    let mut workers = bench.workers(OTHERS, &Settings::limited(limit).policy("lfu")).await;
    fill(bench, &mut workers, 10);
    // The oldest two have a hit of each, the others two of one.
    for number in 0..2 {
        for hit in together(&mut workers, &Job::get(&name(number))) {
            assert_eq!(hit, [value()], "{bench}: a read finds its entry");
        }
    }
    for number in 2..10 {
        for _ in 0..2 {
            assert_eq!(
                workers[0].does(Job::get(&name(number))),
                [value()],
                "{bench}: a read finds its entry"
            );
        }
    }
    bench.pass(1);
    for number in 10..12 {
        let _ = workers[0].does(Job::set(&name(number), &value()));
        for _ in 0..9 {
            let _ = workers[1].does(Job::get(&name(number)));
        }
        bench.pass(1);
    }
    let expected = names([0, 1].into_iter().chain(4..12));
    for left in together(&mut workers, &Job::Keys) {
        assert_eq!(left, expected, "{bench}: what `lfu` leaves of what all read");
    }
}

/// What all stored, and what became of it in anybody's hands, add up.
/// [CAP-10]
pub async fn the_books_of_all_balance(bench: &Bench) {
    let settings = Settings::limited(8_000).policy("lru");
    let mut workers = bench.workers(OTHERS, &settings).await;
    for job in [Job::Churn { rounds: 60 }, Job::Fill { rounds: 40 }, Job::Churn { rounds: 20 }] {
        let _ = together(&mut workers, &job);
    }
    let mut sums = [0; 3];
    for books in together(&mut workers, &Job::Books) {
        for (sum, number) in sums.iter_mut().zip(books) {
            *sum += number.parse::<u64>().expect("books are numbers");
        }
    }
    let larder = bench.larder(settings).await;
    bench.balanced(&**larder.disk()).await;
    let entries = bench.must(larder.usage().await, "asking for the usage").entries;
    let [held, stored, gone] = sums;
    assert!(stored > 0 && gone > 0, "{bench}: nothing happened");
    assert_eq!(held + stored, entries + gone, "{bench}: the books of all together");
}

/// Stores so many entries, one a second, in turns.
fn fill(bench: &Bench, workers: &mut [Worker], entries: u64) {
    let count = workers.len();
    for number in 0..entries {
        let turn = usize::try_from(number).expect("few") % count;
        let _ = workers[turn].does(Job::set(&name(number), &value()));
        bench.pass(1);
    }
}
