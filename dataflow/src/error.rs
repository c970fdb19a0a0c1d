//! What goes wrong: few kinds, each with one remedy.

use std::any::type_name;
use std::fmt;

use crate::value::Value;

/// The result of a dataflow's operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of a node's function, whatever its type was.
pub type NodeError = Box<dyn std::error::Error + Send + Sync>;

/// Which remedy an error asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The nodes do not make a graph: change the program. Nothing was built.
    Graph,
    /// The run was asked for what it cannot do: change finals, inputs or overrides. Nothing was run.
    Request,
    /// A node's function failed; its own error is the [source](std::error::Error::source). The run stopped there.
    Node,
    /// An adapter failed, and no node did. The run stopped there.
    Adapter,
    /// A value is absent or of another type than was asked for.
    Value,
    /// The cache failed where nothing can be done without it.
    Cache,
}

/// An error of a dataflow: of building it, running it, or looking at what it made.
///
/// ```
/// use larder_dataflow::{Driver, ErrorKind};
///
/// let driver = Driver::builder().build()?;
/// let error = driver.execute(["total"]).wait().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Request);
/// assert_eq!(error.to_string(), "Unknown nodes [total] requested. Check for typos?");
/// # Ok::<(), larder_dataflow::Error>(())
/// ```
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<NodeError>,
    /// What went wrong besides, after the error that is told.
    also: Vec<NodeError>,
}

impl Error {
    /// An error with a message that says what to do.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None, also: Vec::new() }
    }

    /// This error with what caused it.
    #[must_use]
    pub fn because(self, source: impl Into<NodeError>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// Which remedy this error asks for.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The error of a node's function or of an adapter, as it was made.
    ///
    /// ```
    /// # use larder_dataflow::{Driver, node, nodes};
    /// #[node]
    /// fn port(text: String) -> Result<u16, std::num::ParseIntError> {
    ///     text.parse()
    /// }
    ///
    /// let driver = Driver::builder().nodes(nodes![port]).build()?;
    /// let error = driver.execute(["port"]).input("text", "many".to_owned()).wait().unwrap_err();
    /// assert!(error.cause::<std::num::ParseIntError>().is_some());
    /// # Ok::<(), larder_dataflow::Error>(())
    /// ```
    pub fn cause<E: std::error::Error + 'static>(&self) -> Option<&E> {
        self.source.as_ref()?.downcast_ref()
    }

    /// What went wrong besides: errors of adapters after a node had failed.
    pub fn also(&self) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
        self.also.iter().map(|error| &**error as &(dyn std::error::Error + 'static))
    }

    pub(crate) fn attach(&mut self, besides: NodeError) {
        self.also.push(besides);
    }

    pub(crate) fn absent(name: &str) -> Self {
        Self::new(ErrorKind::Value, format!("there is no value of `{name}`"))
    }

    pub(crate) fn mistaken<T>(name: &str, value: &Value) -> Self {
        let message = format!(
            "the value of `{name}` is a {}, not a {}",
            value.type_name(),
            crate::kind::plain(type_name::<T>())
        );
        Self::new(ErrorKind::Value, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

impl From<larder::Error> for Error {
    fn from(error: larder::Error) -> Self {
        Self::new(ErrorKind::Cache, "the cache failed").because(error)
    }
}
