//! Which computations wait for which, to refuse a wait that would never end.
//!
//! A computation that is polled is known to its thread. If it waits for another computation, or runs another one
//! inside itself, an edge says so. A wait that would close a circle is refused. What a computation hands to another
//! thread and joins is not seen: such a wait ends at its deadline.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use super::Flight;

/// Held while an edge is checked and added, so that two edges cannot close a circle unseen.
static EDGES: Mutex<()> = Mutex::new(());

thread_local! {
    /// The computations that this thread is polling, the innermost last.
    static INSIDE: RefCell<Vec<Arc<Flight>>> = const { RefCell::new(Vec::new()) };
}

/// Whether this thread is polling the computation `flight`.
pub(super) fn is_inside(flight: &Arc<Flight>) -> bool {
    INSIDE.with_borrow(|inside| inside.iter().any(|inner| Arc::ptr_eq(inner, flight)))
}

/// While it is there, this thread is inside a computation.
pub(super) struct Inside;

impl Inside {
    pub(super) fn enter(flight: &Arc<Flight>) -> Self {
        INSIDE.with_borrow_mut(|inside| inside.push(Arc::clone(flight)));
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        // Dropped after the borrow ends: it may be the last holder.
        let _flight = INSIDE.with_borrow_mut(Vec::pop);
    }
}

/// A wait would never end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cycle;

/// The computation `from` waits for `to`.
#[derive(Debug)]
pub(super) struct Edge {
    from: Arc<Flight>,
    to: Arc<Flight>,
}

impl Edge {
    /// Notes that the innermost computation of this thread waits for `to`; `None` outside of any.
    pub(super) fn to(to: &Arc<Flight>) -> Result<Option<Self>, Cycle> {
        let inside: Vec<_> = INSIDE.with_borrow(Clone::clone);
        let Some(from) = inside.last() else { return Ok(None) };
        let _edges = EDGES.lock().unwrap_or_else(PoisonError::into_inner);
        if reaches(to, &inside) {
            return Err(Cycle);
        }
        waits_of(from).push(Arc::clone(to));
        Ok(Some(Self { from: Arc::clone(from), to: Arc::clone(to) }))
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        let mut waits = waits_of(&self.from);
        if let Some(place) = waits.iter().position(|to| Arc::ptr_eq(to, &self.to)) {
            waits.swap_remove(place);
        }
    }
}

fn waits_of(flight: &Flight) -> std::sync::MutexGuard<'_, Vec<Arc<Flight>>> {
    flight.waits_for.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether `from` waits, directly or not, for one of `targets`.
fn reaches(from: &Arc<Flight>, targets: &[Arc<Flight>]) -> bool {
    let (mut ahead, mut seen) = (vec![Arc::clone(from)], Vec::new());
    while let Some(flight) = ahead.pop() {
        if targets.iter().any(|target| Arc::ptr_eq(target, &flight)) {
            return true;
        }
        if !seen.contains(&Arc::as_ptr(&flight)) {
            seen.push(Arc::as_ptr(&flight));
            ahead.extend(waits_of(&flight).iter().cloned());
        }
    }
    false
}
