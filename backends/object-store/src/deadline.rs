//! The longest that an operation takes.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use larder_core::clock::{Clock, Sleep};
use larder_core::{Error, ErrorKind, Result};

/// Ends what waits for too long. What is ready at once costs no timer.
#[derive(Clone, Debug)]
pub(crate) struct Deadline {
    span: Option<Duration>,
    clock: Arc<dyn Clock>,
}

impl Deadline {
    pub(crate) fn new(span: Option<Duration>, clock: Arc<dyn Clock>) -> Self {
        Self { span, clock }
    }

    /// Waits for `work` for as long as the deadline has it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the time is over. `work` is dropped then; whether a request that was sent took
    /// effect is not known.
    pub(crate) async fn within<T>(
        &self,
        doing: &'static str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let Some(span) = self.span else { return work.await };
        let mut work = pin!(work);
        let mut over: Option<Sleep> = None;
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            let over = over.get_or_insert_with(|| self.clock.sleep(span));
            over.as_mut().poll(context).map(|()| Err(passed(doing, span)))
        })
        .await
    }
}

fn passed(doing: &str, span: Duration) -> Error {
    let message = format!(
        "{doing}: timeout, the deadline of {span:?} passed; whether a request that was sent took effect is not known"
    );
    Error::new(ErrorKind::Unavailable, message)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use larder_core::clock::DrivenClock;

    use super::*;

    #[test]
    fn what_never_ends_is_ended_at_the_deadline_and_not_before() {
        let clock = DrivenClock::default();
        let deadline = Deadline::new(Some(Duration::from_secs(30)), Arc::new(clock.clone()));
        let mut work = pin!(deadline.within("waiting", pending::<Result<()>>()));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(work.as_mut().poll(&mut context).is_pending());
        clock.advance(Duration::from_secs(29));
        assert!(work.as_mut().poll(&mut context).is_pending());
        clock.advance(Duration::from_secs(1));
        let Poll::Ready(Err(error)) = work.as_mut().poll(&mut context) else { panic!("the time is over") };
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.message().contains("timeout"), "{error}");
    }

    #[test]
    fn what_is_done_is_done() {
        let deadline = Deadline::new(Some(Duration::ZERO), Arc::new(DrivenClock::default()));
        assert_eq!(pollster::block_on(deadline.within("x", ready(Ok(7)))).unwrap(), 7);
    }
}
