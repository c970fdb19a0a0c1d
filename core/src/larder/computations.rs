//! The computations under way on an open disk: one per key and type in the process.
//!
//! The first caller computes in its own task, the others wait for its result. Writes and removals through this
//! larder mark the computations of their keys as invalidated: those who ask later start a new one, and the result
//! of the old one is not stored.

mod graph;

use std::any::TypeId;
use std::collections::HashMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use event_listener::{Event, EventListener};

use super::Larder;
use crate::codec::Encoded;
use crate::disk::{Fence, Invalidation};
use crate::entry::{Fingerprint, Version};
use crate::error::ErrorKind;
use crate::key::{Key, Namespace};
use crate::tag::Tag;

use graph::{Edge, Inside};

/// How many counters tell whether a computation of a key ended.
const ENDED: usize = 64;

/// What a read found before a computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// Nothing was stored.
    Absent,
    /// This version was stored, expired or unreadable.
    Is(Version),
    /// The read failed.
    Unknown,
}

/// What a computation ended with, for those who wait.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    /// The value, stored or not.
    Value(Encoded),
    /// There is no value.
    Failed(ErrorKind, &'static str),
}

/// Whose results are interchangeable: values of one type and one schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Class {
    pub(crate) of: TypeId,
    pub(crate) schema: Option<Fingerprint>,
}

/// A caller that found no value.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) key: &'a Key,
    pub(crate) class: Class,
    pub(crate) base: Base,
    /// The tags with which the value would be stored.
    pub(crate) tags: &'a [Tag],
    /// What [`ended`](Computations::ended) returned before the read; `None` to look no more.
    pub(crate) ended: Option<u64>,
    /// A computation that is older is not waited for.
    pub(crate) max_age: Duration,
}

/// What the caller does.
pub(crate) enum Part {
    /// Computes, and hands the result to the others.
    Lead(Lead),
    /// Waits for the computation of another caller.
    Wait(Waiter),
    /// Reads again: a computation of this key ended since its read began.
    LookAgain,
    /// Neither: the caller is inside this computation, or this computation waits for one that the caller is inside.
    Cycle,
}

/// The computations under way.
#[derive(Debug)]
pub(crate) struct Computations {
    /// How many there are: a write looks at the map only if there are any.
    active: AtomicUsize,
    flights: Mutex<HashMap<Key, Vec<Arc<Flight>>, foldhash::fast::RandomState>>,
    ended: [AtomicU64; ENDED],
}

impl Default for Computations {
    fn default() -> Self {
        Self {
            active: AtomicUsize::new(0),
            flights: Mutex::default(),
            ended: [const { AtomicU64::new(0) }; ENDED],
        }
    }
}

/// One computation.
#[derive(Debug)]
pub(super) struct Flight {
    class: Class,
    base: Base,
    /// What invalidates it, and since when; `None` where the disk keeps no fences.
    fence: Option<(Fence, Vec<Invalidation>)>,
    /// The same for this process.
    concerning: Vec<Invalidation>,
    invalidated: AtomicBool,
    /// When it began, by the monotonic clock.
    began: Duration,
    ending: Mutex<Option<Ending>>,
    ended: Event,
    /// The computations that this one waits for or runs inside itself.
    waits_for: Mutex<Vec<Arc<Flight>>>,
}

