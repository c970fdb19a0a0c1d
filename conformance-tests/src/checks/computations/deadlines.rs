//! No call waits without end, and all its waiting has one deadline.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::poll_immediate;
use larder_core::disk::Settings;
use larder_core::error::{Error, ErrorKind};
use larder_core::time::Time;

use super::Held;
use crate::Bench;
use crate::bench::Texts;
use crate::faulty::{Call, Faulty, Trouble};

/// A caller waits for a computation that makes no progress up to the deadline, by the monotonic clock: steps of the
/// wall time neither end the wait nor lengthen it. Then the next caller computes.
/// [TMO-1, CLK-4]
pub async fn a_wait_ends_at_the_deadline(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache: Texts = bench.strict(larder.cache("texts").deadline(Duration::from_secs(30)));
    let held = Held::default();
    let mut stuck = Box::pin(cache.get_or_insert_with("key", async || held.compute("late").await));
    held.begin(&mut stuck).await;
    let mut waiting = Box::pin(cache.get_or_insert_with("key", async || held.compute("other").await));
    held.join(&mut waiting, &cache, &format!("{bench}")).await;
    bench.clock().set(bench.now().after(Duration::from_hours(1)));
    assert!(poll_immediate(&mut waiting).await.is_none(), "{bench}: a step forward ends no wait");
    bench.clock().set(Time::from_nanos(bench.now().nanos() - 7_200_000_000_000));
    bench.pass(29);
    assert!(poll_immediate(&mut waiting).await.is_none(), "{bench}: before the deadline");
    bench.pass(1);
    bench.fails(waiting.await, ErrorKind::Unavailable, "waiting longer than the deadline");
    let taken = cache.get_or_insert_with("key", async || Ok::<_, Error>("new".to_owned())).await;
    assert_eq!(bench.must(taken, "computing"), "new", "{bench}: the next caller computes");
    held.end();
    assert_eq!(bench.must(stuck.await, "computing"), "late", "{bench}: the call that was stuck");
    assert_eq!(bench.get(&cache, "key").await.as_deref(), Some("new"), "{bench}: the newer value stays");
}

/// Computations that wait for each other are refused at once.
/// [MEM-10]
pub async fn computations_that_wait_for_each_other_are_refused(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    let (first, second) = (Held::default(), Held::default());
    // Each begins, is held, and then asks for the other's value.
    let through = |held: Held, other: &'static str| {
        let cache = cache.clone();
        async move || {
            held.compute("").await?;
            cache.get_or_insert_with(other, async || Ok::<_, Error>("other".to_owned())).await
        }
    };
    let mut one = Box::pin(cache.get_or_insert_with("one", through(first.clone(), "two")));
    first.begin(&mut one).await;
    let mut two = Box::pin(cache.get_or_insert_with("two", through(second.clone(), "one")));
    second.begin(&mut two).await;
    first.end();
    first.join(&mut one, &cache, &format!("{bench}: the first waits for the second")).await;
    second.end();
    bench.fails(two.await, ErrorKind::Invalid, "a computation that waits for itself");
    bench.fails(one.await, ErrorKind::Computation, "a computation that waits for one that failed");
}

/// A disk that hangs costs a call one deadline, not one for each step, and a miss costs one read.
/// [TMO-1, TMO-3]
pub async fn a_call_has_one_deadline_and_one_read(bench: &Bench) {
    let disk = bench.open(Settings::unbounded()).await;
    let faulty = Faulty::new(disk, Arc::new(bench.clock().clone()));
    let larder = bench.larder_on(Arc::new(faulty.clone())).await;
    let build = || larder.cache("texts").deadline(Duration::from_secs(30)).build();
    let cache: Texts = bench.must(build(), "making a cache");
    let stuck = Trouble::Delay(Duration::from_hours(1));
    faulty.always(Call::Get, stuck.clone());
    faulty.always(Call::Put, stuck);
    let mut call = Box::pin(cache.get_or_insert_with("key", async || Ok::<_, Error>("value".to_owned())));
    assert!(poll_immediate(&mut call).await.is_none(), "{bench}: a read that hangs");
    bench.pass(29);
    assert!(poll_immediate(&mut call).await.is_none(), "{bench}: before the deadline");
    bench.pass(1);
    let computed = bench.must(call.await, "computing while the disk hangs");
    assert_eq!(computed, "value", "{bench}: the value of a call on a disk that hangs");
    let given_up = (cache.stats().errors, faulty.calls(Call::Put));
    assert_eq!(given_up, (1, 0), "{bench}: errors and writes after a read that was given up");
    faulty.heal();
    faulty.always(Call::Get, Trouble::Delay(Duration::ZERO));
    let before = faulty.calls(Call::Get);
    let computed = cache.get_or_insert_with("other", async || Ok::<_, Error>("value".to_owned())).await;
    assert_eq!(bench.must(computed, "computing"), "value", "{bench}: the computed value");
    assert_eq!(faulty.calls(Call::Get) - before, 1, "{bench}: how many reads a miss takes");
    assert_eq!(bench.get(&cache, "other").await.as_deref(), Some("value"), "{bench}: it is stored");
}
