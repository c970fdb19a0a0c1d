//! What a run made.

use std::any::Any;
use std::sync::Arc;

use super::RunId;
use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

/// The values of the final names, in the order in which they were asked for.
#[derive(Clone, Debug)]
pub struct Results {
    pub(super) run: RunId,
    pub(super) values: Vec<(Arc<str>, Value)>,
    pub(super) built: Option<Value>,
}

impl Results {
    /// The name of the run.
    pub const fn run_id(&self) -> &RunId {
        &self.run
    }

    /// The value of `name`.
    ///
    /// # Errors
    ///
    /// [`Value`](ErrorKind::Value) when it was not asked for or is no `T`.
    pub fn get<T: Any>(&self, name: &str) -> Result<&T> {
        let value = self.value(name).ok_or_else(|| Error::absent(name))?;
        value.get().ok_or_else(|| Error::mistaken::<T>(name, value))
    }

    /// The value of `name`, whatever its type is.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(of, _)| &**of == name).map(|(_, value)| value)
    }

    /// The names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(name, value)| (&**name, value))
    }

    /// What the adapter with [`BuildResult`](crate::adapter::BuildResult) made of the values.
    ///
    /// # Errors
    ///
    /// [`Value`](ErrorKind::Value) when there is no such adapter, or it made no `T`.
    pub fn built<T: Any>(&self) -> Result<&T> {
        let none = || Error::new(ErrorKind::Value, "no adapter of this driver builds a result");
        let built = self.built.as_ref().ok_or_else(none)?;
        built.get().ok_or_else(|| Error::mistaken::<T>("the result", built))
    }
}
