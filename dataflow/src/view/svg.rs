//! SVG, drawn here: boxes in layers, edges between them.

use std::fmt::Write;

use super::layout::{BOX_HEIGHT, MOST_LETTERS, layout};
use super::{Shape, View};
use crate::show::cut;

const STYLE: &str = "\
.box{stroke:#777;stroke-width:1.2;fill:#fff}.input .box{fill:#f4f4f4}.override .box{fill:#fff6dd;stroke:#b58900;stroke-dasharray:5 3}\
.executed .box{fill:#e8f1fb;stroke:#2f6fb0}.cached .box{fill:#e9f7ec;stroke:#1f8a3b;stroke-width:4}\
.failed .box{fill:#fdeaea;stroke:#c0392b;stroke-width:2.4}.final{fill:none;stroke:#333;stroke-width:1}\
.name{font:600 14px system-ui,sans-serif;fill:#1a1a1a}.caption{font:12px system-ui,sans-serif;fill:#444}\
.edge{fill:none;stroke:#888;stroke-width:1.4}.head{fill:#888}";

impl View {
    /// The picture as SVG, whole: it needs no other file.
    pub fn to_svg(&self) -> String {
        let layout = layout(self);
        let (width, height) = (layout.width, layout.height);
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
             height=\"{height:.0}\" role=\"img\" aria-label=\"dataflow\"><style>{STYLE}</style><defs><marker id=\"head\" \
             viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto-start-reverse\">\
             <path class=\"head\" d=\"M0 0L10 5L0 10z\"/></marker></defs>\n"
        );
        // Writing to a text does not fail.
        for (from, to) in &self.edges {
            let (from, to) = (layout.places[*from], layout.places[*to]);
            let (x1, y1) = (from.x + from.width / 2.0, from.y + BOX_HEIGHT);
            let (x2, y2) = (to.x + to.width / 2.0, to.y);
            let middle = f64::midpoint(y1, y2);
            let _ = writeln!(
                text,
                "<path class=\"edge\" marker-end=\"url(#head)\" d=\"M{x1:.1} {y1:.1}C{x1:.1} {middle:.1} {x2:.1} {middle:.1} {x2:.1} {y2:.1}\"/>"
            );
        }
        for (shape, place) in self.shapes().iter().zip(&layout.places) {
            draw(&mut text, shape, place.x, place.y, place.width);
        }
        text.push_str("</svg>\n");
        text
    }
}

fn draw(text: &mut String, shape: &Shape, x: f64, y: f64, width: f64) {
    let (look, title) = (shape.look(), escaped(&format!("{}: {}", shape.name, shape.caption())));
    let round = if look == "input" { BOX_HEIGHT / 2.0 } else { 6.0 };
    let (name, caption) =
        (escaped(&cut(&shape.name, MOST_LETTERS)), escaped(&cut(&shape.caption(), MOST_LETTERS)));
    let middle = x + width / 2.0;
    // Writing to a text does not fail.
    let _ = write!(text, "<g class=\"node {look}\"><title>{title}</title>");
    if shape.is_final {
        // A second line around what was asked for.
        let (x, y, width, height) = (x - 4.0, y - 4.0, width + 8.0, BOX_HEIGHT + 8.0);
        let round = round + 4.0;
        let _ = write!(
            text,
            "<rect class=\"final\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height}\" rx=\"{round}\"/>"
        );
    }
    let _ = writeln!(
        text,
        "<rect class=\"box\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BOX_HEIGHT}\" rx=\"{round}\"/>\
         <text class=\"name\" x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{name}</text>\
         <text class=\"caption\" x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{caption}</text></g>",
        y + 20.0,
        y + 36.0
    );
}

/// Text in XML. What XML cannot hold, control characters, is left out.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            sign if sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            sign => escaped.push(sign),
        }
    }
    escaped
}
