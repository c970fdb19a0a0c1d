//! The adapter: for each node its key, from the key its version, from the version its result.

mod inspect;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use larder::clock::Clock;
use larder::random::Random;

use super::behavior::Behaviors;
use super::log_file::LogFile;
use super::run::Run;
use super::{
    Actor, Behavior, CachingBuilder, DataVersion, Event, EventKind, FileResults, Found, MetadataStore,
    NodeKey, ResultStore,
};
use crate::adapter::{
    Adapter, Answer, BeforeGraph, BuildHooks, ExecuteNode, NodeCall, RunHooks, async_trait,
};
use crate::driver::RunId;
use crate::error::Result;
use crate::graph::Graph;
use crate::kind::Kind;
use crate::node::{Made, Node, Role};
use crate::value::Value;
use crate::view::State;

/// Whom events are told.
const TARGET: &str = "larder::dataflow::cache";

/// An adapter that caches results by the versions of data. [`Builder::with_cache`](crate::Builder::with_cache) takes it.
///
/// A fault of the stores never fails a run: it is warned of, and the node runs.
///
/// Events are told to `larder::dataflow::cache`: every one at the level `DEBUG`, whether results came from the store or were computed at `INFO`.
///
/// ```
/// use larder_dataflow::caching::CachingAdapter;
/// use larder_dataflow::{Driver, node, nodes};
///
/// #[node]
/// fn double(number: i64) -> i64 {
///     2 * number
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let place = format!("file://{}?size_limit=1GiB", directory.path().display());
/// let cache = CachingAdapter::builder().place(&place).build()?; // or nothing said: `./.larder_cache`
/// let driver = Driver::builder().nodes(nodes![double]).with_cache(cache).build()?;
/// driver.execute(["double"]).input("number", 1_i64).wait()?;
/// driver.execute(["double"]).input("number", 1_i64).wait()?;
///
/// let cache = driver.cache()?;
/// let run = cache.run(&cache.last_run_id()?)?;
/// assert_eq!(run.states["double"].to_string(), "from cache");
/// println!("{}", cache.view_run(None)?.to_mermaid());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CachingAdapter {
    pub(super) metadata: Box<dyn MetadataStore>,
    pub(super) results: Box<dyn ResultStore>,
    pub(super) files: Option<FileResults>,
    pub(super) behaviors: Behaviors,
    pub(super) format: Option<String>,
    pub(super) log_file: Option<LogFile>,
    pub(super) most_runs: usize,
    pub(super) depth: usize,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    /// In the order in which they began.
    pub(super) runs: Mutex<VecDeque<(RunId, Arc<Run>)>>,
}

impl CachingAdapter {
    /// Begins an adapter.
    pub fn builder() -> CachingBuilder {
        CachingBuilder::default()
    }

    /// Where versions and runs are kept.
    pub fn metadata(&self) -> &dyn MetadataStore {
        &*self.metadata
    }

    /// Where results are kept, but for those in files.
    pub fn results(&self) -> &dyn ResultStore {
        &*self.results
    }

    /// The name of the format that the results of a node are stored in, if it is not that of the store.
    fn format_of<'a>(&'a self, node: &'a Node) -> Option<&'a str> {
        node.caches().format.as_deref().or(self.format.as_deref())
    }

    /// The store that the results of a node are kept in.
    fn store_of(&self, node: &Node) -> &dyn ResultStore {
        let asks = |files: &&FileResults| self.format_of(node).is_some_and(|format| files.knows(format));
        self.files.as_ref().filter(asks).map_or(&*self.results, |files| files)
    }

    fn remembered(&self, run: &RunId) -> Option<Arc<Run>> {
        self.with_runs(|runs| runs.iter().rev().find(|(id, _)| id == run).map(|(_, run)| Arc::clone(run)))
    }

