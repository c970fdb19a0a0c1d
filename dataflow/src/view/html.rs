//! Pages with a picture, a legend and a table.
//!
//! The page forbids itself to load or to run anything, so that it stays as it is in a mail or behind a proxy, and a name cannot become a
//! script.

use std::fmt::Write;

use super::label::{line, printable};
use super::svg::{draw as draw_svg, escaped, sample};
use super::{Role, State, View};

const STYLE: &str = "\
body{margin:24px;font:15px/1.5 system-ui,sans-serif;color:#1d2733;background:#fff}h1{font-size:20px;font-weight:600;overflow-wrap:anywhere}
ul{display:flex;flex-wrap:wrap;gap:4px 24px;padding:0;list-style:none}li{display:flex;align-items:center;gap:8px}
table{border-collapse:collapse;font-size:13px}th,td{padding:3px 16px 3px 0;text-align:left;border-bottom:1px solid #dde3ea;}
td:first-child{overflow-wrap:anywhere}td{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}";

/// Each outline, and what it says: classes, whether it is round, whether it has a ring.
const LEGEND: [(&str, &str, bool, bool); 8] = [
    ("executed", "executed", false, false),
    ("from-cache", "from cache", false, false),
    ("failed", "failed", false, false),
    ("not-run", "not run", false, false),
    ("given input", "input", true, false),
    ("given configured", "configured", true, false),
    ("given override", "override", true, false),
    ("executed", "final", false, true),
];

/// The whole page.
pub(super) fn draw(view: &View) -> String {
    let finals: Vec<String> =
        view.shapes.iter().filter(|shape| shape.is_final).map(|shape| escaped(&line(&shape.name))).collect();
    let title = format!("Dataflow of {}", finals.join(", "));
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{}</p>\n<main>\n{}</main>\n<ul>\n",
        count(view),
        draw_svg(view)
    );
    // Writing to a text does not fail, here and below.
    for (classes, words, is_round, is_final) in LEGEND {
        let _ = writeln!(page, "<li>{}{words}</li>", sample(classes, is_round, is_final));
    }
    page.push_str(
        "</ul>\n<table>\n<thead><tr><th>Name</th><th>Type</th><th>What it is</th><th>Version</th></tr></thead>\n<tbody>\n",
    );
    for shape in &view.shapes {
        let [name, kind, version] =
            [&shape.name, &shape.kind, &shape.version].map(|text| escaped(&printable(text)));
        let remark = shape.remark();
        let _ = writeln!(page, "<tr><td>{name}</td><td>{kind}</td><td>{remark}</td><td>{version}</td></tr>");
    }
    page.push_str("</tbody>\n</table>\n</body>\n</html>\n");
    page
}

/// How many nodes became what.
fn count(view: &View) -> String {
    let counts = [State::Executed, State::FromCache, State::Failed, State::NotRun].map(|state| {
        let is_it = |shape: &&super::Shape| shape.role == Role::Node && shape.state == state;
        format!("{} {state}", view.shapes.iter().filter(is_it).count())
    });
    counts.join(", ")
}
