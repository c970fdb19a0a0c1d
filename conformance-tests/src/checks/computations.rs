//! Values that are computed where none is stored: at most once, never over a newer write, and never waited for
//! without end.

pub mod deadlines;
pub mod fences;
pub mod invalidation;
pub mod sharing;

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;

use larder_core::error::{Error, Result};

use crate::bench::Texts;

/// A computation that a check holds until it lets it end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    begun: Arc<AtomicU64>,
    ended: Arc<AtomicBool>,
}

impl Held {
    /// The computation of `value`.
    pub(crate) async fn compute(&self, value: &str) -> Result<String, Error> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        poll_fn(|context| {
            if self.ended.load(Ordering::SeqCst) {
                return Poll::Ready(());
            }
            // The check polls again by itself; this is for the time after the end.
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        Ok(value.to_owned())
    }

    /// Polls `call` until its computation has begun.
    pub(crate) async fn begin<T>(&self, call: &mut Pin<Box<impl Future<Output = T>>>) {
        let before = self.count();
        poll_fn(|context| {
            let ended = call.as_mut().poll(context).is_ready();
            assert!(!ended, "a call ended before its computation");
            if self.count() > before { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Polls `call` until it waits for the computation of another caller, as the statistics of `cache` show. On a remote
    /// disk a call reads first, so one poll is not enough.
    pub(crate) async fn join<T>(
        &self,
        call: &mut Pin<Box<impl Future<Output = T>>>,
        cache: &Texts,
        why: &str,
    ) {
        let before = cache.stats().waits;
        poll_fn(|context| {
            let ended = call.as_mut().poll(context).is_ready();
            assert!(!ended, "{why}: a call ended and did not wait");
            if cache.stats().waits > before { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// A computation that is not held.
    pub(crate) fn ended() -> Self {
        let held = Self::default();
        held.end();
        held
    }

    /// Lets the computation end.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
    }

    /// How many computations have begun.
    pub(crate) fn count(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }
}
