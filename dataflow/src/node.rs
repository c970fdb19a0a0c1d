//! Nodes: functions with a name, a version, and parameters that name what they need.

mod parameter;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use larder::code::CodeVersion;
use larder::key::{CacheKey, Encoder, Key, Namespace};

use crate::arguments::Arguments;
use crate::error::{Error, ErrorKind, NodeError, Result};
use crate::kind::Kind;
use crate::value::Value;

pub use parameter::{Binding, Parameter};

/// What a function makes of its arguments.
pub type Made = std::result::Result<Value, NodeError>;
/// A value that is on its way.
pub type Making = Pin<Box<dyn Future<Output = Made> + Send>>;

/// The function of a node.
#[derive(Clone)]
pub enum Body {
    /// A function that answers when it is done, and holds up a thread until then.
    Plain(Arc<dyn Fn(&Arguments) -> Made + Send + Sync>),
    /// A function that is awaited.
    Async(Arc<dyn Fn(Arguments) -> Making + Send + Sync>),
}

/// A value of a tag: one text, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagValue {
    /// One text.
    One(String),
    /// Several, in order.
    Many(Vec<String>),
}

/// How results are cached, as far as the node itself says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caching {
    /// The name of a behaviour: `default`, `recompute`, `disable`, `ignore`.
    pub behavior: Option<String>,
    /// The name of a format that results are stored in.
    pub format: Option<String>,
    /// What the node is to the world outside.
    pub role: Role,
}

/// What a node is to the world outside of the dataflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Nothing: its result follows from its arguments.
    #[default]
    Inner,
    /// It reads from outside.
    Loader,
    /// It writes to outside.
    Saver,
}

/// A function with a name, whose parameters name the nodes or inputs that it needs. Cheap to clone.
///
/// The macro [`#[node]`](macro@crate::node) makes nodes of functions. What it cannot know is added here: another name, values
/// bound to parameters, tags.
///
/// ```
/// use larder_dataflow::{Node, node};
///
/// /// The price in another currency.
/// #[node]
/// fn price(euros: f64, rate: f64) -> f64 {
///     euros * rate
/// }
///
/// let dollars: Node = price::node().named("dollars").bind("rate", 1.16)?;
/// assert_eq!(dollars.name(), "dollars");
/// assert_eq!(dollars.documentation(), "The price in another currency.");
/// assert_ne!(dollars.version(), price::node().version());
/// # Ok::<(), larder_dataflow::Error>(())
/// ```
#[derive(Clone)]
pub struct Node {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    name: Arc<str>,
    function: &'static str,
    module: &'static str,
    documentation: &'static str,
    source: &'static str,
    output: Kind,
    parameters: Vec<Parameter>,
    version: CodeVersion,
    tags: BTreeMap<String, TagValue>,
    caching: Caching,
    body: Body,
}

impl Node {
    /// A node of `function`, which needs nothing yet; the rest is added by the other methods.
    ///
    /// The version is that of the code. Whoever changes the code changes it.
    pub fn new(function: &'static str, output: Kind, version: CodeVersion, body: Body) -> Self {
        let inner = Inner {
            name: function.into(),
            function,
            module: "",
            documentation: "",
            source: "",
            output,
            parameters: Vec::new(),
            version,
            tags: BTreeMap::new(),
            caching: Caching::default(),
            body,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Says where the function is written, what its documentation and its source are.
    #[must_use]
    pub fn written(self, module: &'static str, documentation: &'static str, source: &'static str) -> Self {
        self.with(|inner| {
            inner.tags.insert("module".to_owned(), TagValue::One(module.to_owned()));
            inner.module = module;
            inner.documentation = documentation;
            inner.source = source;
        })
    }

    /// Adds a parameter, after those that are there.
    #[must_use]
    pub fn parameter(self, parameter: Parameter) -> Self {
        self.with(|inner| inner.parameters.push(parameter))
    }

    /// Gives the node a name of its own.
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        self.with(|inner| inner.name = name.into())
    }

    /// Adds a tag, in the place of one of that name.
    #[must_use]
    pub fn tag(self, name: impl Into<String>, value: impl Into<TagValue>) -> Self {
        self.with(|inner| {
            inner.tags.insert(name.into(), value.into());
        })
    }

    /// Says how results are cached.
    #[must_use]
    pub fn caching(self, caching: Caching) -> Self {
        self.with(|inner| inner.caching = caching)
    }

    /// Gives the parameter `name` this value for good. It becomes part of the version.
    ///
    /// # Errors
    ///
    /// [`Graph`](ErrorKind::Graph) when there is no such parameter, it is of another type, or the value cannot be a key.
    pub fn bind<T: CacheKey + Send + Sync + 'static>(self, name: &str, value: T) -> Result<Self> {
        let at = self.position(name)?;
        let key = Key::new(&Namespace::named("bound"), &Bound(&value));
        let key = key.map_err(|error| self.mistake(&format!("cannot bind `{name}`: {error}")))?;
        let value = Value::new(value);
        let kind = self.inner.parameters[at].kind;
        if !kind.holds(&value) {
            let (is, wanted) = (value.type_name(), kind.name());
            return Err(
                self.mistake(&format!("parameter `{name}` is a {wanted} and cannot be bound to a {is}"))
            );
        }
        Ok(self.with(|inner| {
            inner.version = inner.version.and(name, key.as_bytes());
            inner.parameters[at].binding = Binding::Value(value);
        }))
    }

