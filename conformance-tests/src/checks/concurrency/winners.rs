//! Of many who want one thing, as many get it as there are.

use std::sync::atomic::{AtomicU64, Ordering};

use larder_core::disk::{Condition, NoRoom, Put, Settings};
use larder_core::entry::Draft;
use larder_core::error::Error;

use super::{threads, yielding};
use crate::Bench;
use crate::checks::size_caps::{name, value};
use crate::checks::values::pattern;

const THREADS: u64 = 8;

/// Of any number of concurrent adds of one key exactly one stores, and its value is the one that is read.
/// [ADD-4]
pub async fn one_of_many_adds_stores(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    for round in 0..20 {
        let key = name(round);
        let added = threads(bench, THREADS, async |thread| {
            bench.must(cache.add(&key, &thread.to_string()).await, "adding").is_stored()
        });
        let winners: Vec<usize> = (0..added.len()).filter(|thread| added[*thread]).collect();
        assert_eq!(winners.len(), 1, "{bench}: the threads whose add stored: {winners:?}");
        let stored = bench.get(&cache, &key).await;
        assert_eq!(stored, Some(winners[0].to_string()), "{bench}: the value of the add that stored");
    }
    bench.books_balance(&larder).await;
}

/// Of any number of concurrent pops of one key exactly one gets the value.
/// [POP-3, POP-1]
pub async fn one_of_many_pops_gets_the_value(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    for round in 0..20 {
        let key = name(round);
        bench.set(&cache, &key, "value").await;
        let popped = threads(bench, THREADS, async |_| bench.must(cache.pop(&key).await, "popping"));
        let values: Vec<_> = popped.into_iter().flatten().map(|entry| entry.value).collect();
        assert_eq!(values, ["value"], "{bench}: what the threads popped");
        assert!(!bench.has(&cache, &key).await, "{bench}: a popped entry is there");
    }
    bench.books_balance(&larder).await;
}

/// Of any number of concurrent increments every one counts.
/// [INC-9, INC-1]
pub async fn every_increment_counts(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.numbers(&larder);
    let _ = threads(bench, 4, async |_| {
        for _ in 0..50 {
            bench.must(cache.increment("count", 1).await, "incrementing");
        }
    });
    assert_eq!(bench.must(cache.get("count").await, "getting"), Some(200), "{bench}: the sum");
    bench.books_balance(&larder).await;
}

/// However many threads miss one key at once, one computes and all get its value.
/// [MEM-9, STA-4]
pub async fn one_of_many_computes(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    for round in 0..20 {
        let (key, computed) = (name(round), AtomicU64::new(0));
        let values = threads(bench, THREADS, async |thread| {
            let compute = async || {
                computed.fetch_add(1, Ordering::Relaxed);
                std::thread::yield_now();
                Ok::<_, Error>(thread.to_string())
            };
            bench.must(cache.get_or_insert_with(&key, compute).await, "computing")
        });
        assert_eq!(computed.load(Ordering::Relaxed), 1, "{bench}: how many computed");
        let stored = bench.get(&cache, &key).await;
        assert!(
            values.iter().all(|value| Some(value) == stored.as_ref()),
            "{bench}: {values:?}, stored {stored:?}"
        );
    }
}

/// Writers on many threads together obey the limit at every moment, and the books balance afterwards.
/// [CAP-2, CAP-3, CAP-10]
pub async fn writers_together_obey_the_limit(bench: &Bench) {
    let limit = 20_000;
    let larder = bench.larder(Settings::limited(limit).policy("lru")).await;
    let cache = bench.texts(&larder);
    let _ = threads(bench, 4, async |thread| {
        for round in 0..100 {
            let text = value().repeat(1 + usize::try_from((round * 7 + thread) % 20).expect("small"));
            let _ = bench.must(cache.set(&name((round * 13 + thread) % 40), &text).await, "setting");
            let usage = bench.must(larder.usage().await, "asking for the usage");
            let held = usage.volume + usage.reserved;
            assert!(held <= limit, "{bench}: {held} bytes of {limit}");
        }
    });
    let kept = bench.sorted_keys(&cache).await;
    assert!(kept.len() > 3, "{bench}: almost nothing is kept: {kept:?}");
    bench.books_balance(&larder).await;
}

/// Where nothing limits them, all of many writers of one key store, and one whole entry is left.
/// [SET-1, SET-6, CAP-6]
pub async fn every_writer_of_one_key_stores(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("contended");
    for round in 0..20 {
        let puts = threads(bench, THREADS, async |thread| {
            let source = yielding(&pattern(8_000, thread));
            let draft = Draft { source, ..bench.draft(bench.meta(), "") };
            bench.must(disk.put(&key, draft, Condition::Always, &NoRoom).await, "putting a stream")
        });
        for put in puts {
            assert!(
                matches!(put, Put::Stored { .. }),
                "{bench}: one of many writers in round {round}: {put:?}"
            );
        }
        let body = bench.body(&*disk, &key).await;
        let whole = (0..THREADS).any(|thread| body == Some(pattern(8_000, thread)));
        let length = body.map(|body| body.len());
        assert!(whole, "{bench}: what many writers left is of none of them: {length:?} bytes");
        assert_eq!(
            bench.keys(&*disk).await,
            std::slice::from_ref(&key),
            "{bench}: what many writers of one key left"
        );
        bench.balanced(&*disk).await;
    }
}
