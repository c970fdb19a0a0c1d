//! Parameters of nodes.

use std::fmt;
use std::sync::Arc;

use crate::kind::Kind;
use crate::value::Value;

/// Where the value of a parameter comes from.
#[derive(Clone, Debug)]
pub enum Binding {
    /// The node or the input of this name.
    Node(Arc<str>),
    /// Itself, for good.
    Value(Value),
}

/// A parameter of a node: what it is called in the function, what it takes, and whether it needs to be given.
///
/// ```
/// use larder_dataflow::node::Parameter;
/// use larder_dataflow::{Value, kind};
///
/// let rate = Parameter::new("rate", kind!(f64)).optional("1.0", || Value::new(1.0_f64));
/// assert!(rate.is_optional());
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Parameter {
    /// What the function calls it.
    pub name: Arc<str>,
    /// The type of its values.
    pub kind: Kind,
    /// Where its value comes from.
    pub binding: Binding,
    /// The value that holds where none is given.
    pub default: Option<DefaultValue>,
    /// Whether its values are left out of logs.
    pub secret: bool,
}

/// The default of a parameter.
#[derive(Clone, Copy)]
pub struct DefaultValue {
    /// As it is written.
    pub text: &'static str,
    /// What makes it.
    pub make: fn() -> Value,
}

impl Parameter {
    /// A required parameter that takes the node or input of its own name.
    pub fn new(name: &'static str, kind: Kind) -> Self {
        Self { name: name.into(), kind, binding: Binding::Node(name.into()), default: None, secret: false }
    }

    /// Takes the node or input of this name.
    #[must_use]
    pub fn from(self, node: &'static str) -> Self {
        Self { binding: Binding::Node(node.into()), ..self }
    }

    /// Need not be given: `make` makes its value then, which `text` writes.
    #[must_use]
    pub fn optional(self, text: &'static str, make: fn() -> Value) -> Self {
        Self { default: Some(DefaultValue { text, make }), ..self }
    }

    /// Is left out of logs.
    #[must_use]
    pub fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// Whether it need not be given.
    pub const fn is_optional(&self) -> bool {
        self.default.is_some()
    }

    /// The node or input that it takes, if it is not bound to a value.
    pub fn takes(&self) -> Option<&Arc<str>> {
        match &self.binding {
            Binding::Node(name) => Some(name),
            Binding::Value(_) => None,
        }
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.kind.name())?;
        self.default.map_or(Ok(()), |default| write!(f, " = {}", default.text))
    }
}

impl fmt::Debug for DefaultValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}
