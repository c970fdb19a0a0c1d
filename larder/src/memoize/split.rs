//! Which answers of a function are stored.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What can be stored: serde can write it and read it, and threads can share it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a cache",
    note = "derive it: `#[derive(serde::Serialize, serde::Deserialize)]`"
)]
pub trait Stored: Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Stored for T {}

/// Takes an answer apart: into a value that is stored, or an answer that is not; and puts it together again.
pub trait Split<R>: Send + Sync + 'static {
    /// What is stored.
    type Value: Stored;

    /// The value, or the answer as it is.
    ///
    /// # Errors
    ///
    /// Not an error: an answer that is not stored.
    fn apart(answer: R) -> Result<Self::Value, R>;

    /// The answer that a stored value stands for.
    fn together(value: Self::Value) -> R;
}

/// Every answer is stored as it is: `None` and `Err` too.
#[derive(Debug)]
pub struct Always;

impl<R: Stored> Split<R> for Always {
    type Value = R;

    fn apart(answer: R) -> Result<R, R> {
        Ok(answer)
    }

    fn together(value: R) -> R {
        value
    }
}

/// What is in `Ok` is stored; an error goes to the caller, and the next call tries again.
#[derive(Debug)]
pub struct Successes;

impl<T: Stored, E> Split<Result<T, E>> for Successes {
    type Value = T;

    fn apart(answer: Result<T, E>) -> Result<T, Result<T, E>> {
        answer.map_err(Err)
    }

    fn together(value: T) -> Result<T, E> {
        Ok(value)
    }
}

/// What is in `Some` is stored; after `None` the next call tries again.
#[derive(Debug)]
pub struct Present;

impl<T: Stored> Split<Option<T>> for Present {
    type Value = T;

    fn apart(answer: Option<T>) -> Result<T, Option<T>> {
        answer.ok_or(None)
    }

    fn together(value: T) -> Option<T> {
        Some(value)
    }
}
