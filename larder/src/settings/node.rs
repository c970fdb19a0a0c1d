//! Settings as they were written, before anybody knows what they mean: a tree that knows where each value stood.

use std::collections::BTreeMap;

/// Names and what was written for them.
pub(super) type Table = BTreeMap<String, Node>;

/// A value, and where it was written.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) at: At,
}

/// What was written.
#[derive(Clone)]
pub(super) enum Value {
    Table(Table),
    List(Vec<Node>),
    Text(String),
    /// Text from where all is text: a url, the environment, an argument. It may mean a number.
    Word(String),
    Whole(i128),
    Bool(bool),
    /// What no setting is, as it was written: a fraction, a date, `null`.
    Other(String),
}

/// Where something was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum At {
    /// In settings that tell no places.
    #[default]
    Nowhere,
    /// At this byte of the text, where the name of the setting begins.
    Byte(usize),
    /// In this variable of the environment.
    Variable(String),
    /// In the url.
    Url,
    /// In an argument.
    Argument,
}

impl Node {
    pub(super) fn new(value: Value, at: At) -> Self {
        Self { value, at }
    }

    /// The node at `path`, names joined by dots; of tables in a list the first is meant.
    pub(super) fn find(&self, path: &str) -> Option<&Self> {
        match self.descend(path) {
            (node, "") => Some(node),
            _ => None,
        }
    }

    /// The node at `path`, or the nearest above it.
    pub(super) fn nearest(&self, path: &str) -> &Self {
        self.descend(path).0
    }

    /// Follows `path` as far as there are nodes; what is left of it comes with the last one.
    fn descend<'a>(&self, path: &'a str) -> (&Self, &'a str) {
        let table = match &self.value {
            _ if path.is_empty() => return (self, path),
            Value::Table(table) => table,
            Value::List(nodes) => {
                return match nodes.first() {
                    Some(first) if matches!(first.value, Value::Table(_)) => first.descend(path),
                    _ => (self, path),
                };
            }
            _ => return (self, path),
        };
        // A name may have dots in it, so names are asked whether the path goes on with them.
        let found = table.iter().find_map(|(name, node)| {
            let rest = path.strip_prefix(name.as_str())?;
            let below = if rest.is_empty() { rest } else { rest.strip_prefix('.')? };
            Some(node.descend(below))
        });
        found.unwrap_or((self, path))
    }
}

pub(super) fn join(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") }
}
