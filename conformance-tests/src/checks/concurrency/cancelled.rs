//! Futures that are dropped before they are done.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use larder_core::Bytes;
use larder_core::disk::{Condition, Disk, NoRoom, Settings};
use larder_core::entry::{Draft, Source};
use larder_core::error::Result;

use super::super::values::pattern;
use crate::Bench;

/// A stream that lets its reader wait once before each chunk.
struct Hesitating {
    chunks: Vec<Bytes>,
    waited: bool,
}

impl futures_util::Stream for Hesitating {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !std::mem::replace(&mut self.waited, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.waited = false;
        Poll::Ready(self.chunks.pop().map(Ok))
    }
}

/// Writes, and drops the write after so many polls; says whether it was done by then.
///
/// Each poll but the first follows a wake, so a disk that waits for others gets its time and is dropped at every step.
async fn write(bench: &Bench, disk: &dyn Disk, polls: u32) -> bool {
    let key = bench.key("dropped");
    let chunks = vec![pattern(70_000, 2); 4];
    let source = Source::Stream(Box::pin(Hesitating { chunks, waited: false }));
    let draft = Draft { meta: std::sync::Arc::new(bench.meta()), source, word: 0 };
    let mut writing = disk.put(&key, draft, Condition::Always, &NoRoom);
    let mut left = polls;
    let polled = poll_fn(|context| {
        if left > 0 {
            left -= 1;
            if let Poll::Ready(put) = writing.as_mut().poll(context) {
                return Poll::Ready(Some(put));
            }
        }
        if left > 0 { Poll::Pending } else { Poll::Ready(None) }
    });
    let put = polled.await.map(|put| bench.stored(bench.must(put, "putting a stream")));
    put.is_some()
}

/// A write that is dropped at any point leaves the old entry or the new one, gives back what it had reserved, and is
/// not in the way of the next.
/// [OPN-12, CAP-14]
pub async fn a_dropped_write_leaves_the_old_or_the_new(bench: &Bench) {
    let disk = bench.open(Settings::limited(1_000_000)).await;
    let key = bench.key("dropped");
    let new = Bytes::from(pattern(70_000, 2).repeat(4));
    for polls in 0..200 {
        bench.store(&*disk, &key, "old").await;
        let done = write(bench, &*disk, polls).await;
        // A disk may finish what was begun elsewhere; it is quiet again when the next writer had its turn.
        let body = bench.body(&*disk, &key).await;
        let whole = body.as_deref() == Some(b"old") && !done || body.as_ref() == Some(&new);
        let length = body.map(|body| body.len());
        assert!(whole, "{bench}: after a write that was dropped at poll {polls}: {length:?} bytes");
        bench.store(&*disk, &key, "next").await;
        let body = bench.body(&*disk, &key).await;
        assert_eq!(body.as_deref(), Some(&b"next"[..]), "{bench}: the write after a dropped one");
        bench.balanced(&*disk).await;
        if done {
            return;
        }
    }
    panic!("{bench}: a write of four chunks is not done after 200 polls");
}
