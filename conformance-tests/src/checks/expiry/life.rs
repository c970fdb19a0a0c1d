//! When an entry lives, and what a dead one is.

use std::time::Duration;

use larder_core::cache::{Life, Order, WriteOptions};
use larder_core::disk::{Access, Settings};
use larder_core::time::Time;

use crate::Bench;

fn for_secs(seconds: u64) -> WriteOptions {
    WriteOptions::default().life(Duration::from_secs(seconds))
}

/// An entry lives until the nanosecond before its expiry, and is dead from then on.
/// [EXP-1, EXP-2, GET-1, GET-4, CON-1]
pub async fn an_entry_lives_until_its_expiry(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    let stored = bench.now();
    let life = Duration::from_millis(10_500);
    bench.set_with(&cache, "mortal", "value", &WriteOptions::default().life(life)).await;
    let entry = bench.must(cache.get_entry("mortal").await, "getting an entry").expect("it lives");
    assert_eq!(entry.expires, Some(stored.after(life)), "{bench}: the expiry of an entry");
    bench.clock().set(Time::from_nanos(stored.after(life).nanos() - 1));
    assert!(bench.has(&cache, "mortal").await, "{bench}: an entry dies too early");
    assert_eq!(
        bench.get(&cache, "mortal").await.as_deref(),
        Some("value"),
        "{bench}: an entry dies too early"
    );
    bench.clock().set(stored.after(life));
    assert!(!bench.has(&cache, "mortal").await, "{bench}: an entry outlives its expiry");
    assert_eq!(bench.get(&cache, "mortal").await, None, "{bench}: an entry outlives its expiry");
}

/// A life of zero stores an entry that is dead at once; a set without a life makes it endless again.
/// [EXP-3, SET-2]
pub async fn a_life_of_zero_is_stored_dead(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    bench.set_with(&cache, "dead", "value", &for_secs(0)).await;
    assert_eq!(bench.get(&cache, "dead").await, None, "{bench}: a dead entry is read");
    let usage = bench.must(larder.usage().await, "asking for the usage");
    assert_eq!(usage.entries, 1, "{bench}: an entry that is dead at once is stored");
    bench.set(&cache, "dead", "again").await;
    bench.pass(1_000_000);
    assert_eq!(bench.get(&cache, "dead").await.as_deref(), Some("again"), "{bench}: an endless entry");
}

/// A dead entry is invisible to reads, removals, pops and touches, and is counted and iterated all the same.
/// [EXP-4, EXP-5, DEL-1, POP-2, TCH-1, ITR-2]
pub async fn the_dead_are_invisible_and_counted(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    bench.set_with(&cache, "dead", "value", &for_secs(5)).await;
    bench.set(&cache, "live", "value").await;
    let volume = bench.must(larder.volume().await, "asking for the volume");
    bench.pass(5);
    assert_eq!(bench.get(&cache, "dead").await, None, "{bench}: a dead entry is read");
    assert!(!bench.has(&cache, "dead").await, "{bench}: a dead entry is contained");
    let removed = bench.must(cache.remove("dead").await, "removing a dead entry");
    assert!(!removed, "{bench}: a dead entry is removed by key");
    if bench.declared().compare {
        let popped = bench.must(cache.pop("dead").await, "popping a dead entry");
        assert!(popped.is_none(), "{bench}: a dead entry is popped");
    }
    if bench.declared().touch {
        let touched = bench.must(cache.touch("dead", Life::Endless).await, "touching a dead entry");
        assert!(!touched, "{bench}: a dead entry is touched");
    }
    assert_eq!(bench.sorted_keys(&cache).await, ["dead", "live"], "{bench}: the dead are iterated");
    let after = bench.must(larder.volume().await, "asking for the volume");
    assert_eq!(after, volume, "{bench}: the dead count towards the volume until they are removed");
    if bench.declared().counted {
        assert_eq!(bench.must(cache.len().await, "counting"), 2, "{bench}: the dead are counted");
    }
}

/// Reading a dead entry neither removes it nor counts as an access.
/// [GET-2]
pub async fn reading_the_dead_changes_nothing(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("dead");
    let mut meta = bench.meta();
    meta.expires = Some(bench.now().after(Duration::from_secs(1)));
    bench.store_draft(&*disk, &key, bench.draft(meta, "body")).await;
    let before = bench.brief(&*disk, &key).await;
    bench.pass(1);
    for _ in 0..3 {
        let read = bench.must(disk.get(&key, Access::Hit(bench.now())).await, "reading the dead");
        assert!(read.is_some(), "{bench}: a dead entry is handed out, the cache decides");
    }
    assert_eq!(bench.brief(&*disk, &key).await, before, "{bench}: reading the dead changed the entry");
}

