//! Pictures of dataflows and of runs: Mermaid, DOT, SVG, and a page that needs nothing else.
//!
//! A [`View`] is plain data: names, what they are, what became of them, and edges. What is what can be told without colour: by
//! shape, by the line around, and by words.

mod dot;
mod html;
mod layout;
mod mermaid;
mod svg;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::driver::Plan;
use crate::graph::Graph;
use crate::node::Node;

/// What became of a node in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// It did not run, or not yet.
    #[default]
    NotRun,
    /// Its function ran.
    Executed,
    /// Its value came from the cache.
    FromCache,
    /// Its function failed.
    Failed,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// A node.
    Node,
    /// A value that the run, or the builder, was given.
    Input,
    /// A value that was given in the place of a node's.
    Override,
}

/// One box of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shape {
    /// The name.
    pub name: String,
    /// The type of its value.
    pub kind: String,
    /// What the name stands for.
    pub role: Role,
    /// What became of it.
    pub state: State,
    /// Whether its value was asked for.
    pub is_final: bool,
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
/// let plan = driver.execute(["double"]).input("number", 1_i64).plan()?;
/// let view = View::of_plan(driver.graph(), &plan).state("double", State::FromCache);
/// assert!(view.to_mermaid().contains("double"));
/// assert!(view.to_svg().starts_with("<svg"));
/// # Ok::<(), larder_dataflow::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// By name.
    shapes: Vec<Shape>,
    /// From and to, as places in `shapes`.
    edges: Vec<(usize, usize)>,
}

impl View {
    /// The picture of what `plan` does with `graph`.
    pub fn of_plan(graph: &Graph, plan: &Plan) -> Self {
        let names =
            |values: &crate::Arguments| values.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
        Self::of(graph, plan.finals(), &names(plan.inputs()), &names(plan.overrides()), plan.nodes())
    }

    /// The picture of a run: of what was asked for, what was given, and the nodes that were to run.
    pub(crate) fn of(
        graph: &Graph,
        finals: &[Arc<str>],
        inputs: &[String],
        overrides: &[String],
        nodes: &[Node],
    ) -> Self {
        let mut shapes: BTreeMap<&str, Shape> = BTreeMap::new();
        let mut shape = |name, kind: String, role| {
            let is_final = finals.iter().any(|of| &**of == name);
            shapes.insert(name, Shape { name: name.to_owned(), kind, role, state: State::NotRun, is_final });
        };
        for name in inputs {
            let kind = graph.input(name).map(|input| input.kind.name().into_owned());
            shape(name.as_str(), kind.unwrap_or_default(), Role::Input);
        }
        for name in overrides {
            let kind = graph.kind(name).map(|kind| kind.name().into_owned());
            shape(name.as_str(), kind.unwrap_or_default(), Role::Override);
        }
        for node in nodes {
            shape(node.name(), node.output().name().into_owned(), Role::Node);
        }
        let place = |name: &str| shapes.keys().position(|of| *of == name);
        let edges = nodes.iter().flat_map(|node| {
            let to = place(node.name());
            graph.needs(node.name()).filter_map(move |from| Some((place(from)?, to?))).collect::<Vec<_>>()
        });
        let edges = edges.collect();
        Self { shapes: shapes.into_values().collect(), edges }
    }

    /// Says what became of `name`.
    #[must_use]
    pub fn state(mut self, name: &str, state: State) -> Self {
        if let Some(shape) = self.shapes.iter_mut().find(|shape| shape.name == name) {
            shape.state = state;
        }
        self
    }

    /// The boxes, by name.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// The edges: what is taken, and by what.
    pub fn edges(&self) -> impl Iterator<Item = (&Shape, &Shape)> {
        self.edges.iter().map(|(from, to)| (&self.shapes[*from], &self.shapes[*to]))
    }
}

impl Shape {
    /// What is written below the name: the type, and what became of it.
    fn caption(&self) -> String {
        let said = match (self.role, self.state) {
            (Role::Input, _) => "input",
            (Role::Override, _) => "override",
            (Role::Node, State::NotRun) => "",
            (Role::Node, State::Executed) => "executed",
            (Role::Node, State::FromCache) => "from cache",
            (Role::Node, State::Failed) => "failed",
        };
        if said.is_empty() { self.kind.clone() } else { format!("{} · {said}", self.kind) }
    }

    /// The name of its look.
    const fn look(&self) -> &'static str {
        match (self.role, self.state) {
            (Role::Input, _) => "input",
            (Role::Override, _) => "override",
            (Role::Node, State::NotRun) => "idle",
            (Role::Node, State::Executed) => "executed",
            (Role::Node, State::FromCache) => "cached",
            (Role::Node, State::Failed) => "failed",
        }
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
