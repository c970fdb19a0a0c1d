//! A stream that waits in its middle, so that a check looks at a disk while a write is under way.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use larder_core::Bytes;
use larder_core::entry::Source;
use larder_core::error::Result;

/// The place in a stream at which it waits until it is told to end.
#[derive(Clone)]
pub(crate) struct Pause(Arc<Mutex<Gate>>);

#[derive(Default)]
struct Gate {
    reached: bool,
    open: bool,
    /// Who waits for the stream to get here.
    watcher: Option<Waker>,
    /// Who waits for the stream to go on.
    reader: Option<Waker>,
}

struct Waiting {
    chunks: std::vec::IntoIter<Bytes>,
    pause: Pause,
}

impl Pause {
    /// A body that comes in these chunks, waits, and ends when it is [told](Self::end).
    pub(crate) fn after(chunks: Vec<Bytes>) -> (Self, Source) {
        let pause = Self(Arc::default());
        let stream = Waiting { chunks: chunks.into_iter(), pause: pause.clone() };
        (pause, Source::Stream(Box::pin(stream)))
    }

    /// Drives `writing` until it has drawn all that came and asks for more; what it answered, if it ended instead.
    ///
    /// A disk may draw the stream on another thread, so one poll need not be enough.
    pub(crate) async fn reached<T>(&self, writing: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
        poll_fn(|context| {
            if let Poll::Ready(answer) = Pin::new(&mut *writing).poll(context) {
                return Poll::Ready(Some(answer));
            }
            let mut gate = self.lock();
            if gate.reached {
                return Poll::Ready(None);
            }
            gate.watcher = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Lets the stream end.
    pub(crate) fn end(&self) {
        let mut gate = self.lock();
        gate.open = true;
        if let Some(reader) = gate.reader.take() {
            reader.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Gate> {
        // Nothing that panics runs under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl futures_util::Stream for Waiting {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(chunk) = self.chunks.next() {
            return Poll::Ready(Some(Ok(chunk)));
        }
        let mut gate = self.pause.lock();
        if gate.open {
            return Poll::Ready(None);
        }
        gate.reached = true;
        gate.reader = Some(context.waker().clone());
        if let Some(watcher) = gate.watcher.take() {
            watcher.wake();
        }
        Poll::Pending
    }
}
