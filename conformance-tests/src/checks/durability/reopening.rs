//! Opening the same place again.

use std::time::Duration;

use larder_core::disk::{Access, Brief, Scope, Settings};
use larder_core::entry::Draft;

use super::super::values::pattern;
use crate::Bench;

/// Entries come back with body, metadata, size and place; what was removed stays removed.
/// [OPN-3, CLK-2, VOL-3]
pub async fn entries_come_back_as_they_were(bench: &Bench) {
    let disk = bench.disk().await;
    for number in 0..60_u64 {
        let mut meta = bench.meta();
        meta.tags = vec!["all".into(), i64::from(number % 2 == 0).into()];
        meta.expires = (number % 3 == 0).then(|| bench.now().after(Duration::from_nanos(number + 1)));
        meta.user.insert("number".into(), number.to_string().into());
        let length = usize::try_from(number * 3_000).expect("small");
        bench.store_draft(&*disk, &bench.key(&number), bench.draft(meta, pattern(length, number))).await;
        bench.pass(1);
    }
    for number in 0..10 {
        let _ = bench.remove(&*disk, &bench.key(&(number * 5))).await;
    }
    let (volume, keys) = (bench.volume(&*disk).await, bench.keys(&*disk).await);
    let mut before = Vec::new();
    for key in &keys {
        before.push(bench.peek(&*disk, key).await.expect("a listed entry is stored"));
    }
    bench.must(disk.sync().await, "syncing");
    drop(disk);
    let disk = bench.disk().await;
    assert_eq!(bench.keys(&*disk).await, keys, "{bench}: the keys after a reopen");
    assert_eq!(bench.volume(&*disk).await, volume, "{bench}: the volume after a reopen");
    for (key, old) in keys.iter().zip(before) {
        let entry = bench.peek(&*disk, key).await;
        let Some(entry) = entry else { panic!("{bench}: {key} is lost by a reopen") };
        assert_eq!(format!("{:?}", entry.meta), format!("{:?}", old.meta), "{bench}: the metadata of {key}");
        let (new, old) = (entry.body.bytes().await, old.body.bytes().await);
        let same = bench.must(new, "reading") == bench.must(old, "reading an old body");
        assert!(same, "{bench}: the body of {key} changed by a reopen");
    }
    for absent in 0..10 {
        let body = bench.body(&*disk, &bench.key(&(absent * 5))).await;
        assert!(body.is_none(), "{bench}: a removed entry is back");
    }
    bench.balanced(&*disk).await;
}

/// Tags and expiries work after a reopen, before any entry was read.
/// [TAG-4, EXP-7, EXP-12]
pub async fn tags_and_expiries_work_after_a_reopen(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    for number in 0..130 {
        let options = larder_core::cache::WriteOptions::default();
        let options =
            if number % 2 == 0 { options.tag("even") } else { options.life(Duration::from_secs(9)) };
        bench.set_with(&cache, &format!("{number}"), "value", &options).await;
    }
    bench.set(&cache, "bare", "value").await;
    bench.must(larder.sync().await, "syncing");
    drop((larder, cache));
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    assert_eq!(bench.must(cache.evict("even").await, "evicting"), 65, "{bench}: a tag after a reopen");
    bench.pass(9);
    assert_eq!(bench.must(cache.expire().await, "expiring"), 65, "{bench}: the dead after a reopen");
    assert_eq!(bench.sorted_keys(&cache).await, ["bare"], "{bench}: what is left");
    bench.books_balance(&larder).await;
}

/// Order and hits come back on a disk that keeps an order, and new entries come after the old ones.
/// [ITR-1, CFG-3]
pub async fn the_order_comes_back(bench: &Bench) {
    let disk = bench.disk().await;
    for number in 0..20 {
        bench.store(&*disk, &bench.key(&((number * 7) % 20)), "body").await;
        bench.pass(1);
    }
    let hit = bench.must(disk.get(&bench.key(&3), Access::Hit(bench.now())).await, "hitting");
    assert!(hit.is_some(), "{bench}: a hit finds its entry");
    let versions = |briefs: &[Brief]| briefs.iter().map(|brief| brief.version).collect::<Vec<_>>();
    let before = bench.survey(&*disk, Scope::All, 100).await;
    bench.must(disk.sync().await, "syncing");
    drop(disk);
    let disk = bench.disk().await;
    let after = bench.survey(&*disk, Scope::All, 100).await;
    assert_eq!(versions(&after), versions(&before), "{bench}: the order after a reopen");
    let new = bench.store(&*disk, &bench.key("new"), "body").await;
    assert!(after.iter().all(|brief| brief.insertion < new.insertion), "{bench}: a new entry is the newest");
}

/// After a sync, a reopen keeps the place of an overwritten entry among entries of equal times, hits, the
/// last access and the word of the policy, and never gives away the insertion number of a removed entry
/// again.
/// [ITR-1, CFG-3]
pub async fn the_state_of_eviction_comes_back(bench: &Bench) {
    let disk = bench.disk().await;
    // All at one time: only the order of insertion tells which is older.
    for number in 0..12_u64 {
        let draft = Draft { word: number + 100, ..bench.draft(bench.meta(), "body") };
        bench.store_draft(&*disk, &bench.key(&((number * 5) % 12)), draft).await;
    }
    let draft = Draft { word: 7, ..bench.draft(bench.meta(), "another body") };
    bench.store_draft(&*disk, &bench.key(&0_u64), draft).await;
    for (key, hits) in [(3_u64, 5), (0, 2)] {
        for _ in 0..hits {
            bench.pass(1);
            let hit = bench.must(disk.get(&bench.key(&key), Access::Hit(bench.now())).await, "hitting");
            assert!(hit.is_some(), "{bench}: a hit finds its entry");
        }
    }
    let newest = bench.store(&*disk, &bench.key("newest"), "body").await;
    let _ = bench.remove(&*disk, &bench.key("newest")).await;
    let state = |briefs: &[Brief]| {
        let state = briefs.iter().map(|brief| (brief.version, brief.hits, brief.accessed, brief.word));
        state.collect::<Vec<_>>()
    };
    let before = bench.survey(&*disk, Scope::All, 100).await;
    assert_eq!(before.len(), 12, "{bench}: the entries before a reopen");
    bench.must(disk.sync().await, "syncing");
    drop(disk);
    let disk = bench.disk().await;
    let after = bench.survey(&*disk, Scope::All, 100).await;
    assert_eq!(state(&after), state(&before), "{bench}: order, hits, last access and words after a reopen");
    let new = bench.store(&*disk, &bench.key("new"), "body").await;
    let why = "the number of a removed entry is given again after a reopen";
    assert!(new.insertion > newest.insertion, "{bench}: {why}");
    bench.balanced(&*disk).await;
}
