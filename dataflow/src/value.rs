//! Values that travel along the edges of a dataflow.

use std::any::{Any, TypeId, type_name};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A value of some type, shared by the nodes that use it. Cheap to clone; nobody changes it.
///
/// What a value can do besides being handed on, be shown, be a key, be stored, its [`Kind`](crate::Kind) knows.
///
/// ```
/// use larder_dataflow::Value;
///
/// let value = Value::new(42_i64);
/// assert_eq!(value.get::<i64>(), Some(&42));
/// assert_eq!(value.get::<f64>(), None);
/// assert_eq!(value.type_name(), "i64");
/// ```
#[derive(Clone)]
pub struct Value {
    any: Arc<dyn Any + Send + Sync>,
    name: &'static str,
}

impl Value {
    /// This value, to be shared. A text that the program holds for good, `&'static str`, travels as `String`.
    pub fn new<T: Any + Send + Sync>(value: T) -> Self {
        match (&value as &dyn Any).downcast_ref::<&'static str>() {
            Some(text) => Self::shared(String::from(*text)),
            None => Self::shared(value),
        }
    }

    fn shared<T: Any + Send + Sync>(value: T) -> Self {
        Self { any: Arc::new(value), name: type_name::<T>() }
    }

    /// The value, if it is a `T`.
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.any.downcast_ref()
    }

    /// The type of the value.
    pub fn type_id(&self) -> TypeId {
        (*self.any).type_id()
    }

    /// The name of the type: for people.
    pub fn type_name(&self) -> Cow<'static, str> {
        crate::kind::plain(self.name)
    }
}

impl fmt::Debug for Value {
    /// Writes the type, not the content: that takes a [`Kind`](crate::Kind), and may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value<{}>", self.type_name())
    }
}
