//! A clock that moves only when it is told to.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use event_listener::Event;

use super::{Clock, Sleep};
use crate::time::Time;

/// A clock for tests: it stands still until it is [set](DrivenClock::set) or [advanced](DrivenClock::advance).
/// Setting it is a step of the wall time; advancing it moves the monotonic time as well. Clones share both.
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
    /// The wall time and the monotonic time.
    now: Mutex<(Time, Duration)>,
    moved: Event,
}

impl DrivenClock {
    /// A clock that shows `now`.
    pub fn at(now: Time) -> Self {
        let shared = Shared { now: Mutex::new((now, Duration::ZERO)), moved: Event::new() };
        Self { shared: Arc::new(shared) }
    }

    /// Sets the wall time, forward or back, and wakes all who wait for it. The monotonic time stays.
    pub fn set(&self, now: Time) {
        self.change(|times| times.0 = now);
    }

    /// Moves the wall time and the monotonic time forward by `span`.
    pub fn advance(&self, span: Duration) {
        self.change(|(now, monotonic)| {
            *now = now.after(span);
            *monotonic = monotonic.saturating_add(span);
        });
    }

    fn change(&self, change: impl FnOnce(&mut (Time, Duration))) {
        change(&mut self.shared.now.lock().unwrap_or_else(PoisonError::into_inner));
        self.shared.moved.notify(usize::MAX);
    }

    fn times(&self) -> (Time, Duration) {
        *self.shared.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep_while(&self, wait: impl Fn(Time, Duration) -> bool + Send + 'static) -> Sleep {
        let clock = self.clone();
        Box::pin(async move {
            loop {
                let moved = clock.shared.moved.listen();
                let (now, monotonic) = clock.times();
                if !wait(now, monotonic) {
                    return;
                }
                moved.await;
            }
        })
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
        self.times().0
    }

    fn sleep_until(&self, time: Time) -> Sleep {
        self.sleep_while(move |now, _| now.is_before(time))
    }

    fn monotonic(&self) -> Duration {
        self.times().1
    }

    fn sleep(&self, span: Duration) -> Sleep {
        let until = self.monotonic().saturating_add(span);
        self.sleep_while(move |_, monotonic| monotonic < until)
    }
}
