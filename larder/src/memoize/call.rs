//! A call of a memoized function, without calling it.

use std::fmt;

use larder_core::key::Key;
use pollster::block_on;

use super::{Kept, Split};
use crate::{Cache, Result};

/// A call with certain arguments: what its result is kept under, and what is kept.
pub struct Call<R, S: Split<R>> {
    pub(super) cache: Cache<Key, Kept<S::Value>>,
    pub(super) key: Key,
}

impl<R, S: Split<R>> Call<R, S> {
    pub(super) const fn new(cache: Cache<Key, Kept<S::Value>>, key: Key) -> Self {
        Self { cache, key }
    }

    /// The key of the call.
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// What is stored of it; the function does not run.
    ///
    /// # Errors
    ///
    /// Those of [`Cache::get`].
    pub async fn get(&self) -> Result<Option<R>> {
        let kept = self.cache.get(&self.key).await?;
        Ok(kept.and_then(Kept::into_value).map(S::together))
    }

    /// Removes what is stored of it; says whether anything was. The next call runs the function.
    ///
    /// # Errors
    ///
    /// Those of [`Cache::remove`].
    pub async fn forget(&self) -> Result<bool> {
        self.cache.remove(&self.key).await
    }

    /// The same for code that does not await.
    pub const fn blocking(self) -> BlockingCall<R, S> {
        BlockingCall(self)
    }
}

/// As [`Call`], for functions that do not await.
pub struct BlockingCall<R, S: Split<R>>(Call<R, S>);

impl<R, S: Split<R>> BlockingCall<R, S> {
    /// As [`Call::key`].
    pub const fn key(&self) -> &Key {
        self.0.key()
    }

    /// As [`Call::get`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn get(&self) -> Result<Option<R>> {
        block_on(self.0.get())
    }

    /// As [`Call::forget`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn forget(&self) -> Result<bool> {
        block_on(self.0.forget())
    }
}

impl<R, S: Split<R>> fmt::Debug for Call<R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("key", &self.key).finish_non_exhaustive()
    }
}

impl<R, S: Split<R>> fmt::Debug for BlockingCall<R, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
