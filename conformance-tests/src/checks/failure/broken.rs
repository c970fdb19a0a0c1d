//! A cache on a disk that breaks.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::poll_immediate;
use larder_core::cache::{Cache, Outcome};
use larder_core::disk::{Disk, Settings};
use larder_core::error::ErrorKind;

use crate::Bench;
use crate::bench::Texts;
use crate::faulty::{Call, Faulty, Trouble};

/// The disk under test with trouble planned around it, a cache that goes on, and a strict one of the same entries.
async fn troubled(bench: &Bench) -> (Faulty<dyn Disk>, Texts, Texts) {
    let disk = bench.open(Settings::unbounded()).await;
    let faulty = Faulty::new(disk, Arc::new(bench.clock().clone()));
    let larder = bench.larder_on(Arc::new(faulty.clone())).await;
    let lenient: Texts = bench.must(larder.cache("texts").build(), "making a cache");
    (faulty, lenient, bench.texts(&larder))
}

async fn set(bench: &Bench, cache: &Cache<String, String>, value: &str) -> Outcome {
    bench.must(cache.set("key", &value.to_owned()).await, "setting in the default mode")
}

/// A read that the disk fails is a miss by default, counted as an error and not as a miss; in strict mode it is the
/// error.
/// [GET-10, STA-3]
pub async fn a_failed_read_is_an_error_and_no_miss(bench: &Bench) {
    let (faulty, lenient, strict) = troubled(bench).await;
    assert!(set(bench, &lenient, "value").await.is_stored(), "{bench}: a set before the trouble");
    faulty.always(Call::Get, Trouble::Fail(ErrorKind::Unavailable));
    assert_eq!(bench.get(&lenient, "key").await, None, "{bench}: a failed read in the default mode");
    let stats = lenient.stats();
    assert_eq!((stats.errors, stats.misses.total()), (1, 0), "{bench}: a failed read: {stats:?}");
    bench.fails(strict.get("key").await, ErrorKind::Unavailable, "a failed read in strict mode");
    faulty.heal();
    assert_eq!(bench.get(&lenient, "key").await.as_deref(), Some("value"), "{bench}: after the trouble");
}

/// A write that fails says so, and the old value stays.
/// [ERR-1, CAP-6]
pub async fn a_failed_write_leaves_the_old_value(bench: &Bench) {
    let (faulty, lenient, strict) = troubled(bench).await;
    assert!(set(bench, &lenient, "old").await.is_stored(), "{bench}: a set before the trouble");
    faulty.plan(Call::Put, 1, Trouble::Fail(ErrorKind::Unavailable));
    let failed = set(bench, &lenient, "new").await;
    assert_eq!(failed, Outcome::Failed(ErrorKind::Unavailable), "{bench}: a failed write");
    assert_eq!(bench.get(&lenient, "key").await.as_deref(), Some("old"), "{bench}: the value after it");
    faulty.plan(Call::Put, 1, Trouble::Fail(ErrorKind::Unavailable));
    let failed = strict.set("key", &"new".to_owned()).await;
    bench.fails(failed, ErrorKind::Unavailable, "a failed write in strict mode");
    assert!(set(bench, &lenient, "new").await.is_stored(), "{bench}: a set after the trouble");
    assert_eq!(
        bench.get(&lenient, "key").await.as_deref(),
        Some("new"),
        "{bench}: the value after the trouble"
    );
}

/// A write whose answer is lost is never counted as stored, and a later read finds the old value or the new one.
/// [TMO-3]
pub async fn a_lost_answer_is_not_counted_as_stored(bench: &Bench) {
    let (faulty, lenient, _) = troubled(bench).await;
    assert!(set(bench, &lenient, "old").await.is_stored(), "{bench}: a set before the trouble");
    faulty.plan(Call::Put, 1, Trouble::LoseAnswer(ErrorKind::Unavailable));
    let outcome = set(bench, &lenient, "new").await;
    assert_eq!(outcome, Outcome::Failed(ErrorKind::Unavailable), "{bench}: a write without an answer");
    assert_eq!(lenient.stats().stored, 1, "{bench}: what is counted as stored");
    let value = bench.get(&lenient, "key").await;
    assert_eq!(value.as_deref(), Some("new"), "{bench}: the write was done, only its answer was lost");
}

