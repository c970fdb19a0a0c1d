//! Waiting for a future on the calling thread.
//!
//! What is in memory or in the page cache is there at once. So the first look is with a waker that wakes nobody and takes
//! no memory; only who must wait gets a real one, at the price of that one look.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// What comes of `future`. So short that it goes into its caller, which makes the future where it stays.
#[inline]
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    wait(pin!(future))
}

fn wait<F: Future>(mut future: Pin<&mut F>) -> F::Output {
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        // It is looked at again before anybody sleeps, so nothing is missed that happened in between.
        Poll::Pending => pollster::block_on(future),
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;

    #[test]
    fn what_is_there_is_returned_at_the_first_look() {
        let mut looks = 0;
        let answer = block_on(std::future::poll_fn(|_| {
            looks += 1;
            Poll::Ready(7)
        }));
        assert_eq!((answer, looks), (7, 1));
    }

    #[test]
    fn what_comes_later_from_another_thread_is_waited_for() {
        let (tell, told) = std::sync::mpsc::channel();
        let worker = std::thread::spawn(move || {
            let waker: Waker = told.recv().unwrap();
            waker.wake();
        });
        let mut looks = 0;
        block_on(std::future::poll_fn(|context| {
            looks += 1;
            match looks {
                1 => Poll::Pending,
                2 => {
                    tell.send(context.waker().clone()).unwrap();
                    Poll::Pending
                }
                _ => Poll::Ready(()),
            }
        }));
        worker.join().unwrap();
        assert_eq!(looks, 3, "looked at again, and once more when it was woken");
    }
}
