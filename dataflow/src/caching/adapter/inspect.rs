//! What can be asked of the adapter: its runs, what happened in them, and what came of it.

use std::sync::Arc;

use tracing::Level;

use super::{CachingAdapter, address_of};
use crate::caching::run::Run;
use crate::caching::{Event, Found, RunRecord};
use crate::driver::RunId;
use crate::error::{Error, ErrorKind, Result};
use crate::view::View;

impl CachingAdapter {
    /// The runs that are remembered, in the order in which they began.
    pub fn run_ids(&self) -> Vec<RunId> {
        self.with_runs(|runs| runs.iter().map(|(id, _)| id.clone()).collect())
    }

    /// The run that began last.
    ///
    /// # Errors
    ///
    /// [`Value`](ErrorKind::Value) when there was none yet.
    pub fn last_run_id(&self) -> Result<RunId> {
        let last = self.with_runs(|runs| runs.back().map(|(id, _)| id.clone()));
        last.ok_or_else(|| Error::new(ErrorKind::Value, "there was no run yet: execute the driver first"))
    }

    /// What is known of a run; of one that is under way, so far.
    ///
    /// # Errors
    ///
    /// [`Value`](ErrorKind::Value) for a run that is not remembered.
    pub fn run(&self, run: &RunId) -> Result<RunRecord> {
        let found = self.remembered(run).ok_or_else(|| {
            Error::new(
                ErrorKind::Value,
                format!("run `{run}` is not remembered: `keep_runs` says how many are"),
            )
        })?;
        let record = found.lock().clone();
        Ok(record)
    }

    /// The picture of a run, the last one if none is named: what came from the cache, what was executed, what was given.
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run) and [`last_run_id`](Self::last_run_id).
    pub fn view_run(&self, run: Option<&RunId>) -> Result<View> {
        let last = run.is_none().then(|| self.last_run_id()).transpose()?;
        let record = self.run(run.or(last.as_ref()).expect("one of them is there"))?;
        let mut view =
            View::of(&record.graph, &record.finals, &record.inputs, &record.overrides, &record.nodes);
        for (name, state) in record.states {
            view = view.state(&name, state);
        }
        Ok(view)
    }

    /// The events of each run that is remembered, in the order in which they began; with `INFO` only those that are told at that level.
    pub fn logs(&self, level: Level) -> Vec<(RunId, Vec<Event>)> {
        let runs: Vec<Arc<Run>> =
            self.with_runs(|runs| runs.iter().map(|(_, run)| Arc::clone(run)).collect());
        let told = |run: &Arc<Run>| {
            let record = run.lock();
            let events = record.events.iter().filter(|event| event.kind.is_told_at(level));
            (record.run.clone(), events.cloned().collect())
        };
        runs.iter().map(told).collect()
    }

    /// What the store has as the result of a node in a run; nothing for a node that kept none.
    ///
    /// # Errors
    ///
    /// [`Value`](ErrorKind::Value) for a run that is not remembered, [`Graph`](ErrorKind::Graph) for a node that is not in its graph,
    /// [`Cache`](ErrorKind::Cache) where the store fails.
    pub async fn result(&self, run: &RunId, node: &str) -> Result<Found> {
        let record = self.run(run)?;
        let node = record.graph.node(node)?;
        let (Some(key), Some(version)) =
            (record.keys.get(node.name()), record.data_versions.get(node.name()))
        else {
            return Ok(Found::Nothing);
        };
        self.store_of(node).get(&address_of(node, key, version), node.output()).await
    }
}
