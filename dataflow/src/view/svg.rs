//! Pictures as SVG.
//!
//! Texts are set in a font of one width and told how long they are, so that they fit their boxes whatever font there is.

use std::fmt::Write;

use super::label::{columns, line, printable, short_type};
use super::layout::{Layout, Place, Route, Size, layout};
use super::{Role, Shape, View};

/// What a column of text takes: of the name, and of the smaller lines.
const NAME_COLUMN: f64 = 8.4;
const SMALL_COLUMN: f64 = 7.2;
/// Space beside the texts of a box.
const BESIDE: f64 = 16.0;
const HEIGHT: f64 = 66.0;

/// How boxes and edges look, each told apart by its outline.
const STYLE: &str = "\
text{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;text-anchor:middle;fill:#1d2733}
.name{font-size:14px;font-weight:600}.type,.remark{font-size:12px}.type{fill:#4a5a6c}
.edge{fill:none;stroke:#6b7a8c;stroke-width:1.3}.head{fill:#6b7a8c}
.box{fill:#fff;stroke:#1d2733;stroke-width:1.4}.ring{fill:none;stroke:#1d2733;stroke-width:1.2}
.given .box{fill:#f2f4f7}.override .box{fill:#fff7e0;stroke-dasharray:7 4}.configured .box{stroke-dasharray:2 3}
.from-cache .box{fill:#e6f5ee;stroke:#0b7a4b;stroke-width:4}
.failed .box{fill:#fdeaea;stroke:#b3261e;stroke-width:2.5;stroke-dasharray:12 3 2 3}
.not-run .box{fill:#fff;stroke:#6b7a8c;stroke-dasharray:2 4}.not-run .ring{stroke:#9aa7b5}.not-run text{fill:#6b7a8c}";

/// The whole picture.
pub(super) fn draw(view: &View) -> String {
    let sizes: Vec<Size> = view.shapes.iter().map(size).collect();
    let Layout { places, routes, size } = layout(&sizes, &view.edges);
    let (width, height) = (size.width.ceil(), size.height.ceil());
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-label=\"A dataflow of {} nodes and inputs\">\n<style>{STYLE}</style>\n\
         <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path class=\"head\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n",
        view.shapes.len()
    );
    // Writing to a text does not fail, here and below.
    for route in &routes {
        let _ = writeln!(svg, "<path class=\"edge\" marker-end=\"url(#head)\" d=\"{}\"/>", path(route));
    }
    for (shape, place) in view.shapes.iter().zip(&places) {
        draw_shape(&mut svg, shape, place);
    }
    svg.push_str("</svg>\n");
    svg
}

/// A box without texts, for a legend.
pub(super) fn sample(classes: &str, is_round: bool, is_final: bool) -> String {
    let place = Place { left: 4.0, top: 4.0, size: Size { width: 44.0, height: 22.0 } };
    let mut svg = format!("<svg width=\"52\" height=\"30\" aria-hidden=\"true\"><g class=\"{classes}\">");
    draw_box(&mut svg, &place, is_round, is_final);
    svg.push_str("</g></svg>");
    svg
}

/// `text` where XML may have a text or the value of an attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// All that is known of a node, for who points at it.
fn tooltip(shape: &Shape) -> String {
    let mut lines = vec![printable(&shape.name), printable(&shape.kind), shape.remark()];
    if !shape.version.is_empty() {
        lines.push(format!("version {}", printable(&shape.version)));
    }
    lines.extend(shape.documentation.lines().map(printable));
    lines.join("\n")
}

fn draw_shape(svg: &mut String, shape: &Shape, place: &Place) {
    let classes = classes(shape);
    let (name, tooltip) = (escaped(&printable(&shape.name)), escaped(&tooltip(shape)));
    let _ = write!(svg, "<g class=\"node {classes}\" data-name=\"{name}\"><title>{tooltip}</title>");
    draw_box(svg, place, shape.role != Role::Node, shape.is_final);
    let middle = place.left + place.size.width / 2.0;
    for (line, (class, below, column)) in lines(shape).iter().zip([
        ("name", 23.0, NAME_COLUMN),
        ("type", 40.0, SMALL_COLUMN),
        ("remark", 56.0, SMALL_COLUMN),
    ]) {
        let (top, width) = (place.top + below, wide(line, column));
        let _ = write!(
            svg,
            "<text class=\"{class}\" x=\"{middle:.1}\" y=\"{top:.1}\" textLength=\"{width:.1}\" \
             lengthAdjust=\"spacingAndGlyphs\">{}</text>",
            escaped(line)
        );
    }
    svg.push_str("</g>\n");
}

fn draw_box(svg: &mut String, place: &Place, is_round: bool, is_final: bool) {
    let Place { left, top, size: Size { width, height } } = *place;
    let rounding = if is_round { height / 2.5 } else { 6.0 };
    let _ = write!(
        svg,
        "<rect class=\"box\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{rounding:.1}\"/>"
    );
    if is_final {
        let (left, top, width, height) = (left + 4.0, top + 4.0, width - 8.0, height - 8.0);
        let rounding = (rounding - 3.0).max(2.0);
        let _ = write!(
            svg,
            "<rect class=\"ring\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{rounding:.1}\"/>"
        );
    }
}

/// The name, the type, and what it is.
fn lines(shape: &Shape) -> [String; 3] {
    [line(&shape.name), line(&short_type(&shape.kind)), shape.remark()]
}

fn size(shape: &Shape) -> Size {
    let [name, kind, remark] = lines(shape);
    let small = wide(&kind, SMALL_COLUMN).max(wide(&remark, SMALL_COLUMN));
    Size { width: wide(&name, NAME_COLUMN).max(small) + 2.0 * BESIDE, height: HEIGHT }
}

fn wide(text: &str, column: f64) -> f64 {
    // A line of a box is short.
    f64::from(u16::try_from(columns(text)).unwrap_or(u16::MAX)).max(1.0) * column
}

fn classes(shape: &Shape) -> String {
    match shape.role {
        Role::Node => shape.state.to_string().replace(' ', "-"),
        given => format!("given {given}"),
    }
}

/// Level where it passes a column, curved between columns.
fn path(route: &Route) -> String {
    let (mut x, mut y) = route.from;
    let mut path = format!("M{x:.1} {y:.1}");
    let arrival = (route.to.0, route.to.0, route.to.1);
    for (left, right, height) in route.passages.iter().chain([&arrival]) {
        let bend = f64::midpoint(x, *left);
        let _ = write!(path, "C{bend:.1} {y:.1} {bend:.1} {height:.1} {left:.1} {height:.1}");
        (x, y) = (*right, *height);
        if right > left {
            let _ = write!(path, "H{right:.1}");
        }
    }
    path
}
