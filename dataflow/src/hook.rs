//! The cache hook: keeps what nodes make, by what they are called with.
//!
//! The key is the name of the node, its version and its arguments by name. Values are keyed by content: where an upstream
//! node changed and made the same, everything downstream is still there. The price is that arguments are encoded at each call;
//! for large ones the caching core keys by their versions.

mod forget;
mod history;
mod key;
mod log;
mod shelves;

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use larder::{ErrorKind, Outcome, Store, WriteOptions};

use crate::adapter::{
    Adapter, AfterGraph, Answer, BeforeGraph, ExecuteNode, NodeCall, RunHooks, async_trait,
};
use crate::error::Result;
use crate::node::{Made, Node};
use crate::shelf::Shelf;
use crate::value::Value;

pub use forget::{Forgetting, Forgotten, evict_all_except_driver};

use history::History;
use key::CallKey;
pub(crate) use shelves::Shelves;

/// An adapter that caches the results of nodes, on any disk.
///
/// A node whose result is there does not run. A fault of the cache never fails the run: it counts as a miss, and is warned of
/// once. What cannot be a key or cannot be stored runs uncached, with one warning for each node.
///
/// It tells what it does to `larder::dataflow::hook`: what was executed and what came from the cache at the level `DEBUG`, the volume of
/// the cache after each run at `INFO`.
///
/// ```
/// use std::sync::Arc;
/// use larder_dataflow::{CacheHook, Driver, node, nodes};
///
/// #[node]
/// fn total(numbers: Vec<i64>) -> i64 {
///     numbers.iter().sum()
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let place = format!("file://{}?size_limit=1GiB", directory.path().display());
/// let hook = Arc::new(CacheHook::open_wait(&place)?); // such as "file://~/.cache/flow?size_limit=1GiB"
/// let driver = Driver::builder().nodes(nodes![total]).adapter(hook).build()?;
/// for _ in 0..2 {
///     // The second time `total` does not run.
///     let results = driver.execute(["total"]).input("numbers", vec![1_i64, 2, 3]).wait()?;
///     assert_eq!(results.get::<i64>("total")?, &6);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CacheHook {
    store: Store,
    name: String,
    chosen: Option<BTreeSet<String>>,
    shelves: Shelves,
    history: History,
    /// What was warned of, so that it is once.
    warned: Mutex<BTreeSet<(&'static str, Arc<str>)>>,
}

/// The cache that results are kept in unless it is told otherwise.
const NAME: &str = "dataflow";

impl CacheHook {
    /// A hook on an opened store; it may serve any number of drivers, at once too.
    ///
    /// # Errors
    ///
    /// [`Cache`](crate::ErrorKind::Cache) when no cache can be made on the store.
    pub fn new(store: &Store) -> Result<Self> {
        Self::named(store, NAME)
    }

    /// As [`new`](Self::new), in the cache called `name`: hooks of different names share nothing.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn named(store: &Store, name: &str) -> Result<Self> {
        Ok(Self {
            store: store.clone(),
            name: name.to_owned(),
            chosen: None,
            shelves: Shelves::default(),
            history: History::of(store, name)?,
            warned: Mutex::default(),
        })
    }

    /// A hook on the place that a settings file or a url says, as [`larder::open`] takes it.
    ///
    /// # Errors
    ///
    /// [`Cache`](crate::ErrorKind::Cache) with what [`larder::open`] answers, when the place cannot be used.
    pub async fn open(place: impl AsRef<Path>) -> Result<Self> {
        Self::new(&larder::open(place).await?)
    }

    /// As [`open`](Self::open), for code that does not await.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    pub fn open_wait(place: impl AsRef<Path>) -> Result<Self> {
        pollster::block_on(Self::open(place))
    }

    /// Caches these nodes only; the others run as if there were no hook. By default all are cached.
    #[must_use]
    pub fn nodes<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Self { chosen: Some(names.into_iter().map(Into::into).collect()), ..self }
    }

    /// The store that results are kept on.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    fn caches(&self, node: &str) -> bool {
        self.chosen.as_ref().is_none_or(|chosen| chosen.contains(node))
    }

    fn builder(&self) -> larder::CacheBuilder {
        self.store.builder(&self.name)
    }

    /// Whether this is the first time that `about` is warned of for `node`.
    fn is_first(&self, about: &'static str, node: &str) -> bool {
        // What is remembered is whole at every moment: a panic elsewhere leaves nothing half done.
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        warned.insert((about, node.into()))
    }

    /// Warns, once for each node, that it runs uncached, or that its result is not kept.
    fn warn(&self, about: &'static str, node: &str, error: &dyn fmt::Display) {
        if self.is_first(about, node) {
            tracing::warn!(target: log::TARGET, node, error = %error, "{about}");
        }
    }

    /// The result that is there, if the cache has one to tell of.
    async fn find(&self, shelf: &dyn Shelf, key: &CallKey) -> larder::Result<Option<Value>> {
        match shelf.get(key).await {
            Err(error) if is_of_the_call(error.kind()) => Err(error),
            Err(error) => {
                self.warn(FAULT, "", &error);
                Ok(None)
            }
            found => found,
        }
    }

    /// Keeps a result, and its version in the history.
    async fn keep(&self, shelf: &dyn Shelf, key: &CallKey, node: &Node, value: &Value) {
        let begun = self.history.begin(node).await;
        let outcome = self.put(shelf, key, node, value).await;
        match &outcome {
            Err(error) if error.kind() == ErrorKind::Encode => self.warn(UNSTORED, node.name(), error),
            Err(error) => self.warn(FAULT, "", error),
            Ok(Outcome::Failed(kind)) => self.warn(FAULT, "", kind),
            Ok(Outcome::Refused(refusal)) => self.warn(REFUSED, node.name(), &format_args!("{refusal:?}")),
            Ok(_) => {}
        }
        let is_stored = matches!(outcome, Ok(Outcome::Stored | Outcome::Kept));
        let ended = self.history.end(node, is_stored).await;
        begun.and(ended).unwrap_or_else(|error| self.warn(FAULT, "", &error));
    }

    async fn put(
        &self,
        shelf: &dyn Shelf,
        key: &CallKey,
        node: &Node,
        value: &Value,
    ) -> larder::Result<Outcome> {
        let options = WriteOptions::default().tag(history::tag(node.name(), node.version()));
        match shelf.add(key, value, &options).await {
            // Somebody was quicker, and what is there is as good; or it cannot be read, and goes.
            Ok(Outcome::Kept) if is_unreadable(&shelf.get(key).await) => {}
            Err(error) if error.kind() == ErrorKind::Unsupported => {}
            outcome => return outcome,
        }
        shelf.set(key, value, &options).await
    }
}

