//! The injected clock.
//!
//! A [`Cache`](crate::cache::Cache) reads it once per operation; deadlines and backoff wait on its monotonic
//! time. Tests drive it, so no test sleeps.

mod budget;
#[cfg(any(test, feature = "testing"))]
mod driven;
mod steady;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use event_listener::Event;

use crate::time::Time;

pub use budget::Budget;
#[cfg(any(test, feature = "testing"))]
pub use driven::DrivenClock;
pub use steady::Steady;

/// A future that a clock hands out.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The wall time, for the times that entries carry, and a monotonic time, for deadlines.
///
/// The wall time may step back or forward: no operation fails because of it. The monotonic time never does, so a
/// step neither lengthens nor shortens a deadline.
pub trait Clock: Debug + Send + Sync + 'static {
    /// Returns the wall time.
    fn now(&self) -> Time;

    /// Completes once the wall time has reached `time`. For deadlines and backoff use [`sleep`](Clock::sleep).
    fn sleep_until(&self, time: Time) -> Sleep;

    /// Returns the time since a fixed moment. It never goes back.
    ///
    /// By default this is the monotonic time of the operating system since its first use in this process.
    fn monotonic(&self) -> Duration {
        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        ORIGIN.get_or_init(Instant::now).elapsed()
    }

    /// Completes once the monotonic time has advanced by `span`.
    ///
    /// By default this waits on the wall time; a clock whose wall time can step overrides it.
    fn sleep(&self, span: Duration) -> Sleep {
        self.sleep_until(self.now().after(span))
    }

    /// Returns the wall time without its steps back, as `steady` has followed it so far.
    fn steady(&self, steady: &Steady) -> Time {
        // The wall time first: a pause between the two readings then never makes the offset too large.
        let now = self.now();
        steady.follow(now, self.monotonic())
    }
}

/// The clock of the operating system; it waits without any runtime.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        SystemTime::now().into()
    }

    fn sleep_until(&self, time: Time) -> Sleep {
        self.sleep(time.since(self.now()))
    }

    fn sleep(&self, span: Duration) -> Sleep {
        if is_forked() { Box::pin(wait_on_a_thread(span)) } else { Box::pin(futures_timer::Delay::new(span)) }
    }

    fn steady(&self, steady: &Steady) -> Time {
        // One reading of a clock per call: the wall time is compared only every few milliseconds.
        let monotonic = self.monotonic();
        steady.read(monotonic).unwrap_or_else(|| {
            let now = self.now();
            steady.follow(now, self.monotonic())
        })
    }
}

/// Whether this process is a fork of one that has waited: the thread of its timers is not in the child, which would
/// wait for ever.
fn is_forked() -> bool {
    static FIRST: OnceLock<u32> = OnceLock::new();
    *FIRST.get_or_init(std::process::id) != std::process::id()
}

/// Waits for a thread that sleeps.
async fn wait_on_a_thread(wait: Duration) {
    let over = Arc::new(Event::new());
    let listener = over.listen();
    let sleep = move || {
        std::thread::sleep(wait);
        over.notify(1);
    };
    match std::thread::Builder::new().name("larder-timer".to_owned()).spawn(sleep) {
        Ok(_thread) => listener.await,
        // Better late for others than never.
        Err(_) => std::thread::sleep(wait),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_sleeps_wakes_who_waits_for_it() {
        let (begun, wait) = (Instant::now(), Duration::from_millis(1));
        pollster::block_on(wait_on_a_thread(wait));
        assert!(begun.elapsed() >= wait);
    }
}
