//! Threads for blocking file operations, owned by one disk.
//!
//! The blocking pool of the caller's runtime is not used: tasks of that pool may themselves wait for the disk, and
//! a full pool would then wait for itself. Jobs run here never wait for other jobs, so a bounded number of threads
//! is enough.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use larder_core::{Error, ErrorKind};
use object_store::Error as StoreError;

/// The maximum number of threads of one disk. More jobs wait in a queue.
const MAX_THREADS: usize = 32;

/// How long an idle thread waits for another job before it ends.
const IDLE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

/// A bounded pool of threads. Threads start on demand and end after some idle time. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Threads {
    pool: Arc<Pool>,
}

/// What the clones of a handle share; dropping the last one ends the threads once the queue is empty.
struct Pool {
    shared: Arc<Shared>,
    /// A forked child has none of its parent's threads.
    process: u32,
}

/// What the threads of a pool share.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    threads: usize,
    idle: usize,
    is_closed: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No job runs under the lock, so a poisoned state is still consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // A forked child must not take a lock that a thread of its parent may have held.
        if self.process == std::process::id() {
            self.shared.state().is_closed = true;
            self.shared.wake.notify_all();
        }
    }
}

impl Threads {
    pub(crate) fn new() -> Self {
        Self { pool: Arc::new(Pool { shared: Arc::default(), process: std::process::id() }) }
    }

    /// Runs `job` on a thread of the pool if the caller is in a tokio runtime, on the calling thread otherwise.
    ///
    /// # Errors
    ///
    /// Those of `job`, and [`Panicked`] if it panicked on a thread of the pool.
    pub(crate) async fn run<T, E>(&self, job: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Panicked> + Send + 'static,
    {
        // Outside of a runtime the caller has a thread to itself: a second one would only cost time.
        if tokio::runtime::Handle::try_current().is_err() || self.pool.process != std::process::id() {
            return job();
        }
        let (sender, receiver) = async_channel::bounded(1);
        let job = move || {
            // The channel has room for the one message; it fails only if the caller stopped waiting.
            let _ = sender.try_send(job());
        };
        if let Err(job) = self.submit(Box::new(job)) {
            // The system has no thread left: blocking the caller is better than failing.
            job();
        }
        receiver.recv().await.unwrap_or_else(|_| Err(Panicked.into()))
    }

    /// Queues `job`. Returns it if there is no thread to run it and none can be started.
    fn submit(&self, job: Job) -> Result<(), Job> {
        let shared = &self.pool.shared;
        let mut state = shared.state();
        if state.idle <= state.queue.len() && state.threads < MAX_THREADS {
            let shared = Arc::clone(shared);
            let thread = std::thread::Builder::new().name("larder-files".to_owned());
            match thread.spawn(move || work(&shared)) {
                Ok(_) => state.threads += 1,
                Err(_) if state.threads == 0 => return Err(job),
                // A busy thread takes it later.
                Err(_) => {}
            }
        }
        state.queue.push_back(job);
        drop(state);
        shared.wake.notify_one();
        Ok(())
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Threads")
    }
}

/// Runs jobs until the pool is closed or no job comes for a while.
fn work(shared: &Shared) {
    let mut state = shared.state();
    loop {
        while let Some(job) = state.queue.pop_front() {
            drop(state);
            // A job that panics drops its sender, which is how its caller learns of it.
            let _ = catch_unwind(AssertUnwindSafe(job));
            state = shared.state();
        }
        if state.is_closed {
            break;
        }
        state.idle += 1;
        let waited = shared.wake.wait_timeout(state, IDLE);
        let (woken, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        state = woken;
        state.idle -= 1;
        if timeout.timed_out() && state.queue.is_empty() {
            break;
        }
    }
    state.threads -= 1;
}

/// A file operation panicked: a fault of this library.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panicked;

const PANICKED: &str = "an operation on a file panicked";

impl From<Panicked> for Error {
    fn from(_: Panicked) -> Self {
        Self::new(ErrorKind::Unavailable, PANICKED)
    }
}

impl From<Panicked> for StoreError {
    fn from(_: Panicked) -> Self {
        Self::Generic { store: "files", source: PANICKED.into() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap()
    }

    #[test]
    fn jobs_of_a_runtime_run_at_the_same_time_on_other_threads() {
        let (threads, barrier) = (Threads::new(), Arc::new(Barrier::new(4)));
        let caller = std::thread::current().id();
        runtime().block_on(async {
            let jobs = (0..4).map(|number| {
                let barrier = Arc::clone(&barrier);
                threads.run(move || {
                    barrier.wait();
                    assert_ne!(std::thread::current().id(), caller);
                    Ok::<_, Error>(number)
                })
            });
            let done = futures_util::future::join_all(jobs).await;
            assert!(done.into_iter().map(Result::unwrap).eq(0..4));
        });
    }

    #[test]
    fn more_jobs_than_threads_are_all_done() {
        let threads = Threads::new();
        runtime().block_on(async {
            let jobs = (0..10 * MAX_THREADS).map(|number| threads.run(move || Ok::<_, Error>(number)));
            assert_eq!(futures_util::future::join_all(jobs).await.len(), 10 * MAX_THREADS);
        });
        assert!(threads.pool.shared.state().threads <= MAX_THREADS);
    }

    #[test]
    fn without_a_runtime_the_calling_thread_does_the_work() {
        let (threads, caller) = (Threads::new(), std::thread::current().id());
        let ran = threads.run(move || Ok::<_, Error>(std::thread::current().id() == caller));
        assert!(pollster::block_on(ran).unwrap());
    }

    #[test]
    fn a_panic_is_an_error_and_the_thread_goes_on() {
        let threads = Threads::new();
        runtime().block_on(async {
            let panicked = threads.run(|| -> Result<(), Error> { panic!("as it does here") }).await;
            assert_eq!(panicked.unwrap_err().kind(), ErrorKind::Unavailable);
            assert_eq!(threads.run(|| Ok::<_, Error>(7)).await.unwrap(), 7);
        });
    }
}
