//! Many threads at one disk: what is promised of a quiet moment holds after them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use larder_core::cache::{Life, Order, WriteOptions};
use larder_core::disk::Settings;
use larder_core::frame;
use pollster::block_on;

use crate::place::{Place, strict};

const THREADS: u64 = 6;
const LIMIT: u64 = 3_000;

/// A small generator of its own for each thread, so that a failure can be repeated.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

#[test]
fn the_books_balance_after_a_storm() {
    for policy in ["lru", "lfu", "lrs", "none"] {
        let place = Place::default();
        let larder = block_on(place.larder(Settings::limited(LIMIT).policy(policy)));
        let cache = strict(&larder);
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (cache, larder) = (cache.clone(), larder.clone());
                scope.spawn(move || {
                    block_on(async {
                        let mut state = thread;
                        for _ in 0..300 {
                            let key = next(&mut state) % 30;
                            let life = Duration::from_nanos(next(&mut state) % 3 * 1_000_000_000);
                            let options = WriteOptions::default().tag("tag").life(life);
                            match next(&mut state) % 40 {
                                0 => drop(cache.clear().await.unwrap()),
                                1 => drop(cache.evict("tag").await.unwrap()),
                                2 => drop(larder.cull().await.unwrap()),
                                3..=5 => drop(cache.remove(&key).await.unwrap()),
                                6..=8 => drop(cache.touch(&key, Life::Endless).await.unwrap()),
                                9..=11 => drop(cache.pop(&key).await.unwrap()),
                                12..=14 => drop(cache.set_with(&key, &1, &options).await.unwrap()),
                                15..=17 => drop(cache.add_with(&key, &1, &options).await.unwrap()),
                                18..=24 => drop(cache.set(&key, &i64::MAX).await.unwrap()),
                                _ => drop(cache.get(&key).await.unwrap()),
                            }
                            let usage = larder.usage().await.unwrap();
                            assert!(usage.volume + usage.reserved <= LIMIT, "{policy}: {usage:?}");
                        }
                    });
                });
            }
        });
        block_on(async {
            let balance = larder.balance().await.unwrap();
            assert!(balance.holds() && balance.stored > 0, "{policy}: {balance:?}");
            let usage = larder.usage().await.unwrap();
            let frames = place.frames();
            let volume: u64 = frames.values().map(|frame| frame.len() as u64 + frame::OVERHEAD).sum();
            assert_eq!((usage.volume, usage.entries), (volume, frames.len() as u64), "{policy}");
            assert_eq!((usage.reserved, cache.len().await.unwrap()), (0, usage.entries), "{policy}");
            let mut keys = cache.keys(Order::Oldest).await.unwrap();
            let mut met = 0;
            while keys.next().await.unwrap().is_some() {
                met += 1;
            }
            assert_eq!(met, usage.entries, "{policy}: keys");
        });
    }
}

#[test]
fn each_key_is_computed_once_by_many_threads() {
    let larder = block_on(Place::default().larder(Settings::unbounded()));
    let cache = strict(&larder);
    let computed: Vec<AtomicU32> = (0..40).map(|_| AtomicU32::new(0)).collect();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (cache, computed) = (cache.clone(), &computed);
            scope.spawn(move || {
                for number in 0..40_u64 {
                    let key = (number + thread % 2) % 40;
                    let value = block_on(cache.get_or_insert_with(&key, async || {
                        computed[usize::try_from(key).unwrap()].fetch_add(1, Ordering::SeqCst);
                        larder_core::Result::<i64>::Ok(7)
                    }));
                    assert_eq!(value.unwrap(), 7);
                }
            });
        }
    });
    assert!(computed.iter().all(|count| count.load(Ordering::SeqCst) == 1), "{computed:?}");
    let stats = cache.stats();
    let lookups = stats.hits + stats.misses.total() + stats.waits;
    assert_eq!((lookups, stats.misses.total()), (THREADS * 40, 40), "each lookup counts once");
    assert_eq!(stats.stored, 40);
}