    fn with_runs<T>(&self, act: impl FnOnce(&mut VecDeque<(RunId, Arc<Run>)>) -> T) -> T {
        // Every change is one insertion: a panic elsewhere leaves nothing half done.
        act(&mut self.runs.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps an event, and tells of it.
    fn tell(
        &self,
        run: &Run,
        node: &str,
        actor: Actor,
        kind: EventKind,
        message: Option<&'static str>,
        value: Option<String>,
    ) {
        let (id, time) = (run.id(), self.clock.now());
        let event = Event { run: id, actor, kind, node: node.to_owned(), task: None, message, value, time };
        if kind.is_info() {
            tracing::info!(target: TARGET, "{event}");
        } else {
            tracing::debug!(target: TARGET, "{event}");
        }
        if let Some(file) = &self.log_file
            && let Err(error) = file.append(&event)
        {
            tracing::warn!(target: TARGET, error = %error, "the log file cannot be written");
        }
        run.lock().events.push(event);
    }

    /// What a store answered, or nothing, with a warning.
    fn absorb<T>(node: &str, answer: Result<T>) -> Option<T> {
        answer
            .map_err(|error| {
                let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                tracing::warn!(target: TARGET, node, error = %error, source, "the cache failed: the node runs");
            })
            .ok()
    }

    /// The version of a value; an event and a fresh one where it has none.
    fn version_of(&self, run: &Run, name: &str, kind: Kind, value: &Value) -> DataVersion {
        DataVersion::within(kind, value, self.depth).unwrap_or_else(|error| {
            self.tell(run, name, Actor::Adapter, EventKind::UnhashableDataVersion, None, None);
            tracing::warn!(target: TARGET, node = name, error = %error, "the data has no version: what depends on it runs each time");
            DataVersion::unversionable(&RunId::draw(&*self.random))
        })
    }

    fn set_version(&self, run: &Run, name: &str, version: &DataVersion) {
        run.lock().data_versions.insert(name.to_owned(), version.clone());
        self.tell(run, name, Actor::Adapter, EventKind::SetDataVersion, None, Some(version.to_string()));
    }

    /// The key of a call: of what it is given, and of the defaults of what it is not. By the names of the parameters, so that it
    /// matters which of two takes which.
    fn key(&self, run: &Run, call: &NodeCall<'_>) -> NodeKey {
        let mut dependencies = Vec::new();
        for parameter in call.node.parameters() {
            let Some(taken) = parameter.takes() else { continue };
            if let Some(value) = call.arguments.value(&parameter.name) {
                let known = run.version(taken);
                let message = if known.is_some() { "hit" } else { "miss" };
                self.tell(run, taken, Actor::Adapter, EventKind::GetDataVersion, Some(message), None);
                let version = known.unwrap_or_else(|| self.version_of(run, taken, parameter.kind, value));
                dependencies.push((parameter.name.to_string(), version));
            } else if let Some(default) = parameter.default {
                self.tell(
                    run,
                    taken,
                    Actor::Adapter,
                    EventKind::IsDefaultParameterValue,
                    None,
                    Some(default.text.to_owned()),
                );
                let version = self.version_of(run, taken, parameter.kind, &(default.make)());
                dependencies.push((parameter.name.to_string(), version));
            }
        }
        NodeKey::new(call.node.name(), call.node.version().to_string(), dependencies)
    }

    /// The stored result of `key`, if there is one that can be read.
    async fn look_up(&self, run: &Run, node: &Node, key: &NodeKey) -> Option<(DataVersion, Value)> {
        let name = node.name();
        let version = Self::absorb(name, self.metadata.get(key).await).flatten();
        let message = if version.is_some() { "hit" } else { "miss" };
        self.tell(
            run,
            name,
            Actor::MetadataStore,
            EventKind::GetDataVersion,
            Some(message),
            version.as_ref().map(ToString::to_string),
        );
        let version = version?;
        let address = address_of(node, key, &version);
        match Self::absorb(name, self.store_of(node).get(&address, node.output()).await)? {
            Found::Result(value) => {
                self.tell(run, name, Actor::ResultStore, EventKind::GetResult, Some("hit"), None);
                Some((version, value))
            }
            Found::Nothing => {
                self.tell(run, name, Actor::ResultStore, EventKind::MissingResult, None, None);
                None
            }
            Found::Unreadable => {
                self.tell(run, name, Actor::ResultStore, EventKind::FailedRetrieval, None, None);
                Self::absorb(name, self.metadata.delete(key).await);
                Self::absorb(name, self.store_of(node).delete(&address, node.output()).await);
                None
            }
        }
    }

    async fn run_node(&self, run: &Run, call: &NodeCall<'_>) -> Made {
        let name = call.node.name();
        tracing::debug!(target: TARGET, "{name}");
        let made = call.run().await;
        let (kind, state) = match &made {
            Ok(_) => (EventKind::ExecuteNode, State::Executed),
            Err(_) => (EventKind::FailedExecution, State::Failed),
        };
        self.tell(run, name, Actor::Adapter, kind, None, made.as_ref().err().map(ToString::to_string));
        run.lock().states.insert(name.to_owned(), state);
        made
    }

    /// Stores what was made, under its version.
    async fn keep(&self, run: &Run, node: &Node, key: &NodeKey, value: &Value) {
        let name = node.name();
        let version = match node.caches().role {
            Role::Saver => DataVersion::of_saver(name),
            Role::Inner | Role::Loader => self.version_of(run, name, node.output(), value),
        };
        self.set_version(run, name, &version);
        Self::absorb(name, self.metadata.set(key, &version, &run.id()).await);
        self.tell(
            run,
            name,
            Actor::MetadataStore,
            EventKind::SetDataVersion,
            None,
            Some(version.to_string()),
        );
        self.tell_known(run, name);
        let format = self.format_of(node);
        let address = address_of(node, key, &version);
        let is_kept = self.store_of(node).set(&address, node.output(), value, format).await;
        if Self::absorb(name, is_kept) == Some(true) {
            self.tell(run, name, Actor::ResultStore, EventKind::SetResult, None, None);
        }
    }

    /// That key and version of the node are known now.
    fn tell_known(&self, run: &Run, name: &str) {
        self.tell(run, name, Actor::Adapter, EventKind::GetCacheKey, Some("hit"), None);
        self.tell(run, name, Actor::Adapter, EventKind::GetDataVersion, Some("hit"), None);
    }

    async fn execute_in(&self, run: &Run, call: &NodeCall<'_>) -> Made {
        let (node, name) = (call.node, call.node.name());
        let behavior = run.behavior(name);
        if matches!(behavior, Behavior::Disable | Behavior::Ignore) {
            let value = self.run_node(run, call).await?;
            let version = if behavior == Behavior::Ignore {
                DataVersion::ignored()
            } else {
                DataVersion::disabled(&RunId::draw(&*self.random))
            };
            run.lock().data_versions.insert(name.to_owned(), version);
            return Ok(value);
        }
        let key = self.key(run, call);
        run.lock().keys.insert(name.to_owned(), key.clone());
        self.tell(run, name, Actor::Adapter, EventKind::SetCacheKey, None, Some(key.to_string()));
        if behavior == Behavior::Default {
            self.tell(run, name, Actor::Adapter, EventKind::GetCacheKey, Some("hit"), Some(key.to_string()));
            self.tell(run, name, Actor::Adapter, EventKind::GetDataVersion, Some("miss"), None);
            if let Some((version, value)) = self.look_up(run, node, &key).await {
                self.set_version(run, name, &version);
                Self::absorb(name, self.metadata.record(&key, &version, &run.id()).await);
                self.tell_known(run, name);
                run.lock().states.insert(name.to_owned(), State::FromCache);
                return Ok(value);
            }
        }
        let value = self.run_node(run, call).await?;
        self.keep(run, node, &key, &value).await;
        Ok(value)
    }
}

/// What the result is stored under: its version, and for a saver also what it was called with. What a saver tells is not
/// versioned, so calls that differ would otherwise be answered with each other's results.
pub(super) fn address_of(node: &Node, key: &NodeKey, version: &DataVersion) -> DataVersion {
    match node.caches().role {
        Role::Saver => version.of_call(key),
        Role::Inner | Role::Loader => version.clone(),
    }
}

impl Adapter for CachingAdapter {
    fn build_hooks(&self) -> Option<&dyn BuildHooks> {
        Some(self)
    }

    fn run_hooks(&self) -> Option<&dyn RunHooks> {
        Some(self)
    }

    fn execute_node(&self) -> Option<&dyn ExecuteNode> {
        Some(self)
    }
}

impl BuildHooks for CachingAdapter {
    fn validate_node(&self, node: &Node) -> std::result::Result<(), String> {
        let Some(format) = self.format_of(node) else { return Ok(()) };
        // What cannot be stored at all runs each time, and is warned of then; only who asks for a format by name is mistaken.
        if node.caches().format.is_none() && !node.output().is_kept() {
            return Ok(());
        }
        self.store_of(node).supports(node.output(), format).map_err(|error| error.to_string())
    }

    fn validate_graph(&self, graph: &Graph) -> std::result::Result<(), String> {
        self.behaviors.resolve(graph).map(drop)
    }
}

#[async_trait]
impl RunHooks for CachingAdapter {
    async fn before_graph(&self, before: &BeforeGraph<'_>) -> Answer {
        let behaviors = self.behaviors.resolve(before.graph)?;
        let run = Arc::new(Run::begin(before, behaviors.clone()));
        self.with_runs(|runs| {
            runs.push_back((before.run.clone(), Arc::clone(&run)));
            // Runs that are under way are needed, however many there are.
            while runs.len() > self.most_runs.max(1)
                && let Some(over) = runs.iter().position(|(_, run)| run.is_over())
            {
                runs.remove(over);
            }
        });
        Self::absorb("", self.metadata.initialize(before.run).await);
        for (name, behavior) in &behaviors {
            self.tell(
                &run,
                name,
                Actor::Adapter,
                EventKind::ResolveBehavior,
                None,
                Some(behavior.to_string()),
            );
        }
        for name in before.finals {
            self.tell(&run, name, Actor::Adapter, EventKind::IsFinalVar, None, None);
        }
        for (name, value) in before.inputs.iter() {
            self.tell(&run, name, Actor::Adapter, EventKind::IsInput, None, None);
            if let Some(input) = before.graph.input(name) {
                let version = self.version_of(&run, name, input.kind, value);
                self.set_version(&run, name, &version);
            }
        }
        for (name, value) in before.overrides.iter() {
            self.tell(&run, name, Actor::Adapter, EventKind::IsOverride, None, None);
            if let Some(kind) = before.graph.kind(name) {
                let version = self.version_of(&run, name, kind, value);
                self.set_version(&run, name, &version);
            }
        }
        Ok(())
    }
}

#[async_trait]
impl ExecuteNode for CachingAdapter {
    async fn execute(&self, call: NodeCall<'_>) -> Made {
        let run = self.remembered(call.run_id).expect("a run is remembered as long as it is under way");
        self.execute_in(&run, &call).await
    }
}

impl fmt::Debug for CachingAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachingAdapter")
            .field("metadata", &self.metadata)
            .field("results", &self.results)
            .finish_non_exhaustive()
    }
}
