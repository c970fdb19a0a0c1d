//! The injected spawner: who runs work that must outlive its caller.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

/// Work that is handed over whole.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs tasks to their end, also when whoever asked for them is gone.
///
/// A write that was begun must be accounted for even if its caller is cancelled, so it runs as a task.
pub trait Spawn: Debug + Send + Sync + 'static {
    /// Starts `task`; returns at once.
    fn spawn(&self, task: Task);
}

/// Runs each task on a thread of its own. For programs without a runtime, and for tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Threads;

impl Spawn for Threads {
    fn spawn(&self, task: Task) {
        std::thread::spawn(move || pollster::block_on(task));
    }
}
