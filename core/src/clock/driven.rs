//! A clock that moves only when it is told to.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use event_listener::Event;

use super::{Clock, Sleep};
use crate::time::Time;

/// A clock for tests: it stands still until it is [set](DrivenClock::set) or [advanced](DrivenClock::advance).
/// Clones share one time.
///
/// ```
/// use larder_core::clock::{Clock, DrivenClock};
/// use std::time::Duration;
///
/// let clock = DrivenClock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now().since(before), Duration::from_secs(60));
/// ```
#[derive(Clone, Debug)]
pub struct DrivenClock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    now: Mutex<Time>,
    moved: Event,
}

impl DrivenClock {
    /// A clock that shows `now`.
    pub fn at(now: Time) -> Self {
        Self { shared: Arc::new(Shared { now: Mutex::new(now), moved: Event::new() }) }
    }

    /// Sets the time, forward or back, and wakes whoever waits for it.
    pub fn set(&self, now: Time) {
        *self.shared.now.lock().unwrap_or_else(PoisonError::into_inner) = now;
        self.shared.moved.notify(usize::MAX);
    }

    /// Moves the time forward by `span`.
    pub fn advance(&self, span: Duration) {
        self.set(self.now().after(span));
    }
}

impl Default for DrivenClock {
    /// A clock that shows a second of the year 2033, so that nothing passes by the real time by chance.
    fn default() -> Self {
        Self::at(Time::from_secs(2_000_000_000))
    }
}

impl Clock for DrivenClock {
    fn now(&self) -> Time {
        *self.shared.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep_until(&self, time: Time) -> Sleep {
        let clock = self.clone();
        Box::pin(async move {
            loop {
                let moved = clock.shared.moved.listen();
                if !clock.now().is_before(time) {
                    return;
                }
                moved.await;
            }
        })
    }
}
