//! JSON as a tree that knows where each name begins.
//!
//! `serde_json` tells no places of what is right, but it hands out slices of the text that hold one value each. So the
//! tree is made level by level, each value from its slice, and a name is found before its value. The price is that
//! each level reads what is below it again, which is why there are few levels: settings have five.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::super::node::{At, Node, Value};
use super::Syntax;

/// More levels within each other than this are refused.
const DEEPEST: usize = 16;

/// What a name twice in one table is called.
const TWICE: &str = "no JSON: a name twice in one table";

pub(super) fn parse(text: &str) -> Result<Node, Syntax> {
    let whole = serde_json::from_str::<&RawValue>(text).map_err(|error| Syntax {
        at: offset(text, &error),
        message: format!("no JSON: {}", reason(&error)),
    })?;
    if !whole.get().starts_with('{') {
        return Err(Syntax { at: place(text, whole), message: "settings are a table".into() });
    }
    Ok(Node::new(value(text, whole, DEEPEST)?, At::Byte(text.len())))
}

fn value(text: &str, raw: &RawValue, levels: usize) -> Result<Value, Syntax> {
    let json = raw.get();
    let at = place(text, raw);
    let refused = |message: &str| Syntax { at, message: format!("no JSON: {message}") };
    match json.as_bytes().first() {
        Some(b'{' | b'[') if levels == 0 => Err(refused("too many levels within each other")),
        Some(b'{') => {
            let Entries(entries) =
                serde_json::from_str(json).map_err(|_| refused("a name that is no text"))?;
            let mut table = super::super::node::Table::new();
            for (name, below) in entries {
                let at = name_before(text, place(text, below));
                let node = Node::new(value(text, below, levels - 1)?, At::Byte(at));
                if table.insert(name, node).is_some() {
                    return Err(Syntax { at, message: TWICE.into() });
                }
            }
            Ok(Value::Table(table))
        }
        Some(b'[') => {
            let raws: Vec<&RawValue> = serde_json::from_str(json).map_err(|_| refused("no list"))?;
            let node =
                |raw: &RawValue| Ok(Node::new(value(text, raw, levels - 1)?, At::Byte(place(text, raw))));
            Ok(Value::List(raws.into_iter().map(node).collect::<Result<_, Syntax>>()?))
        }
        Some(b'"') => {
            serde_json::from_str(json).map(Value::Text).map_err(|_| refused("a text that is no Unicode"))
        }
        _ => Ok(match (json, json.parse::<i128>()) {
            ("true", _) => Value::Bool(true),
            ("false", _) => Value::Bool(false),
            (_, Ok(number)) => Value::Whole(number),
            (_, Err(_)) => Value::Other(json.to_owned()),
        }),
    }
}

/// The byte of `text` at which its slice `raw` begins.
fn place(text: &str, raw: &RawValue) -> usize {
    raw.get().as_ptr().addr() - text.as_ptr().addr()
}

/// The byte at which the name begins whose value begins at `at`.
fn name_before(text: &str, at: usize) -> usize {
    let before = text[..at].trim_end().strip_suffix(':').unwrap_or_default().trim_end();
    let inside = before.strip_suffix('"').unwrap_or_default();
    // Within a name a quote stands behind an odd number of backslashes.
    let opens = |at: &usize| inside[..*at].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 0;
    inside.rmatch_indices('"').map(|(at, _)| at).find(opens).unwrap_or(at)
}

/// The byte that an error speaks of.
fn offset(text: &str, error: &serde_json::Error) -> usize {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let line: usize = lines.map(str::len).sum();
    // Columns are bytes, and count from one; 0 is the end of the line before.
    let at = (line + error.column().saturating_sub(1)).min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// What is wrong, without the place.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason).to_owned()
}

/// The entries of a table in the order they stand.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table;

        impl<'de> Visitor<'de> for Table {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Table)
    }
}
