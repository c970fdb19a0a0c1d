//! Mermaid, which documents and code hosts draw.

use std::fmt::Write;

use super::{Role, View};

impl View {
    /// The picture as a Mermaid flowchart.
    pub fn to_mermaid(&self) -> String {
        let mut text = String::from("flowchart TD\n");
        // Writing to a text does not fail.
        for (at, shape) in self.shapes().iter().enumerate() {
            let (open, close) = match shape.role {
                Role::Input => ("([", "])"),
                Role::Override => ("[/", "/]"),
                Role::Node => ("[", "]"),
            };
            let (name, caption) = (escaped(&shape.name), escaped(&shape.caption()));
            let _ =
                writeln!(text, "    n{at}{open}\"<b>{name}</b><br/>{caption}\"{close}:::{}", shape.look());
        }
        for (from, to) in &self.edges {
            let _ = writeln!(text, "    n{from} --> n{to}");
        }
        for (look, style) in [
            ("input", "fill:#f4f4f4,stroke:#777"),
            ("override", "fill:#fff6dd,stroke:#b58900,stroke-dasharray:4 3"),
            ("idle", "fill:#fff,stroke:#bbb"),
            ("executed", "fill:#e8f1fb,stroke:#2f6fb0"),
            ("cached", "fill:#e9f7ec,stroke:#1f8a3b,stroke-width:4px"),
            ("failed", "fill:#fdeaea,stroke:#c0392b,stroke-width:2px"),
        ] {
            let _ = writeln!(text, "    classDef {look} {style}");
        }
        for (at, _) in self.shapes().iter().enumerate().filter(|(_, shape)| shape.is_final) {
            let _ = writeln!(text, "    n{at} --> f{at}((final))");
        }
        text
    }
}

/// Text within the quotes of a label.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for sign in text.chars() {
        match sign {
            // Mermaid reads entities, and a label ends at a quote.
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' | '*' | '_' | '|' | ';' => {
                let _ = write!(escaped, "#{};", u32::from(sign));
            }
            sign if sign.is_control() => escaped.push(' '),
            sign => escaped.push(sign),
        }
    }
    escaped
}
