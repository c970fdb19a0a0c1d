//! Getting, setting, removing and listing.

use serde_json::json;

use crate::stand::{Stand, names};

const FILE: [&str; 2] = ["--config", "file.toml"];

fn with<'a>(command: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&[command], &FILE[..], rest].concat()
}

#[test]
fn a_value_is_there_for_the_next_command() {
    let stand = Stand::new();
    stand.run(&with("set", &["ann", r#"{"age": 42}"#])).ends(0);
    let got = stand.run(&with("get", &["ann"])).ends(0);
    assert_eq!(got.json(), json!({ "age": 42 }));
    assert_eq!(got.err, "");
}

#[test]
fn a_miss_is_told_with_its_reason() {
    let stand = Stand::new();
    stand.run(&with("set", &["brief", "1", "--life", "1ns"])).ends(0);
    stand.run(&with("get", &["bob"])).refused(1, &["miss: nothing is stored", "`bob` in cache `default`"]);
    stand.run(&with("get", &["brief"])).refused(1, &["miss: expired at 20"]);
    stand
        .run(&with("get", &["brief", "--cache", "other"]))
        .refused(1, &["nothing is stored", "cache `other`"]);
}

#[test]
fn an_entry_of_another_schema_is_a_miss() {
    let stand = Stand::new();
    stand.run(&with("set", &["ann", "1"])).ends(0);
    stand.configure("new.toml", "[cache]\nschema = 'users-2'\n");
    stand.run(&["get", "--config", "new.toml", "ann"]).refused(1, &["another schema"]);
}

#[test]
fn kinds_of_keys_are_kept_apart() {
    let stand = Stand::new();
    for (key, value) in [("42", "1"), ("i:42", "2"), ("f:42", "3"), ("x:3432", "4"), ("t:i:42", "5")] {
        stand.run(&with("set", &[key, value])).ends(0);
    }
    for (key, value) in [("42", 1), ("i:42", 2), ("f:42", 3), ("x:3432", 4), ("t:i:42", 5)] {
        assert_eq!(stand.run(&with("get", &[key])).ends(0).json(), json!(value), "{key}");
    }
    let listed = stand.run(&with("ls", &["--json"])).ends(0);
    let mut keys: Vec<String> = listed
        .text()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["key"].to_string())
        .collect();
    keys.sort();
    let expected = [
        r#"{"float":42.0}"#,
        r#"{"hex":"3432"}"#,
        r#"{"integer":42}"#,
        r#"{"text":"42"}"#,
        r#"{"text":"i:42"}"#,
    ];
    assert_eq!(keys, expected);
}

#[test]
fn raw_bytes_come_back_untouched() {
    let stand = Stand::new();
    let bytes: Vec<u8> = (0..=255).collect();
    stand.feed(&["set", "--config", "raw.toml", "bytes"], &bytes).ends(0);
    assert_eq!(stand.run(&["get", "--config", "raw.toml", "bytes"]).ends(0).out, bytes);
    let json = stand.run(&["get", "--config", "raw.toml", "bytes", "--json"]).ends(0).json();
    assert!(json["hex"].as_str().unwrap().starts_with("000102"));
    stand.write("value", "text\n");
    stand.run(&["set", "--config", "raw.toml", "text", "--file", "value"]).ends(0);
    assert_eq!(stand.run(&["get", "--config", "raw.toml", "text"]).ends(0).out, b"text\n");
}

#[test]
fn entries_of_several_serializers_are_read() {
    let stand = Stand::new();
    stand.configure("messagepack.toml", "[cache]\nserializer = 'messagepack'\ncompression = 'zstd'\n");
    let long = "x".repeat(1000);
    stand.run(&["set", "--config", "messagepack.toml", "m", "--text", &long]).ends(0);
    assert_eq!(stand.run(&with("get", &["m"])).ends(0).json(), json!(long));
    let entry = stand.run(&with("get", &["m", "--json"])).ends(0).json();
    assert_eq!((&entry["serializer"], &entry["compression"]), (&json!("messagepack"), &json!("zstd")));
}

#[test]
fn json_text_comes_back_as_it_was_given() {
    let stand = Stand::new();
    stand.configure("small.toml", "[cache]\ncompression = 'zstd'\n");
    for text in [
        "340282366920938463463374607431768211455",
        "-170141183460469231731687303715884105729",
        "1.0",
        "1.50",
        "1E400",
        "0.1000000000000000055511151231257827",
        r#"{"b": 1, "a": {"z":1,"y":2}, "b": 2, "\u00e9": [1.0,  2]}"#,
        &format!("[{}]", "1, ".repeat(500) + "1e5"),
    ] {
        for file in ["file.toml", "small.toml"] {
            stand.feed(&["set", "--config", file, "k"], format!(" {text}\n").as_bytes()).ends(0);
            assert_eq!(stand.run(&with("get", &["k"])).ends(0).text(), format!("{text}\n"));
            let entry = stand.run(&with("get", &["k", "--json"])).ends(0);
            assert!(entry.text().contains(&format!("\"value\": {text}")), "{}", entry.text());
        }
    }
    for text in ["01", "{\"a\": 1,}", "NaN", "\"\\ud800\"", &"[".repeat(200)] {
        stand.run(&with("set", &["k", text])).refused(2, &["the value is not JSON"]);
    }
}

#[test]
fn messagepack_refuses_json_that_it_would_change() {
    let stand = Stand::new();
    stand.configure("messagepack.toml", "[cache]\nserializer = 'messagepack'\n");
    let set = |value: &str| stand.run(&["set", "--config", "messagepack.toml", "k", value]);
    set(r#"{"b": 18446744073709551615, "a": [1.5, -1, null]}"#).ends(0);
    let stored = "{\"b\":18446744073709551615,\"a\":[1.5,-1,null]}\n";
    for text in ["340282366920938463463374607431768211455", "1e400", r#"{"a": 1, "a": 2}"#] {
        set(text).refused(2, &["messagepack does not hold"]);
        assert_eq!(stand.run(&with("get", &["k"])).ends(0).text(), stored, "a refused value changes nothing");
    }
}

#[test]
fn formats_that_need_a_type_are_told() {
    let stand = Stand::new();
    for format in ["postcard", "bincode"] {
        stand.configure("typed.toml", &format!("[cache]\nserializer = '{format}'\nschema = '1'\n"));
        let set = stand.run(&["set", "--config", "typed.toml", "a", "1"]);
        set.refused(2, &[format, "without a Rust type"]);
    }
    assert!(!stand.names().contains(&"store".to_owned()));
}

#[test]
fn an_entry_is_shown_without_its_value() {
    let stand = Stand::new();
    stand.run(&with("set", &["a", "1", "--tag", "words", "--tag", "i:7", "--life", "1h"])).ends(0);
    let shown = stand.run(&with("get", &["a", "--entry"])).ends(0);
    for line in ["serializer   json", "compression  none", "tags         words, i:7", "expires      20"] {
        assert!(shown.text().contains(line), "no `{line}` in {}", shown.text());
    }
}

#[test]
fn removals_tell_what_was_not_there() {
    let stand = Stand::new();
    for key in ["a", "b", "c", "d"] {
        let tag = if key < "c" { "old" } else { "new" };
        stand.run(&with("set", &[key, "1", "--tag", tag])).ends(0);
    }
    let some = stand.run(&with("rm", &["a", "x"])).ends(1);
    assert_eq!(some.text(), "1 removed\n");
    assert!(some.err.contains("not there: x"), "{}", some.err);
    let tagged = stand.run(&with("rm", &["c", "d", "--json"])).ends(0);
    assert_eq!(tagged.json(), json!({ "removed": 2, "missing": [] }));
    let left = stand.run(&with("ls", &["--json"])).ends(0);
    assert_eq!(left.text().lines().count(), 1);
    assert!(left.text().contains(r#"{"text":"b"}"#));
}

#[test]
fn listings_are_of_one_cache_and_can_be_cut() {
    let stand = Stand::new();
    for key in ["a", "b", "c"] {
        stand.run(&with("set", &[key, "1", "--tag", key])).ends(0);
    }
    stand.run(&with("set", &["z", "1", "--cache", "other"])).ends(0);
    let lines = |arguments: &[&str]| stand.run(&with("ls", arguments)).ends(0).text().lines().count();
    assert_eq!(lines(&["--json"]), 3);
    assert_eq!(lines(&["--json", "--limit", "2"]), 2);
    assert_eq!(lines(&["--json", "--limit", "0"]), 0);
    assert_eq!(lines(&["--json", "--tag", "b"]), 1);
    assert_eq!(lines(&["--cache", "other"]), 3, "a head, a rule and an entry");
}

#[test]
fn numbers_are_of_the_disk_and_of_the_cache() {
    let stand = Stand::new();
    stand.run(&with("set", &["a", "1"])).ends(0);
    stand.run(&with("set", &["b", "1", "--life", "1ns"])).ends(0);
    stand.run(&with("set", &["c", "1", "--cache", "other"])).ends(0);
    let stats = stand.run(&with("stats", &["--json"])).ends(0).json();
    assert_eq!((&stats["cache"]["live"], &stats["cache"]["dead"]), (&json!(1), &json!(1)));
    assert_eq!((&stats["disk"]["entries"], &stats["disk"]["size_limit"]), (&json!(3), &json!(10 << 20)));
    assert_eq!(stats["disk"]["capabilities"]["durable"], json!(true));
    assert!(stats["disk"]["volume"].as_u64() > stats["cache"]["volume"].as_u64());
    let shown = stand.run(&with("stats", &[])).ends(0);
    assert!(
        shown.text().contains("live         1") && shown.text().contains("of 10.0 MiB"),
        "{}",
        shown.text()
    );
}

#[test]
fn memory_says_that_nothing_outlives_it() {
    let stand = Stand::new();
    let set = stand.run(&["set", "--config", "memory.toml", "a", "1"]).ends(0);
    assert!(set.err.contains("nothing outlives it"), "{}", set.err);
    stand.run(&["get", "--config", "memory.toml", "a"]).refused(1, &["miss"]);
    assert_eq!(stand.run(&["ls", "--config", "memory.toml", "--json"]).ends(0).text(), "");
    let stats = stand.run(&["stats", "--config", "memory.toml", "--json"]).ends(0).json();
    assert_eq!(stats["disk"]["entries"], json!(0));
}

#[test]
fn a_value_that_does_not_fit_is_refused_with_its_size() {
    let stand = Stand::new();
    let url = format!("store+file://{}", stand.path("store").display());
    stand.write("tiny.toml", format!("[[tier]]\nobject_store = {{ url = '{url}', size_limit = '1 kB' }}\n"));
    stand.run(&["set", "--config", "tiny.toml", "a", "1"]).ends(0);
    let long = "x".repeat(2000);
    let set = ["set", "--config", "tiny.toml", "a", &long, "--text"];
    stand.run(&set).refused(1, &["not stored: an entry of 2", "larger than the size limit of 1000 bytes"]);
    // The old value would be a wrong answer.
    stand.run(&["get", "--config", "tiny.toml", "a"]).refused(1, &["miss: nothing is stored"]);
    let json = stand.run(&[&set[..], &["--json"]].concat()).ends(1).json();
    assert_eq!(json["stored"], json!(false));
}

#[test]
fn a_damaged_entry_is_a_finding_and_not_a_failure() {
    let stand = Stand::new();
    stand.run(&with("set", &["a", &format!("\"{}\"", "x".repeat(500))])).ends(0);
    let directories = names(&stand.path("store")).into_iter().map(|name| stand.path("store").join(name));
    for directory in directories.filter(|path| path.is_dir()) {
        for name in names(&directory) {
            let path = directory.join(name);
            let mut bytes = std::fs::read(&path).unwrap();
            let last = bytes.len() - 100;
            bytes[last] ^= 1;
            std::fs::write(path, bytes).unwrap();
        }
    }
    stand.run(&with("get", &["a"])).refused(1, &["corrupt"]);
}
