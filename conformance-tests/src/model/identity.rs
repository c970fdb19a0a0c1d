//! What the model tells entries apart by: the whole key, unless it is to go wrong.

use larder_core::key::{Key, KeyValue};

use super::Fault;

pub(super) fn of(key: &Key, fault: Option<Fault>) -> Vec<u8> {
    let bytes = key.as_bytes();
    match fault {
        Some(Fault::KeysWithoutKind) => bare(&key.value().unwrap_or(KeyValue::Null)).into_bytes(),
        Some(Fault::KeysWithoutNamespace) => {
            key.value().map_or_else(|_| bytes.to_vec(), |value| value.to_string().into_bytes())
        }
        Some(Fault::KeysByDigest) => key.digest().as_bytes()[..8].to_vec(),
        Some(Fault::KeysCutShort) => bytes[..bytes.len().min(64)].to_vec(),
        Some(Fault::KeysAsPaths) => {
            let mut path: Vec<u8> = Vec::new();
            bytes.iter().filter(|byte| !b"./%\0".contains(byte)).for_each(|byte| path.push(*byte));
            path
        }
        Some(Fault::KeysWithoutCase) => bytes.to_ascii_lowercase(),
        _ => bytes.to_vec(),
    }
}

/// A value as a careless program would write it.
fn bare(value: &KeyValue) -> String {
    match value {
        KeyValue::Bool(value) => u8::from(*value).to_string(),
        KeyValue::Integer(value) => value.to_string(),
        KeyValue::Float(value) => value.to_string(),
        KeyValue::Text(value) => value.clone(),
        KeyValue::Bytes(value) => String::from_utf8_lossy(value).into_owned(),
        KeyValue::Null => String::new(),
        other => other.to_string(),
    }
}
