//! The time that a call may wait.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::{Clock, Sleep};

/// The time that one call may spend waiting, over all its steps. Only waiting counts: a step that is ready at once
/// starts no timer and reads no clock.
#[derive(Debug)]
pub struct Budget<'a> {
    clock: &'a dyn Clock,
    left: Duration,
}

impl<'a> Budget<'a> {
    /// Allows `span` of waiting by the monotonic time of `clock`.
    pub const fn new(clock: &'a dyn Clock, span: Duration) -> Self {
        Self { clock, left: span }
    }

    /// Returns the time that is left.
    pub const fn left(&self) -> Duration {
        self.left
    }

    /// Waits for `work`; returns `None` and drops it once the time is used up.
    pub async fn wait<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let mut timer: Option<(Duration, Sleep)> = None;
        let (clock, left) = (self.clock, self.left);
        let done = poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Some(done));
            }
            let (_, sleep) = timer.get_or_insert_with(|| (clock.monotonic(), clock.sleep(left)));
            sleep.as_mut().poll(context).map(|()| None)
        })
        .await;
        if let Some((began, _)) = timer {
            let waited = self.clock.monotonic().saturating_sub(began);
            self.left = if done.is_some() { self.left.saturating_sub(waited) } else { Duration::ZERO };
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::task::{Context, Waker};

    use super::*;
    use crate::clock::DrivenClock;
    use crate::time::Time;

    fn budget(clock: &DrivenClock, secs: u64) -> Budget<'_> {
        Budget::new(clock, Duration::from_secs(secs))
    }

    #[test]
    fn steps_of_the_wall_time_do_not_change_a_deadline() {
        let clock = DrivenClock::default();
        let mut budget = budget(&clock, 2);
        let mut work = pin!(budget.wait(pending::<()>()));
        let mut context = Context::from_waker(Waker::noop());
        assert!(work.as_mut().poll(&mut context).is_pending());
        clock.set(clock.now().after(Duration::from_hours(1)));
        assert!(work.as_mut().poll(&mut context).is_pending(), "a step forward ends nothing");
        clock.set(Time::from_secs(1));
        clock.advance(Duration::from_secs(2));
        assert!(work.as_mut().poll(&mut context).is_ready(), "a step back lengthens nothing");
    }

    #[test]
    fn steps_of_a_call_share_one_budget() {
        let clock = DrivenClock::default();
        let mut budget = budget(&clock, 3);
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(pollster::block_on(budget.wait(ready(7))), Some(7));
        {
            let mut sleep = pin!(budget.wait(clock.sleep(Duration::from_secs(2))));
            assert!(sleep.as_mut().poll(&mut context).is_pending());
            clock.advance(Duration::from_secs(2));
            assert!(sleep.as_mut().poll(&mut context).is_ready());
        }
        assert_eq!(budget.left(), Duration::from_secs(1));
        let mut rest = pin!(budget.wait(pending::<()>()));
        assert!(rest.as_mut().poll(&mut context).is_pending());
        clock.advance(Duration::from_secs(1));
        assert_eq!(rest.as_mut().poll(&mut context), Poll::Ready(None));
    }
}
