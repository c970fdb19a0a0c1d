//! Runs a plan: each node once, after all that it needs, and up to so many at once.
//!
//! Nodes are begun in the order of the plan, so that with one at a time that is the order in which they run. After an error
//! only nodes before it in the plan are begun, those that run are waited for, and the first error by the order of the plan is told:
//! the one that a run of one node at a time ends with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::{Driver, Plan, Results, RunId};
use crate::adapter::{AfterGraph, AfterNode, BeforeGraph, BeforeNode, NodeCall, Threads, failed};
use crate::arguments::Arguments;
use crate::error::{Error, ErrorKind, Result};
use crate::node::{Made, Node};
use crate::show;
use crate::value::Value;

type Finals = Vec<(Arc<str>, Value)>;

/// Runs `plan`, or tells the adapters that there is none to run.
pub(super) async fn run(driver: &Driver, plan: Result<Plan>) -> Result<Results> {
    let run = RunId::draw(&*driver.random);
    let mut outcome = match plan {
        Ok(plan) => run_plan(driver, &run, &plan).await,
        Err(error) => Err(error),
    };
    for hooks in driver.adapters.run_hooks() {
        let told = match &outcome {
            Ok(values) => Ok(values.as_slice()),
            Err(error) => Err(error),
        };
        let after = AfterGraph { run: &run, graph: &driver.graph, outcome: told };
        if let Err(error) = hooks.after_graph(&after).await {
            outcome = Err(besides(outcome.err(), error));
        }
    }
    let values = outcome?;
    let built = match driver.adapters.build_result() {
        Some(part) => {
            let finals: Vec<(&str, &Value)> = values.iter().map(|(name, value)| (&**name, value)).collect();
            Some(part.build(&finals).map_err(failed)?)
        }
        None => None,
    };
    Ok(Results { run, values, built })
}

/// The error of a hook, beside the one that was there before it.
fn besides(first: Option<Error>, error: crate::NodeError) -> Error {
    match first {
        Some(mut first) => {
            first.attach(error);
            first
        }
        None => failed(error),
    }
}

async fn run_plan(driver: &Driver, run: &RunId, plan: &Plan) -> Result<Finals> {
    let Plan { finals, inputs, overrides, nodes } = plan;
    let life = Arc::default();
    for hooks in driver.adapters.run_hooks() {
        let graph = &driver.graph;
        let before = BeforeGraph { run, graph, finals, inputs, overrides, nodes, life: &life };
        hooks.before_graph(&before).await.map_err(failed)?;
    }
    let mut state = State::of(plan);
    let mut running = FuturesUnordered::new();
    let mut first_error: Option<(usize, Error)> = None;
    loop {
        // After an error only what comes before it in the plan is begun: that would have run, and might fail first.
        let end = first_error.as_ref().map_or(nodes.len(), |(at, _)| *at);
        while running.len() < driver.at_once
            && let Some(at) = state.next_before(end)
        {
            let node = &nodes[at];
            let arguments = state.arguments(node);
            running.push(async move { (at, run_node(driver, run, node, &arguments).await) });
        }
        let Some((at, outcome)) = running.next().await else { break };
        match outcome {
            Ok(value) => state.made(at, value),
            Err(error) => {
                if first_error.as_ref().is_none_or(|(first, _)| at < *first) {
                    first_error = Some((at, error));
                }
            }
        }
    }
    first_error.map_or_else(|| Ok(state.finals(finals)), |(_, error)| Err(error))
}

/// What there is of a run that is on its way.
struct State<'a> {
    nodes: &'a [Node],
    values: BTreeMap<Arc<str>, Value>,
    /// How many more nodes need a value; those that nobody needs any more are dropped.
    needed: BTreeMap<Arc<str>, usize>,
    /// How many values each node waits for, and who waits for the value of each.
    missing: Vec<usize>,
    waiting: BTreeMap<Arc<str>, Vec<usize>>,
    ready: BTreeSet<usize>,
}

