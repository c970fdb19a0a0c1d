//! The order of eviction against a naive twin that sorts everything, every time.

use std::collections::BTreeMap;
use std::time::Duration;

use larder_core::disk::Settings;
use larder_core::time::Time;

use crate::Bench;
use crate::checks::size_caps::{name, unit, value};

/// What the twin knows of an entry.
#[derive(Clone, Copy)]
struct Twin {
    stored: Time,
    accessed: Time,
    hits: u64,
    insertion: u64,
}

impl Twin {
    fn turn(&self, policy: &str) -> (i64, u64) {
        let rank = match policy {
            "lrs" => self.stored.nanos(),
            "lru" => self.accessed.nanos(),
            _ => i64::try_from(self.hits).unwrap_or(i64::MAX),
        };
        (rank, self.insertion)
    }
}

/// Over a thousand writes, reads and steps of the clock, back ones too, `lrs` has the victims of a full sort.
/// [POL-1, POL-5, POL-6]
pub async fn lrs_has_the_victims_of_a_full_sort(bench: &Bench) {
    same_victims(bench, "lrs").await;
}

/// Over a thousand writes, reads and steps of the clock, back ones too, `lru` has the victims of a full sort.
/// [POL-2, POL-5, POL-6]
pub async fn lru_has_the_victims_of_a_full_sort(bench: &Bench) {
    same_victims(bench, "lru").await;
}

/// Over a thousand writes, reads and steps of the clock, back ones too, `lfu` has the victims of a full sort.
/// [POL-3, POL-5, POL-6]
pub async fn lfu_has_the_victims_of_a_full_sort(bench: &Bench) {
    same_victims(bench, "lfu").await;
}

async fn same_victims(bench: &Bench, policy: &'static str) {
    const ENTRIES: usize = 300;
    let limit = unit(bench).await * ENTRIES as u64;
    let larder = bench.larder(Settings::limited(limit).policy(policy)).await;
    let cache = bench.texts(&larder);
    let mut twins: BTreeMap<u64, Twin> = BTreeMap::new();
    let mut insertions = 0;
    for step in 0..1_200_u64 {
        match bench.below(40) {
            // Steps of less than a day are ignored, see `Steady`.
            0 => bench.clock().set(Time::from_nanos(bench.now().nanos() - 2 * 86_400_000_000_000)),
            // Without steps forward of the same size, no hit would be later than the last one of an old entry.
            1 => bench.clock().advance(Duration::from_hours(bench.below(96))),
            2..=20 => bench.clock().advance(Duration::from_millis(bench.below(1_500))),
            _ => {}
        }
        let number = bench.below(500);
        if bench.below(3) == 0 {
            let read = bench.get(&cache, &name(number)).await;
            let twin = twins.get_mut(&number);
            assert_eq!(read.is_some(), twin.is_some(), "{bench}: {policy}: reading {number} in step {step}");
            if let Some(twin) = twin {
                // The last access never goes back, whatever the clock does.
                (twin.accessed, twin.hits) = (twin.accessed.max(bench.now()), twin.hits + 1);
            }
            continue;
        }
        if bench.below(20) == 0 {
            let removed = bench.must(cache.remove(&name(number)).await, "removing");
            assert_eq!(removed, twins.remove(&number).is_some(), "{bench}: {policy}: removing {number}");
            continue;
        }
        bench.set(&cache, &name(number), &value()).await;
        insertions += 1;
        if !twins.contains_key(&number) && twins.len() == ENTRIES {
            let first = twins.iter().min_by_key(|(_, twin)| twin.turn(policy)).map(|(number, _)| *number);
            let victim = first.expect("the twin is full");
            twins.remove(&victim);
            let spared = bench.has(&cache, &name(victim)).await;
            assert!(!spared, "{bench}: {policy}: in step {step} the turn of {victim} had come");
        }
        let now = bench.now();
        let insertion = twins.get(&number).map_or(insertions, |old| old.insertion);
        twins.insert(number, Twin { stored: now, accessed: now, hits: 0, insertion });
    }
    let kept = bench.sorted_keys(&cache).await;
    let expected: Vec<String> = twins.keys().copied().map(name).collect();
    assert_eq!(kept, expected, "{bench}: {policy}: the survivors");
    bench.books_balance(&larder).await;
}
