//! The adapters of a driver, in order, and the one of each work that only one can do.

use std::sync::Arc;

use super::{Adapter, BuildHooks, BuildResult, ExecuteNode, RunHooks, ValidateInput};
use crate::error::{Error, ErrorKind, NodeError, Result};
use crate::graph::Graph;

/// Whether an adapter does a work.
type Does = fn(&dyn Adapter) -> bool;

/// The adapters of a driver. The same one given twice is there once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Adapters {
    all: Vec<Arc<dyn Adapter>>,
}

impl Adapters {
    pub(crate) fn push(&mut self, adapter: Arc<dyn Adapter>) {
        if !self.all.iter().any(|other| Arc::ptr_eq(other, &adapter)) {
            self.all.push(adapter);
        }
    }

    /// Refuses two adapters for a work that only one can do.
    pub(crate) fn check(&self) -> Result<()> {
        let works: [(&str, Does); 3] = [
            ("execute_node", |adapter| adapter.execute_node().is_some()),
            ("build_result", |adapter| adapter.build_result().is_some()),
            ("validate_input", |adapter| adapter.validate_input().is_some()),
        ];
        for (work, does) in works {
            let count = self.all.iter().filter(|adapter| does(&***adapter)).count();
            if count > 1 {
                let message =
                    format!("{count} adapters implement `{work}`, which one adapter can do only: leave one");
                return Err(Error::new(ErrorKind::Graph, message));
            }
        }
        Ok(())
    }

    pub(crate) fn run_hooks(&self) -> impl Iterator<Item = &dyn RunHooks> {
        self.all.iter().filter_map(|adapter| adapter.run_hooks())
    }

    pub(crate) fn execute_node(&self) -> Option<&dyn ExecuteNode> {
        self.all.iter().find_map(|adapter| adapter.execute_node())
    }

    pub(crate) fn build_result(&self) -> Option<&dyn BuildResult> {
        self.all.iter().find_map(|adapter| adapter.build_result())
    }

    pub(crate) fn validate_input(&self) -> Option<&dyn ValidateInput> {
        self.all.iter().find_map(|adapter| adapter.validate_input())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<dyn Adapter>> {
        self.all.iter()
    }

    pub(crate) fn before_anything(&self) -> Result<()> {
        self.build_hooks().try_for_each(|hooks| hooks.before_anything().map_err(failed))
    }

    /// Asks about the nodes, then, if none was refused, about the graph; tells it that it is built.
    pub(crate) fn built(&self, graph: &Graph) -> Result<()> {
        let nodes = graph.nodes().flat_map(|node| {
            let refused = |reason| format!("{}: {reason}", node.name());
            self.build_hooks().filter_map(move |hooks| hooks.validate_node(node).err().map(refused))
        });
        gathered("Node", nodes.collect())?;
        gathered(
            "Graph",
            self.build_hooks().filter_map(|hooks| hooks.validate_graph(graph).err()).collect(),
        )?;
        self.build_hooks().try_for_each(|hooks| hooks.after_graph_built(graph).map_err(failed))
    }

    fn build_hooks(&self) -> impl Iterator<Item = &dyn BuildHooks> {
        self.all.iter().filter_map(|adapter| adapter.build_hooks())
    }
}

/// All that was refused, as one error.
fn gathered(what: &str, mut refused: Vec<String>) -> Result<()> {
    if refused.is_empty() {
        return Ok(());
    }
    refused.sort();
    let (count, all) = (refused.len(), refused.join("\n  "));
    Err(Error::new(
        ErrorKind::Graph,
        format!("{what} validation failed! {count} errors encountered:\n  {all}"),
    ))
}

/// The error of a hook.
pub(crate) fn failed(error: NodeError) -> Error {
    Error::new(ErrorKind::Adapter, "an adapter failed").because(error)
}
