//! What is kept of a run while it goes on, and for a while afterwards.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::{Behavior, DataVersion, Event, NodeKey};
use crate::adapter::BeforeGraph;
use crate::driver::RunId;
use crate::graph::Graph;
use crate::node::Node;
use crate::view::State;

/// A run: what was asked for, what was done, and what came of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunRecord {
    /// The name of the run.
    pub run: RunId,
    /// The graph.
    pub graph: Graph,
    /// What was asked for.
    pub finals: Vec<Arc<str>>,
    /// The names of the inputs that were given.
    pub inputs: Vec<String>,
    /// The names of the nodes whose values were given.
    pub overrides: Vec<String>,
    /// The nodes that were to run, in order.
    pub nodes: Vec<Node>,
    /// What was done for each node.
    pub behaviors: BTreeMap<String, Behavior>,
    /// The versions of data, by node or input.
    pub data_versions: BTreeMap<String, DataVersion>,
    /// The keys, by node.
    pub keys: BTreeMap<String, NodeKey>,
    /// What became of the nodes.
    pub states: BTreeMap<String, State>,
    /// What happened, in order.
    pub events: Vec<Event>,
}

/// A run that is under way, or was.
#[derive(Debug)]
pub(super) struct Run {
    record: Mutex<RunRecord>,
    /// Gone when the run is: when it has ended, or was dropped midway.
    life: Weak<()>,
}

impl Run {
    pub(super) fn begin(before: &BeforeGraph<'_>, behaviors: BTreeMap<String, Behavior>) -> Self {
        let names = |values: &crate::Arguments| values.iter().map(|(name, _)| name.to_owned()).collect();
        let record = Mutex::new(RunRecord {
            run: before.run.clone(),
            graph: before.graph.clone(),
            finals: before.finals.to_vec(),
            inputs: names(before.inputs),
            overrides: names(before.overrides),
            nodes: before.nodes.to_vec(),
            behaviors,
            data_versions: BTreeMap::new(),
            keys: BTreeMap::new(),
            states: BTreeMap::new(),
            events: Vec::new(),
        });
        Self { record, life: Arc::downgrade(before.life) }
    }

    pub(super) fn is_over(&self) -> bool {
        self.life.strong_count() == 0
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, RunRecord> {
        // Every change is one insertion: a panic elsewhere leaves nothing half done.
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn id(&self) -> RunId {
        self.lock().run.clone()
    }

    pub(super) fn behavior(&self, node: &str) -> Behavior {
        self.lock().behaviors.get(node).copied().unwrap_or_default()
    }

    pub(super) fn version(&self, name: &str) -> Option<DataVersion> {
        self.lock().data_versions.get(name).cloned()
    }
}

impl RunRecord {
    /// The events of each node or input, in order; with `info` only those that are told at that level.
    pub fn logs(&self, level: tracing::Level) -> BTreeMap<String, Vec<Event>> {
        let mut logs: BTreeMap<String, Vec<Event>> = BTreeMap::new();
        for event in self.events.iter().filter(|event| event.kind.is_told_at(level)) {
            logs.entry(event.node.clone()).or_default().push(event.clone());
        }
        logs
    }
}
