//! Polls something within a runtime, wherever it is polled from, and turns a panic of it into an error.
//!
//! The client of a store panics on some answers and some options. The message of a panic may hold either, so it is
//! dropped.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use object_store::{Error, Result};
use tokio::runtime::Handle;

/// A future or stream whose timers and tasks are those of `runtime`.
#[derive(Debug)]
pub(super) struct Entered<T> {
    runtime: Handle,
    /// `None` after a panic: it is not polled again.
    inner: Option<T>,
}

impl<T> Entered<T> {
    pub(super) const fn new(runtime: Handle, inner: T) -> Self {
        Self { runtime, inner: Some(inner) }
    }

    /// Polls within the runtime. Returns `None` for a panic, or after one.
    fn poll<O>(&mut self, poll: impl FnOnce(&mut T) -> O) -> Option<O> {
        let _within = self.runtime.enter();
        let mut inner = self.inner.take()?;
        let polled = catch_unwind(AssertUnwindSafe(|| poll(&mut inner))).ok()?;
        self.inner = Some(inner);
        Some(polled)
    }
}

pub(super) fn panicked() -> Error {
    Error::Generic { store: "larder", source: "the client of the store panicked".into() }
}

impl<T, F: Future<Output = Result<T>> + Unpin> Future for Entered<F> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let polled = Self::poll(&mut self, |inner| Pin::new(inner).poll(context));
        polled.unwrap_or_else(|| Poll::Ready(Err(panicked())))
    }
}

impl<T, S: Stream<Item = Result<T>> + Unpin> Stream for Entered<S> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        if self.inner.is_none() {
            return Poll::Ready(None);
        }
        let polled = Self::poll(&mut self, |inner| Pin::new(inner).poll_next(context));
        polled.unwrap_or_else(|| Poll::Ready(Some(Err(panicked()))))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::{StreamExt, stream};

    use super::*;

    #[test]
    fn a_panic_is_an_error_once() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let handle = runtime.handle().clone();
        let future = poll_fn(|_| -> Poll<Result<()>> { panic!("as it does here") });
        assert!(pollster::block_on(Entered::new(handle.clone(), future)).is_err());
        let items = stream::iter(0..3).map(|number| {
            assert_ne!(number, 1, "as it does here");
            Ok::<_, Error>(number)
        });
        let seen: Vec<_> = pollster::block_on(Entered::new(handle, items).collect());
        assert!(matches!(seen[..], [Ok(0), Err(_)]), "{seen:?}");
    }
}
