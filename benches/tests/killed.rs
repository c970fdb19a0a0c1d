//! The torture of the local disk, for a moment: enough for some dozen processes to die.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

fn torture(arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_torture"));
    let run =
        command.args(["--json", "--seconds", "3", "--processes", "3"]).args(arguments).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{out}{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(report["killed"].as_u64().unwrap() > 10 && report["done"].as_u64().unwrap() > 100, "{out}");
}

#[test]
fn killed_processes_lose_nothing_without_a_limit() {
    torture(&["--seed", "1"]);
}

#[test]
fn killed_processes_leave_a_whole_disk_at_its_limit() {
    torture(&["--seed", "2", "--size-limit", "8", "--policy", "lru"]);
}
