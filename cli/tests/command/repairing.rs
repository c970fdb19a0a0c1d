//! Checking a disk for damage, and fixing it.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::stand::{Answer, Stand, names};

fn check(stand: &Stand, rest: &[&str]) -> Answer {
    stand.run(&[&["check", "-c", "file.toml"], rest].concat())
}

/// The files of entries below the store.
fn entries(stand: &Stand) -> Vec<PathBuf> {
    let store = stand.path("store");
    let directories = names(&store).into_iter().map(|name| store.join(name)).filter(|path| path.is_dir());
    directories
        .flat_map(|directory| names(&directory).into_iter().map(move |name| directory.join(name)))
        .collect()
}

fn filled() -> Stand {
    let stand = Stand::new();
    for key in ["a", "b", "c"] {
        stand.run(&["set", "-c", "file.toml", key, "1"]).ends(0);
    }
    stand
}

#[test]
fn a_healthy_disk_has_nothing_to_tell() {
    let stand = filled();
    for rest in [&[][..], &["--fix"]] {
        let answer = check(&stand, rest).ends(0);
        assert_eq!(answer.text(), "3 entries are whole; 0 found, 0 fixed, 0 left alone\n");
        assert_eq!(answer.err, "");
    }
    let sums = check(&stand, &["--json"]).ends(0).json();
    let none = json!({ "entries": 3, "found": 0, "fixed": 0, "left_alone": 0, "adopted": 0, "struck": 0 });
    assert_eq!(sums, none);
    let memory = stand.run(&["check", "-c", "memory.toml"]).ends(0);
    assert!(memory.text().starts_with("0 entries are whole; 0 found"), "{}", memory.text());
}

#[test]
fn damage_is_told_then_fixed_then_gone() {
    let stand = filled();
    let [cut, flipped, _] = &entries(&stand)[..] else { panic!("three entries") };
    std::fs::write(cut, &std::fs::read(cut).unwrap()[..3]).unwrap();
    let mut bytes = std::fs::read(flipped).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(flipped, bytes).unwrap();
    std::fs::write(stand.path("store").join("notes\u{7}.txt"), "mine").unwrap();
    let before = entries(&stand);

    let told = check(&stand, &[]).ends(1);
    assert!(told.err.contains("2 things are wrong with the disk"), "{}", told.err);
    for part in
        ["damaged ", "(3 B): corrupt", "foreign ", "1 entries are whole; 2 found, 0 fixed, 1 left alone"]
    {
        assert!(told.text().contains(part), "no `{part}` in {}", told.text());
    }
    assert!(!told.text().contains('\u{7}'), "no control characters reach a terminal");
    assert_eq!(entries(&stand), before, "telling changes nothing");

    let fixed = check(&stand, &["--fix", "--json"]).ends(0);
    let lines: Vec<Value> = fixed.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |flaw: &str| lines.iter().filter(|line| line["flaw"] == flaw).collect::<Vec<_>>();
    assert_eq!((of("damaged").len(), of("foreign").len()), (2, 1));
    assert!(
        of("damaged").iter().all(|line| line["fixed"] == "removed" && line["size"].is_u64()),
        "{lines:?}"
    );
    assert_eq!(of("foreign")[0]["fixed"], "no");
    let sums = json!({ "entries": 1, "found": 2, "fixed": 2, "left_alone": 1, "adopted": 0, "struck": 2 });
    assert_eq!(lines.last(), Some(&sums));

    let clean = check(&stand, &[]).ends(0);
    assert!(clean.text().contains("1 entries are whole; 0 found, 0 fixed, 1 left alone"), "{}", clean.text());
    assert_eq!(std::fs::read(stand.path("store").join("notes\u{7}.txt")).unwrap(), b"mine");
}

#[test]
fn a_fix_without_file_descriptors_removes_nothing() {
    let stand = filled();
    let before = entries(&stand);
    for limit in 4..24 {
        let command = stand.command(&["check", "-c", "file.toml", "--fix"]);
        let limited = std::process::Command::new("sh")
            .args(["-c", &format!("ulimit -n {limit}; exec \"$0\" \"$@\"")])
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(command.get_current_dir().unwrap())
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&limited.stderr);
        assert!(!err.contains("panicked"), "{limit}: {err}");
        assert_eq!(entries(&stand), before, "{limit}: {err}");
    }
    check(&stand, &[]).ends(0);
    for key in ["a", "b", "c"] {
        assert_eq!(stand.run(&["get", "-c", "file.toml", key]).ends(0).text(), "1\n");
    }
}
