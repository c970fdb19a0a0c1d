//! Many callers at once: threads, and futures that are dropped half-way.

pub mod cancelled;
pub mod readers;
pub mod winners;

use std::sync::Barrier;

use larder_core::Bytes;
use larder_core::entry::Source;

use crate::Bench;

/// A body that lets other threads run before each of its chunks, so that writes of it meet each other.
pub(crate) fn yielding(body: &Bytes) -> Source {
    let chunks: Vec<Bytes> = body.chunks(1_000).map(Bytes::copy_from_slice).collect();
    Source::Stream(Box::pin(futures_util::stream::iter(chunks.into_iter().map(|chunk| {
        std::thread::yield_now();
        Ok(chunk)
    }))))
}

/// Runs `work` on so many threads at once, each told its number; answers what they answered.
pub(crate) fn threads<T: Send>(bench: &Bench, number: u64, work: impl AsyncFn(u64) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(usize::try_from(number).unwrap_or(1));
    std::thread::scope(|scope| {
        let start = |thread| {
            let (work, barrier) = (&work, &barrier);
            scope.spawn(move || {
                barrier.wait();
                bench.block_on(work(thread))
            })
        };
        let running: Vec<_> = (0..number).map(start).collect();
        let joined = running.into_iter().map(|thread| match thread.join() {
            Ok(answer) => answer,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect()
    })
}
