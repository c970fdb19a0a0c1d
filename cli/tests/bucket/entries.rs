//! Values under keys in a bucket, set, got, counted and listed by one process after the other.

use std::process::Stdio;

use serde_json::json;

use crate::bucket::{Bucket, Promise};

/// How many processes count at once. A contended write takes the server up to a second.
const AT_ONCE: i64 = 3;

pub(crate) const PROMISES: &[Promise] = &[
    ("entries::what_is_set_is_got_by_another_process", what_is_set_is_got_by_another_process),
    ("entries::a_large_raw_value_comes_back", a_large_raw_value_comes_back),
    ("entries::every_increment_of_many_processes_counts", every_increment_of_many_processes_counts),
    ("entries::entries_are_listed_as_they_are_asked_for", entries_are_listed_as_they_are_asked_for),
    ("entries::a_url_that_says_everything_is_enough", a_url_that_says_everything_is_enough),
    ("entries::the_numbers_of_the_disk_are_told", the_numbers_of_the_disk_are_told),
];

fn what_is_set_is_got_by_another_process(bucket: &Bucket) {
    bucket.run("set", &["greeting", "{\"hello\": [1, 2]}", "--life", "1h", "--tag", "words"]).ends(0);
    assert_eq!(bucket.run("get", &["greeting"]).ends(0).json(), json!({ "hello": [1, 2] }));
    let entry = bucket.run("get", &["greeting", "--entry", "--json"]).ends(0).json();
    assert_eq!(entry["tags"], json!(["words"]), "{entry}");
    bucket.run("set", &["greeting", "--text", "bye"]).ends(0);
    assert_eq!(bucket.run("get", &["greeting"]).ends(0).json(), json!("bye"));
    bucket.run("rm", &["greeting"]).ends(0);
    bucket.run("get", &["greeting"]).ends(1);
    bucket.run("rm", &["greeting"]).ends(1);
}

/// Larger than a part of an upload.
fn a_large_raw_value_comes_back(bucket: &Bucket) {
    let value: Vec<u8> = (0..20_u32 << 18).flat_map(u32::to_le_bytes).collect();
    bucket.stand.write("value", &value);
    bucket.configure("bucket.toml", "100 MiB", &[]);
    let tier = std::fs::read_to_string(bucket.stand.path("bucket.toml")).unwrap();
    bucket.stand.write("bucket.toml", format!("[cache]\nserializer = 'raw'\n{tier}"));
    bucket.run("set", &["large", "--file", "value"]).ends(0);
    assert!(bucket.run("get", &["large"]).ends(0).out == value, "another value");
}

fn every_increment_of_many_processes_counts(bucket: &Bucket) {
    // Settings are recorded by the first, so that the others find the same.
    assert_eq!(bucket.run("incr", &["visits", "--initial", "100"]).ends(0).text(), "101\n");
    let command = || {
        let mut command = bucket.stand.command(&["incr", "-c", "bucket.toml", "visits", "--by", "5"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<_> = (0..AT_ONCE).map(|_| command()).collect();
    let mut counted: Vec<i64> = Vec::new();
    for process in running {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        counted.push(str::from_utf8(&output.stdout).unwrap().trim().parse().unwrap());
    }
    counted.sort_unstable();
    assert_eq!(counted, (1..=AT_ONCE).map(|times| 101 + 5 * times).collect::<Vec<_>>());
}

fn entries_are_listed_as_they_are_asked_for(bucket: &Bucket) {
    for (key, value, tag) in
        [("ann", "1", "people"), ("bob", "\"a longer one\"", "people"), ("cats", "3", "beasts")]
    {
        bucket.run("set", &[key, value, "--tag", tag]).ends(0);
    }
    bucket.run("set", &["i:7", "1", "--cache", "other"]).ends(0);
    assert_eq!(bucket.keys(), ["ann", "bob", "cats"]);
    let count = |filter: &[&str]| {
        bucket.run("ls", &[filter, &["--count", "--json"]].concat()).ends(0).json()["count"].clone()
    };
    assert_eq!(count(&["--tag", "people"]), 2);
    assert_eq!(count(&["--prefix", "c"]), 1);
    assert_eq!(count(&["--dead"]), 0);
    let first = bucket.run("ls", &["--sort", "size", "--limit", "1", "--json"]).ends(0).json();
    assert_eq!(first["key"], json!({ "text": "bob" }));
}

fn a_url_that_says_everything_is_enough(bucket: &Bucket) {
    let url = bucket.whole_url();
    bucket.stand.run(&["set", "-c", &url, "a", "1"]).ends(0);
    assert_eq!(bucket.run("get", &["a"]).ends(0).text(), "1\n");
    let told = bucket.stand.run(&["config", "-c", &url]).ends(0);
    assert!(told.text().contains("secret_access_key") && told.text().contains("***"), "{}", told.text());
    assert!(!told.text().contains(larder_servers::SECRET), "{}", told.text());
}

fn the_numbers_of_the_disk_are_told(bucket: &Bucket) {
    bucket.run("set", &["a", "1", "--life", "1ns"]).ends(0);
    bucket.run("set", &["b", "2"]).ends(0);
    let stats = bucket.run("stats", &["--json"]).ends(0).json();
    let disk = &stats["disk"];
    assert_eq!(disk["location"], json!(bucket.url));
    assert_eq!((&disk["entries"], &disk["size_limit"]), (&json!(2), &json!(10 << 20)), "{stats}");
    assert_eq!((&stats["cache"]["live"], &stats["cache"]["dead"]), (&json!(1), &json!(1)), "{stats}");
    assert_eq!(stats["cache"]["volume"], disk["volume"], "all of it is this cache's: {stats}");
    let capabilities = &disk["capabilities"];
    assert_eq!((&capabilities["compare"], &capabilities["durable"]), (&json!(null), &json!(true)), "{stats}");
    assert_eq!(disk["reach"], json!("many hosts"));
}
