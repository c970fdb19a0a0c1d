//! The driver: builds the graph and runs the part of it that is asked for.

mod builder;
mod engine;
mod execution;
mod plan;
mod results;
mod run_id;

use crate::adapter::{Adapter, Adapters};
use crate::caching::CachingAdapter;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::Graph;

pub use builder::Builder;
pub use execution::{Execution, Final};
pub use plan::Plan;
pub use results::Results;
pub use run_id::RunId;

use std::any::Any;
use std::sync::Arc;

use larder::random::Random;

/// Runs a dataflow, any number of times and from any number of threads. Cheap to clone.
///
/// ```
/// use larder_dataflow::{Driver, node, nodes};
///
/// #[node]
/// fn double(number: i64) -> i64 {
///     2 * number
/// }
/// #[node]
/// fn sum(double: i64, number: i64, #[default(0)] more: i64) -> i64 {
///     double + number + more
/// }
///
/// let driver = Driver::builder().nodes(nodes![double, sum]).build()?;
/// let results = driver.execute(["sum"]).input("number", 7_i64).wait()?;
/// assert_eq!(results.get::<i64>("sum")?, &21);
///
/// // A value in the place of a node's: the node and what only it needs do not run.
/// let results = driver.execute(["sum"]).input("number", 7_i64).replace("double", 1_i64).wait()?;
/// assert_eq!(results.get::<i64>("sum")?, &8);
/// # Ok::<(), larder_dataflow::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Driver {
    graph: Graph,
    adapters: Adapters,
    at_once: usize,
    random: Arc<dyn Random>,
}

impl Driver {
    /// Begins a driver.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The graph.
    pub const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The adapters, in order.
    pub fn adapters(&self) -> impl Iterator<Item = &Arc<dyn Adapter>> {
        self.adapters.iter()
    }

    /// The caching core that the driver was given.
    ///
    /// # Errors
    ///
    /// [`Adapter`](ErrorKind::Adapter) when it was given none.
    pub fn cache(&self) -> Result<&CachingAdapter> {
        let found = self.adapters().find_map(|adapter| (&**adapter as &dyn Any).downcast_ref());
        found.ok_or_else(|| {
            let message = "this driver has no cache: give its builder one with `Builder::with_cache`";
            Error::new(ErrorKind::Adapter, message)
        })
    }

    /// Begins a run for the values of these names; [`Execution`] takes inputs and overrides.
    pub fn execute<F: Into<Final>>(&self, finals: impl IntoIterator<Item = F>) -> Execution<'_> {
        Execution::new(self, finals.into_iter().map(Into::into).collect())
    }
}
