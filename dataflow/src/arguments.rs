//! What a function is called with.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::value::Value;

/// Values by the names of parameters, in the order in which the function declares them.
///
/// Optional parameters that nobody gives a value are absent: the function's default holds for them.
///
/// ```
/// use larder_dataflow::{Arguments, Value};
///
/// let arguments = Arguments::from_iter([("rate", Value::new(1.5_f64))]);
/// assert_eq!(arguments.get::<f64>("rate")?, &1.5);
/// assert!(arguments.get::<i64>("rate").is_err());
/// # Ok::<(), larder_dataflow::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Arguments {
    values: Vec<(Arc<str>, Value)>,
}

impl Arguments {
    /// The value of the parameter `name`, if it has one.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(of, _)| &**of == name).map(|(_, value)| value)
    }

    /// The value of the parameter `name`.
    ///
    /// # Errors
    ///
    /// [`Value`](crate::ErrorKind::Value) when it is absent or no `T`.
    pub fn get<T: Any>(&self, name: &str) -> Result<&T> {
        let value = self.value(name).ok_or_else(|| Error::absent(name))?;
        value.get().ok_or_else(|| Error::mistaken::<T>(name, value))
    }

    /// The names and values, in the order of the parameters.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(name, value)| (&**name, value))
    }

    /// How many parameters have a value.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether no parameter has a value.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(crate) fn push(&mut self, name: Arc<str>, value: Value) {
        self.values.push((name, value));
    }
}

impl<N: Into<Arc<str>>> FromIterator<(N, Value)> for Arguments {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(values: I) -> Self {
        Self { values: values.into_iter().map(|(name, value)| (name.into(), value)).collect() }
    }
}

impl fmt::Debug for Arguments {
    /// Writes names and types, no content: that may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.values.iter().map(|(name, value)| (name, value))).finish()
    }
}
