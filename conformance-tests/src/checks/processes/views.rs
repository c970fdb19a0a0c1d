//! What one does is seen by all at once.

use std::collections::BTreeSet;

use larder_core::cache::Order;
use larder_core::disk::{Condition, NoRoom, Settings};
use larder_core::error::ErrorKind;

use super::OTHERS;
use crate::Bench;
use crate::checks::values::pattern;
use crate::worker::{Job, together};

/// What one stores, overwrites or removes all others read at once, also those that read the key before.
/// [SET-1, GET-1, OPN-3]
pub async fn what_one_stores_others_read_at_once(bench: &Bench) {
    let mut workers = bench.workers(OTHERS, &Settings::unbounded()).await;
    for round in 0..12_usize {
        let (writer, text) = (round % workers.len(), "text ".repeat(1 + round * 1_000));
        let _ = workers[writer].does(Job::set("shared", &text));
        for read in together(&mut workers, &Job::get("shared")) {
            assert!(read == [text.as_str()], "{bench}: what others read after the write of round {round}");
        }
        if round % 3 == 2 {
            let _ = workers[writer].does(Job::Remove { key: "shared".into() });
            for read in together(&mut workers, &Job::get("shared")) {
                assert!(read.is_empty(), "{bench}: what one removed another reads");
            }
        }
    }
}

/// Removal by tag, of the dead and of all by one takes what others stored, and all see it.
/// [TAG-4, EXP-7, CLR-1]
pub async fn what_one_removes_is_gone_for_all(bench: &Bench) {
    let mut workers = bench.workers(OTHERS, &Settings::unbounded()).await;
    for (number, worker) in workers.iter_mut().enumerate() {
        for (what, tag, seconds) in
            [("tagged", Some("red"), None), ("mortal", None, Some(5)), ("plain", None, None)]
        {
            let key = format!("{what} {number}");
            let tag = tag.map(str::to_owned);
            let _ = worker.does(Job::Set { key, text: "value".into(), tag, seconds });
        }
    }
    let counted = |what| (0..OTHERS).map(|number| format!("{what} {number}")).collect::<Vec<_>>();
    let evicted = workers[1].does(Job::Evict { tag: "red".into() });
    assert_eq!(evicted, [OTHERS.to_string()], "{bench}: how many of all had the tag");
    let expected = [counted("mortal"), counted("plain")].concat();
    for keys in together(&mut workers, &Job::Keys) {
        assert_eq!(keys, expected, "{bench}: what is left after a tag went");
    }
    bench.pass(5);
    let expired = workers[2].does(Job::Expire);
    assert_eq!(expired, [OTHERS.to_string()], "{bench}: how many of all were dead");
    for keys in together(&mut workers, &Job::Keys) {
        assert_eq!(keys, counted("plain"), "{bench}: what is left after the dead went");
    }
    assert_eq!(workers[3].does(Job::Clear), [OTHERS.to_string()], "{bench}: how many a clear takes");
    for keys in together(&mut workers, &Job::Keys) {
        assert_eq!(keys, [""; 0], "{bench}: what is left after a clear");
    }
}

/// An iteration beside writers of other handles and processes has what stays once, and nothing twice.
/// [ITR-5]
pub async fn iteration_goes_on_beside_writers_elsewhere(bench: &Bench) {
    let mut workers = bench.workers(OTHERS, &Settings::unbounded()).await;
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    // First those that go, so that places shift under whoever counts them.
    let _ = together(&mut workers, &Job::Churn { rounds: 20 });
    let staying: Vec<String> = (0..150).map(|number| format!("stay {number:03}")).collect();
    for key in &staying {
        bench.set(&cache, key, "value").await;
    }
    for order in [Order::Oldest, Order::Newest, Order::Ascending] {
        let mut keys = bench.must(cache.keys(order).await, "iterating");
        let mut seen: Vec<String> = Vec::new();
        while let Some(key) = bench.must(keys.next().await, "iterating") {
            if seen.len() == 10 {
                // These are done before the iteration goes on, the others while it does.
                let _ = workers[1].does(Job::Churn { rounds: 60 });
                workers.iter_mut().for_each(|worker| worker.tell(Job::Churn { rounds: 200 }));
            }
            seen.push(key);
        }
        workers.iter_mut().for_each(|worker| _ = worker.answer());
        let distinct: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len(), "{bench}: {order:?}: a key comes twice");
        for key in &staying {
            assert!(distinct.contains(key), "{bench}: {order:?}: the key {key} was there and did not come");
        }
    }
}

/// A body in hand stays what it was, or fails as corrupt, when another overwrites, removes and fills the place.
/// [STR-7, VAL-12]
pub async fn a_body_in_hand_outlives_the_write_of_another(bench: &Bench) {
    let mut workers = bench.workers(OTHERS, &Settings::limited(3 << 20)).await;
    let larder = bench.larder(Settings::limited(3 << 20)).await;
    let (disk, cache) = (larder.disk(), bench.texts(&larder));
    for (number, length) in [300, 20_000, 600_000].into_iter().enumerate() {
        let key = cache.key("body");
        let key = bench.must(key, "making a key");
        let old = pattern(length, 1);
        let put = disk.put(&key, bench.draft(bench.meta(), old.clone()), Condition::Always, &NoRoom).await;
        bench.stored(bench.must(put, "putting an entry"));
        let entry = bench.peek(&**disk, &key).await.expect("the entry was stored");
        let writer = 1 + number % 3;
        let _ = workers[writer].does(Job::set("body", &"other".repeat(length / 5)));
        let _ = workers[writer].does(Job::Remove { key: "body".into() });
        let _ = together(&mut workers, &Job::Fill { rounds: 40 });
        match entry.body.bytes().await {
            Ok(read) => assert!(read == old, "{bench}: a body in hand changed with its entry"),
            Err(error) => {
                let kind = error.kind();
                assert_eq!(kind, ErrorKind::Corrupt, "{bench}: reading a body whose entry went: {error:?}");
            }
        }
        let _ = workers[0].does(Job::Clear);
    }
}
