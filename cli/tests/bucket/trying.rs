//! The suite and the comparison, on prefixes of their own below the configured one.

use serde_json::{Value, json};

use crate::bucket::{Bucket, Promise};

pub(crate) const PROMISES: &[Promise] = &[
    ("trying::the_promises_that_need_conditions_are_kept", the_promises_that_need_conditions_are_kept),
    ("trying::a_comparison_shows_what_it_asked_the_store", a_comparison_shows_what_it_asked_the_store),
];

/// A part of the suite: all of it is run by the tests of the disk.
fn the_promises_that_need_conditions_are_kept(bucket: &Bucket) {
    bucket.run("set", &["mine", "1"]).ends(0);
    let url = bucket.whole_url();
    let answer = bucket.stand.run(&["conformance", &url, "--filter", "values::conditions", "--json"]).ends(0);
    let report = answer.json();
    assert_eq!((&report["disk"], &report["overall"]["failed"]), (&json!("bucket"), &json!(0)), "{report}");
    let checks = report["checks"].as_array().unwrap();
    let passed = |check: &&Value| check["result"] == "passed";
    assert!(checks.iter().filter(passed).count() >= 5, "{report}");
    assert_eq!(report["levels"][1]["grade"], json!("partial"), "{report}");
    assert!(answer.err.contains(&format!("writes below {}/larder-", bucket.url)), "{}", answer.err);
    assert_eq!(bucket.keys(), ["mine"], "the configured place is left alone");
    assert_eq!(bucket.objects().len(), 2, "an entry, the settings, and nothing of the suite");
}

fn a_comparison_shows_what_it_asked_the_store(bucket: &Bucket) {
    let lines: Vec<String> = (0..60).map(|number| format!("{number} {}", "x".repeat(200))).collect();
    bucket.stand.write("data", lines.join("\n"));
    let compare =
        ["--input", "data", "--quick", "--verified", "1", "--serializer", "json", "--compression", "none"];
    let report = bucket.run("compare", &[&compare[..], &["--json"]].concat()).ends(0).json();
    let rows = report["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &report["failures"]), (1, &json!(0)), "{report}");
    let requests = &rows[0]["requests"];
    for (what, kind) in [("set", "put"), ("get", "get")] {
        let (operations, asked) = (&requests[what]["operations"], &requests[what][kind]);
        assert!(operations.as_u64() > Some(0), "{requests}");
        assert_eq!(operations, asked, "a {what} is one {kind}: {requests}");
    }
    assert!(requests["limited"]["delete"].as_u64() > Some(0), "a limit has victims: {requests}");

    let table = bucket.run("compare", &compare).ends(0);
    assert!(table.text().contains("requests that object stores were asked"), "{}", table.text());
    assert!(bucket.objects().is_empty(), "nothing is left: {:?}", bucket.objects());
}
