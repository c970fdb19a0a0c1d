//! The conformance suite from the command line.

use serde_json::json;

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

#[test]
fn the_levels_that_a_disk_reaches_are_told() {
    let stand = Stand::new();
    let url = format!("store+file://{}?size_limit=1MiB", stand.path("store").display());
    let reached = |place: &str, filter: &str| {
        let report = stand.run(&["conformance", place, "--json", "--filter", filter]).ends(0).json();
        let levels = report["levels"].as_array().unwrap().clone();
        let reached =
            levels.iter().filter(|level| level["reached"] == true).map(|level| level["level"].clone());
        (json!(reached.collect::<Vec<_>>()), levels)
    };
    assert_eq!(reached("memory:?size_limit=1MiB", "values::").0, json!(["L1", "L2"]));
    assert_eq!(reached(&url, "reopening").0, json!(["L3"]));
    let (files, levels) = reached(&url, "values::");
    assert_eq!(files, json!(["L1"]));
    assert_eq!(levels[1]["lacks"], json!(["compare", "touch"]));
    assert_eq!((&levels[1]["name"], &levels[3]["counts"]["passed"]), (&json!("atomic"), &json!(0)));
    let table = stand.run(&["conformance", "memory.toml", "--filter", "reopening"]).ends(0);
    assert!(table.text().contains("not reached: lacks durable"), "{}", table.text());
    assert_eq!(stand.names(), ["file.toml", "memory.toml", "raw.toml"], "the configured place is left alone");
}
