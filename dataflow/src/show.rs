//! Arguments as logs show them.

use std::fmt::Write;

use crate::arguments::Arguments;
use crate::node::Node;

/// How many characters errors show of one argument, and of all.
const MOST_OF_ONE: usize = 50;
const MOST_OF_ALL: usize = 1000;

/// The arguments of a failed node, each shortened, and the whole.
pub(crate) fn shortened(node: &Node, arguments: &Arguments) -> String {
    let mut text = String::new();
    for (name, value) in arguments.iter() {
        let value = cut(&argument(node, name, value), MOST_OF_ONE);
        if !text.is_empty() {
            text.push_str(", ");
        }
        // Writing to a text does not fail.
        let _ = write!(text, "{name}={value}");
    }
    cut(&text, MOST_OF_ALL)
}

/// A value as its parameter lets it be shown.
pub(crate) fn argument(node: &Node, name: &str, value: &crate::Value) -> String {
    match node.parameters().iter().find(|parameter| &*parameter.name == name) {
        Some(parameter) if parameter.secret => "***".to_owned(),
        Some(parameter) => parameter.kind.show(value).to_string(),
        None => format!("<{}>", value.type_name()),
    }
}

/// The first `most` characters, and `...` in the place of more.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