impl Flight {
    fn ending(&self) -> MutexGuard<'_, Option<Ending>> {
        self.ending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Computations {
    /// Counts the computations of this key that ended; other keys may share the counter.
    pub(crate) fn ended(&self, key: &Key) -> u64 {
        self.counter(key).load(Ordering::Acquire)
    }

    fn counter(&self, key: &Key) -> &AtomicU64 {
        // The last bytes of a key differ most, and no hash of a hit is computed for this.
        let tail = key.as_bytes().iter().rev().take(8);
        let sum = tail.fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
        &self.ended[sum % ENDED]
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Key, Vec<Arc<Flight>>, foldhash::fast::RandomState>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks the computations of `key` as invalidated.
    #[inline]
    pub(super) fn touch(&self, key: &Key) {
        if self.active.load(Ordering::Acquire) != 0 {
            self.mark(key);
        }
    }

    #[cold]
    fn mark(&self, key: &Key) {
        for flight in self.flights().get(key).into_iter().flatten() {
            flight.invalidated.store(true, Ordering::Release);
        }
    }

    /// Marks all computations that `what` concerns as invalidated.
    fn invalidate(&self, what: Invalidation) {
        if self.active.load(Ordering::Acquire) == 0 {
            return;
        }
        for flight in self.flights().values().flatten() {
            if flight.concerning.contains(&what) {
                flight.invalidated.store(true, Ordering::Release);
            }
        }
    }
}

impl Larder {
    /// The computations under way on this disk.
    pub(crate) fn computations(&self) -> &Computations {
        &self.inner.computations
    }

    /// Joins the computation of a key, or begins one.
    pub(crate) fn join(&self, request: &Request<'_>) -> Part {
        let Request { key, class, base, tags, ended, max_age } = *request;
        let (computations, disk) = (self.computations(), self.disk());
        let concerning = Invalidation::concerning_tags(key, tags);
        let fence = disk.fence().map(|fence| (fence, concerning.clone()));
        let began = self.clock().monotonic();
        let mut flights = computations.flights();
        if ended.is_some_and(|ended| ended != computations.ended(key)) {
            return Part::LookAgain;
        }
        let of_key = flights.entry(key.clone()).or_default();
        if let Some(place) = of_key.iter().position(|flight| flight.class == class) {
            let flight = Arc::clone(&of_key[place]);
            if graph::is_inside(&flight) {
                return Part::Cycle;
            }
            // The listener is made under the lock, so an ending in between is not missed.
            if self.is_joinable(&flight, base, began, max_age) {
                let ended = flight.ended.listen();
                drop(flights);
                return match Edge::to(&flight) {
                    Ok(edge) => Part::Wait(Waiter { flight, ended, _edge: edge }),
                    Err(graph::Cycle) => Part::Cycle,
                };
            }
            // Those who wait for it still get its result, but it is not stored over the result of the new one.
            flight.invalidated.store(true, Ordering::Release);
            of_key.swap_remove(place);
            computations.active.fetch_sub(1, Ordering::AcqRel);
        }
        let flight = Arc::new(Flight {
            class,
            base,
            fence,
            concerning,
            invalidated: AtomicBool::new(false),
            began,
            ending: Mutex::default(),
            ended: Event::new(),
            waits_for: Mutex::default(),
        });
        of_key.push(Arc::clone(&flight));
        computations.active.fetch_add(1, Ordering::AcqRel);
        drop(flights);
        // What a computation runs inside itself, it waits for.
        let edge = Edge::to(&flight).ok().flatten();
        Part::Lead(Lead { larder: self.clone(), key: key.clone(), flight, _edge: edge })
    }

    /// Whether a caller that found `base` may wait for this computation.
    fn is_joinable(&self, flight: &Flight, base: Base, now: Duration, max_age: Duration) -> bool {
        let is_same = base == flight.base || base == Base::Unknown || flight.base == Base::Unknown;
        let is_young = now.saturating_sub(flight.began) < max_age || flight.ending().is_some();
        is_same && is_young && !self.is_invalidated(flight)
    }

    fn is_invalidated(&self, flight: &Flight) -> bool {
        let by_others = |(fence, what): &(Fence, Vec<Invalidation>)| self.disk().is_invalidated(what, *fence);
        flight.invalidated.load(Ordering::Acquire) || flight.fence.as_ref().is_some_and(by_others)
    }

    /// Invalidates the computations of `key`, in all processes where the disk keeps fences: then a put that was
    /// admitted before is visible now, and `true` is returned.
    pub(crate) async fn invalidate_key(&self, key: &Key) -> crate::Result<bool> {
        self.computations().touch(key);
        self.invalidate_shared(Invalidation::key(key)).await
    }

    /// Invalidates the computations of all values in `namespace` that have this tag.
    pub(crate) async fn invalidate_tag(&self, namespace: &Namespace, tag: &Tag) -> crate::Result<()> {
        let what = Invalidation::tag(namespace, tag);
        self.computations().invalidate(what);
        self.invalidate_shared(what).await.map(|_| ())
    }

    /// Invalidates all computations in `namespace`.
    pub(crate) async fn invalidate_cache(&self, namespace: &Namespace) -> crate::Result<()> {
        let what = Invalidation::cache(namespace);
        self.computations().invalidate(what);
        self.invalidate_shared(what).await.map(|_| ())
    }

    async fn invalidate_shared(&self, what: Invalidation) -> crate::Result<bool> {
        if self.disk().fence().is_none() {
            return Ok(false);
        }
        self.disk().invalidate(what).await?;
        Ok(true)
    }
}

/// The place of the caller that computes. Dropping it ends the computation.
#[derive(Debug)]
pub(crate) struct Lead {
    larder: Larder,
    key: Key,
    flight: Arc<Flight>,
    _edge: Option<Edge>,
}

impl Lead {
    /// Runs the computation. A panic ends it for those who wait, too.
    pub(crate) async fn run<T>(&self, computation: impl Future<Output = T>) -> T {
        Running { flight: &self.flight, computation: pin!(computation) }.await
    }

    /// Hands the ending to all who wait.
    pub(crate) fn end(&self, ending: Ending) {
        *self.flight.ending() = Some(ending);
        self.flight.ended.notify(usize::MAX);
    }

    /// Whether the key was written, removed or invalidated since the computation began.
    pub(crate) fn is_invalidated(&self) -> bool {
        self.larder.is_invalidated(&self.flight)
    }

    /// The fence with which the value is to be stored.
    pub(crate) fn fence(&self) -> Option<Fence> {
        self.flight.fence.as_ref().map(|(fence, _)| *fence)
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        let computations = self.larder.computations();
        let mut flights = computations.flights();
        if let Some(of_key) = flights.get_mut(&self.key) {
            if let Some(place) = of_key.iter().position(|flight| Arc::ptr_eq(flight, &self.flight)) {
                of_key.swap_remove(place);
                computations.active.fetch_sub(1, Ordering::AcqRel);
            }
            if of_key.is_empty() {
                flights.remove(&self.key);
            }
        }
        // Under the lock: who reads the old count and joins later finds this computation or the new count.
        computations.counter(&self.key).fetch_add(1, Ordering::AcqRel);
        drop(flights);
        self.flight.ended.notify(usize::MAX);
    }
}

/// The place of a caller that waits.
#[derive(Debug)]
pub(crate) struct Waiter {
    flight: Arc<Flight>,
    ended: EventListener,
    _edge: Option<Edge>,
}

impl Waiter {
    /// The ending of the computation; `None` if it was dropped.
    pub(crate) async fn ending(self) -> Option<Ending> {
        let ending = self.flight.ending().clone();
        if ending.is_some() {
            return ending;
        }
        self.ended.await;
        self.flight.ending().clone()
    }
}

/// A computation that is known to be inside its flight while it is polled.
struct Running<'a, F> {
    flight: &'a Arc<Flight>,
    computation: Pin<&'a mut F>,
}

impl<F: Future> Future for Running<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let _inside = Inside::enter(self.flight);
        let _panic = Panicking { flight: self.flight, before: std::thread::panicking() };
        self.computation.as_mut().poll(cx)
    }
}

/// Ends the computation for those who wait if it panics.
struct Panicking<'a> {
    flight: &'a Flight,
    before: bool,
}

impl Drop for Panicking<'_> {
    fn drop(&mut self) {
        if !self.before && std::thread::panicking() {
            let failed = Ending::Failed(ErrorKind::Computation, "the computation of another caller panicked");
            *self.flight.ending() = Some(failed);
        }
    }
}
