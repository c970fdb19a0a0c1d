//! Makes a graph of nodes, or says which of them do not fit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use larder::code::CodeVersion;

use super::{Graph, Inner, Input, Name};
use crate::error::{Error, ErrorKind, Result};
use crate::node::Node;
use crate::value::Value;

/// Whether a node may take the place of one of the same name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SameName {
    #[default]
    Refused,
    LaterWins,
}

/// The graph of these nodes, with values for some names.
///
/// A configured value takes the place of a node of its name, and is an input for the others.
pub(crate) fn build(
    given: impl IntoIterator<Item = Node>,
    configuration: BTreeMap<Name, Value>,
    same_name: SameName,
) -> Result<Graph> {
    let mut nodes: BTreeMap<Name, Node> = BTreeMap::new();
    for node in given {
        if let Some(other) = nodes.get(node.name())
            && same_name == SameName::Refused
        {
            return Err(defined_twice(other, &node));
        }
        nodes.insert(node.shared_name(), node);
    }
    let replaced: Vec<Node> = configuration.keys().filter_map(|name| nodes.remove(name)).collect();
    let inputs = inputs(&nodes)?;
    check_configuration(&configuration, &inputs, &replaced)?;
    check_order(&nodes)?;
    let version = version(&nodes, &inputs);
    Ok(Graph { inner: Arc::new(Inner { nodes, inputs, configuration, version }) })
}

/// What the nodes take that no node makes. Every edge is checked on the way.
fn inputs(nodes: &BTreeMap<Name, Node>) -> Result<BTreeMap<Name, Input>> {
    let mut inputs: BTreeMap<Name, Input> = BTreeMap::new();
    for (name, node) in nodes {
        for parameter in node.parameters() {
            let Some(taken) = parameter.takes() else { continue };
            let (kind, is_required) = (parameter.kind, !parameter.is_optional());
            if let Some(maker) = nodes.get(taken) {
                if maker.output() != kind {
                    let (makes, takes) = (maker.output().name(), kind.name());
                    return Err(error(format!(
                        "node `{name}` takes `{taken}` as {takes}, but `{taken}` makes {makes}"
                    )));
                }
                continue;
            }
            let input = inputs.entry(Arc::clone(taken)).or_insert_with(|| Input {
                name: Arc::clone(taken),
                kind,
                takers: Vec::new(),
                is_required: false,
            });
            if input.kind != kind {
                let (other, is, wanted) = (&input.takers[0], input.kind.name(), kind.name());
                let message =
                    format!("input `{taken}` is {is} for node `{other}` and {wanted} for node `{name}`");
                return Err(error(message));
            }
            input.is_required |= is_required;
            if input.takers.last() != Some(name) {
                input.takers.push(Arc::clone(name));
            }
        }
    }
    Ok(inputs)
}

fn check_configuration(
    configuration: &BTreeMap<Name, Value>,
    inputs: &BTreeMap<Name, Input>,
    replaced: &[Node],
) -> Result<()> {
    for (name, value) in configuration {
        let kind = inputs.get(name).map(|input| input.kind);
        let kind = kind.or_else(|| replaced.iter().find(|node| *node.name() == **name).map(Node::output));
        if let Some(kind) = kind
            && !kind.holds(value)
        {
            let (is, wanted) = (value.type_name(), kind.name());
            return Err(error(format!("the configured value of `{name}` is {is} and must be {wanted}")));
        }
    }
    Ok(())
}

/// Looks for a node that needs itself, by what others need.
fn check_order(nodes: &BTreeMap<Name, Node>) -> Result<()> {
    let mut entered: BTreeSet<&str> = BTreeSet::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for start in nodes.keys() {
        // The nodes on the way here, each with how many of its parameters were followed.
        let mut path: Vec<(&str, usize)> = Vec::new();
        if entered.insert(start) {
            path.push((start, 0));
        }
        while let Some((name, followed)) = path.last_mut() {
            let parameters = nodes[*name].parameters();
            let Some(parameter) = parameters.get(*followed) else {
                done.insert(*name);
                path.pop();
                continue;
            };
            *followed += 1;
            let Some((next, _)) = parameter.takes().and_then(|taken| nodes.get_key_value(taken)) else {
                continue;
            };
            if entered.insert(next) {
                path.push((next, 0));
            } else if !done.contains(&**next) {
                let at = path.iter().position(|(name, _)| *name == &**next).unwrap_or_default();
                let circle: Vec<&str> = path[at..].iter().map(|(name, _)| *name).chain([&**next]).collect();
                return Err(error(format!("nodes need each other in a circle: {}", circle.join(" takes "))));
            }
        }
    }
    Ok(())
}

/// The version of the whole: of the versions of nodes and the names of inputs, sorted, a line each.
fn version(nodes: &BTreeMap<Name, Node>, inputs: &BTreeMap<Name, Input>) -> CodeVersion {
    let mut versions: Vec<String> = nodes.values().map(|node| node.version().to_string()).collect();
    versions.extend(inputs.keys().map(ToString::to_string));
    versions.sort();
    CodeVersion::of_source(&versions.join("\n"))
}

fn defined_twice(one: &Node, other: &Node) -> Error {
    let name = one.name();
    let places = if one.module() == other.module() {
        format!("twice in `{}`", one.module())
    } else {
        format!("in `{}` and in `{}`", one.module(), other.module())
    };
    error(format!(
        "node `{name}` is defined {places}: rename one, or allow overrides so that the later one wins"
    ))
}

fn error(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Graph, message)
}
