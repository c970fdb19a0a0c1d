//! What adapters are told. More may be told later: none of these can be made outside of this crate.

use std::sync::Arc;

use crate::arguments::Arguments;
use crate::driver::RunId;
use crate::error::{Error, NodeError};
use crate::graph::Graph;
use crate::node::{Body, Made, Node};
use crate::value::Value;

/// A run that begins.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct BeforeGraph<'a> {
    /// The name of the run.
    pub run: &'a RunId,
    /// The graph.
    pub graph: &'a Graph,
    /// What is asked for, in order.
    pub finals: &'a [Arc<str>],
    /// The inputs that were given and are needed, configured values among them.
    pub inputs: &'a Arguments,
    /// The nodes, or inputs, whose values were given in the place of their own.
    pub overrides: &'a Arguments,
    /// The nodes that will run, in the order in which they will if one runs after the other.
    pub nodes: &'a [Node],
    /// There for as long as the run is, which may be dropped before `after_graph`.
    pub(crate) life: &'a Arc<()>,
}

/// A node that is about to run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct BeforeNode<'a> {
    /// The name of the run.
    pub run: &'a RunId,
    /// The node.
    pub node: &'a Node,
    /// What its function will be called with.
    pub arguments: &'a Arguments,
}

/// A node that has run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AfterNode<'a> {
    /// The name of the run.
    pub run: &'a RunId,
    /// The node.
    pub node: &'a Node,
    /// What its function was called with.
    pub arguments: &'a Arguments,
    /// Its value, or why there is none.
    pub outcome: Result<&'a Value, &'a NodeError>,
}

/// A run that has ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AfterGraph<'a> {
    /// The name of the run.
    pub run: &'a RunId,
    /// The graph.
    pub graph: &'a Graph,
    /// The final names and values in the order in which they were asked for, or why there are none.
    pub outcome: Result<&'a [(Arc<str>, Value)], &'a Error>,
}

/// A node that an adapter is asked to run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NodeCall<'a> {
    /// The name of the run.
    pub run_id: &'a RunId,
    /// The graph.
    pub graph: &'a Graph,
    /// The node.
    pub node: &'a Node,
    /// What its function is to be called with, without the values that are bound to it.
    pub arguments: &'a Arguments,
    pub(crate) threads: Threads,
}

/// Where functions run that hold up a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Threads {
    /// On the thread of the run.
    Own,
    /// On others, so that several run at once.
    Others,
}

impl NodeCall<'_> {
    /// Calls the function.
    ///
    /// # Errors
    ///
    /// Those of the function.
    pub async fn run(&self) -> Made {
        let mut arguments = self.arguments.clone();
        for parameter in self.node.parameters() {
            if let crate::node::Binding::Value(value) = &parameter.binding {
                arguments.push(Arc::clone(&parameter.name), value.clone());
            }
        }
        match (self.node.body(), self.threads) {
            (Body::Plain(function), Threads::Own) => function(&arguments),
            (Body::Plain(function), Threads::Others) => {
                let function = Arc::clone(function);
                blocking::unblock(move || function(&arguments)).await
            }
            (Body::Async(function), _) => function(arguments).await,
        }
    }
}
