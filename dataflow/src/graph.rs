//! The graph that nodes make: checked once, when it is built, and then asked.
//!
//! Edges are names. What a name stands for, a node, an input, a configured value, is settled here; a run only looks it up.

mod build;
mod query;

use std::collections::BTreeMap;
use std::sync::Arc;

use larder::code::CodeVersion;

use crate::kind::Kind;
use crate::node::Node;
use crate::value::Value;

pub(crate) use build::{SameName, build};

type Name = Arc<str>;

/// What a name that no node has stands for: a value that a run is given.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Input {
    /// The name.
    pub name: Arc<str>,
    /// The type that all nodes that take it agree on.
    pub kind: Kind,
    /// The nodes that take it, in order, each once.
    pub takers: Vec<Arc<str>>,
    /// Whether some node cannot do without it.
    pub is_required: bool,
}

/// Nodes and how they depend on each other. Cheap to clone.
///
/// ```
/// use larder_dataflow::{Driver, node, nodes};
///
/// #[node]
/// fn double(number: i64) -> i64 {
///     2 * number
/// }
/// #[node]
/// fn square(double: i64) -> i64 {
///     double * double
/// }
///
/// let driver = Driver::builder().nodes(nodes![double, square]).build()?;
/// let graph = driver.graph();
/// assert_eq!(graph.input("number").unwrap().kind.name(), "i64");
/// assert_eq!(graph.upstream_of(["square"])?, ["double", "number", "square"]);
/// assert!(graph.node("sqare").unwrap_err().to_string().contains("did you mean `square`"));
/// # Ok::<(), larder_dataflow::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Graph {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    nodes: BTreeMap<Name, Node>,
    inputs: BTreeMap<Name, Input>,
    /// Values that the builder was given.
    configuration: BTreeMap<Name, Value>,
    version: CodeVersion,
}
