//! JSON as a tree that keeps the order of keys.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::number::Number;

/// A JSON value.
#[derive(Debug)]
pub(super) enum Tree {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    Array(Vec<Self>),
    /// In the order of the text.
    Object(Vec<(String, Self)>),
}

/// The parts of an object, in their order and with duplicates.
struct Parts<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Parts<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Parts<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parts<'de>, A::Error> {
                let mut parts = Vec::new();
                while let Some(part) = map.next_entry()? {
                    parts.push(part);
                }
                Ok(Parts(parts))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Requires that a program can parse `raw`: its strings are Unicode, and it has at most `max_depth` levels.
///
/// # Errors
///
/// What is wrong with it.
pub(super) fn check(raw: &RawValue, max_depth: u32) -> Result<(), String> {
    let mut depth = 0_u32;
    let mut rest = raw.get();
    while let Some(at) = rest.find(['"', '[', '{', ']', '}']) {
        let found = rest.as_bytes()[at];
        rest = &rest[at..];
        match found {
            b'"' => {
                let (string, after) = rest.split_at(string_length(rest));
                // Half of a surrogate pair is JSON, and no text.
                if string.contains("\\u") {
                    parse::<String>(string)?;
                }
                rest = after;
                continue;
            }
            b'[' | b'{' => depth += 1,
            _ => depth = depth.saturating_sub(1),
        }
        if depth > max_depth {
            return Err(format!("it is nested in more than {max_depth} levels"));
        }
        rest = &rest[1..];
    }
    Ok(())
}

/// The length of the string at the beginning of `text`, with its quotes.
fn string_length(text: &str) -> usize {
    let mut escaped = true;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        // The quote at the beginning does not end it.
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 1)
}

impl Tree {
    /// The tree of `raw`, which was [checked](check).
    ///
    /// # Errors
    ///
    /// The part that a tree does not hold exactly.
    pub(super) fn exact(raw: &RawValue) -> Result<Self, String> {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'"') => parse(text).map(Self::Text),
            Some(b'[') => parse::<Vec<&RawValue>>(text)?
                .into_iter()
                .map(Self::exact)
                .collect::<Result<_, _>>()
                .map(Self::Array),
            Some(b'{') => {
                let parts = parse::<Parts<'_>>(text)?.0;
                let mut names = HashSet::new();
                if let Some((name, _)) = parts.iter().find(|(name, _)| !names.insert(name)) {
                    return Err(format!("an object with two values for the key {name:?}"));
                }
                let parts = parts.into_iter().map(|(name, part)| Ok((name, Self::exact(part)?)));
                parts.collect::<Result<_, _>>().map(Self::Object)
            }
            Some(b't' | b'f') => parse(text).map(Self::Bool),
            Some(b'n') => Ok(Self::Null),
            _ => Number::exact(text).map(Self::Number),
        }
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(Number::Unsigned(value)) => serializer.serialize_u64(*value),
            Self::Number(Number::Signed(value)) => serializer.serialize_i64(*value),
            Self::Number(Number::Float(value)) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Array(parts) => serializer.collect_seq(parts),
            Self::Object(parts) => {
                let mut map = serializer.serialize_map(Some(parts.len()))?;
                for (name, part) in parts {
                    map.serialize_entry(name, part)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON holds")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        Tree::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Number(Number::Unsigned(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Number(u64::try_from(value).map_or(Number::Signed(value), Number::Unsigned)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree, E> {
        if value.is_finite() {
            return Ok(Tree::Number(Number::Float(value)));
        }
        Err(E::custom(format!("it has the float {value}, which JSON does not hold")))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = seq.next_element()? {
            parts.push(part);
        }
        Ok(Tree::Array(parts))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = map.next_entry()? {
            parts.push(part);
        }
        Ok(Tree::Object(parts))
    }
}