/// The longest life that can be told is a life.
/// [EXP-10]
pub async fn a_very_long_life_is_a_life(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    bench.set_with(&cache, "old", "value", &WriteOptions::default().life(Duration::MAX)).await;
    bench.pass(100 * 365 * 86_400);
    let entry = bench.must(cache.get_entry("old").await, "getting an entry");
    let expires = entry.map(|entry| entry.expires);
    assert_eq!(expires, Some(Some(Time::LAST)), "{bench}: an entry with a life of centuries");
}

/// A clock that steps back fails no operation, and no entry outlives its time to live by the step: neither one that
/// was stored before it nor one stored after it.
/// [CLK-4, CLK-1, EXP-1]
pub async fn a_clock_that_steps_back_fails_nothing(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    let start = bench.now();
    bench.set_with(&cache, "first", "value", &for_secs(10)).await;
    bench.pass(4);
    bench.clock().set(Time::from_nanos(start.nanos() - 1_000_000_000_000));
    assert!(bench.has(&cache, "first").await, "{bench}: a step back expired an entry");
    bench.set_with(&cache, "second", "value", &for_secs(10)).await;
    let expired = bench.must(cache.expire().await, "expiring");
    assert_eq!(expired, 0, "{bench}: entries removed as expired after a step back");
    let entry = bench.must(cache.get_entry("first").await, "getting an entry").expect("it is live");
    assert_eq!(entry.stored, start, "{bench}: an entry keeps the time it was stored at");
    bench.pass(6);
    assert!(!bench.has(&cache, "first").await, "{bench}: an entry outlives its time to live by the step");
    assert!(bench.has(&cache, "second").await, "{bench}: an entry stored after the step expires too early");
    bench.pass(4);
    assert!(!bench.has(&cache, "second").await, "{bench}: an entry stored after the step lives on");
    let keys = bench.all_keys(&cache, Order::Oldest).await;
    assert_eq!(keys.len(), 2, "{bench}: both are stored");
}

/// An entry that another process stored before the clock stepped back does not outlive its time to live by the
/// step: with a time of storing in the future it is expired.
/// [CLK-4, EXP-1]
pub async fn an_entry_from_the_future_is_expired(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    bench.set_with(&bench.texts(&larder), "future", "value", &for_secs(10)).await;
    bench.set(&bench.texts(&larder), "endless", "value").await;
    let now = Time::from_nanos(bench.now().nanos() - 1_000_000_000_000);
    bench.clock().set(now);
    // It has not seen the time before the step.
    let later = bench.larder_on(std::sync::Arc::clone(larder.disk())).await;
    let cache = bench.texts(&later);
    assert!(!bench.has(&cache, "future").await, "{bench}: an entry stored in the future");
    assert!(bench.has(&cache, "endless").await, "{bench}: an entry without a time to live never expires");
    bench.set(&cache, "future", "new").await;
    assert_eq!(bench.get(&cache, "future").await.as_deref(), Some("new"), "{bench}: the new value");
}

/// A touch gives a live entry another life: longer, shorter, over at once, endless.
/// [TCH-1, TCH-3]
pub async fn a_touch_gives_another_life(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    let touch = async |life: Life| bench.must(cache.touch("touched", life).await, "touching");
    bench.set_with(&cache, "touched", "value", &for_secs(10)).await;
    bench.pass(9);
    assert!(touch(Life::For(Duration::from_secs(10))).await, "{bench}: a live entry is touched");
    bench.pass(9);
    assert!(bench.has(&cache, "touched").await, "{bench}: a longer life");
    assert!(touch(Life::Endless).await, "{bench}: a live entry is touched");
    bench.pass(1_000);
    assert!(bench.has(&cache, "touched").await, "{bench}: an endless life");
    assert!(touch(Life::For(Duration::ZERO)).await, "{bench}: a touch that ends a life succeeds");
    assert!(!bench.has(&cache, "touched").await, "{bench}: a life that was ended");
    assert!(!touch(Life::Endless).await, "{bench}: the dead are not revived");
    let absent = bench.must(cache.touch("absent", Life::Endless).await, "touching nothing");
    assert!(!absent, "{bench}: nothing is touched where nothing is");
}
