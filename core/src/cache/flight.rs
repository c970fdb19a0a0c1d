//! One computation per key in the process.
//!
//! Whoever comes first leads and computes in its own task; the others wait for it. A leader that fails, panics or
//! is dropped hands over: one of the waiting takes its place with its own closure. A computation that asks for
//! its own key, in the same task, is told so instead of waiting for itself.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use event_listener::Event;

use crate::codec::Encoded;
use crate::key::Key;

/// The computations under way.
#[derive(Debug, Default)]
pub(super) struct Flights(Arc<Mutex<HashMap<Key, Arc<Flight>>>>);

#[derive(Debug, Default)]
struct Flight {
    landed: Event,
    /// What the leader computed, encoded; stays empty if it failed.
    result: Mutex<Option<Encoded>>,
}

/// What a caller is to do.
pub(super) enum Part {
    /// Compute, and hand the result to the others.
    Lead(Lead),
    /// Somebody else computed meanwhile: the result, or `None` if it failed and the caller is to try again.
    Joined(Option<Encoded>),
    /// The caller is inside the computation of this very key.
    Recursive,
}

impl Flights {
    /// Joins the computation of `key`, or begins one.
    pub(super) async fn join(&self, key: &Key) -> Part {
        let (flight, landed) = {
            let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(flight) = flights.get(key) {
                // Listening begins under the lock, so a landing in between is not missed.
                (Arc::clone(flight), flight.landed.listen())
            } else {
                let flight = Arc::new(Flight::default());
                flights.insert(key.clone(), Arc::clone(&flight));
                return Part::Lead(Lead { flights: Arc::clone(&self.0), key: key.clone(), flight });
            }
        };
        if inside(&flight) {
            return Part::Recursive;
        }
        landed.await;
        Part::Joined(flight.result.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// The leader's place; dropping it lets the next one lead.
#[derive(Debug)]
pub(super) struct Lead {
    flights: Arc<Mutex<HashMap<Key, Arc<Flight>>>>,
    key: Key,
    flight: Arc<Flight>,
}

impl Lead {
    /// Runs the computation, so that it is known to be inside of this flight.
    pub(super) async fn run<T>(&self, computation: impl Future<Output = T>) -> T {
        Inside { flight: &self.flight, computation: pin!(computation) }.await
    }

    /// Hands what was computed to all who wait.
    pub(super) fn land(self, encoded: Option<Encoded>) {
        *self.flight.result.lock().unwrap_or_else(PoisonError::into_inner) = encoded;
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
        self.flight.landed.notify(usize::MAX);
    }
}

thread_local! {
    /// The flights whose computations this thread is polling, the innermost last.
    static INSIDE: RefCell<Vec<*const Flight>> = const { RefCell::new(Vec::new()) };
}

fn inside(flight: &Arc<Flight>) -> bool {
    INSIDE.with_borrow(|inside| inside.contains(&Arc::as_ptr(flight)))
}

/// A computation that tells, while it is polled, which flight it is of.
struct Inside<'a, F> {
    flight: &'a Arc<Flight>,
    computation: Pin<&'a mut F>,
}

impl<F: Future> Future for Inside<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        INSIDE.with_borrow_mut(|inside| inside.push(Arc::as_ptr(self.flight)));
        let _leave = Leave;
        self.computation.as_mut().poll(cx)
    }
}

/// Leaves the innermost flight, also when the computation panics.
struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        INSIDE.with_borrow_mut(Vec::pop);
    }
}
