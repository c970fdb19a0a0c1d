//! The injected clock.
//!
//! A [`Cache`](crate::cache::Cache) reads it once an operation; whatever waits (deadlines, backoff, leases)
//! waits on it. Tests drive it, so no test sleeps.

#[cfg(any(test, feature = "testing"))]
mod driven;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::SystemTime;

use crate::time::Time;

#[cfg(any(test, feature = "testing"))]
pub use driven::DrivenClock;

/// A future that a clock hands out.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tells the time and waits for it.
///
/// A clock may step back: no operation fails for it, entries keep the times they were given.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Time;

    /// Completes once the clock has reached `time`; at once if it has.
    fn sleep_until(&self, time: Time) -> Sleep;
}

/// The clock of the operating system; it waits without any runtime.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        SystemTime::now().into()
    }

    fn sleep_until(&self, time: Time) -> Sleep {
        Box::pin(futures_timer::Delay::new(time.since(self.now())))
    }
}
