//! Graphs for Graphviz.

use std::fmt::Write;

use super::label::{line, printable, short_type};
use super::{Role, Shape, State, View};

/// The whole graph.
pub(super) fn draw(view: &View) -> String {
    let mut dot = String::from(
        "digraph dataflow {\n  rankdir=LR;\n  node [shape=box, fontname=\"monospace\", fontsize=11];\n",
    );
    // Writing to a text does not fail, here and below.
    for (at, shape) in view.shapes.iter().enumerate() {
        let (name, kind) = (quoted(&line(&shape.name)), quoted(&line(&short_type(&shape.kind))));
        let tooltip = format!("{} {}", quoted(&printable(&shape.kind)), quoted(&printable(&shape.version)));
        let (remark, outline, tooltip) = (shape.remark(), outline(shape), tooltip.trim_end());
        let _ = writeln!(
            dot,
            "  n{at} [label=\"{name}\\n{kind}\\n{remark}\", tooltip=\"{tooltip}\", {outline}];"
        );
    }
    for (from, to) in &view.edges {
        let _ = writeln!(dot, "  n{from} -> n{to};");
    }
    dot.push_str("}\n");
    dot
}

/// What tells apart, without colour, what a node is and what became of it.
fn outline(shape: &Shape) -> String {
    let (style, width) = match (shape.role, shape.state) {
        (Role::Input, _) => ("rounded", 1),
        (Role::Configured, _) => ("rounded,dotted", 1),
        (Role::Override, _) => ("rounded,dashed", 1),
        (Role::Node, State::NotRun) => ("dotted", 1),
        (Role::Node, State::Executed) => ("solid", 1),
        (Role::Node, State::FromCache) => ("bold", 3),
        (Role::Node, State::Failed) => ("dashed", 2),
    };
    let rings = if shape.is_final { 2 } else { 1 };
    format!("style=\"{style}\", penwidth={width}, peripheries={rings}")
}

/// `text` where a label stands in quotes. Graphviz reads escapes as a C program would, and characters by name as HTML.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;")
}
