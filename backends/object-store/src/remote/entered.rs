//! Polls something within a runtime, wherever it is polled from.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use tokio::runtime::Handle;

/// A future or stream whose timers and tasks are those of `runtime`.
#[derive(Debug)]
pub(super) struct Entered<T> {
    runtime: Handle,
    inner: T,
}

impl<T> Entered<T> {
    pub(super) const fn new(runtime: Handle, inner: T) -> Self {
        Self { runtime, inner }
    }
}

impl<T: Future + Unpin> Future for Entered<T> {
    type Output = T::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T::Output> {
        let Self { runtime, inner } = &mut *self;
        let _within = runtime.enter();
        Pin::new(inner).poll(context)
    }
}

impl<T: Stream + Unpin> Stream for Entered<T> {
    type Item = T::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T::Item>> {
        let Self { runtime, inner } = &mut *self;
        let _within = runtime.enter();
        Pin::new(inner).poll_next(context)
    }
}
