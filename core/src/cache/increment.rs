//! Counting in a cache.
//!
//! A number is changed by comparing versions, so that every increment of any number of callers counts. A live number
//! never makes room for itself: counting evicts nothing. The price is that a number which grows by a digit on a full
//! disk may find no place, and stays as it was.

use std::borrow::Borrow;

use super::Cache;
use crate::error::{Error, ErrorKind, Result};
use crate::key::CacheKey;
use crate::larder::Admission;

mod sealed {
    pub trait Sealed: Sized + Copy + std::fmt::Display {
        const ZERO: Self;

        /// The sum, where it is one.
        fn plus(self, delta: Self) -> Option<Self>;
    }
}

/// A number that can be counted with: `i64` and `f64`.
pub trait Number: sealed::Sealed + Send + Sync + 'static {}

impl Number for i64 {}
impl Number for f64 {}

impl sealed::Sealed for i64 {
    const ZERO: Self = 0;

    fn plus(self, delta: Self) -> Option<Self> {
        self.checked_add(delta)
    }
}

impl sealed::Sealed for f64 {
    const ZERO: Self = 0.0;

    fn plus(self, delta: Self) -> Option<Self> {
        Some(self + delta).filter(|sum| sum.is_finite())
    }
}

/// What is added to a number, and what it is added to where there is none. A plain number is added to zero then.
///
/// ```
/// use larder_core::cache::Increment;
///
/// assert_eq!(Increment::from(3), Increment { delta: 3, initial: Some(0) });
/// let only_what_is_there = Increment { delta: 0.5, initial: None };
/// # let _ = only_what_is_there;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Increment<N> {
    /// What is added; less than zero to count down.
    pub delta: N,
    /// What it is added to where no number lives; `None` to count only what is there.
    pub initial: Option<N>,
}

impl<N: Number> From<N> for Increment<N> {
    fn from(delta: N) -> Self {
        Self { delta, initial: Some(N::ZERO) }
    }
}

impl<K: CacheKey + ?Sized, N: Number> Cache<K, N> {
    /// Adds to the number at `key` and returns the sum. Of any number of concurrent increments every one counts. A new
    /// number has the time to live of the cache and no tags; a live one keeps its expiry, tags, cost and user
    /// metadata, and evicts nothing. What [`get`](Cache::get) cannot read is replaced by a new number.
    ///
    /// ```
    /// # use larder_core::{cache::{Cache, Increment}, Result};
    /// # async fn example(visits: Cache<String, i64>, scores: Cache<String, f64>) -> Result<()> {
    /// assert_eq!(visits.increment("ann", 1).await?, 1);
    /// assert_eq!(visits.increment("bob", Increment { delta: -1, initial: Some(10) }).await?, 9);
    /// assert_eq!(scores.increment("ann", 0.5).await?, 0.5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where no number lives and [`initial`](Increment::initial) is none.
    /// [`ErrorKind::Overflow`] when the sum leaves 64 bits, or is not finite. In strict mode
    /// [`ErrorKind::NotANumber`] for a stored value that is not a number. [`ErrorKind::Unavailable`] when the sum is longer than the number was and finds no place on
    /// a full disk. The stored number is unchanged in all of these. Otherwise as for [`update`](Cache::update).
    pub async fn increment<Q>(&self, key: &Q, by: impl Into<Increment<N>>) -> Result<N>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        let Increment { delta, initial } = by.into();
        let sum = |old: Option<N>| {
            let old =
                old.or(initial).ok_or_else(|| Error::new(ErrorKind::NotFound, "incrementing nothing"))?;
            old.plus(delta).ok_or_else(|| {
                Error::new(ErrorKind::Overflow, format!("{old} and {delta} together are beyond the numbers"))
            })
        };
        let key = &self.key(key)?;
        self.change(key, Admission::AsItIs, sum).await.map_err(|error| match error.kind() {
            ErrorKind::Decode => {
                self.inner.larder.error(ErrorKind::NotANumber, "incrementing a value").of(key).because(error)
            }
            ErrorKind::Overflow | ErrorKind::NotFound => {
                error.of(key).on(self.inner.larder.disk().location())
            }
            _ => error,
        })
    }
}
