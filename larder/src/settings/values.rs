//! Single values of settings: text, numbers, quantities, names of a list.

use std::time::Duration;

use larder_core::disk::Limit;
use larder_core::near;

use super::node::{At, Node, Table, Value, join};
use super::source::Fault;
use super::{known, quantity};

/// What is written where there is no limit.
pub(super) const UNBOUNDED: &str = "unbounded";

/// What a size limit is.
pub(super) const SIZE: &str = "bytes with a unit such as \"5 GiB\", or \"unbounded\"";

/// More characters than this of a wrong value are not shown.
const LONGEST: usize = 40;

/// Refuses names in `table` that are not `known`.
pub(super) fn only(table: &Table, path: &str, known: &[&str]) -> Result<(), Fault> {
    match table.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        Some((name, node)) => {
            let fault = Fault::new(join(path, shown_name(name)), known::unknown("setting", name, known));
            Err(fault.at(node.at.clone()))
        }
        None => Ok(()),
    }
}

/// `name` in a path of names.
pub(super) fn shown_name(name: &str) -> &str {
    if known::is_plain(name) { name } else { known::SECRET }
}

pub(super) fn table<'a>(node: &'a Node, path: &str) -> Result<&'a Table, Fault> {
    match &node.value {
        Value::Table(table) => Ok(table),
        _ => Err(mistyped(path, "a table", node)),
    }
}

pub(super) fn text(node: &Node, path: &str) -> Result<String, Fault> {
    written(node).map(str::to_owned).ok_or_else(|| mistyped(path, "text", node))
}

/// The name that `node` says, for an error that shows it where nobody knows it.
pub(super) fn name(node: &Node, path: &str) -> Result<String, Fault> {
    let name = written(node).filter(|name| known::is_plain(name));
    name.map(str::to_owned).ok_or_else(|| mistyped(path, "a name", node))
}

/// The text of `node`, if it is text.
pub(super) fn written(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) | Value::Word(text) => Some(text),
        _ => None,
    }
}

pub(super) fn flag(node: &Node, path: &str) -> Result<bool, Fault> {
    match &node.value {
        Value::Bool(flag) => Ok(*flag),
        Value::Word(word) if word == "true" => Ok(true),
        Value::Word(word) if word == "false" => Ok(false),
        _ => Err(mistyped(path, "`true` or `false`", node)),
    }
}

pub(super) fn span(node: &Node, path: &str) -> Result<Duration, Fault> {
    let expected = "a span of time, such as \"1h\"";
    let text = written(node).filter(|text| is_shown(text)).ok_or_else(|| mistyped(path, expected, node))?;
    quantity::span(text).map_err(|message| Fault::new(path, message))
}

pub(super) fn size_limit(node: &Node, path: &str) -> Result<Limit, Fault> {
    if let Some(bytes) = whole(node) {
        return count(bytes, path).map(Limit::Of);
    }
    match written(node) {
        Some(UNBOUNDED) => Ok(Limit::Unbounded),
        Some(text) if near::nearest(text, &[UNBOUNDED]).is_some() => {
            Err(Fault::new(path, near::unknown("limit", text, &[UNBOUNDED])))
        }
        Some(text) if is_shown(text) => {
            quantity::size(text).map(Limit::Of).map_err(|message| Fault::new(path, message))
        }
        _ => Err(mistyped(path, SIZE, node)),
    }
}

/// A number of bytes, where there is no such thing as no limit.
#[cfg(feature = "local")]
pub(super) fn size(node: &Node, path: &str) -> Result<u64, Fault> {
    if let Some(bytes) = whole(node) {
        return count(bytes, path);
    }
    let text = written(node).filter(|text| is_shown(text));
    let text = text.ok_or_else(|| mistyped(path, "bytes with a unit such as \"5 GiB\"", node))?;
    quantity::size(text).map_err(|message| Fault::new(path, message))
}

pub(super) fn max_entries(node: &Node, path: &str) -> Result<Limit, Fault> {
    match (whole(node), written(node)) {
        (Some(entries), _) => count(entries, path).map(Limit::Of),
        (None, Some(UNBOUNDED)) => Ok(Limit::Unbounded),
        _ => Err(mistyped(path, "a number of entries, or \"unbounded\"", node)),
    }
}

/// The whole number that `node` is, or says where all is text.
pub(super) fn whole(node: &Node) -> Option<i128> {
    match &node.value {
        Value::Whole(number) => Some(*number),
        Value::Word(word) => word.parse().ok(),
        _ => None,
    }
}

fn count(number: i128, path: &str) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| {
        let wrong = if number < 0 { "is less than nothing" } else { "is more than 64 bits" };
        Fault::new(path, format!("{number} {wrong}"))
    })
}

/// The value with the name that `node` says, of the `known` ones.
pub(super) fn named<T: Clone>(node: &Node, path: &str, thing: &str, known: &[(&str, T)]) -> Result<T, Fault> {
    let name = name(node, path)?;
    let found = known.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| value.clone()).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        Fault::new(path, known::unknown(thing, &name, &names))
    })
}

/// The name of `value` in settings.
pub(super) fn name_of<T: PartialEq>(known: &[(&'static str, T)], value: &T) -> &'static str {
    let found = known.iter().find(|(_, one)| one == value);
    found.map_or("unnamed", |(name, _)| name)
}

/// Whether a wrong `text` is shown: it is short, and plain as no secret of a store is, nor a url.
pub(super) fn is_shown(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || " ._-".contains(c);
    text.chars().count() <= LONGEST && text.chars().all(plain)
}

/// The fault of a value of another type. What was found is not shown where it may be a secret.
pub(super) fn mistyped(path: &str, expected: &str, node: &Node) -> Fault {
    let found = match &node.value {
        Value::List(_) => "a list".to_owned(),
        Value::Table(_) => "a table".to_owned(),
        Value::Text(text) | Value::Word(text) if text.contains("://") => "a url".to_owned(),
        Value::Text(text) | Value::Word(text) if expected != "a table" && is_shown(text) => {
            format!("the text `{text}`")
        }
        Value::Text(_) | Value::Word(_) => "a text".to_owned(),
        Value::Whole(number) => format!("`{number}`"),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Other(written) if written.len() <= LONGEST => format!("`{written}`"),
        Value::Other(_) => "a number of many digits".to_owned(),
    };
    let fault = Fault::new(path, format!("expected {expected}, found {found}"));
    if node.at == At::Nowhere { fault } else { fault.at(node.at.clone()) }
}
