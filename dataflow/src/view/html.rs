//! A page with the picture, which needs no network and no other file.

use super::{Role, Shape, State, View};

impl View {
    /// The picture as a page, with a legend and how many nodes became what.
    pub fn to_html(&self) -> String {
        let count = |is: fn(&Shape) -> bool| self.shapes().iter().filter(|shape| is(shape)).count();
        let executed = count(|shape| shape.role == Role::Node && shape.state == State::Executed);
        let cached = count(|shape| shape.state == State::FromCache);
        let failed = count(|shape| shape.state == State::Failed);
        let svg = self.to_svg();
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>A dataflow</title><style>\
             body{{font:15px system-ui,sans-serif;margin:24px;color:#1a1a1a}}.picture{{overflow:auto}}\
             ul{{display:flex;flex-wrap:wrap;gap:6px 22px;list-style:none;padding:0}}</style></head><body>\n\
             <p>{executed} executed, {cached} from the cache, {failed} failed.</p>\n<div class=\"picture\">\n{svg}</div>\n\
             <ul><li>round: an input</li><li>dashed line: an override</li><li>thick line: from the cache</li>\
             <li>two lines: asked for</li></ul>\n</body></html>\n"
        )
    }
}