    /// Has the parameter `name` take the node or input `from`, whose name it does not have.
    ///
    /// # Errors
    ///
    /// [`Graph`](ErrorKind::Graph) when there is no such parameter.
    pub fn bind_to(self, name: &str, from: impl Into<Arc<str>>) -> Result<Self> {
        let at = self.position(name)?;
        Ok(self.with(|inner| inner.parameters[at].binding = Binding::Node(from.into())))
    }

    /// Adds something to the version that results depend on.
    #[must_use]
    pub fn versioned(self, name: &str, what: impl AsRef<[u8]>) -> Self {
        self.with(|inner| inner.version = inner.version.and(name, what))
    }

    /// The name, which parameters of others are called by.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    pub(crate) fn shared_name(&self) -> Arc<str> {
        Arc::clone(&self.inner.name)
    }

    /// The name of the function.
    pub fn function(&self) -> &str {
        self.inner.function
    }

    /// The module that the function is written in.
    pub fn module(&self) -> &str {
        self.inner.module
    }

    /// What the function's documentation says.
    pub fn documentation(&self) -> &str {
        self.inner.documentation
    }

    /// The text of the function.
    pub fn source(&self) -> &str {
        self.inner.source
    }

    /// The type of the result.
    pub fn output(&self) -> Kind {
        self.inner.output
    }

    /// The parameters, in the order in which the function declares them.
    pub fn parameters(&self) -> &[Parameter] {
        &self.inner.parameters
    }

    /// The version: of the code, of the values bound, and of what was added.
    pub fn version(&self) -> CodeVersion {
        self.inner.version
    }

    /// The tags; `module` is always there for nodes that the macro made.
    pub fn tags(&self) -> &BTreeMap<String, TagValue> {
        &self.inner.tags
    }

    /// What the node itself says of caching.
    pub fn caches(&self) -> &Caching {
        &self.inner.caching
    }

    pub(crate) fn body(&self) -> &Body {
        &self.inner.body
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.inner));
        self
    }

    fn position(&self, name: &str) -> Result<usize> {
        let at = self.parameters().iter().position(|parameter| &*parameter.name == name);
        at.ok_or_else(|| {
            let known: Vec<&str> = self.parameters().iter().map(|parameter| &*parameter.name).collect();
            self.mistake(&format!("no parameter is called `{name}`; there are: {}", known.join(", ")))
        })
    }

    fn mistake(&self, message: &str) -> Error {
        Error::new(ErrorKind::Graph, format!("node `{}`: {message}", self.name()))
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { name, output, parameters, version, .. } = &*self.inner;
        f.debug_struct("Node")
            .field("name", name)
            .field("output", output)
            .field("parameters", parameters)
            .field("version", version)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain",
            Self::Async(_) => "Async",
        })
    }
}

impl From<&str> for TagValue {
    fn from(text: &str) -> Self {
        Self::One(text.to_owned())
    }
}

impl<const N: usize> From<[&str; N]> for TagValue {
    fn from(texts: [&str; N]) -> Self {
        Self::Many(texts.map(str::to_owned).to_vec())
    }
}

/// A bound value as it is part of the version: within a tuple, for which also NaN is a key.
struct Bound<'a, T>(&'a T);

impl<T: CacheKey> CacheKey for Bound<'_, T> {
    fn encode(&self, encoder: &mut Encoder) -> larder::Result<()> {
        encoder.signed_zeros(|encoder| encoder.tuple(|encoder| encoder.element(self.0)))
    }
}
