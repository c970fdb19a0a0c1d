//! Removing the dead.

use std::time::Duration;

use larder_core::cache::WriteOptions;
use larder_core::disk::{Removed, Scope, Settings};
use larder_core::time::Time;

use crate::Bench;
use crate::bench::Texts;

/// All dead entries go, however many they are and though they died at the same moment; the live ones stay.
/// [EXP-7, EXP-9]
pub async fn all_the_dead_go_at_once(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    let mortal = WriteOptions::default().life(Duration::from_secs(10));
    for number in 0..260 {
        bench.set_with(&cache, &format!("dead {number}"), "value", &mortal).await;
    }
    bench.set_with(&cache, "later", "value", &WriteOptions::default().life(Duration::from_secs(11))).await;
    bench.set(&cache, "endless", "value").await;
    assert_eq!(bench.must(cache.expire().await, "expiring"), 0, "{bench}: nothing is dead yet");
    bench.pass(10);
    assert_eq!(bench.must(cache.expire().await, "expiring"), 260, "{bench}: the number of the dead");
    assert_eq!(bench.sorted_keys(&cache).await, ["endless", "later"], "{bench}: what is left");
    assert_eq!(bench.must(cache.expire().await, "expiring"), 0, "{bench}: none is removed twice");
    bench.books_balance(&larder).await;
}

/// The dead of any given time go: of the epoch, of now, of the end of times.
/// [EXP-8]
pub async fn the_dead_of_a_given_time_go(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    for seconds in [10, 20, 30] {
        let life = WriteOptions::default().life(Duration::from_secs(seconds));
        bench.set_with(&cache, &format!("{seconds}"), "value", &life).await;
    }
    bench.set(&cache, "endless", "value").await;
    let start = bench.now();
    let expire = async |time: Time| bench.must(cache.expire_at(time).await, "expiring at a time");
    assert_eq!(expire(Time::EPOCH).await, 0, "{bench}: nothing is dead at the epoch");
    assert_eq!(expire(start.after(Duration::from_secs(20))).await, 2, "{bench}: dead in twenty seconds");
    assert_eq!(bench.sorted_keys(&cache).await, ["30", "endless"], "{bench}: what is left");
    assert_eq!(expire(Time::LAST).await, 1, "{bench}: all that is mortal is dead at the end of times");
    assert_eq!(bench.sorted_keys(&cache).await, ["endless"], "{bench}: the endless stay");
}

/// The dead of one cache go, those of others on the same disk stay.
/// [EXP-7, NSP-1]
pub async fn the_dead_of_other_caches_stay(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let one: Texts = bench.strict(larder.cache("one"));
    let other: Texts = bench.strict(larder.cache("other"));
    let mortal = WriteOptions::default().life(Duration::from_secs(1));
    for cache in [&one, &other] {
        for key in ["a", "b"] {
            bench.set_with(cache, key, "value", &mortal).await;
        }
    }
    bench.pass(1);
    assert_eq!(bench.must(one.expire().await, "expiring"), 2, "{bench}: the dead of one cache");
    assert_eq!(bench.sorted_keys(&other).await, ["a", "b"], "{bench}: the dead of another cache");
}

/// A survey of the dead has all of them, at the time that was asked for.
/// [EXP-7]
pub async fn a_survey_of_the_dead_has_all_of_them(bench: &Bench) {
    let disk = bench.disk().await;
    for number in 0..40_u64 {
        let mut meta = bench.meta();
        // Pairs die together.
        meta.expires = (number % 4 != 3).then(|| bench.now().after(Duration::from_secs(number / 2)));
        bench.store_draft(&*disk, &bench.key(&number), bench.draft(meta, "body")).await;
    }
    let all = bench.survey(&*disk, Scope::All, 100).await;
    for seconds in [0, 1, 7, 100] {
        let time = bench.now().after(Duration::from_secs(seconds));
        for most in [1, 3, 100] {
            let found = bench.survey(&*disk, Scope::Dead(time), most).await;
            for brief in all.iter().filter(|brief| !brief.is_live(time)) {
                let times = found.iter().filter(|other| other.id == brief.id).count();
                assert_eq!(times, 1, "{bench}: a dead entry is in the survey, in pages of {most}");
            }
        }
    }
}

/// A disk removes a dead entry like a live one, and tells what went, its expiry included.
/// [DEL-1, EXP-5]
pub async fn a_removal_of_the_dead_tells_what_went(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("mortal");
    let mut meta = bench.meta();
    let expires = bench.now().after(Duration::from_secs(10));
    meta.expires = Some(expires);
    let stored = bench.store_draft(&*disk, &key, bench.draft(meta, "body")).await;
    bench.pass(20);
    assert!(!stored.is_live(bench.now()), "{bench}: an entry lives beyond its expiry");
    let removed = bench.remove(&*disk, &key).await;
    let Removed::Gone(gone) = removed else { panic!("{bench}: removing a dead entry: {removed:?}") };
    let told = (gone.version, gone.size, gone.expires);
    assert_eq!(told, (stored.version, stored.size, Some(expires)), "{bench}: what is told of a dead entry");
    assert!(bench.body(&*disk, &key).await.is_none(), "{bench}: a removed entry is there");
    bench.balanced(&*disk).await;
}
