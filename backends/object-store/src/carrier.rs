//! Carries a write that was begun to its end, whoever stops waiting for it.
//!
//! A write is polled by its caller, so it costs no task and no thread. Only if the caller drops it midway is it
//! handed to the spawner that the disk was given, or to a runtime of its own, which is made then: the entry and the
//! books that are changed with it become the new ones, or stay the old ones, together. The price is a thread for
//! those who cancel and bring no spawner.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};

use larder_core::spawn::{Spawn, Task};
use larder_core::{Error, ErrorKind, Result};
use tokio::runtime::{Builder, Handle, Runtime};

/// The most threads that move bytes of a store on the network.
const MOST_THREADS: usize = 4;

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Who carries what the callers of one disk began and dropped.
#[derive(Default)]
pub(crate) struct Carrier {
    given: OnceLock<Arc<dyn Spawn>>,
    /// The disk's own runtime, made when it is first needed.
    own: Mutex<Option<Runtime>>,
    /// How many threads it has; one if nothing else is said.
    threads: usize,
}

impl Carrier {
    /// A carrier whose runtime also moves the bytes of a store on the network.
    pub(crate) fn for_network() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        Self { given: OnceLock::new(), own: Mutex::new(None), threads }
    }

    /// The disk's own runtime.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] where the system has no thread left.
    pub(crate) fn runtime(&self) -> Result<Handle> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*own {
            return Ok(runtime.handle().clone());
        }
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(self.threads.max(1)).thread_name("larder-object-store").enable_all();
        let runtime = builder.build().map_err(|cause| {
            Error::new(ErrorKind::Unavailable, "starting the threads of the disk").because(cause)
        })?;
        Ok(own.insert(runtime).handle().clone())
    }

    /// Runs `work` to its end, also if the future that this gives is dropped once it was polled.
    pub(crate) fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Carried<T> {
        Carried { work: Some(Box::pin(work)), carrier: Arc::clone(self) }
    }

    /// Hands what is dropped from now on to `spawn`, unless somebody was given before.
    pub(crate) fn give(&self, spawn: Arc<dyn Spawn>) {
        // Two spawners on one disk would both be right; the first one stays.
        let _ = self.given.set(spawn);
    }
}

impl Spawn for Carrier {
    fn spawn(&self, work: Task) {
        if let Some(given) = self.given.get() {
            return given.spawn(work);
        }
        // Where the system has no thread left, the work is dropped. The books then keep the old entry, and the
        // next read of a shared store sets them right.
        if let Ok(runtime) = self.runtime() {
            drop(runtime.spawn(work));
        }
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        if let Some(runtime) = self.own.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            // The last work of a disk drops it on this very runtime, which may not wait for itself.
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carrier")
    }
}

/// Work that ends in any case.
pub(crate) struct Carried<T: Send + 'static> {
    work: Option<Work<T>>,
    carrier: Arc<Carrier>,
}

impl<T: Send + 'static> Future for Carried<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        // Taken out meanwhile, so that work which panics is not carried on.
        let mut work = self.work.take().expect("a future is not polled after it is done");
        let polled = work.as_mut().poll(cx);
        if polled.is_pending() {
            self.work = Some(work);
        }
        polled
    }
}

impl<T: Send + 'static> Drop for Carried<T> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.carrier.spawn(Box::pin(async move { drop(work.await) }));
        }
    }
}
