//! The injected clock.
//!
//! A [`Cache`](crate::cache::Cache) reads it once an operation; whatever waits (deadlines, backoff, leases)
//! waits on it. Tests drive it, so no test sleeps.

#[cfg(any(test, feature = "testing"))]
mod driven;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use event_listener::Event;

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
        let wait = time.since(self.now());
        if is_forked() { Box::pin(wait_on_a_thread(wait)) } else { Box::pin(futures_timer::Delay::new(wait)) }
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
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_thread_that_sleeps_wakes_who_waits_for_it() {
        let (begun, wait) = (Instant::now(), Duration::from_millis(1));
        pollster::block_on(wait_on_a_thread(wait));
        assert!(begun.elapsed() >= wait);
    }
}
