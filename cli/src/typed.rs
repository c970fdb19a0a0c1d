//! Keys and tags as they are written on a command line.
//!
//! Text is text; the other kinds have a letter and a colon before them. What a listing shows of these kinds can be
//! given back. Keys of other kinds, tuples and users' types, are shown and cannot be given.

use larder::key::KeyValue;
use larder::{Bytes, Tag};
use serde_json::{Value, json};

/// How keys and tags are written, for helps.
pub(crate) const SYNTAX: &str = "\
Keys and tags are text, unless they begin with a letter and a colon: i:42 is an integer, f:1.5 a float, \
x:00ff bytes in hexadecimal, and t:i:42 the text i:42.";

/// The key that `text` writes.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn key(text: &str) -> Result<KeyValue, String> {
    let Some((kind, rest)) = text.split_at_checked(2) else { return Ok(KeyValue::Text(text.into())) };
    match kind {
        "t:" => Ok(KeyValue::Text(rest.into())),
        "i:" => rest.parse::<i128>().map(integer).map_err(|error| format!("`{rest}` is no integer: {error}")),
        "f:" => match rest.parse::<f64>() {
            Ok(value) if value.is_nan() => Err("NaN equals nothing, so it is no key".into()),
            Ok(value) => Ok(KeyValue::Float(value)),
            Err(error) => Err(format!("`{rest}` is no float: {error}")),
        },
        "x:" => bytes(rest)
            .map(KeyValue::Bytes)
            .ok_or_else(|| format!("`{rest}` is not hexadecimal: two of 0-9 and a-f for each byte")),
        _ => Ok(KeyValue::Text(text.into())),
    }
}

/// The tag that `text` writes.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn tag(text: &str) -> Result<Tag, String> {
    match key(text)? {
        KeyValue::Integer(value) => Ok(Tag::Integer(value)),
        KeyValue::Float(value) => Ok(Tag::Float(value)),
        KeyValue::Text(value) => Ok(Tag::Text(value)),
        KeyValue::Bytes(value) => Ok(Tag::Bytes(value)),
        _ => Err(format!("`{text}` is beyond 64 bits, which tags are not")),
    }
}

/// `key` as a command line writes it, without control characters.
pub(crate) fn shown(key: &KeyValue) -> String {
    match key {
        KeyValue::Text(text) if text.get(1..2) == Some(":") => format!("t:{}", escaped(text)),
        KeyValue::Text(text) => escaped(text),
        KeyValue::Integer(_) | KeyValue::BigInteger { .. } => format!("i:{key}"),
        KeyValue::Float(value) => format!("f:{value:?}"),
        KeyValue::Bytes(bytes) => format!("x:{}", hex(bytes)),
        other => other.to_string(),
    }
}

/// `tag` as a command line writes it.
pub(crate) fn shown_tag(tag: &Tag) -> String {
    match tag {
        Tag::Integer(value) => shown(&KeyValue::Integer(*value)),
        Tag::Float(value) => shown(&KeyValue::Float(*value)),
        Tag::Text(value) => shown(&KeyValue::Text(value.clone())),
        Tag::Bytes(value) => shown(&KeyValue::Bytes(value.clone())),
    }
}

/// `key` with its kind, in JSON: `{"text": "ann"}`, `{"integer": 42}`; other kinds as they are shown.
pub(crate) fn as_json(key: &KeyValue) -> Value {
    match key {
        KeyValue::Text(text) => json!({ "text": text }),
        KeyValue::Integer(value) => json!({ "integer": value }),
        KeyValue::Float(value) if value.is_finite() => json!({ "float": value }),
        KeyValue::Bytes(bytes) => json!({ "hex": hex(bytes) }),
        other => json!({ "other": other.to_string() }),
    }
}

/// `bytes` in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).expect("four bits are a digit");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn integer(value: i128) -> KeyValue {
    match i64::try_from(value) {
        Ok(value) => KeyValue::Integer(value),
        Err(_) => KeyValue::BigInteger { negative: value < 0, magnitude: value.unsigned_abs() },
    }
}

fn bytes(hex: &str) -> Option<Bytes> {
    if !hex.is_ascii() || hex.len() % 2 == 1 || hex.contains('+') {
        return None;
    }
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).ok();
    (0..hex.len()).step_by(2).map(byte).collect::<Option<Vec<u8>>>().map(Bytes::from)
}

/// `text` without control characters.
pub(crate) fn escaped(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().collect() } else { c.to_string() };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_given_back() {
        let big = "i:170141183460469231731687303715884105727";
        for text in
            ["ann", "", "é:x", "t:i:5", "t:t:x", "i:-42", big, "f:1.5", "f:-inf", "x:00ff", "x:", "abc:d"]
        {
            let key = key(text).unwrap();
            assert_eq!(shown(&key), text);
            assert_eq!(super::key(&shown(&key)).unwrap(), key);
        }
        assert_eq!(key("t:i:5").unwrap(), KeyValue::Text("i:5".into()));
        assert_eq!(key("u:5").unwrap(), KeyValue::Text("u:5".into()));
    }

    #[test]
    fn what_is_no_key_says_why() {
        for text in ["i:x", "i:", "f:x", "f:NaN", "x:0", "x:0g", "x:é", "x:+1"] {
            assert!(!key(text).unwrap_err().is_empty(), "{text}");
        }
        assert!(tag("i:170141183460469231731687303715884105727").is_err());
    }

    #[test]
    fn control_characters_reach_no_terminal() {
        assert_eq!(shown(&KeyValue::Text("a\x1b[2Jb\n".into())), "a\\u{1b}[2Jb\\n");
    }
}
