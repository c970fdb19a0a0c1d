//! How a driver is made.

use std::any::Any;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Arc;

use larder::random::{Random, SystemRandom};

use super::Driver;
use crate::adapter::{Adapter, Adapters};
use crate::caching::CachingAdapter;
use crate::error::Result;
use crate::graph::{self, SameName};
use crate::module::Module;
use crate::node::Node;
use crate::value::Value;

/// Collects what a [`Driver`] is made of. Each method may be called again; [`build`](Self::build) leaves the builder as it is.
///
/// ```
/// use larder_dataflow::{Driver, node, nodes};
///
/// #[node]
/// fn greeting(name: &str, #[default("Hello".to_owned())] word: &str) -> String {
///     format!("{word}, {name}!")
/// }
///
/// let english = Driver::builder().nodes(nodes![greeting]).configure("name", "Ann".to_owned());
/// let french = english.clone().configure("word", "Salut".to_owned());
/// let results = french.build()?.execute(["greeting"]).wait()?;
/// assert_eq!(results.get::<String>("greeting")?, "Salut, Ann!");
/// # Ok::<(), larder_dataflow::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    nodes: Vec<Node>,
    configuration: BTreeMap<Arc<str>, Value>,
    adapters: Adapters,
    same_name: SameName,
    at_once: usize,
    random: Arc<dyn Random>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            configuration: BTreeMap::new(),
            adapters: Adapters::default(),
            same_name: SameName::default(),
            at_once: 1,
            random: Arc::new(SystemRandom::new()),
        }
    }
}

impl Builder {
    /// Adds nodes: of [`nodes!`](crate::nodes!), of a module, or a single one.
    #[must_use]
    pub fn nodes(mut self, module: impl Into<Module>) -> Self {
        self.nodes.extend(module.into().nodes().iter().cloned());
        self
    }

    /// Gives `name` this value in every run; the latest one counts. It takes the place of a node of that name.
    #[must_use]
    pub fn configure<T: Any + Send + Sync>(mut self, name: impl Into<Arc<str>>, value: T) -> Self {
        self.configuration.insert(name.into(), Value::new(value));
        self
    }

    /// Adds an adapter, after those that are there.
    #[must_use]
    pub fn adapter(mut self, adapter: Arc<impl Adapter>) -> Self {
        self.adapters.push(adapter);
        self
    }

    /// Caches results by the versions of data. It runs the nodes, so there can be one such adapter, and no [`CacheHook`](crate::CacheHook) beside it.
    #[must_use]
    pub fn with_cache(self, cache: impl Into<Arc<CachingAdapter>>) -> Self {
        self.adapter(cache.into())
    }

    /// Lets a node take the place of an earlier one of its name, which is otherwise refused.
    #[must_use]
    pub fn later_nodes_win(self) -> Self {
        Self { same_name: SameName::LaterWins, ..self }
    }

    /// Runs up to this many nodes at once, where they do not need each other: functions that hold up a thread on threads of
    /// their own. Results and their order are the same; by default one node runs after the other.
    #[must_use]
    pub fn at_once(self, nodes: NonZero<usize>) -> Self {
        Self { at_once: nodes.get(), ..self }
    }

    /// Draws the names of runs from this.
    #[must_use]
    pub fn random(self, random: Arc<dyn Random>) -> Self {
        Self { random, ..self }
    }

    /// Makes the driver.
    ///
    /// # Errors
    ///
    /// [`Graph`](crate::ErrorKind::Graph) when a name is defined twice, types do not fit along an edge, nodes need each other in a circle,
    /// a configured value has the wrong type, an adapter refuses a node or the graph, or two adapters implement what one can
    /// only; [`Adapter`](crate::ErrorKind::Adapter) when one fails.
    pub fn build(&self) -> Result<Driver> {
        self.adapters.check()?;
        self.adapters.before_anything()?;
        let graph = graph::build(self.nodes.iter().cloned(), self.configuration.clone(), self.same_name)?;
        self.adapters.built(&graph)?;
        let Self { adapters, at_once, random, .. } = self.clone();
        Ok(Driver { graph, adapters, at_once, random })
    }
}
