//! Pictures of runs: which nodes there are, what they need, and what became of them.
//!
//! A [`View`] is plain data, made of a plan before a run or after it; it holds no values, so that it may be kept. It draws itself as SVG,
//! as a page, and as text for Mermaid and Graphviz. What a node is and what became of it is written in its box and told by its
//! outline; colour only repeats it.

mod dot;
mod html;
mod label;
mod layout;
mod mermaid;
mod svg;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::arguments::Arguments;
use crate::driver::Plan;
use crate::graph::Graph;
use crate::node::Node;

/// Where the value of a name comes from in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// From the node's function, or from a cache.
    Node,
    /// From the inputs of the run.
    Input,
    /// From the configuration of the driver.
    Configured,
    /// From the overrides of the run.
    Override,
}

/// What became of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Its function was not called, and no value was taken: yet, or because the run stopped before.
    #[default]
    NotRun,
    /// Its function was called.
    Executed,
    /// Its value was taken from a cache.
    FromCache,
    /// Its function failed.
    Failed,
}

/// One box of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shape {
    /// The name.
    pub name: String,
    /// The type of its value; empty where nothing tells it.
    pub kind: String,
    /// What the name stands for.
    pub role: Role,
    /// What became of it; of what is no node, [`State::NotRun`].
    pub state: State,
    /// Whether its value was asked for.
    pub is_final: bool,
    /// The version of a node; empty for what is no node.
    pub version: String,
    /// What the documentation of a node says.
    pub documentation: String,
}

/// A picture of a run, or of what a run would do.
///
/// ```
/// use larder_dataflow::view::{State, View};
/// use larder_dataflow::{Driver, node, nodes};
///
/// #[node]
/// fn double(number: i64) -> i64 {
///     2 * number
/// }
///
/// let driver = Driver::builder().nodes(nodes![double]).build()?;
/// let plan = driver.execute(["double"]).input("number", 21_i64).plan()?;
/// let view = View::of_plan(driver.graph(), &plan).state("double", State::FromCache);
///
/// assert_eq!(view.edges().map(|(from, to)| (&*from.name, &*to.name)).collect::<Vec<_>>(), [("number", "double")]);
/// assert!(view.to_svg().contains("from cache"));
/// assert!(view.to_html().starts_with("<!DOCTYPE html>"));
/// # Ok::<(), larder_dataflow::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Each after all that it takes.
    shapes: Vec<Shape>,
    /// From and to, as places in `shapes`: each pair once.
    edges: Vec<(usize, usize)>,
}

impl View {
    /// The picture of what `plan` does with `graph`; no node has run in it.
    pub fn of_plan(graph: &Graph, plan: &Plan) -> Self {
        let names = |values: &Arguments| values.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
        Self::of(graph, plan.finals(), &names(plan.inputs()), &names(plan.overrides()), plan.nodes())
    }

    /// The picture of a run: of what was asked for, what was given, and the nodes that were to run, each after all that it takes.
    pub(crate) fn of(
        graph: &Graph,
        finals: &[Arc<str>],
        inputs: &[String],
        overrides: &[String],
        nodes: &[Node],
    ) -> Self {
        let is_final = |name: &str| finals.iter().any(|of| **of == *name);
        let is_taken =
            |name: &str| nodes.iter().any(|node| graph.needs(node.name()).any(|taken| taken == name));
        // An override of an input takes its place.
        let inputs = inputs.iter().filter(|name| !overrides.contains(name));
        let mut shapes: Vec<Shape> = inputs.map(|name| Shape::of_input(graph, name)).collect();
        let replaced = overrides.iter().filter(|name| is_final(name) || is_taken(name));
        shapes.extend(replaced.map(|name| match graph.find(name) {
            Some(node) => Shape::of_node(node, Role::Override),
            None => Shape { role: Role::Override, ..Shape::of_input(graph, name) },
        }));
        shapes.extend(nodes.iter().map(|node| Shape::of_node(node, Role::Node)));
        shapes.iter_mut().for_each(|shape| shape.is_final = is_final(&shape.name));

        let places: BTreeMap<&str, usize> =
            shapes.iter().enumerate().map(|(at, shape)| (&*shape.name, at)).collect();
        let mut edges: Vec<(usize, usize)> = Vec::new();
        for node in nodes {
            let first = edges.len();
            for taken in graph.needs(node.name()) {
                // An optional input that was not given is not there.
                let Some(from) = places.get(taken) else { continue };
                let edge = (*from, places[node.name()]);
                if !edges[first..].contains(&edge) {
                    edges.push(edge);
                }
            }
        }
        Self { shapes, edges }
    }

    /// Says what became of the node `name`; of a name that is no node here nothing is said.
    #[must_use]
    pub fn state(mut self, name: &str, state: State) -> Self {
        let is_it = |shape: &&mut Shape| shape.name == name && shape.role == Role::Node;
        if let Some(shape) = self.shapes.iter_mut().find(is_it) {
            shape.state = state;
        }
        self
    }

    /// The boxes, each after all that it takes: first what was given, by name, then nodes in the order of the run.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// The edges: what is taken, and by what. Each once, by the takers and their parameters in order.
    pub fn edges(&self) -> impl Iterator<Item = (&Shape, &Shape)> {
        self.edges.iter().map(|(from, to)| (&self.shapes[*from], &self.shapes[*to]))
    }

    /// A flowchart for [Mermaid](https://mermaid.js.org), as it may stand in Markdown.
    pub fn to_mermaid(&self) -> String {
        mermaid::draw(self)
    }

    /// A graph for [Graphviz](https://graphviz.org): `dot -Tsvg`.
    pub fn to_dot(&self) -> String {
        dot::draw(self)
    }

    /// A picture, without text that another program would have to lay out. The same view draws the same bytes.
    pub fn to_svg(&self) -> String {
        svg::draw(self)
    }

    /// A page with the picture, a legend and a table. It loads nothing and runs nothing.
    pub fn to_html(&self) -> String {
        html::draw(self)
    }
}

impl Shape {
    fn of_node(node: &Node, role: Role) -> Self {
        Self {
            name: node.name().to_owned(),
            kind: node.output().name().into_owned(),
            role,
            state: State::NotRun,
            is_final: false,
            version: node.version().to_string(),
            documentation: node.documentation().to_owned(),
        }
    }

    fn of_input(graph: &Graph, name: &str) -> Self {
        let kind = graph.input(name).map(|input| input.kind.name().into_owned());
        let configured = graph.configured(name);
        let kind = kind.or_else(|| configured.map(|value| value.type_name().into_owned()));
        Self {
            name: name.to_owned(),
            kind: kind.unwrap_or_default(),
            role: if configured.is_some() { Role::Configured } else { Role::Input },
            state: State::NotRun,
            is_final: false,
            version: String::new(),
            documentation: String::new(),
        }
    }

    /// What it is and what became of it: the last line of its box.
    fn remark(&self) -> String {
        let what = match self.role {
            Role::Node => self.state.to_string(),
            given => given.to_string(),
        };
        if self.is_final { format!("{what}, final") } else { what }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Node => "node",
            Self::Input => "input",
            Self::Configured => "configured",
            Self::Override => "override",
        })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotRun => "not run",
            Self::Executed => "executed",
            Self::FromCache => "from cache",
            Self::Failed => "failed",
        })
    }
}
