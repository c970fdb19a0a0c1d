//! Adapters: what is called at fixed points of building and running a dataflow.
//!
//! An [`Adapter`] is a bundle of parts, each a trait of its own, most of them absent. Hooks may be many, and are called in the
//! order of the adapters; what takes part in the work itself (running a node, making the result) can be one adapter's only.

mod context;
mod set;

use std::any::Any;
use std::fmt::Debug;

use crate::error::NodeError;
use crate::graph::Graph;
use crate::node::{Made, Node};
use crate::value::Value;

pub use context::{AfterGraph, AfterNode, BeforeGraph, BeforeNode, NodeCall};

pub(crate) use context::Threads;
pub(crate) use set::{Adapters, failed};

/// What a hook or a check answers.
pub type Answer = Result<(), NodeError>;

/// A bundle of parts that take part in building and running a dataflow.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use larder_dataflow::adapter::{Adapter, Answer, BeforeNode, RunHooks};
/// use larder_dataflow::{Driver, node, nodes};
///
/// #[derive(Debug, Default)]
/// struct Count(AtomicUsize);
///
/// impl Adapter for Count {
///     fn run_hooks(&self) -> Option<&dyn RunHooks> {
///         Some(self)
///     }
/// }
///
/// #[larder_dataflow::adapter::async_trait]
/// impl RunHooks for Count {
///     async fn before_node(&self, _: &BeforeNode<'_>) -> Answer {
///         self.0.fetch_add(1, Ordering::Relaxed);
///         Ok(())
///     }
/// }
///
/// #[node]
/// fn one() -> i64 {
///     1
/// }
///
/// let count = std::sync::Arc::new(Count::default());
/// let driver = Driver::builder().nodes(nodes![one]).adapter(count.clone()).build()?;
/// driver.execute(["one"]).wait()?;
/// assert_eq!(count.0.load(Ordering::Relaxed), 1);
/// # Ok::<(), larder_dataflow::Error>(())
/// ```
pub trait Adapter: Any + Debug + Send + Sync {
    /// What is called when a driver is built.
    fn build_hooks(&self) -> Option<&dyn BuildHooks> {
        None
    }

    /// What is called before and after a run and each of its nodes.
    fn run_hooks(&self) -> Option<&dyn RunHooks> {
        None
    }

    /// What runs the nodes in the place of the driver.
    fn execute_node(&self) -> Option<&dyn ExecuteNode> {
        None
    }

    /// What makes one value of the final ones.
    fn build_result(&self) -> Option<&dyn BuildResult> {
        None
    }

    /// What looks at inputs besides their types.
    fn validate_input(&self) -> Option<&dyn ValidateInput> {
        None
    }
}

/// Called when a driver is built, in this order. What the checks refuse is gathered, and the driver is not built.
#[expect(clippy::missing_errors_doc, reason = "what an error does is said once, above")]
pub trait BuildHooks: Sync {
    /// Before anything else.
    fn before_anything(&self) -> Answer {
        Ok(())
    }

    /// For each node, by name.
    fn validate_node(&self, _node: &Node) -> Result<(), String> {
        Ok(())
    }

    /// Once all nodes were found good.
    fn validate_graph(&self, _graph: &Graph) -> Result<(), String> {
        Ok(())
    }

    /// When the driver is about to be handed out.
    fn after_graph_built(&self, _graph: &Graph) -> Answer {
        Ok(())
    }
}

/// Called before and after a run and each of its nodes. An error stops the run, and never takes the place of a node's own.
#[async_trait]
pub trait RunHooks: Sync {
    /// Before the first node; not for a run that asks for what is not there.
    async fn before_graph(&self, _run: &BeforeGraph<'_>) -> Answer {
        Ok(())
    }

    /// Before a node, whose arguments are there.
    async fn before_node(&self, _node: &BeforeNode<'_>) -> Answer {
        Ok(())
    }

    /// After a node, whether it failed or not; not after one whose `before_node` failed.
    async fn after_node(&self, _node: &AfterNode<'_>) -> Answer {
        Ok(())
    }

    /// After the last node, whether the run failed or not, also when its inputs were refused.
    async fn after_graph(&self, _run: &AfterGraph<'_>) -> Answer {
        Ok(())
    }
}

/// Runs nodes in the place of the driver.
#[async_trait]
pub trait ExecuteNode: Sync {
    /// The value of the node: [`NodeCall::run`] calls its function.
    async fn execute(&self, call: NodeCall<'_>) -> Made;
}

/// Makes one value of the final ones.
pub trait BuildResult: Sync {
    /// The value, of the final names and values in the order in which they were asked for.
    ///
    /// # Errors
    ///
    /// Why there is none; the run fails, and its nodes have run.
    fn build(&self, finals: &[(&str, &Value)]) -> Made;
}

/// Looks at inputs besides their types.
pub trait ValidateInput: Sync {
    /// Whether this value will do for the input `name`.
    ///
    /// # Errors
    ///
    /// What is wrong with it. It is told with what is wrong with others, and nothing runs.
    fn validate(&self, name: &str, value: &Value) -> Result<(), String>;
}

pub use async_trait::async_trait;
