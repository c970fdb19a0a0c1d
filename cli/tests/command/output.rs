//! Helps, pipes and what is written where.

use std::io::Read;
use std::process::Stdio;

use crate::stand::Stand;

#[test]
fn every_command_has_a_help_with_examples() {
    let stand = Stand::new();
    let commands = [
        "compare", "get", "set", "incr", "rm", "evict", "expire", "cull", "clear", "ls", "stats", "check",
        "compact",
    ];
    for command in commands.into_iter().chain(["conformance", "config"]) {
        let help = stand.run(&[command, "--help"]).ends(0);
        for part in ["Usage: larder ", "--json", "Examples:"] {
            assert!(help.text().contains(part), "{command}: no `{part}`");
        }
        assert!(help.text().contains("Exit codes"), "{command}");
    }
    let help = stand.run(&["--help"]).ends(0);
    assert!(help.text().contains("Exit codes:") && help.text().contains("compare"));
    assert!(stand.run(&["--version"]).ends(0).text().starts_with("larder "));
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let stand = Stand::new();
    let long = "x".repeat(1 << 20);
    stand.feed(&["set", "--config", "raw.toml", "long"], long.as_bytes()).ends(0);
    let mut child = stand
        .command(&["get", "--config", "raw.toml", "long"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0]).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), err.as_str()), (Some(0), ""));
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    // Only Linux has a device that is always full.
    let Ok(full) = full else { return };
    let stand = Stand::new();
    stand.run(&["set", "--config", "file.toml", "a", "1"]).ends(0);
    let output = stand.command(&["get", "--config", "file.toml", "a"]).stdout(full).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{err}");
    assert!(err.contains("writing the output"), "{err}");
}
