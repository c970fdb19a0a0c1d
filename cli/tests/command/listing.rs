//! Listing: filters, pages, sorting, counting.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::stand::{Answer, Stand};

fn ls(stand: &Stand, rest: &[&str]) -> Answer {
    stand.run(&[&["ls", "-c", "file.toml"], rest].concat())
}

fn lines(answer: &Answer) -> Vec<Value> {
    answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The keys that are listed, in order.
fn keys(stand: &Stand, rest: &[&str]) -> Vec<String> {
    let answer = ls(stand, &[&["--json"], rest].concat()).ends(0);
    lines(&answer).iter().map(|line| line["key"]["text"].as_str().unwrap_or("?").to_owned()).collect()
}

fn sorted(mut keys: Vec<String>) -> Vec<String> {
    keys.sort();
    keys
}

/// Entries of several kinds: `big` has 5,000 bytes, `dead` is dead, `i:1` is no text.
fn filled() -> Stand {
    let stand = Stand::new();
    stand.configure("zstd.toml", "[cache]\ncompression = 'zstd'\n");
    let big = "x".repeat(5000);
    let set = |rest: &[&str]| stand.run(&[&["set", "-c", "file.toml"], rest].concat()).ends(0);
    set(&["user/ann", "1", "--tag", "staff"]);
    set(&["user/bob", "2", "--life", "1h"]);
    set(&["big", "--text", &big]);
    set(&["dead", "3", "--life", "1ns", "--tag", "staff"]);
    set(&["i:1", "4"]);
    set(&["elsewhere", "5", "--cache", "other"]);
    stand.run(&["set", "-c", "zstd.toml", "packed", "--text", &big]).ends(0);
    stand
}

#[test]
fn each_filter_keeps_what_it_says() {
    let stand = filled();
    let cases: [(&[&str], &[&str]); 15] = [
        (&["--prefix", "user/"], &["user/ann", "user/bob"]),
        (&["--prefix", "1"], &[]),
        (&["--tag", "staff"], &["dead", "user/ann"]),
        (&["--tag", "staff", "--live"], &["user/ann"]),
        (&["--dead"], &["dead"]),
        (&["--live"], &["?", "big", "packed", "user/ann", "user/bob"]),
        (&["--larger", "4KiB"], &["big"]),
        (&["--larger", "1GiB"], &[]),
        (&["--codec", "json+zstd"], &["packed"]),
        (&["--codec", "json", "--prefix", "p"], &["packed"]),
        (&["--codec", "raw"], &[]),
        (&["--older", "1h"], &[]),
        (&["--older", "2100-01-01T00:00:00Z", "--prefix", "b"], &["big"]),
        (&["--newer", "1h", "--prefix", "b"], &["big"]),
        (&["--newer", "2100-01-01T00:00:00Z"], &[]),
    ];
    for (filter, expected) in cases {
        assert_eq!(sorted(keys(&stand, filter)), expected, "{filter:?}");
        let counted = ls(&stand, &[filter, &["--count", "--json"]].concat()).ends(0).json();
        assert_eq!(counted["count"], json!(expected.len()), "{filter:?}");
    }
    assert_eq!(keys(&stand, &["--cache", "other"]), ["elsewhere"]);
}

#[test]
fn a_count_tells_entries_and_volume() {
    let stand = filled();
    let counted = ls(&stand, &["--count", "--json"]).ends(0).json();
    let stats = stand.run(&["stats", "-c", "file.toml", "--json"]).ends(0).json();
    assert_eq!((&counted["count"], &counted["volume"]), (&json!(6), &stats["cache"]["volume"]));
    assert!(ls(&stand, &["--count"]).ends(0).text().starts_with("6 entries, "));
}

#[test]
fn pages_together_are_the_whole_list() {
    let stand = Stand::new();
    for number in 0..9 {
        stand.run(&["set", "-c", "file.toml", &format!("k{number}"), "1"]).ends(0);
    }
    let all: BTreeSet<String> = keys(&stand, &[]).into_iter().collect();
    let mut met = Vec::new();
    let mut after: Option<String> = None;
    for page in 0.. {
        let mut arguments = vec!["--limit", "2"];
        if let Some(after) = &after {
            arguments.extend(["--after", after]);
        }
        let told = ls(&stand, &arguments).ends(0);
        let listed = lines(&ls(&stand, &[&arguments[..], &["--json"]].concat()).ends(0));
        met.extend(listed.iter().map(|line| line["key"]["text"].as_str().unwrap().to_owned()));
        let cursor = listed.last().map(|line| line["cursor"].as_str().unwrap().to_owned());
        if page < 4 {
            assert!(told.err.contains(&format!("--after {}", cursor.as_ref().unwrap())), "{}", told.err);
        } else {
            assert_eq!((listed.len(), &*told.err), (1, ""), "the last page");
            break;
        }
        after = cursor;
        // What went, and what was written anew, moves no other entry out of the list.
        if page == 1 {
            stand.run(&["rm", "-c", "file.toml", &met[0]]).ends(0);
            stand.run(&["set", "-c", "file.toml", "--cache", "other", "x", "1"]).ends(0);
        }
    }
    assert_eq!(met.len(), 9);
    assert_eq!(met.into_iter().collect::<BTreeSet<_>>(), all);
}

#[test]
fn a_list_is_sorted_by_what_is_asked_for() {
    let stand = filled();
    assert_eq!(keys(&stand, &["--sort", "size", "--limit", "1"]), ["big"]);
    assert_eq!(keys(&stand, &["--sort", "expires", "--limit", "2"]), ["dead", "user/bob"]);
    assert_eq!(keys(&stand, &["--sort", "stored"])[0], "packed");
    assert_eq!(keys(&stand, &["--sort", "size"]).len(), 6);
    // What was left out by sorting is not what follows.
    assert_eq!(ls(&stand, &["--sort", "size", "--limit", "1"]).ends(0).err, "");
}

#[test]
fn a_list_of_nothing_or_of_nobody_is_refused() {
    let stand = filled();
    let cases: [(&[&str], &str); 8] = [
        (&["--after", "5"], "no cursor"),
        (&["--after", "n5"], "another kind of disk"),
        (&["--larger", "5 MBi"], "unknown unit"),
        (&["--older", "5 minuts"], "did you mean `minute`?"),
        (&["--live", "--dead"], "cannot be used with"),
        (&["--count", "--limit", "1"], "cannot be used with"),
        (&["--sort", "sise"], "size"),
        (&["--prefx", "a"], "--prefix"),
    ];
    for (arguments, said) in cases {
        ls(&stand, arguments).refused(2, &[said]);
    }
}
