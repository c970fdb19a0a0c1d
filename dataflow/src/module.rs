//! Modules: nodes that are given to a driver together.

use crate::node::Node;

/// Nodes under a name. [`nodes!`](crate::nodes!) lists functions, and [`#[module]`](macro@crate::module) takes all of its public ones.
///
/// ```
/// use larder_dataflow::{Module, node, nodes};
///
/// #[node]
/// fn double(number: i64) -> i64 {
///     2 * number
/// }
///
/// let module: Module = nodes![double].and(double::node().named("twice"));
/// assert_eq!(module.nodes().len(), 2);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Module {
    nodes: Vec<Node>,
}

impl Module {
    /// A module without nodes.
    pub const fn new() -> Self {
        Self { nodes: Vec::new() }
    }

    /// Adds a node.
    #[must_use]
    pub fn and(mut self, node: Node) -> Self {
        self.nodes.push(node);
        self
    }

    /// Adds all nodes of a function.
    #[must_use]
    pub fn and_of<F: Function>(mut self) -> Self {
        self.nodes.extend(F::nodes());
        self
    }

    /// The nodes, in the order in which they were added.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

impl From<Node> for Module {
    fn from(node: Node) -> Self {
        Self::new().and(node)
    }
}

impl FromIterator<Node> for Module {
    fn from_iter<I: IntoIterator<Item = Node>>(nodes: I) -> Self {
        Self { nodes: nodes.into_iter().collect() }
    }
}

/// A function that `#[node]` stands on: what the type beside it, which has its name, implements.
pub trait Function {
    /// Its node, and those that are extracted from its result.
    fn nodes() -> Vec<Node>;
}

/// A [`Module`] of the nodes of these functions.
#[macro_export]
macro_rules! nodes {
    ($($function:path),* $(,)?) => {
        $crate::Module::new()$(.and_of::<$function>())*
    };
}
