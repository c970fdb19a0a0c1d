//! What is done for a node: look up and store, or less.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};
use crate::graph::Graph;
use crate::node::{Node, Role};

/// What the caching core does for a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Behavior {
    /// Looks the result up; if it is not there, runs the node and stores what it made.
    #[default]
    Default,
    /// Runs the node, and stores what it made. What depends on it is found again if the data is the same.
    Recompute,
    /// Runs the node, and stores nothing. What depends on it is never found.
    Disable,
    /// Runs the node, and stores nothing. What depends on it is found whatever the node made.
    Ignore,
}

impl Behavior {
    const ALL: [(&'static str, Self); 4] = [
        ("default", Self::Default),
        ("recompute", Self::Recompute),
        ("disable", Self::Disable),
        ("ignore", Self::Ignore),
    ];
}

impl fmt::Display for Behavior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(_, behavior)| behavior == self).map(|(name, _)| *name);
        f.write_str(name.unwrap_or_default())
    }
}

impl FromStr for Behavior {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = Self::ALL.map(|(name, _)| name);
        let found = Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, behavior)| *behavior);
        found.ok_or_else(|| {
            Error::new(ErrorKind::Graph, larder_core::near::unknown("caching behavior", text, &known))
        })
    }
}

/// The nodes that a behaviour is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nodes {
    /// Every node.
    All,
    /// Those of these names.
    Named(BTreeSet<String>),
}

impl<N: Into<String>, const COUNT: usize> From<[N; COUNT]> for Nodes {
    fn from(names: [N; COUNT]) -> Self {
        Self::Named(names.into_iter().map(Into::into).collect())
    }
}

impl<N: Into<String>> From<Vec<N>> for Nodes {
    fn from(names: Vec<N>) -> Self {
        Self::Named(names.into_iter().map(Into::into).collect())
    }
}

/// What is said of behaviours when the cache is made.
#[derive(Clone, Debug, Default)]
pub(super) struct Behaviors {
    pub(super) lists: Vec<(Behavior, Nodes)>,
    pub(super) default: Behavior,
    pub(super) loaders: Option<Behavior>,
    pub(super) savers: Option<Behavior>,
}

impl Behaviors {
    /// The behaviour of each node: what is said here, or on the node, or for what it is to the world, or for all.
    pub(super) fn resolve(&self, graph: &Graph) -> Result<BTreeMap<String, Behavior>, String> {
        let all: BTreeSet<Behavior> = self
            .lists
            .iter()
            .filter(|(_, nodes)| *nodes == Nodes::All)
            .map(|(behavior, _)| *behavior)
            .collect();
        if all.len() > 1 {
            let names: Vec<String> = all.iter().map(|behavior| format!("`{behavior}`")).collect();
            return Err(format!("all nodes cannot have several caching behaviors: {}", names.join(", ")));
        }
        let known = |name: &String| graph.node(name).err().map(|error| error.to_string());
        let named = self.lists.iter().filter_map(|(_, nodes)| match nodes {
            Nodes::Named(names) => Some(names),
            Nodes::All => None,
        });
        if let Some(unknown) = named.flatten().find_map(known) {
            return Err(format!("a caching behavior is for a node that is not in the graph: {unknown}"));
        }
        graph.nodes().map(|node| Ok((node.name().to_owned(), self.of(node)?))).collect()
    }

    fn of(&self, node: &Node) -> Result<Behavior, String> {
        let said = self.lists.iter().filter(|(_, nodes)| match nodes {
            Nodes::All => true,
            Nodes::Named(names) => names.contains(node.name()),
        });
        let said: BTreeSet<Behavior> = said.map(|(behavior, _)| *behavior).collect();
        if said.len() > 1 {
            return Err(format!("Multiple caching behaviors specified by Driver for node: {}", node.name()));
        }
        if let Some(behavior) = said.first() {
            return Ok(*behavior);
        }
        if let Some(text) = &node.caches().behavior {
            return text.parse().map_err(|error: Error| format!("node `{}`: {error}", node.name()));
        }
        let of_role = match node.caches().role {
            Role::Inner => None,
            Role::Loader => self.loaders,
            Role::Saver => self.savers,
        };
        Ok(of_role.unwrap_or(self.default))
    }
}
