//! A store that does not answer: every operation ends at the deadline, by the clock of the disk.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::StreamExt;
use larder_core::clock::{Clock, DrivenClock};
use larder_core::disk::{Access, Cause, Condition, Disk, Settings};
use larder_core::{ErrorKind, Result};
use larder_object_store::{ObjectStoreDisk, OpenOptions, Sharing};

use crate::bench::bench;
use crate::troubled::Troubled;

const DEADLINE: Duration = Duration::from_secs(7);

/// Polls `work` until it waits for the clock, and says what it is when the clock has moved on by the deadline.
fn at_the_deadline<T: std::fmt::Debug>(
    clock: &DrivenClock,
    work: impl Future<Output = Result<T>>,
) -> larder_core::Error {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    let mut poll = || work.as_mut().poll(&mut context);
    for _ in 0..10 {
        assert!(poll().is_pending(), "nothing answers");
    }
    clock.advance(DEADLINE.saturating_sub(Duration::from_nanos(1)));
    assert!(poll().is_pending(), "the deadline is not over");
    clock.advance(Duration::from_nanos(1));
    match poll() {
        Poll::Ready(Err(error)) => error,
        other => panic!("the deadline is over: {other:?}"),
    }
}

#[test]
fn what_is_not_answered_ends_at_the_deadline() {
    let (bench, store, clock) = (bench(), Arc::new(Troubled::default()), DrivenClock::default());
    let options =
        OpenOptions { deadline: DEADLINE, clock: Arc::new(clock.clone()), ..OpenOptions::default() };
    let shared: Arc<Troubled> = Arc::clone(&store);
    let settings = Some(Settings::unbounded());
    let open = ObjectStoreDisk::with_store(
        "troubled:",
        shared,
        "",
        Sharing::Shared,
        options.clone(),
        settings.clone(),
    );
    let disk = bench.block_on(open).unwrap();
    let (key, other) = (bench.key("key"), bench.key("other"));
    let stored = bench.block_on(bench.store(&disk, &key, "value"));
    store.hangs.store(true, Ordering::Relaxed);

    let mut errors = vec![
        at_the_deadline(&clock, disk.get(&key, Access::Peek)),
        at_the_deadline(&clock, disk.peek(&key)),
        at_the_deadline(&clock, bench.put(&disk, &other, "x", Condition::Absent)),
        at_the_deadline(&clock, disk.list(&[stored.id])),
        at_the_deadline(
            &clock,
            disk.remove(&key, Condition::Is(larder_core::entry::Version::from_bits(3)), Cause::Removed),
        ),
        at_the_deadline(&clock, disk.settings(settings.clone())),
    ];
    let again = ObjectStoreDisk::with_store(
        "troubled:",
        Arc::clone(&store) as _,
        "",
        Sharing::Shared,
        options,
        settings,
    );
    errors.push(at_the_deadline(&clock, again));
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.message().contains("timeout") && error.message().contains("7s"), "{error}");
        assert!(error.to_string().contains("troubled:"), "{error}");
    }
    // A write that was sent and not answered is carried on by the disk; until then its place is taken.
    store.hangs.store(false, Ordering::Relaxed);
    assert_eq!(bench.block_on(bench.body(&disk, &key)).unwrap(), "value");
    assert!(clock.now() > DrivenClock::default().now());
}

#[test]
fn a_stream_has_the_deadline_for_each_of_its_requests() {
    let (bench, store, clock) = (bench(), Arc::new(Troubled::default()), DrivenClock::default());
    let options =
        OpenOptions { deadline: DEADLINE, clock: Arc::new(clock.clone()), ..OpenOptions::default() };
    let open = ObjectStoreDisk::with_store(
        "troubled:",
        store as _,
        "",
        Sharing::Shared,
        options,
        Some(Settings::unbounded()),
    );
    let disk = bench.block_on(open).unwrap();
    let key = bench.key("key");
    let slow = clock.clone();
    let chunks = futures_util::stream::iter(0..5).map(move |_| {
        // Longer than the deadline between two chunks, and that is the business of the stream.
        slow.advance(2 * DEADLINE);
        Ok(larder_core::Bytes::from(vec![7; 1 << 20]))
    });
    let mut draft = bench.stream(bench.meta(), Vec::new());
    draft.source = larder_core::entry::Source::Stream(Box::pin(chunks));
    let put = bench.block_on(disk.put(&key, draft, Condition::Always, &larder_core::disk::NoRoom)).unwrap();
    assert!(matches!(put, larder_core::disk::Put::Stored { .. }), "{put:?}");
}
