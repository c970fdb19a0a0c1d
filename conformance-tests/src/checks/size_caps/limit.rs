//! The limit holds at every moment, and nothing goes without need.

use larder_core::cache::Outcome;
use larder_core::disk::{Refusal, Settings};

use super::{full, name, names, unit, value};
use crate::Bench;

/// Under every policy the volume stays within the limit, after each of hundreds of writes of all sizes.
/// [CAP-2, CAP-6]
pub async fn the_limit_holds_at_every_step(bench: &Bench) {
    for policy in ["lrs", "lru", "lfu", "none"] {
        let bench = bench.fresh();
        let limit = 20_000;
        let larder = bench.larder(Settings::limited(limit).policy(policy)).await;
        let cache = bench.texts(&larder);
        for step in 0..300 {
            let key = name(bench.below(60));
            let text = "v".repeat(usize::try_from(bench.below(3_000)).expect("small"));
            let outcome = bench.must(cache.set(&key, &text).await, "setting a value");
            let present = bench.has(&cache, &key).await;
            assert_eq!(
                present,
                outcome.is_stored(),
                "{bench}: {policy}: what is said of a write: {outcome:?}"
            );
            let usage = bench.must(larder.usage().await, "asking for the usage");
            let held = usage.volume + usage.reserved;
            assert!(held <= limit, "{bench}: {policy}: {held} bytes of {limit} after {step} steps");
            bench.pass(1);
        }
        let usage = bench.must(larder.usage().await, "asking for the usage");
        assert!(usage.entries > 3, "{bench}: {policy}: almost nothing is kept: {usage:?}");
        bench.books_balance(&larder).await;
    }
}

/// An entry as large as the limit is stored; one byte more is too large.
/// [CAP-2, CAP-4]
pub async fn an_entry_as_large_as_the_limit_fits(bench: &Bench) {
    let limit = unit(bench).await;
    let larder = bench.larder(Settings::limited(limit)).await;
    let cache = bench.texts(&larder);
    bench.set(&cache, &name(1), &value()).await;
    bench.pass(1);
    bench.set(&cache, &name(2), &value()).await;
    assert_eq!(bench.sorted_keys(&cache).await, names([2]), "{bench}: the entry that fills the disk");
    let outcome = bench.must(cache.set(&name(3), &(value() + "v")).await, "setting a value");
    let expected = Outcome::Refused(Refusal::TooLarge { size: limit + 1, limit });
    assert_eq!(outcome, expected, "{bench}: an entry one byte above the limit");
}

/// What is larger than the limit is refused with its size; an older entry of its key goes, no other does.
/// [CAP-4, CAP-6]
pub async fn the_too_large_leave_the_others(bench: &Bench) {
    let (larder, cache) = full(bench, 5, "lru").await;
    let large = "v".repeat(100_000);
    for key in [name(2), name(9)] {
        let outcome = bench.must(cache.set(&key, &large).await, "setting a value");
        assert!(
            matches!(outcome, Outcome::Refused(Refusal::TooLarge { size, limit }) if size > limit),
            "{bench}: a value above the limit: {outcome:?}"
        );
    }
    assert_eq!(bench.sorted_keys(&cache).await, names([0, 1, 3, 4]), "{bench}: what is left");
    bench.books_balance(&larder).await;
}

/// Under the policy `none` nothing that lives goes: what does not fit is refused as full, and an older entry of
/// its key goes, since it would be a wrong answer.
/// [CAP-5, POL-4]
pub async fn without_eviction_a_full_disk_is_full(bench: &Bench) {
    let (larder, cache) = full(bench, 5, "none").await;
    let outcome = bench.must(cache.set(&name(9), &value()).await, "setting a value");
    assert_eq!(outcome, Outcome::Refused(Refusal::Full), "{bench}: a new entry on a full disk");
    assert_eq!(bench.sorted_keys(&cache).await, names(0..5), "{bench}: nothing goes under `none`");
    let outcome = bench.must(cache.set(&name(2), &(value() + "longer")).await, "setting a value");
    assert_eq!(outcome, Outcome::Refused(Refusal::Full), "{bench}: a longer value on a full disk");
    assert_eq!(bench.sorted_keys(&cache).await, names([0, 1, 3, 4]), "{bench}: what is left");
    bench.set(&cache, &name(9), &value()).await;
    bench.books_balance(&larder).await;
}

