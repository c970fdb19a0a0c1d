//! Flowcharts for Mermaid.

use std::fmt::Write;

use super::label::{line, short_type};
use super::{Role, View};

/// Outlines by what a node is and what became of it.
const CLASSES: &str = "  \
classDef executed stroke-width:1px
  classDef fromcache stroke-width:4px
  classDef failed stroke-width:3px,stroke-dasharray:12 3 2 3
  classDef notrun stroke-dasharray:1 4
  classDef input stroke-width:1px
  classDef configured stroke-dasharray:2 3
  classDef override stroke-dasharray:7 4
";

/// The whole chart.
pub(super) fn draw(view: &View) -> String {
    let mut chart = String::from("flowchart LR\n");
    // Writing to a text does not fail, here and below.
    for (at, shape) in view.shapes.iter().enumerate() {
        let (name, kind, remark) =
            (quoted(&line(&shape.name)), quoted(&line(&short_type(&shape.kind))), shape.remark());
        let (opening, closing) = match (shape.role, shape.is_final) {
            (Role::Node, false) => ("[", "]"),
            (Role::Node, true) => ("[[", "]]"),
            (_, false) => ("([", "])"),
            (_, true) => ("(((", ")))"),
        };
        let class = match shape.role {
            Role::Node => shape.state.to_string().replace(' ', ""),
            given => given.to_string(),
        };
        let _ = writeln!(chart, "  n{at}{opening}\"{name}<br>{kind}<br>{remark}\"{closing}:::{class}");
    }
    for (from, to) in &view.edges {
        let _ = writeln!(chart, "  n{from} --> n{to}");
    }
    chart.push_str(CLASSES);
    chart
}

/// `text` where a label stands in quotes: what Mermaid, Markdown or HTML might read as a sign is written by its number.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        let is_plain =
            character.is_ascii_alphanumeric() || " _.,:".contains(character) || !character.is_ascii();
        if is_plain {
            quoted.push(character);
        } else {
            let _ = write!(quoted, "#{};", u32::from(character));
        }
    }
    quoted
}
