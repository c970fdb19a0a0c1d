//! DOT, the language of Graphviz.

use std::fmt::Write;

use super::View;

impl View {
    /// The picture as a graph in DOT.
    pub fn to_dot(&self) -> String {
        let mut text = String::from(
            "digraph dataflow {\n    rankdir=TB;\n    node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fillcolor=white];\n",
        );
        // Writing to a text does not fail.
        for (at, shape) in self.shapes().iter().enumerate() {
            let look = match shape.look() {
                "input" => "shape=ellipse, fillcolor=\"#f4f4f4\"",
                "override" => "style=\"dashed,filled\", fillcolor=\"#fff6dd\"",
                "executed" => "fillcolor=\"#e8f1fb\"",
                "cached" => "fillcolor=\"#e9f7ec\", color=\"#1f8a3b\", penwidth=4",
                "failed" => "fillcolor=\"#fdeaea\", color=\"#c0392b\", penwidth=2",
                _ => "fillcolor=white",
            };
            let twice = if shape.is_final { ", peripheries=2" } else { "" };
            let (name, caption) = (escaped(&shape.name), escaped(&shape.caption()));
            let _ = writeln!(text, "    n{at} [label=\"{name}\\n{caption}\", {look}{twice}];");
        }
        for (from, to) in &self.edges {
            let _ = writeln!(text, "    n{from} -> n{to};");
        }
        text.push_str("}\n");
        text
    }
}

/// Text within quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for sign in text.chars() {
        match sign {
            '"' | '\\' => escaped.extend(['\\', sign]),
            sign if sign.is_control() => escaped.push(' '),
            sign => escaped.push(sign),
        }
    }
    escaped
}
