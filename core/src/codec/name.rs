//! Names that nobody knows, answered with what is known and what is near.

use crate::error::{Error, ErrorKind};

/// The error for the unknown name `found` of a `what`.
pub(super) fn unknown(what: &str, found: &str, known: &[&str]) -> Error {
    let mut message = format!("unknown {what} `{found}`, known are {}", known.join(", "));
    let near = known.iter().map(|name| (distance(found, name), name)).min();
    if let Some((_, name)) = near.filter(|(distance, name)| *distance <= name.len() / 3 + 1) {
        message = format!("{message}; did you mean `{name}`?");
    }
    if found == "bincode" {
        message.push_str("; bincode is a feature that this build does not have");
    }
    Error::new(ErrorKind::Invalid, message)
}

/// How many letters must be added, dropped or changed to make `a` from `b` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.chars().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_is_named() {
        let message = unknown("format", "jsn", &["json", "raw"]).to_string();
        assert!(message.ends_with("known are json, raw; did you mean `json`?"), "{message}");
        assert!(!unknown("format", "something", &["json"]).to_string().contains("mean"));
    }
}
