//! Removing many entries of a bucket, and looking for what is wrong with it.

use serde_json::json;

use crate::bucket::{Bucket, Promise};

pub(crate) const PROMISES: &[Promise] = &[
    ("sweeping::tags_and_ends_take_their_entries", tags_and_ends_take_their_entries),
    ("sweeping::what_is_above_a_lower_limit_is_culled", what_is_above_a_lower_limit_is_culled),
    ("sweeping::a_cleared_cache_is_empty_and_others_are_not", a_cleared_cache_is_empty_and_others_are_not),
    ("sweeping::what_is_damaged_is_found_and_removed", what_is_damaged_is_found_and_removed),
];

fn tags_and_ends_take_their_entries(bucket: &Bucket) {
    for (key, more) in
        [("a", ["--tag", "x"]), ("b", ["--tag", "y"]), ("c", ["--life", "1ns"]), ("d", ["--life", "1h"])]
    {
        bucket.run("set", &[&[key, "1"], &more[..]].concat()).ends(0);
    }
    let removed = |command: &str, rest: &[&str]| {
        bucket.run(command, &[rest, &["--json"]].concat()).ends(0).json()["removed"].clone()
    };
    assert_eq!(removed("evict", &["x"]), 1);
    assert_eq!(removed("evict", &["x"]), 0);
    assert_eq!(removed("expire", &[]), 1);
    assert_eq!(bucket.keys(), ["b", "d"]);
    assert_eq!(removed("expire", &["--at", "1 day"]), 1);
    assert_eq!(bucket.keys(), ["b"]);
}

fn what_is_above_a_lower_limit_is_culled(bucket: &Bucket) {
    let value = format!("\"{}\"", "x".repeat(2_000));
    for key in ["a", "b", "c", "d"] {
        bucket.run("set", &[key, &value]).ends(0);
    }
    bucket.run("limit", &["--size", "5 kB"]).ends(0);
    let culled = bucket.run("cull", &["--json"]).ends(0).json();
    assert_eq!(culled, json!({ "removed": 2, "stopped": null }));
    // A listing of a bucket knows whole seconds only, so it does not tell which of them was written first.
    assert_eq!(bucket.keys().len(), 2);
    let stats = bucket.run("stats", &["--json"]).ends(0).json();
    assert_eq!(stats["disk"]["size_limit"], json!(5_000), "the limit is recorded");
    assert!(stats["disk"]["volume"].as_u64().unwrap() <= 5_000, "{stats}");
}

fn a_cleared_cache_is_empty_and_others_are_not(bucket: &Bucket) {
    for cache in ["default", "other"] {
        bucket.run("set", &["a", "1", "--cache", cache]).ends(0);
    }
    bucket.run("clear", &[]).refused(2, &["--yes"]);
    assert_eq!(bucket.run("clear", &["--yes"]).ends(0).text(), "1 removed\n");
    assert!(bucket.keys().is_empty());
    bucket.run("get", &["a", "--cache", "other"]).ends(0);
}

fn what_is_damaged_is_found_and_removed(bucket: &Bucket) {
    for key in ["a", "b", "c"] {
        bucket.run("set", &[key, "1"]).ends(0);
    }
    let sums =
        |answer: &str| serde_json::from_str::<serde_json::Value>(answer.lines().last().unwrap()).unwrap();
    let sound = sums(bucket.run("check", &["--json"]).ends(0).text());
    assert_eq!((&sound["entries"], &sound["found"]), (&json!(3), &json!(0)), "{sound}");

    bucket.damage_one();
    let found = bucket.run("check", &["--json"]).ends(1);
    assert!(found.text().contains("\"damaged\""), "{}", found.text());
    let fixed = sums(bucket.run("check", &["--fix", "--json"]).ends(0).text());
    assert_eq!((&fixed["found"], &fixed["fixed"]), (&json!(1), &json!(1)), "{fixed}");
    let sound = sums(bucket.run("check", &["--json"]).ends(0).text());
    assert_eq!((&sound["entries"], &sound["found"]), (&json!(2), &json!(0)), "{sound}");
}