/// A damaged entry is a miss that is counted as such; the next set replaces it.
/// [GET-9, VAL-10]
pub async fn a_damaged_entry_is_a_miss_and_is_replaced(bench: &Bench) {
    let (faulty, lenient, strict) = troubled(bench).await;
    assert!(set(bench, &lenient, "value").await.is_stored(), "{bench}: a set before the trouble");
    for trouble in [Trouble::Fail(ErrorKind::Corrupt), Trouble::Damage] {
        faulty.plan(Call::Get, 1, trouble);
        assert_eq!(bench.get(&lenient, "key").await, None, "{bench}: a damaged entry in the default mode");
    }
    let misses = lenient.stats().misses;
    assert_eq!((misses.corrupt, misses.undecodable), (1, 1), "{bench}: {misses:?}");
    assert_eq!(lenient.stats().errors, 0, "{bench}: a damaged entry is no error");
    faulty.plan(Call::Get, 1, Trouble::Fail(ErrorKind::Corrupt));
    bench.fails(strict.get("key").await, ErrorKind::Corrupt, "a damaged entry in strict mode");
    assert!(set(bench, &lenient, "again").await.is_stored(), "{bench}: a set over a damaged entry");
    assert_eq!(bench.get(&lenient, "key").await.as_deref(), Some("again"), "{bench}: the value after it");
}

/// A batch that stops early tells how many entries it had removed.
/// [CLR-3, TMO-5, CLL-6]
pub async fn a_batch_that_stops_tells_what_was_done(bench: &Bench) {
    let (faulty, _, strict) = troubled(bench).await;
    for number in 0..150 {
        bench.set(&strict, &format!("{number}"), "value").await;
    }
    faulty.plan(Call::Survey, 2, Trouble::Fail(ErrorKind::Unavailable));
    let error = bench.fails(strict.clear().await, ErrorKind::Unavailable, "clearing");
    let done = error.done().unwrap_or(0);
    assert!(done > 0, "{bench}: how many were done: {error:?}");
    let left = bench.sorted_keys(&strict).await.len() as u64;
    assert_eq!(done + left, 150, "{bench}: what was done and what is left");
    assert_eq!(bench.must(strict.clear().await, "clearing"), left, "{bench}: the rest");
}

/// A disk that hesitates is waited for; a write that is given up meanwhile leaves the old value.
/// [OPN-12]
pub async fn a_hesitating_disk_is_waited_for(bench: &Bench) {
    let (faulty, lenient, _) = troubled(bench).await;
    assert!(set(bench, &lenient, "old").await.is_stored(), "{bench}: a set before the trouble");
    faulty.plan(Call::Put, 1, Trouble::Delay(Duration::from_secs(5)));
    let value = "new".to_owned();
    let mut writing = Box::pin(lenient.set("key", &value));
    assert!(poll_immediate(&mut writing).await.is_none(), "{bench}: a write on a hesitating disk");
    drop(writing);
    bench.pass(10);
    assert_eq!(
        bench.get(&lenient, "key").await.as_deref(),
        Some("old"),
        "{bench}: a write that was given up"
    );
    faulty.plan(Call::Put, 1, Trouble::Delay(Duration::from_secs(5)));
    let mut writing = Box::pin(lenient.set("key", &value));
    assert!(poll_immediate(&mut writing).await.is_none(), "{bench}: a write on a hesitating disk");
    bench.pass(5);
    assert!(bench.must(writing.await, "setting").is_stored(), "{bench}: a write that was waited for");
    assert_eq!(
        bench.get(&lenient, "key").await.as_deref(),
        Some("new"),
        "{bench}: a write that was waited for"
    );
}
