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