/// Exactly as many entries go as are needed for a write, the first in the order of the policy.
/// [CAP-3]
pub async fn no_more_go_than_are_needed(bench: &Bench) {
    let (larder, cache) = full(bench, 10, "lru").await;
    let unit = unit(bench).await;
    // An entry of a little more than two units needs the room of three.
    let wide = "v".repeat(100 + usize::try_from(unit * 11 / 10).expect("small"));
    bench.set(&cache, &name(90), &wide).await;
    let expected = names((3..10).chain([90]));
    assert_eq!(bench.sorted_keys(&cache).await, expected, "{bench}: three went for one");
    if bench.declared().counted {
        let balance = bench.must(larder.balance().await, "asking for the balance");
        assert_eq!(balance.evicted, 3, "{bench}: the number of entries that went");
    }
    bench.set(&cache, &name(91), "v").await;
    let kept = bench.sorted_keys(&cache).await;
    assert_eq!(kept, names((3..10).chain([90, 91])), "{bench}: what fits takes nobody's place");
}

/// An overwrite counts the difference only: on a full disk one of the same length takes nobody's place.
/// [CAP-7]
pub async fn an_overwrite_counts_the_difference(bench: &Bench) {
    let (larder, cache) = full(bench, 10, "lru").await;
    for number in 0..10 {
        bench.set(&cache, &name(number), &value()).await;
    }
    assert_eq!(bench.sorted_keys(&cache).await, names(0..10), "{bench}: an overwrite of one length");
    bench.set(&cache, &name(3), "v").await;
    bench.set(&cache, &name(3), &value()).await;
    assert_eq!(bench.sorted_keys(&cache).await, names(0..10), "{bench}: an overwrite that grows back");
    bench.books_balance(&larder).await;
}

/// An entry that grows takes the place of others and never of itself, also when its turn was first.
/// [CAP-3, CAP-7]
pub async fn what_is_written_is_never_a_victim(bench: &Bench) {
    for policy in ["lrs", "lru", "lfu"] {
        let bench = bench.fresh();
        let (larder, cache) = full(&bench, 10, policy).await;
        bench.set(&cache, &name(0), &(value() + &value())).await;
        let expected = names([0].into_iter().chain(2..10));
        assert_eq!(bench.sorted_keys(&cache).await, expected, "{bench}: {policy}: what is left");
        if bench.declared().counted {
            let balance = bench.must(larder.balance().await, "asking for the balance");
            let told = (balance.evicted, balance.replaced);
            assert_eq!(told, (1, 1), "{bench}: {policy}: one went, one was replaced: {balance:?}");
        }
        bench.books_balance(&larder).await;
    }
}

/// A limit on the number of entries holds beside that on bytes.
/// [CAP-1]
pub async fn a_number_of_entries_is_a_limit_too(bench: &Bench) {
    let settings = Settings { max_entries: Some(4), ..Settings::limited(1 << 20) }.policy("lru");
    let larder = bench.larder(settings).await;
    let cache = bench.texts(&larder);
    for number in 0..9 {
        bench.set(&cache, &name(number), &value()).await;
        bench.pass(1);
        let usage = bench.must(larder.usage().await, "asking for the usage");
        assert!(usage.entries <= 4, "{bench}: {} entries where 4 are the limit", usage.entries);
    }
    assert_eq!(bench.sorted_keys(&cache).await, names(5..9), "{bench}: the last four are kept");
    bench.set(&cache, &name(5), "another").await;
    assert_eq!(bench.sorted_keys(&cache).await, names(5..9), "{bench}: an overwrite is no further entry");
    bench.books_balance(&larder).await;
}

/// Settings come back as they were set, in every field, and are those of the next change until then.
/// [VOL-7, POL-9]
pub async fn settings_come_back_as_they_were_set(bench: &Bench) {
    let disk = bench.open(Settings::limited(1_000_000)).await;
    let first = bench.must(disk.settings(None).await, "asking for the settings");
    assert_eq!(first, Settings::limited(1_000_000), "{bench}: the settings that the disk was opened with");
    let changes = [
        Settings { max_entries: Some(7), ..Settings::limited(123_456).policy("lru") },
        Settings { max_entries: Some(9), ..Settings::unbounded().policy("none") },
        Settings::limited(654_321).policy("lfu"),
        Settings::unbounded(),
    ];
    for change in changes {
        let told = bench.must(disk.settings(Some(change.clone())).await, "changing the settings");
        assert_eq!(told, change, "{bench}: what is told of a change");
        let kept = bench.must(disk.settings(None).await, "asking for the settings");
        assert_eq!(kept, change, "{bench}: the settings after a change");
    }
}
