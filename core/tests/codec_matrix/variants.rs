//! Attributes of variants, and the ways to tag an enum.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::harness::{ALL, COMPACT, NAMED, NONE, check, check_refused};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum SkippedOnWrite {
    #[serde(skip_serializing)]
    Hidden,
    Open,
    Closed,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum SkippedOnRead {
    First,
    #[serde(skip_deserializing)]
    Hidden,
    Open,
    Closed,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Skipped {
    #[serde(skip)]
    Hidden,
    Open(u8),
    Closed(u8),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum OneRenamed {
    Same(u8),
    #[serde(rename(serialize = "written"))]
    Read(u8),
    #[serde(alias = "written")]
    Other(u8),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum WithOther {
    Known,
    #[serde(other)]
    Rest,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum OneUntagged {
    Tagged(u8),
    #[serde(untagged)]
    Bare(u8),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Internal {
    Empty,
    Full { at: i64, maybe: Option<f64> },
    Newtype(BTreeMap<String, u8>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum InternalClash {
    Fine { at: u8 },
    Map(BTreeMap<String, String>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum InternalWide {
    Narrow { value: u64 },
    Wide { value: u128 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value")]
enum Adjacent {
    Empty,
    Newtype(u8),
    Full(u8, String),
    Fields { a: Option<u8> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Ambiguous {
    Wide(u64),
    Signed(i64),
    Float(f64),
    Letter(char),
    Text(String),
    One { a: u8 },
    Two { a: u8, b: u8 },
    Nothing,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Same {
    First { a: u8 },
    Second { a: u8 },
}

/// The first variant takes what only looks like its value.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum ByContent {
    Address(std::net::Ipv4Addr),
    Text(String),
}

fn full(at: i64) -> Internal {
    Internal::Full { at, maybe: None }
}

#[test]
fn skipped_variants() {
    check(NAMED, &[SkippedOnWrite::Open, SkippedOnWrite::Closed]);
    check_refused(NONE, ALL, &[SkippedOnWrite::Hidden]);
    check(NAMED, &[SkippedOnRead::First, SkippedOnRead::Open, SkippedOnRead::Closed]);
    check_refused(NONE, ALL, &[SkippedOnRead::Hidden]);
    check(NONE, &[SkippedOnRead::First, SkippedOnRead::Open, SkippedOnRead::Closed, SkippedOnRead::Hidden]);
    check(NONE, &[vec![SkippedOnRead::First], vec![SkippedOnRead::First, SkippedOnRead::Closed]]);
    check(NAMED, &[Skipped::Open(1), Skipped::Closed(2)]);
    check_refused(NONE, ALL, &[Skipped::Hidden]);
}

#[test]
fn renamed_variants() {
    check(COMPACT, &[OneRenamed::Same(1), OneRenamed::Read(2), OneRenamed::Other(3)]);
    check(ALL, &[OneRenamed::Same(1), OneRenamed::Other(3)]);
    check_refused(COMPACT, NAMED, &[OneRenamed::Read(2)]);
    check(NAMED, &[WithOther::Known, WithOther::Rest]);
}

#[test]
fn tagged_enums() {
    check(NAMED, &[Internal::Empty, full(1), full(-1), Internal::Newtype(BTreeMap::new())]);
    check_refused(NAMED, COMPACT, &[full(0), full(1), Internal::Empty]);
    check(NONE, &[Vec::from([Internal::Empty, full(2)]), vec![]]);
    let clash = InternalClash::Map([("kind".to_owned(), "Fine".to_owned())].into());
    check_refused(NONE, ALL, &[clash]);
    check(NONE, &[InternalClash::Map(BTreeMap::new()), InternalClash::Fine { at: 1 }]);
    check(NONE, &[InternalWide::Narrow { value: 1 }, InternalWide::Wide { value: u128::MAX }]);
    check(NAMED, &[Adjacent::Newtype(1), Adjacent::Full(1, "a".to_owned()), Adjacent::Fields { a: None }]);
    check(NAMED, &[Adjacent::Empty, Adjacent::Newtype(1)]);
    check(NONE, &[vec![Adjacent::Empty, Adjacent::Newtype(1)], vec![Adjacent::Empty, Adjacent::Empty]]);
}

#[test]
fn untagged_enums() {
    let text = |text: &str| Ambiguous::Text(text.to_owned());
    check(NAMED, &[Ambiguous::Wide(1), Ambiguous::Signed(-1), Ambiguous::Float(0.5), text("ab")]);
    check_refused(NONE, ALL, &[Ambiguous::Signed(1), text("a"), Ambiguous::Two { a: 1, b: 2 }]);
    check(
        NONE,
        &[text("ab"), text("a"), Ambiguous::Letter('a'), Ambiguous::Float(1.0), Ambiguous::One { a: 1 }],
    );
    check(NONE, &[vec![Ambiguous::Nothing], vec![Ambiguous::Signed(-1), Ambiguous::Signed(1)], vec![]]);
    check_refused(NONE, ALL, &[Same::Second { a: 1 }]);
    check(NAMED, &[Same::First { a: 1 }]);
    check(NONE, &[OneUntagged::Tagged(1), OneUntagged::Bare(1)]);
}

#[test]
fn untagged_enums_that_depend_on_the_text() {
    let text = |text: &str| ByContent::Text(text.to_owned());
    check(NONE, &[text("words"), text("127.0.0.1"), ByContent::Address([127, 0, 0, 1].into())]);
    check(&["json"], &[text("words"), ByContent::Address([127, 0, 0, 1].into())]);
    check_refused(NONE, ALL, &[text("127.0.0.1")]);
}