const FAULT: &str = "the cache failed: it counts as a miss";
const UNKEYED: &str = "an argument cannot be part of a key: the node runs uncached";
const UNSTORED: &str = "the result cannot be stored: the node runs each time";
const REFUSED: &str = "the result does not fit into the cache: the node runs each time";

/// Whether there is nothing to be read, as a cache tells that has errors for misses, or one that tells of errors.
fn is_unreadable(found: &larder::Result<Option<Value>>) -> bool {
    match found {
        Ok(found) => found.is_none(),
        Err(error) => matches!(error.kind(), ErrorKind::Decode | ErrorKind::Corrupt | ErrorKind::Format),
    }
}

/// Whether errors of this kind tell of the arguments rather than of the cache.
const fn is_of_the_call(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Invalid | ErrorKind::Encode)
}

impl Adapter for CacheHook {
    fn run_hooks(&self) -> Option<&dyn RunHooks> {
        Some(self)
    }

    fn execute_node(&self) -> Option<&dyn ExecuteNode> {
        Some(self)
    }
}

#[async_trait]
impl ExecuteNode for CacheHook {
    async fn execute(&self, call: NodeCall<'_>) -> Made {
        let NodeCall { node, arguments, .. } = call;
        if !self.caches(node.name()) {
            return call.run().await;
        }
        let shelf = match self.shelves.of(node.output(), || self.builder()) {
            Ok(shelf) => shelf,
            Err(error) => {
                self.warn(UNSTORED, node.name(), &error);
                log::executed(node, arguments);
                return call.run().await;
            }
        };
        let key = CallKey::new(node, arguments);
        match self.find(&*shelf, &key).await {
            Ok(Some(value)) => {
                log::from_cache(node, arguments);
                return Ok(value);
            }
            Ok(None) => {}
            Err(error) => {
                self.warn(UNKEYED, node.name(), &error);
                log::executed(node, arguments);
                return call.run().await;
            }
        }
        log::executed(node, arguments);
        let value = call.run().await?;
        self.keep(&*shelf, &key, node, &value).await;
        Ok(value)
    }
}

#[async_trait]
impl RunHooks for CacheHook {
    async fn before_graph(&self, run: &BeforeGraph<'_>) -> Answer {
        for name in self.chosen.iter().flatten().filter(|name| run.graph.node(name).is_err()) {
            if self.is_first("unknown", name) {
                tracing::warn!(target: log::TARGET, node = &**name, "a node that is to be cached is not in the graph");
            }
        }
        Ok(())
    }

    async fn after_graph(&self, _: &AfterGraph<'_>) -> Answer {
        if tracing::enabled!(target: log::TARGET, tracing::Level::INFO) {
            match self.store.larder().volume().await {
                Ok(volume) => log::size(volume),
                Err(error) => self.warn(FAULT, "", &error),
            }
        }
        Ok(())
    }
}

impl fmt::Debug for CacheHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheHook")
            .field("store", &self.store)
            .field("name", &self.name)
            .field("nodes", &self.chosen)
            .finish_non_exhaustive()
    }
}
