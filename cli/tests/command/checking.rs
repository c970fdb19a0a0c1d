//! The conformance suite from the command line.

use serde_json::{Value, json};

use crate::stand::Stand;

#[test]
fn the_disks_keep_their_promises() {
    let stand = Stand::new();
    for (config, disk) in [("memory.toml", "memory"), ("file.toml", "store+file")] {
        let report = stand.run(&["conformance", config, "--json", "--filter", "values::"]).ends(0).json();
        assert_eq!(report["disk"], json!(disk));
        assert_eq!(report["overall"]["failed"], json!(0));
        assert!(report["overall"]["passed"].as_u64() > Some(5), "{report}");
    }
    assert_eq!(stand.names(), ["file.toml", "memory.toml", "raw.toml"], "the configured place is left alone");
}

#[test]
fn what_is_skipped_is_listed_with_its_reason() {
    let stand = Stand::new();
    let report = stand.run(&["conformance", "file.toml", "--filter", "values::conditions"]).ends(0);
    assert!(report.text().contains("skipped values::conditions::"), "{}", report.text());
    assert!(report.text().contains("needs compare"), "{}", report.text());
}

#[test]
fn a_filter_without_checks_is_told_with_the_areas() {
    let stand = Stand::new();
    let answer = stand.run(&["conformance", "memory.toml", "--filter", "valuse"]);
    answer.refused(2, &["no check has `valuse`", "areas: ", "values"]);
}

/// The report on what `place` names, as far as `filter` goes.
fn report(stand: &Stand, place: &str, filter: &str) -> Value {
    stand.run(&["conformance", place, "--json", "--filter", filter]).ends(0).json()
}

#[test]
fn the_levels_that_a_disk_reaches_are_told() {
    let stand = Stand::new();
    let url = format!("store+file://{}?size_limit=1MiB", stand.path("store").display());
    let grades = |report: &Value| {
        let levels = report["levels"].as_array().unwrap().iter();
        json!(levels.map(|level| level["grade"].clone()).collect::<Vec<_>>())
    };
    let memory = report(&stand, "memory:?size_limit=1MiB", "");
    assert_eq!(grades(&memory), json!(["reached", "reached", "lacking", "unchecked"]));
    let files = report(&stand, &url, "durability");
    assert_eq!(grades(&files), json!(["untried", "untried", "reached", "unchecked"]));
    let files = report(&stand, &url, "values::");
    assert_eq!(grades(&files), json!(["partial", "lacking", "untried", "unchecked"]));
    assert_eq!(files["levels"][1]["lacks"], json!(["compare", "touch"]));
    assert_eq!(files["levels"][1]["name"], json!("atomic"));
    let table = stand.run(&["conformance", "memory.toml", "--filter", "reopening"]).ends(0);
    assert!(table.text().contains("not reached: lacks durable"), "{}", table.text());
    assert_eq!(stand.names(), ["file.toml", "memory.toml", "raw.toml"], "the configured place is left alone");
}

#[test]
fn a_level_without_checks_looks_like_no_passed_one() {
    let stand = Stand::new();
    let answer = stand.run(&["conformance", "memory.toml", "--filter", "reopening"]).ends(0);
    let told = answer.text().lines().find(|line| line.starts_with("L4")).unwrap();
    let words: Vec<&str> = told.split_whitespace().take(5).collect();
    assert_eq!(words, ["L4", "distributed", "-", "-", "-"]);
    assert!(told.ends_with("not known: this version has no checks of it"), "{told}");
}
