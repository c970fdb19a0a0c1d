//! What a graph can be asked.

use std::collections::BTreeSet;

use larder::code::CodeVersion;
use larder_core::near;

use super::{Graph, Input, Name};
use crate::error::{Error, ErrorKind, Result};
use crate::kind::Kind;
use crate::node::Node;
use crate::value::Value;

impl Graph {
    /// The node `name`.
    ///
    /// # Errors
    ///
    /// [`Graph`](ErrorKind::Graph), with the name that is nearest, when there is no such node.
    pub fn node(&self, name: &str) -> Result<&Node> {
        self.find(name).ok_or_else(|| {
            let known: Vec<&str> = self.inner.nodes.keys().map(|name| &**name).collect();
            let near = near::nearest(name, &known);
            let hint = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
            Error::new(ErrorKind::Graph, format!("there is no node `{name}`{hint}"))
        })
    }

    /// All nodes, by name.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.inner.nodes.values()
    }

    /// All inputs, by name, those with a configured value among them.
    pub fn inputs(&self) -> impl Iterator<Item = &Input> {
        self.inner.inputs.values()
    }

    /// The input `name`.
    pub fn input(&self, name: &str) -> Option<&Input> {
        self.inner.inputs.get(name)
    }

    /// The values that the builder was given, by name.
    pub fn configuration(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.inner.configuration.iter().map(|(name, value)| (&**name, value))
    }

    /// The name and type of all that can be asked for: nodes and inputs, by name.
    pub fn variables(&self) -> Vec<(&str, Kind)> {
        let nodes = self.nodes().map(|node| (node.name(), node.output()));
        let mut variables: Vec<_> =
            nodes.chain(self.inputs().map(|input| (&*input.name, input.kind))).collect();
        variables.sort_by_key(|(name, _)| *name);
        variables
    }

    /// The version of the whole graph: the BLAKE3 digest of its nodes' versions and its inputs' names, sorted, a line each.
    pub fn version(&self) -> CodeVersion {
        self.inner.version
    }

    /// The names of all that these need, and their own, sorted.
    ///
    /// # Errors
    ///
    /// [`Graph`](ErrorKind::Graph) when one is neither a node nor an input.
    pub fn upstream_of<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<Vec<&str>> {
        self.reach(names, |name| self.needs(name).collect())
    }

    /// The names of all that need these, and their own, sorted.
    ///
    /// # Errors
    ///
    /// As for [`upstream_of`](Self::upstream_of).
    pub fn downstream_of<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<Vec<&str>> {
        self.reach(names, |name| self.needed_by(name).collect())
    }

    /// The names on all ways from `from` to `to`, both among them if there is one, sorted.
    ///
    /// # Errors
    ///
    /// As for [`upstream_of`](Self::upstream_of).
    pub fn between(&self, from: &str, to: &str) -> Result<Vec<&str>> {
        let after = self.downstream_of([from])?;
        let before = self.upstream_of([to])?;
        Ok(after.into_iter().filter(|name| before.contains(name)).collect())
    }

    /// The names that `name` takes, in the order of its parameters; an input takes none.
    pub fn needs(&self, name: &str) -> impl Iterator<Item = &str> {
        let parameters = self.find(name).map(Node::parameters).unwrap_or_default();
        parameters.iter().filter_map(|parameter| parameter.takes().map(|taken| &**taken))
    }

    /// The names of the nodes that take `name`, sorted.
    pub fn needed_by(&self, name: &str) -> impl Iterator<Item = &str> {
        let takes = move |node: &&Node| {
            node.parameters().iter().any(|parameter| parameter.takes().is_some_and(|taken| **taken == *name))
        };
        self.nodes().filter(takes).map(Node::name)
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Node> {
        self.inner.nodes.get(name)
    }

    /// The type of a node's or an input's values.
    pub(crate) fn kind(&self, name: &str) -> Option<Kind> {
        self.find(name).map(Node::output).or_else(|| self.input(name).map(|input| input.kind))
    }

    pub(crate) fn configured(&self, name: &str) -> Option<&Value> {
        self.inner.configuration.get(name)
    }

    /// The name as the graph has it, if it stands for anything.
    pub(crate) fn name(&self, name: &str) -> Option<&Name> {
        let node = self.inner.nodes.get_key_value(name).map(|(name, _)| name);
        node.or_else(|| self.inner.inputs.get_key_value(name).map(|(name, _)| name))
            .or_else(|| self.inner.configuration.get_key_value(name).map(|(name, _)| name))
    }

    fn reach<'a, 's>(
        &'s self,
        names: impl IntoIterator<Item = &'a str>,
        next: impl Fn(&str) -> Vec<&'s str>,
    ) -> Result<Vec<&'s str>> {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut ahead: Vec<&str> = Vec::new();
        for name in names {
            match self.name(name) {
                Some(name) => ahead.push(name),
                None => return self.node(name).map(|_| Vec::new()),
            }
        }
        while let Some(name) = ahead.pop() {
            if reached.insert(name) {
                ahead.extend(next(name));
            }
        }
        Ok(reached.into_iter().collect())
    }
}
