//! Readers beside writers.

use std::sync::atomic::{AtomicU64, Ordering};

use larder_core::cache::Order;
use larder_core::disk::{Access, Settings};
use larder_core::entry::Draft;

use super::super::values::pattern;
use super::{threads, yielding};
use crate::Bench;
use crate::checks::size_caps::{name, value};

/// A writer that is done, also if it panicked: nobody waits for it any more.
struct Done<'a>(&'a AtomicU64);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Release);
    }
}

/// Readers see the whole old entry or the whole new one, never a mixture, while writers overwrite it with bodies of
/// all lengths.
/// [SET-6, VAL-12]
pub async fn readers_never_see_a_mixture(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("contended");
    let write = async |seed: u64| {
        let length = usize::try_from(seed * 7_919 % 150_000).expect("small");
        let mut meta = bench.meta();
        meta.user.insert("seed".into(), seed.to_string().into());
        bench.store_draft(&*disk, &key, bench.draft(meta, pattern(length, seed))).await;
    };
    write(1).await;
    let writers = AtomicU64::new(2);
    let _ = threads(bench, 4, async |thread| {
        if thread < 2 {
            let _done = Done(&writers);
            for round in 0..40 {
                write(2 + thread * 1_000 + round).await;
            }
            return;
        }
        // One more look when the writers are done: there is always something to see.
        let mut last_look = false;
        while !last_look {
            last_look = writers.load(Ordering::Acquire) == 0;
            let Some(entry) = bench.peek(&*disk, &key).await else {
                panic!("{bench}: an entry is lost while it is overwritten");
            };
            let told = entry.meta.user.get("seed").map(|seed| String::from_utf8_lossy(seed).into_owned());
            let seed: u64 = told.and_then(|seed| seed.parse().ok()).expect("every write tells its seed");
            // A body that went since may be told as gone; what is handed out is that of its metadata.
            let Ok(body) = entry.body.bytes().await else { continue };
            let length = usize::try_from(seed * 7_919 % 150_000).expect("small");
            assert!(body == pattern(length, seed), "{bench}: metadata of one write with the body of another");
        }
    });
    bench.balanced(&*disk).await;
}

/// Setting, clearing, iterating, expiring and evicting at once leave books that balance and a disk that works.
/// [CLR-2, CLR-4, ITR-5, CAP-10]
pub async fn everything_at_once_leaves_books_that_balance(bench: &Bench) {
    let larder = bench.larder(Settings::limited(30_000).policy("lru")).await;
    let cache = bench.texts(&larder);
    let _ = threads(bench, 6, async |thread| {
        for round in 0..40 {
            let key = name((round * 7 + thread) % 50);
            match thread {
                0 if round % 8 == 0 => drop(bench.must(cache.clear().await, "clearing")),
                1 => drop(bench.all_keys(&cache, Order::Oldest).await),
                2 => drop(bench.must(cache.evict("tag").await, "evicting")),
                3 => drop(bench.must(cache.remove(&key).await, "removing")),
                _ => {
                    let options = larder_core::cache::WriteOptions::default().tag("tag");
                    let _ = bench.must(cache.set_with(&key, &value(), &options).await, "setting");
                    let _ = bench.get(&cache, &key).await;
                }
            }
        }
    });
    bench.books_balance(&larder).await;
    bench.set(&cache, "after", "value").await;
    assert_eq!(bench.get(&cache, "after").await.as_deref(), Some("value"), "{bench}: a set afterwards");
}

/// A disk that answers at once finds what is always there, also while it is overwritten, or leaves it to those who
/// wait.
/// [GET-1, SET-6]
pub async fn what_is_overwritten_is_never_missed_at_once(bench: &Bench) {
    let disk = bench.disk().await;
    let keys: Vec<_> = (0..8).map(|number| bench.key(&number)).collect();
    for key in &keys {
        bench.store(&*disk, key, "first").await;
    }
    let writers = AtomicU64::new(2);
    let _ = threads(bench, 4, async |thread| {
        if thread < 2 {
            let _done = Done(&writers);
            for round in 0..40 {
                let source = yielding(&pattern(8_000, round));
                let draft = Draft { source, ..bench.draft(bench.meta(), "") };
                bench.store_draft(&*disk, &keys[usize::try_from(round % 8).expect("small")], draft).await;
            }
            return;
        }
        // One more look when the writers are done: there is always something to see.
        let mut last_look = false;
        while !last_look {
            last_look = writers.load(Ordering::Acquire) == 0;
            for key in &keys {
                let entry = match disk.get_now(key, Access::Peek) {
                    Some(answer) => bench.must(answer, "getting at once"),
                    None => bench.peek(&*disk, key).await,
                };
                assert!(entry.is_some(), "{bench}: the key {key} is missed while it is overwritten");
            }
        }
    });
    bench.balanced(&*disk).await;
}
