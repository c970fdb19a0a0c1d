//! What stands behind `#[memoize]`: the results of one function, kept in a cache.
//!
//! The macro writes a few lines and calls [`Memo`]; all that can go wrong is dealt with here. A fault of the cache never changes
//! what a call answers: the function runs. The price is that such a fault is only warned of, once for each
//! function: in an event of `tracing`, or on standard error if the program subscribes to no events.

mod call;
mod identity;
mod kept;
mod memo;
mod place;
mod split;

use crate::{Error, Result, Store, blocking};

pub use call::{BlockingCall, Call};
pub use kept::Kept;
pub use memo::{Arguments, Function, Memo, Prepared};
pub use place::Place;
pub use split::{Always, Present, Split, Stored, Successes};

/// What results can be kept on: a store, async or blocking.
pub trait Keeps {
    /// The store.
    ///
    /// # Errors
    ///
    /// What opening it answered, where it had to be opened.
    fn kept_on(&self) -> Result<&Store>;
}

impl Keeps for Store {
    fn kept_on(&self) -> Result<&Store> {
        Ok(self)
    }
}

impl Keeps for blocking::Store {
    fn kept_on(&self) -> Result<&Store> {
        Ok(self.as_async())
    }
}

/// Why a call has no value from its cache: the function failed, or the cache did.
#[derive(Debug)]
enum Failure<R> {
    Answered(R),
    Cache(Error),
}

impl<R> From<Error> for Failure<R> {
    fn from(error: Error) -> Self {
        Self::Cache(error)
    }
}
