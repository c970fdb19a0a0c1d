//! What a run will do: found out, and all that is wrong with it said at once, before anything runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Driver, Final};
use crate::adapter::Adapters;
use crate::arguments::Arguments;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::Graph;
use crate::node::Node;
use crate::value::Value;

/// What a run does: its final names, the values that it is given, and the nodes that run, in order.
///
/// ```
/// use larder_dataflow::{Driver, node, nodes};
///
/// #[node]
/// fn double(number: i64) -> i64 {
///     2 * number
/// }
///
/// let driver = Driver::builder().nodes(nodes![double]).build()?;
/// let plan = driver.execute(["double"]).input("number", 1_i64).plan()?;
/// assert_eq!(plan.nodes().len(), 1);
/// assert!(driver.execute(["double"]).plan().is_err());
/// # Ok::<(), larder_dataflow::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) finals: Vec<Arc<str>>,
    pub(super) inputs: Arguments,
    pub(super) overrides: Arguments,
    pub(super) nodes: Vec<Node>,
}

impl Plan {
    /// The names that are asked for, in order, each once.
    pub fn finals(&self) -> &[Arc<str>] {
        &self.finals
    }

    /// The inputs that are needed, with their values, configured ones among them, by name.
    pub const fn inputs(&self) -> &Arguments {
        &self.inputs
    }

    /// The values that take the place of nodes or inputs, by name.
    pub const fn overrides(&self) -> &Arguments {
        &self.overrides
    }

    /// The nodes that run, each after all that it needs.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

/// The names and values that a run is given.
pub(super) type Given = BTreeMap<Arc<str>, Value>;

impl Driver {
    pub(super) fn plan(&self, finals: &[Final], inputs: &Given, overrides: &Given) -> Result<Plan> {
        let finals = known(&self.graph, finals, inputs)?;
        if let Some(name) = inputs.keys().find(|name| self.graph.configured(name).is_some()) {
            let message = format!("`{name}` is configured and given as an input too: leave one");
            return Err(Error::new(ErrorKind::Request, message));
        }
        let mut walk = Walk {
            graph: &self.graph,
            inputs,
            overrides,
            seen: BTreeSet::new(),
            nodes: Vec::new(),
            taken: BTreeSet::new(),
        };
        finals.iter().for_each(|name| walk.visit(name));
        let Walk { nodes, taken, .. } = walk;
        let given = |name: &str| inputs.get(name).or_else(|| self.graph.configured(name));
        check(&self.graph, &self.adapters, &nodes, &finals, inputs, overrides)?;
        let inputs = taken.iter().filter_map(|name| Some((Arc::clone(name), given(name)?.clone()))).collect();
        let overrides = overrides.iter().filter(|(name, _)| self.graph.name(name).is_some());
        let overrides = overrides.map(|(name, value)| (Arc::clone(name), value.clone())).collect();
        Ok(Plan { finals, inputs, overrides, nodes })
    }
}

/// The final names, each once, if all are known.
fn known(graph: &Graph, finals: &[Final], inputs: &Given) -> Result<Vec<Arc<str>>> {
    let mut names: Vec<Arc<str>> = Vec::new();
    let mut unknown: Vec<&str> = Vec::new();
    for Final(name) in finals {
        if names.contains(name) || unknown.contains(&&**name) {
            continue;
        }
        if graph.name(name).is_some() || inputs.contains_key(name) {
            names.push(Arc::clone(name));
        } else {
            unknown.push(name);
        }
    }
    if unknown.is_empty() {
        return Ok(names);
    }
    let unknown = unknown.join(",\n");
    Err(Error::new(ErrorKind::Request, format!("Unknown nodes [{unknown}] requested. Check for typos?")))
}

/// Depth first over the parameters in their order.
struct Walk<'a> {
    graph: &'a Graph,
    inputs: &'a Given,
    overrides: &'a Given,
    seen: BTreeSet<&'a str>,
    nodes: Vec<Node>,
    /// The inputs on the way, whether they have a value or not.
    taken: BTreeSet<Arc<str>>,
}

impl<'a> Walk<'a> {
    /// Visits without recursion, so that a chain may be as long as memory lets it.
    fn visit(&mut self, name: &str) {
        let mut path: Vec<(&'a Node, usize)> = Vec::new();
        self.enter(name, &mut path);
        while let Some((node, followed)) = path.last_mut() {
            let node: &'a Node = node;
            let Some(parameter) = node.parameters().get(*followed) else {
                self.nodes.push(node.clone());
                path.pop();
                continue;
            };
            *followed += 1;
            if let Some(taken) = parameter.takes() {
                self.enter(taken, &mut path);
            }
        }
    }

    fn enter(&mut self, name: &str, path: &mut Vec<(&'a Node, usize)>) {
        if self.overrides.contains_key(name) {
            return;
        }
        if let Some(node) = self.graph.find(name) {
            if self.seen.insert(node.name()) {
                path.push((node, 0));
            }
            return;
        }
        let known = self.graph.name(name).or_else(|| self.inputs.get_key_value(name).map(|(name, _)| name));
        self.taken.extend(known.cloned());
    }
}

/// Refuses missing inputs and values of the wrong type, all of them in one error.
fn check(
    graph: &Graph,
    adapters: &Adapters,
    nodes: &[Node],
    finals: &[Arc<str>],
    inputs: &Given,
    overrides: &Given,
) -> Result<()> {
    let mut errors: Vec<String> = Vec::new();
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for node in nodes {
        for parameter in node.parameters().iter().filter(|parameter| !parameter.is_optional()) {
            let Some(taken) = parameter.takes() else { continue };
            let is_there = graph.find(taken).is_some()
                || inputs.contains_key(taken)
                || overrides.contains_key(taken)
                || graph.configured(taken).is_some();
            if !is_there {
                missing.entry(taken).or_default().push(node.name());
            }
        }
    }
    for name in finals {
        let is_there =
            graph.find(name).is_some() || inputs.contains_key(name) || overrides.contains_key(name);
        if !is_there && graph.configured(name).is_none() {
            missing.entry(name).or_default();
        }
    }
    for (name, takers) in missing {
        let takers = takers.join(", ");
        errors.push(format!("Error: Required input {name} not provided for nodes: [{takers}]."));
    }
    for (name, value) in inputs {
        if let Some(input) = graph.input(name)
            && !input.kind.holds(value)
        {
            let (wanted, is) = (input.kind.name(), value.type_name());
            errors.push(format!(
                "Error: Type requirement mismatch. Expected {name}:{wanted} got {name}:{is} instead."
            ));
        }
        if let Some(Err(reason)) = adapters.validate_input().map(|part| part.validate(name, value)) {
            errors.push(format!("Error: {name}: {reason}"));
        }
    }
    for (name, value) in overrides {
        if let Some(kind) = graph.kind(name)
            && !kind.holds(value)
        {
            let (wanted, is) = (kind.name(), value.type_name());
            errors.push(format!(
                "Error: Type requirement mismatch. Expected {name}:{wanted} got {name}:{is} instead."
            ));
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    errors.sort();
    let (count, all) = (errors.len(), errors.join("\n  "));
    Err(Error::new(ErrorKind::Request, format!("{count} errors encountered: \n  {all}")))
}