impl<'a> State<'a> {
    fn of(plan: &'a Plan) -> Self {
        let mut values: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        for (name, value) in plan.inputs.iter().chain(plan.overrides.iter()) {
            values.insert(name.into(), value.clone());
        }
        let mut state = Self {
            nodes: &plan.nodes,
            values,
            needed: plan.finals.iter().map(|name| (Arc::clone(name), 1)).collect(),
            missing: vec![0; plan.nodes.len()],
            waiting: BTreeMap::new(),
            ready: BTreeSet::new(),
        };
        let running: BTreeSet<&str> = plan.nodes.iter().map(Node::name).collect();
        for (at, node) in plan.nodes.iter().enumerate() {
            for taken in node.parameters().iter().filter_map(|parameter| parameter.takes()) {
                *state.needed.entry(Arc::clone(taken)).or_default() += 1;
                if running.contains(&**taken) {
                    state.missing[at] += 1;
                    state.waiting.entry(Arc::clone(taken)).or_default().push(at);
                }
            }
            if state.missing[at] == 0 {
                state.ready.insert(at);
            }
        }
        state
    }

    /// What the function is called with. Values that no other node needs are let go of.
    fn arguments(&mut self, node: &Node) -> Arguments {
        let mut arguments = Arguments::default();
        for parameter in node.parameters() {
            let Some(taken) = parameter.takes() else { continue };
            let Some(value) = self.values.get(taken) else { continue };
            arguments.push(Arc::clone(&parameter.name), value.clone());
        }
        for taken in node.parameters().iter().filter_map(|parameter| parameter.takes()) {
            let left = self.needed.get_mut(taken).map_or(0, |left| {
                *left -= 1;
                *left
            });
            if left == 0 {
                self.values.remove(taken);
            }
        }
        arguments
    }

    /// The first node of the plan, before `end`, that has all that it needs.
    fn next_before(&mut self, end: usize) -> Option<usize> {
        let first = self.ready.first().copied().filter(|first| *first < end)?;
        self.ready.remove(&first);
        Some(first)
    }

    fn made(&mut self, at: usize, value: Value) {
        let name = self.nodes[at].shared_name();
        for waiting in self.waiting.remove(&name).unwrap_or_default() {
            self.missing[waiting] -= 1;
            if self.missing[waiting] == 0 {
                self.ready.insert(waiting);
            }
        }
        self.values.insert(name, value);
    }

    fn finals(&self, names: &[Arc<str>]) -> Finals {
        let value = |name: &Arc<str>| Some((Arc::clone(name), self.values.get(name)?.clone()));
        names.iter().filter_map(value).collect()
    }
}

async fn run_node(driver: &Driver, run: &RunId, node: &Node, arguments: &Arguments) -> Result<Value> {
    let before = BeforeNode { run, node, arguments };
    for hooks in driver.adapters.run_hooks() {
        hooks.before_node(&before).await.map_err(failed)?;
    }
    let threads = if driver.at_once > 1 { Threads::Others } else { Threads::Own };
    let call = NodeCall { run_id: run, graph: &driver.graph, node, arguments, threads };
    let made = match driver.adapters.execute_node() {
        Some(part) => part.execute(call).await,
        None => call.run().await,
    };
    let made = made.and_then(|value| is_output(node, value));
    let mut besides = Vec::new();
    for hooks in driver.adapters.run_hooks() {
        let after = AfterNode { run, node, arguments, outcome: made.as_ref() };
        besides.extend(hooks.after_node(&after).await.err());
    }
    let mut besides = besides.into_iter();
    let error = match made {
        Ok(value) => match besides.next() {
            None => return Ok(value),
            Some(error) => failed(error),
        },
        Err(error) => {
            let (name, function) = (node.name(), node.function());
            let inputs = show::shortened(node, arguments);
            tracing::error!(target: "larder::dataflow::driver", node = name, function, inputs, error = %error, "node failed");
            Error::new(ErrorKind::Node, format!("node `{name}` failed")).because(error)
        }
    };
    Err(besides.fold(error, |mut error, besides| {
        error.attach(besides);
        error
    }))
}

fn is_output(node: &Node, value: Value) -> Made {
    if node.output().holds(&value) {
        return Ok(value);
    }
    let (is, wanted) = (value.type_name(), node.output().name());
    Err(Error::new(ErrorKind::Value, format!("node `{}` made a {is}, and makes {wanted}", node.name()))
        .into())
}
