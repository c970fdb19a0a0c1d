//! Removing many entries: by tag, by age, above the limits, all of them; and counting.

use serde_json::json;

use crate::stand::Stand;

const FILE: [&str; 2] = ["-c", "file.toml"];

fn with<'a>(command: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&[command], &FILE[..], rest].concat()
}

/// The keys that are there, sorted.
fn keys(stand: &Stand, more: &[&str]) -> Vec<String> {
    let listed = stand.run(&with("ls", &[&["--json"], more].concat())).ends(0);
    let line = |line| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let mut keys: Vec<String> =
        listed.text().lines().map(|text| line(text)["key"]["text"].as_str().unwrap().to_owned()).collect();
    keys.sort();
    keys
}

#[test]
fn tags_take_the_entries_that_have_any_of_them() {
    let stand = Stand::new();
    for (key, tags) in [("a", &["x"][..]), ("b", &["y", "x"]), ("c", &["y"]), ("d", &["z"]), ("e", &[])] {
        let tags = tags.iter().flat_map(|tag| ["--tag", tag]);
        stand.run(&with("set", &[key, "1"]).into_iter().chain(tags).collect::<Vec<_>>()).ends(0);
    }
    stand.run(&with("set", &["a", "1", "--tag", "x", "--cache", "other"])).ends(0);
    assert_eq!(stand.run(&with("evict", &["nothing"])).ends(0).text(), "0 removed\n");
    assert_eq!(stand.run(&with("evict", &["x"])).ends(0).text(), "2 removed\n");
    let json = stand.run(&with("evict", &["x", "--tag", "y", "--tag", "z", "--json"])).ends(0).json();
    assert_eq!(json, json!({ "removed": 2, "stopped": null }));
    assert_eq!(keys(&stand, &[]), ["e"]);
    assert_eq!(keys(&stand, &["--cache", "other"]), ["a"], "other caches keep theirs");
    stand.run(&with("evict", &[])).refused(2, &["<TAG>"]);
    stand.run(&with("evict", &["i:x"])).refused(2, &["`x` is no integer"]);
}

#[test]
fn what_is_dead_at_a_time_goes() {
    let stand = Stand::new();
    for (key, life) in [("now", "1ns"), ("soon", "1h"), ("later", "30 days")] {
        stand.run(&with("set", &[key, "1", "--life", life])).ends(0);
    }
    stand.run(&with("set", &["endless", "1"])).ends(0);
    assert_eq!(stand.run(&with("expire", &[])).ends(0).text(), "1 removed\n");
    let day = stand.run(&with("expire", &["--at", "1 day", "--json"])).ends(0).json();
    assert_eq!(day, json!({ "removed": 1, "stopped": null }));
    assert_eq!(keys(&stand, &[]), ["endless", "later"]);
    assert_eq!(stand.run(&with("expire", &["--at", "2200-01-01T00:00:00Z"])).ends(0).text(), "1 removed\n");
    assert_eq!(keys(&stand, &[]), ["endless"]);
    let cases = [("2026-13-01T00:00:00Z", "no time such as"), ("1 minuts", "did you mean"), ("soon", "soon")];
    for (time, said) in cases {
        stand.run(&with("expire", &["--at", time])).refused(2, &[said]);
    }
}

#[test]
fn a_lowered_limit_is_obeyed_by_a_cull() {
    let stand = Stand::new();
    for number in 0..10 {
        let value = format!("\"{}\"", "x".repeat(1000));
        stand.run(&with("set", &[&number.to_string(), &value])).ends(0);
    }
    stand.run(&with("set", &["dead", "1", "--life", "1ns"])).ends(0);
    assert_eq!(stand.run(&with("cull", &[])).ends(0).text(), "1 removed\n");
    assert_eq!(stand.run(&with("cull", &[])).ends(0).text(), "0 removed\n");
    stand.run(&["limit", "file.toml", "--size", "5KiB"]).ends(0);
    let json = stand.run(&["cull", "-c", "file.toml", "--json"]).ends(0).json();
    assert!(json["removed"].as_u64() >= Some(5), "{json}");
    let stats = stand.run(&["stats", "-c", "file.toml", "--json"]).ends(0).json();
    assert!(stats["disk"]["volume"].as_u64() <= Some(5 << 10), "{stats}");
}

#[test]
fn all_of_a_cache_goes_if_it_is_meant() {
    let stand = Stand::new();
    for key in ["a", "b"] {
        stand.run(&with("set", &[key, "1"])).ends(0);
    }
    stand.run(&with("set", &["c", "1", "--cache", "other"])).ends(0);
    stand.run(&with("clear", &[])).refused(2, &["nobody is there to ask", "--yes"]);
    stand.feed(&with("clear", &[]), b"y\n").refused(2, &["--yes"]);
    assert_eq!(keys(&stand, &[]), ["a", "b"]);
    let json = stand.run(&with("clear", &["--yes", "--json"])).ends(0).json();
    assert_eq!(json, json!({ "removed": 2, "stopped": null }));
    assert_eq!(stand.run(&with("clear", &["-y"])).ends(0).text(), "0 removed\n");
    assert_eq!(keys(&stand, &["--cache", "other"]), ["c"]);
}

#[test]
fn what_went_before_a_disk_failed_is_told() {
    use std::os::unix::fs::PermissionsExt;

    let stand = Stand::new();
    for number in 0..5 {
        stand.run(&with("set", &[&number.to_string(), "1"])).ends(0);
    }
    let store = stand.path("store");
    let mode = |mode| {
        for entry in std::fs::read_dir(&store).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
            }
        }
    };
    mode(0o500);
    // Whoever may do anything is not stopped by this.
    let probe =
        std::fs::read_dir(&store).unwrap().flatten().find(|entry| entry.path().is_dir()).unwrap().path();
    if std::fs::write(probe.join("probe"), "").is_ok() {
        std::fs::remove_file(probe.join("probe")).unwrap();
        return mode(0o700);
    }
    let answer = stand.run(&with("clear", &["--yes"])).ends(3);
    assert_eq!(answer.text(), "0 removed\n");
    let json = stand.run(&with("clear", &["--yes", "--json"])).ends(3).json();
    assert!(json["stopped"].as_str().unwrap().contains("deleting"), "{json}");
    mode(0o700);
    assert_eq!(stand.run(&with("clear", &["--yes"])).ends(0).text(), "5 removed\n");
}

#[test]
fn numbers_are_counted() {
    let stand = Stand::new();
    let incr = |rest: &[&str]| stand.run(&[&["incr", "-c", "memory.toml", "visits"], rest].concat());
    assert_eq!(incr(&[]).ends(0).text(), "1\n");
    assert_eq!(incr(&["--by", "-5", "--initial", "100"]).ends(0).text(), "95\n");
    let json = incr(&["--by", "7", "--json"]).ends(0).json();
    assert_eq!(json, json!({ "key": { "text": "visits" }, "value": 7 }));
    let most = i64::MAX.to_string();
    let beyond = incr(&["--initial", &most]).ends(1);
    assert!(beyond.err.contains("together leave 64 bits") && beyond.text().is_empty(), "{}", beyond.err);
    assert!(incr(&["--by", "x"]).ends(2).err.contains("invalid"));
    // A path that others may write to cannot compare, and says so.
    stand.run(&with("incr", &["visits"])).refused(2, &["unsupported"]);
}
