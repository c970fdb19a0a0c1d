//! Texts of any kind as one line of a picture.
//!
//! What cannot be seen is written as the language writes it (`\n`, `\u{202e}`), so that two names never look the same and nothing turns
//! a line around. XML has no way to write most of it.

use unicode_width::UnicodeWidthStr;

/// The columns that a line of a box may take; what is longer is cut in its middle, as names often begin or end alike.
const MOST: usize = 40;

/// `text` on one line, all of it visible. Different texts stay different.
pub(super) fn printable(text: &str) -> String {
    let mut printed = String::with_capacity(text.len());
    for piece in text.split_inclusive(['"', '\'']) {
        let inner = piece.trim_end_matches(['"', '\'']);
        printed.extend(inner.escape_debug());
        printed.push_str(&piece[inner.len()..]);
    }
    printed
}

/// `text` as a line of a box: [`printable`], and not too wide.
pub(super) fn line(text: &str) -> String {
    let text = printable(text);
    if text.width() <= MOST {
        return text;
    }
    let end: String = last_columns(&text, MOST / 3);
    let mut line = first_columns(&text, MOST - 1 - end.width());
    line.push('…');
    line.push_str(&end);
    line
}

/// How many columns `text` takes where each character has the same width.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// The name of a type without the modules that it is in: `Vec<String>`.
pub(super) fn short_type(name: &str) -> String {
    let mut short = String::new();
    // The word at hand may turn out to be a module's.
    let mut word = String::new();
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_alphanumeric() || character == '_' {
            word.push(character);
        } else if character == ':' && characters.peek() == Some(&':') && !word.is_empty() {
            characters.next();
            word.clear();
        } else {
            short.push_str(&word);
            word.clear();
            short.push(character);
        }
    }
    short + &word
}

fn first_columns(text: &str, most: usize) -> String {
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if kept.width() > most {
            kept.pop();
            break;
        }
    }
    kept
}

fn last_columns(text: &str, most: usize) -> String {
    let mut start = text.len();
    for (at, _) in text.char_indices().rev() {
        if text[at..].width() > most {
            break;
        }
        start = at;
    }
    text[start..].to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn types_lose_their_modules() {
        let cases = [
            ("i64", "i64"),
            ("alloc::vec::Vec<alloc::string::String>", "Vec<String>"),
            ("(f64, my_crate::a::B)", "(f64, B)"),
            ("[core::option::Option<u8>; 4]", "[Option<u8>; 4]"),
            ("alloc::sync::Arc<dyn my::Trait>", "Arc<dyn Trait>"),
            ("<my::A as my::B>::C", "<A as B>::C"),
        ];
        for (long, short) in cases {
            assert_eq!(short_type(long), short);
        }
    }

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(printable("a\nb\u{202e}c\0"), r"a\nb\u{202e}c\0");
        assert_eq!(printable("a \"b\" 'c' <d> & é 数"), "a \"b\" 'c' <d> & é 数");
        assert_eq!(printable("a\\n"), "a\\\\n");
    }

    #[test]
    fn long_lines_keep_their_beginning_and_their_end() {
        let line = line(&format!("begin{}end", "-".repeat(500)));
        assert_eq!(columns(&line), MOST);
        assert!(line.starts_with("begin") && line.contains('…') && line.ends_with("end"));
    }

    proptest! {
        #[test]
        fn different_texts_print_differently(one in "[a\\\\\n\u{301}'\"u{}3]{0,6}", other in "[a\\\\\n\u{301}'\"u{}3]{0,6}") {
            prop_assert_eq!(one == other, printable(&one) == printable(&other));
        }

        #[test]
        fn lines_are_visible_and_bounded(text in any::<String>(), wide in "[数a]{0,200}") {
            for text in [text, wide] {
                let line = line(&text);
                prop_assert!(columns(&line) <= MOST);
                prop_assert!(line.chars().all(|character| !character.is_control()));
            }
        }
    }
}
