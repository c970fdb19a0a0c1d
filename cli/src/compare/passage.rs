//! A value of the comparison: a file or a part of one, as a typed structure.
//!
//! It has what serializers differ in: names of fields, enums, options, a map, integers, a float, and text or bytes.

use std::collections::BTreeMap;

use larder::Bytes;
use serde::{Deserialize, Serialize};

use super::input::Piece;

/// The schema that formats without the names of fields are given.
pub(crate) const SCHEMA: &str = "larder compare, passage 1";

/// How many of the most frequent words a passage lists.
const MOST_WORDS: usize = 8;

/// A file or a part of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Passage {
    path: String,
    kind: Kind,
    lines: Option<Lines>,
    size: Size,
    tags: Vec<String>,
    words: BTreeMap<String, u32>,
    /// Bits in each byte, were each byte chosen by itself.
    entropy: f64,
    content: Content,
}

/// What a passage is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// A whole file.
    File,
    /// Some of its paragraphs or functions.
    Part,
    /// Some of its lines.
    Lines,
    /// An element of a JSON array, or a line of JSON.
    Json,
    /// Some of its bytes.
    Block,
}

/// Where a passage stands in its file, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lines {
    pub(crate) first: u32,
    pub(crate) last: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Size {
    bytes: u64,
    characters: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Content {
    Text(String),
    Binary(Bytes),
}

impl Passage {
    /// The passage that `piece` is.
    pub(crate) fn of(piece: &Piece) -> Self {
        let Piece { path, kind, lines, content } = piece;
        let text = str::from_utf8(content).ok();
        let tags = path.split('/').map(str::to_owned).collect();
        Self {
            path: path.clone(),
            kind: *kind,
            lines: *lines,
            size: Size {
                bytes: content.len() as u64,
                characters: text.map(|text| text.chars().count() as u64),
            },
            tags,
            words: text.map(words).unwrap_or_default(),
            entropy: entropy(content),
            content: match text {
                Some(text) => Content::Text(text.to_owned()),
                None => Content::Binary(content.clone()),
            },
        }
    }
}

/// The most frequent words, with how often each occurs.
fn words(text: &str) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::<&str, u32>::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2) {
        *counts.entry(word).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(word, count)| (std::cmp::Reverse(*count), *word));
    counts.into_iter().take(MOST_WORDS).map(|(word, count)| (word.to_owned(), count)).collect()
}

/// The entropy of single bytes, in bits a byte (Shannon 1948).
#[expect(clippy::cast_precision_loss, reason = "a measure, not a count")]
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let share = |count: &u32| f64::from(*count) / bytes.len() as f64;
    let bits = |share: f64| -share * share.log2();
    counts.iter().filter(|count| **count > 0).map(share).map(bits).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_equally_frequent_bytes_are_one_bit() {
        assert!((entropy(b"abababab") - 1.0).abs() < 1e-12);
        assert!(entropy(b"aaaa").abs() < 1e-12);
    }

    #[test]
    fn the_most_frequent_words_are_listed() {
        let words = words("the disk and the cache and the key, of a b c d e one two three four five six");
        assert_eq!(words.len(), MOST_WORDS);
        assert_eq!((words["the"], words["and"]), (3, 2));
    }

    #[test]
    fn bytes_that_are_no_text_stay_bytes() {
        let piece = |content: &'static [u8]| Piece {
            path: "a/b".into(),
            kind: Kind::Block,
            lines: None,
            content: Bytes::from_static(content),
        };
        assert_eq!(Passage::of(&piece(b"\xFF\0")).content, Content::Binary(Bytes::from_static(b"\xFF\0")));
        assert_eq!(Passage::of(&piece(b"ab")).content, Content::Text("ab".into()));
    }
}
