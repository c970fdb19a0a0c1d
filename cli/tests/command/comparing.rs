//! The comparison: every cell is measured, verified and reported.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::stand::{Answer, Stand, names};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Asserts that every row has its numbers and no failures; gives the rows.
#[track_caller]
fn rows(answer: &Answer) -> Vec<Value> {
    let report = answer.json();
    assert_eq!((&report["form"], &report["failures"]), (&json!("larder-compare-1"), &json!(0)));
    let rows = report["rows"].as_array().unwrap().clone();
    for row in &rows {
        let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{row}"));
        assert!(number(&row["verified"]) >= 1000.0, "{row}");
        assert_eq!((&row["failures"], &row["failure"]), (&json!(0), &Value::Null), "{row}");
        for operation in ["set", "get"] {
            let times = &row[operation];
            assert!(number(&times["p50_us"]) > 0.0, "{row}");
            assert!(number(&times["p99_us"]) >= number(&times["p50_us"]), "{row}");
            assert!(number(&times["mb_per_s"]) > 0.0, "{row}");
        }
        assert!(number(&row["rest_bytes"]) > number(&row["body_bytes"]), "{row}");
        assert!((0.0..=1.0).contains(&number(&row["hit_ratio"])), "{row}");
    }
    rows
}

#[test]
fn every_cell_verifies_a_thousand_values_of_the_repository() {
    let stand = Stand::new();
    let answer = stand.command(&["compare", "--quick", "--json"]).current_dir(REPOSITORY).output().unwrap();
    let answer = Answer {
        code: answer.status.code().unwrap(),
        out: answer.stdout,
        err: String::from_utf8(answer.stderr).unwrap(),
    }
    .ends(0);
    assert_eq!(answer.err, "", "progress is for terminals");
    let cells: BTreeSet<_> = rows(&answer)
        .iter()
        .map(|row| ["disk", "serializer", "compression"].map(|name| row[name].as_str().unwrap().to_owned()))
        .collect();
    let mut expected = BTreeSet::new();
    for disk in ["memory", "local", "store+memory"] {
        for serializer in ["json", "messagepack", "postcard", "bincode", "raw"] {
            for compression in ["none", "lz4", "zstd"] {
                expected.insert([disk, serializer, compression].map(str::to_owned));
            }
        }
    }
    assert_eq!(cells, expected);
    let data = &answer.json()["data"];
    assert!(data["values"].as_u64() >= Some(1000) && data["smallest"].as_u64() >= Some(100), "{data}");
}

#[test]
fn hit_ratios_are_those_of_the_policy_on_every_disk() {
    let stand = Stand::new();
    let answer = stand.run(&[
        "compare",
        "--quick",
        "--json",
        "--input",
        REPOSITORY,
        "--values",
        "200",
        "--serializer",
        "raw",
        "--compression",
        "none,zstd",
    ]);
    let rows = rows(&answer.ends(0));
    assert_eq!(rows.len(), 6);
    for row in &rows {
        let of = |compression: &str| {
            let same = |other: &&Value| other["disk"] == row["disk"] && other["compression"] == compression;
            rows.iter().find(same).unwrap()["hit_ratio"].as_f64().unwrap()
        };
        assert!(of("zstd") > of("none"), "compression makes room: {row}");
        let first = rows.iter().find(|other| other["compression"] == row["compression"]).unwrap();
        assert_eq!(row["hit_ratio"], first["hit_ratio"], "{row}");
    }
}

#[test]
fn any_file_is_data() {
    let stand = Stand::new();
    let line = |number| format!("{{\"number\": {number}, \"text\": \"{}\"}}\n", "x".repeat(100));
    stand.write("lines.ndjson", (0..20).map(line).collect::<String>());
    stand.write("array.json", format!("[{}]", (0..20).map(line).collect::<Vec<_>>().join(",")));
    stand.write(
        "bytes",
        (0..500_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<_>>(),
    );
    for (name, least) in [("lines.ndjson", 20), ("array.json", 20), ("bytes", 30)] {
        let answer = stand
            .run(&[
                "compare",
                "--quick",
                "--json",
                "--input",
                name,
                "--disk",
                "memory",
                "--serializer",
                "json,postcard,raw",
                "--compression",
                "lz4",
            ])
            .ends(0);
        assert_eq!(rows(&answer).len(), 3, "{name}");
        assert!(answer.json()["data"]["values"].as_u64() >= Some(least), "{name}");
    }
}

#[test]
fn a_configured_place_is_not_touched() {
    let stand = Stand::new();
    stand.run(&["set", "--config", "file.toml", "mine", "1"]).ends(0);
    let before = tree(&stand.path("store"));
    let answer = stand
        .run(&[
            "compare",
            "--quick",
            "--json",
            "--input",
            REPOSITORY,
            "--config",
            "file.toml",
            "--values",
            "50",
            "--serializer",
            "json",
            "--compression",
            "none",
        ])
        .ends(0);
    let rows = rows(&answer);
    assert_eq!((rows.len(), &rows[0]["disk"]), (1, &json!("file")));
    assert_eq!(tree(&stand.path("store")), before);
    assert_eq!(stand.names(), ["file.toml", "memory.toml", "raw.toml", "store"]);
}

#[test]
fn a_person_reads_a_table() {
    let stand = Stand::new();
    let answer = stand
        .run(&["compare", "--quick", "--input", REPOSITORY, "--disk", "memory", "--values", "50"])
        .ends(0);
    let text = answer.text();
    for word in ["p50", "p99", "MB/s", "at rest", "ratio", "hits", "failures", "postcard", "zstd"] {
        assert!(text.contains(word), "no `{word}` in {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 130), "{text}");
}

/// Every file below `directory` with its content.
fn tree(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for name in names(directory) {
        let path = directory.join(&name);
        if path.is_dir() {
            files.extend(tree(&path));
        } else {
            files.push((name, std::fs::read(path).unwrap()));
        }
    }
    files
}
