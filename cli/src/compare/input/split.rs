//! Cuts a file into values.
//!
//! Parts are slices of the file, so that they cost no memory of their own. Short neighbours stay together until they
//! are long enough to be a value.

use larder::Bytes;
use serde_json::Value;

use super::{LARGEST, Piece, SMALLEST};
use crate::compare::passage::{Kind, Lines};

/// The length of a block of bytes that are no text.
const BLOCK: usize = 16 << 10;

/// A file of a directory: itself, and its paragraphs or functions if it is a text.
pub(super) fn whole_and_parts(path: &str, content: Bytes, take: &mut dyn FnMut(Piece)) {
    let Ok(text) = str::from_utf8(&content) else {
        return if content.len() <= LARGEST {
            take(Piece { path: path.into(), kind: Kind::File, lines: None, content });
        } else {
            blocks(path, &content, take);
        };
    };
    let last = text.lines().count().try_into().unwrap_or(u32::MAX);
    let lines = Some(Lines { first: 1, last });
    take(Piece { path: path.into(), kind: Kind::File, lines, content: content.clone() });
    cut(path, Kind::Part, &content, text, str::is_empty, take);
}

/// A file given by itself: the elements of a JSON array, lines of JSON, lines of text, or blocks of bytes.
pub(super) fn elements(path: &str, content: &Bytes, take: &mut dyn FnMut(Piece)) {
    let Ok(text) = str::from_utf8(content) else { return blocks(path, content, take) };
    if text.trim_start().starts_with('[')
        && let Ok(elements) = serde_json::from_str::<Vec<Value>>(text)
    {
        for element in elements {
            let content = Bytes::from(element.to_string());
            take(Piece { path: path.into(), kind: Kind::Json, lines: None, content });
        }
        return;
    }
    let first = text.lines().find(|line| !line.is_empty()).unwrap_or_default();
    if first.starts_with('{') && serde_json::from_str::<Value>(first).is_ok() {
        return cut(path, Kind::Json, content, text, |_| true, take);
    }
    cut(path, Kind::Lines, content, text, |_| true, take);
}

/// Cuts `text` after each line that `ends` a part, if the part is long enough by then.
fn cut(
    path: &str,
    kind: Kind,
    content: &Bytes,
    text: &str,
    ends: impl Fn(&str) -> bool,
    take: &mut dyn FnMut(Piece),
) {
    let mut begin = 0;
    let mut at = 0;
    let mut first = 1;
    let mut number = 0;
    for line in text.split_inclusive('\n') {
        if at - begin + line.len() > LARGEST {
            // Too long already: the rest of it begins a part of its own.
            (begin, first) = (at, number + 1);
        }
        at += line.len();
        number += 1;
        let bare = line.trim_end_matches(['\n', '\r']);
        if at == text.len() || (at - begin >= SMALLEST && ends(bare)) {
            let lines = Some(Lines { first, last: number });
            take(Piece { path: path.into(), kind, lines, content: content.slice(begin..at) });
            (begin, first) = (at, number + 1);
        }
    }
}

fn blocks(path: &str, content: &Bytes, take: &mut dyn FnMut(Piece)) {
    for begin in (0..content.len()).step_by(BLOCK) {
        let content = content.slice(begin..content.len().min(begin + BLOCK));
        take(Piece { path: path.into(), kind: Kind::Block, lines: None, content });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `whole_and_parts` makes of `content`.
    fn parts(content: impl Into<Bytes>) -> Vec<Piece> {
        let mut pieces = Vec::new();
        whole_and_parts("a", content.into(), &mut |piece| pieces.push(piece));
        pieces
    }

    /// What `elements` makes of `content`.
    fn pieces(content: impl Into<Bytes>) -> Vec<Piece> {
        let mut pieces = Vec::new();
        elements("a", &content.into(), &mut |piece| pieces.push(piece));
        pieces
    }

    #[test]
    fn a_text_is_itself_and_its_paragraphs() {
        let (short, long) = ("short\n\n", format!("{}\nmore\n\n", "x".repeat(SMALLEST)));
        let text = [short, &long, &long, "rest"].concat();
        let pieces = parts(text.clone());
        let contents: Vec<_> = pieces.iter().map(|piece| piece.content.clone()).collect();
        assert_eq!(contents, [text.clone(), [short, &long].concat(), long, "rest".into()]);
        let lines = |first, last| Some(Lines { first, last });
        assert_eq!(
            pieces.iter().map(|piece| piece.lines).collect::<Vec<_>>(),
            [lines(1, 9), lines(1, 5), lines(6, 8), lines(9, 9)]
        );
    }

    #[test]
    fn an_array_is_its_elements() {
        let pieces = pieces(" [{\"a\": 1}, [2, 3], \"x\"]");
        let contents: Vec<_> = pieces.iter().map(|piece| piece.content.clone()).collect();
        assert_eq!(contents, ["{\"a\":1}", "[2,3]", "\"x\""]);
        assert!(pieces.iter().all(|piece| piece.kind == Kind::Json));
    }

    #[test]
    fn lines_are_values_when_they_are_long_enough() {
        let line = format!("{{\"a\": \"{}\"}}\n", "x".repeat(SMALLEST));
        let json = pieces(line.repeat(3));
        assert_eq!((json.len(), json[0].kind), (3, Kind::Json));
        let text = pieces("short\n".repeat(100));
        assert!(text.len() > 1 && text[0].content.len() >= SMALLEST && text[0].kind == Kind::Lines);
    }

    #[test]
    fn bytes_are_blocks() {
        let pieces = pieces(vec![0xFF; 2 * BLOCK + 1]);
        let lengths: Vec<_> = pieces.iter().map(|piece| piece.content.len()).collect();
        assert_eq!(lengths, [BLOCK, BLOCK, 1]);
    }

    #[test]
    fn nothing_is_no_value() {
        assert!(pieces("").iter().all(|piece| piece.content.is_empty()));
        assert!(parts("").iter().all(|piece| piece.content.is_empty()));
    }
}
