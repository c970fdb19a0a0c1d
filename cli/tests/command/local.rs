//! The disk in a local directory: every command on it, many at the same time, and what goes wrong.

use std::path::PathBuf;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::stand::{Answer, Stand, names};

/// The url of the disk in `place`, with these settings behind it.
fn url(stand: &Stand, query: &str) -> String {
    format!("file://{}?{query}", stand.path("place").display())
}

/// Runs a command on the disk in `place`, which has a limit.
fn run(stand: &Stand, arguments: &[&str]) -> Answer {
    let url = url(stand, "size_limit=20MiB&durability=none");
    stand.run(&[&arguments[..1], &["-c", &url], &arguments[1..]].concat())
}

/// The files of the log.
fn log(stand: &Stand) -> Vec<PathBuf> {
    let log = stand.path("place").join("log");
    names(&log).into_iter().map(|name| log.join(name)).collect()
}

#[test]
fn only_integers_of_64_bits_are_incremented() {
    let stand = Stand::new();
    for text in ["340282366920938463463374607431768211455", "1.0", "1e3", "\"1\"", "null"] {
        run(&stand, &["set", "k", text]).ends(0);
        run(&stand, &["incr", "k"]).refused(1, &["no integer of 64 bits"]);
        assert_eq!(run(&stand, &["get", "k"]).ends(0).text(), format!("{text}\n"), "it is unchanged");
    }
    run(&stand, &["set", "k", " 41 "]).ends(0);
    assert_eq!(run(&stand, &["incr", "k"]).ends(0).text(), "42\n");
}

#[test]
fn every_command_takes_a_local_disk() {
    let stand = Stand::new();
    run(&stand, &["set", "a", "1", "--tag", "x"]).ends(0);
    run(&stand, &["set", "b", "2", "--life", "1ns"]).ends(0);
    assert_eq!(run(&stand, &["get", "a"]).ends(0).json(), json!(1));
    assert_eq!(run(&stand, &["incr", "n", "--by", "5"]).ends(0).text(), "5\n");
    assert_eq!(run(&stand, &["ls", "--live", "--count", "--json"]).ends(0).json()["count"], json!(2));
    assert!(run(&stand, &["check"]).ends(0).text().starts_with("3 entries are whole; 0 found"));
    assert_eq!(run(&stand, &["expire"]).ends(0).text(), "1 removed\n");
    assert_eq!(run(&stand, &["evict", "x"]).ends(0).text(), "1 removed\n");
    assert_eq!(run(&stand, &["cull"]).ends(0).text(), "0 removed\n");
    run(&stand, &["rm", "n"]).ends(0);
    run(&stand, &["rm", "n"]).ends(1);
    run(&stand, &["clear", "--yes"]).ends(0);
    let stats = run(&stand, &["stats", "--json"]).ends(0).json();
    assert_eq!((&stats["disk"]["entries"], &stats["disk"]["reach"]), (&json!(0), &json!("many processes")));
    let config = run(&stand, &["config"]).ends(0);
    assert!(config.text().contains("tier.local.durability"), "{}", config.text());
}

#[test]
fn a_directory_is_compared_and_tried_beside_itself() {
    let stand = Stand::new();
    run(&stand, &["set", "a", "1"]).ends(0);
    let before = names(&stand.path("place"));
    let place = url(&stand, "");
    let report = stand.run(&["conformance", &place, "--json", "--filter", "durability"]).ends(0).json();
    assert_eq!((&report["disk"], &report["overall"]["failed"]), (&json!("local"), &json!(0)));
    assert_eq!(report["levels"][2]["grade"], json!("reached"));
    stand.write("data", "what is compared\n".repeat(2000));
    let rest = ["--quick", "--input", "data", "--serializer", "raw", "--compression", "none", "--json"];
    let report = stand.run(&[&["compare", "-c", &place][..], &rest].concat()).ends(0).json();
    let name = format!("file://{}", stand.path("place").display());
    assert_eq!((&report["rows"][0]["disk"], &report["failures"]), (&json!(name), &json!(0)));
    assert_eq!(names(&stand.path("place")), before);
    assert_eq!(run(&stand, &["ls", "--count", "--json"]).ends(0).json()["count"], json!(1));
    assert_eq!(stand.names(), ["data", "file.toml", "memory.toml", "place", "raw.toml"]);
}

/// Begins commands with these arguments on the disk in `place`, all at the same time.
fn begin(stand: &Stand, commands: &[Vec<String>]) -> Vec<Child> {
    let url = url(stand, "size_limit=20MiB");
    let begin = |arguments: &Vec<String>| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(["-c", &url]).collect();
        let mut command = stand.command(&arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    commands.iter().map(begin).collect()
}

#[test]
fn commands_at_the_same_time_open_a_new_directory_together_and_lose_no_write() {
    let stand = Stand::new();
    let mut commands = Vec::new();
    for number in 0..8 {
        commands.push(["incr", "visits"].map(str::to_owned).to_vec());
        commands.push(["set".to_owned(), number.to_string(), number.to_string()].to_vec());
    }
    for child in begin(&stand, &commands) {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(run(&stand, &["get", "visits"]).ends(0).json(), json!(8));
    assert_eq!(run(&stand, &["ls", "--count", "--json"]).ends(0).json()["count"], json!(9));
    assert!(run(&stand, &["check"]).ends(0).text().starts_with("9 entries are whole; 0 found"));
}

#[test]
fn a_command_that_is_killed_takes_nothing_with_it() {
    let stand = Stand::new();
    run(&stand, &["set", "a", "1"]).ends(0);
    let set = ["set", "endless"].map(str::to_owned).to_vec();
    let url = format!("{}&serializer=raw", url(&stand, "size_limit=20MiB"));
    let mut child = stand
        .command(&["set", "endless", "-c", &url])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // More than a pipe holds is written when the command has read most of it: it is in the middle of its write.
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), &vec![7; 1 << 20]).unwrap();
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().code(), None);
    for child in &mut begin(&stand, &[set.clone(), set]) {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(run(&stand, &["get", "a"]).ends(0).json(), json!(1));
    run(&stand, &["get", "endless"]).ends(1);
    run(&stand, &["check", "--fix"]).ends(0);
    assert!(run(&stand, &["check"]).ends(0).text().starts_with("1 entries are whole; 0 found"));
}

#[test]
fn who_only_looks_changes_no_file() {
    let stand = Stand::new();
    run(&stand, &["set", "a", "1"]).ends(0);
    let state = || {
        let mut files: Vec<_> = names(&stand.path("place"))
            .into_iter()
            .map(|name| stand.path("place").join(name))
            .filter(|path| path.is_file())
            .chain(log(&stand))
            .map(|path| std::fs::read(path).unwrap())
            .collect();
        files.push(names(&stand.path("place")).join(" ").into_bytes());
        files
    };
    let before = state();
    let other = url(&stand, "size_limit=7MiB&policy=lfu");
    for command in [&["get", "a"][..], &["ls"], &["stats"], &["check"]] {
        stand.run(&[command, &["-c", &other]].concat()).ends(0);
        assert!(state() == before, "{command:?} changed a file");
    }
    let read_only = url(&stand, "read_only=true");
    for command in [&["set", "a", "2"][..], &["rm", "a"], &["clear", "-y"], &["check", "--fix"], &["compact"]]
    {
        stand.run(&[command, &["-c", &read_only]].concat()).ends(2);
    }
    assert!(state() == before, "who may only read changed a file");
}

#[test]
fn a_directory_of_a_later_format_is_refused_and_left_as_it_is() {
    let stand = Stand::new();
    run(&stand, &["set", "a", "1"]).ends(0);
    let recorded = stand.path("place").join("larder.json");
    let mut settings: Value = serde_json::from_slice(&std::fs::read(&recorded).unwrap()).unwrap();
    settings["format"] = json!(99);
    // With the checksum of the old content, it would be a damaged file of this format.
    settings.as_object_mut().unwrap().remove("check");
    std::fs::write(&recorded, settings.to_string()).unwrap();
    for command in [&["get", "a"][..], &["set", "a", "2"], &["ls"], &["check", "--fix"], &["clear", "-y"]] {
        run(&stand, command).refused(3, &["format", "99"]);
    }
    assert_eq!(std::fs::read(&recorded).unwrap(), settings.to_string().into_bytes());
}

#[test]
fn a_directory_that_is_no_disk_is_told() {
    let stand = Stand::new();
    run(&stand, &["get", "a"]).refused(2, &["nothing was ever stored"]);
    std::fs::create_dir(stand.path("place")).unwrap();
    run(&stand, &["ls"]).refused(2, &["there is no disk in this directory"]);
    stand.run(&["set", "-c", &url(&stand, ""), "a", "1"]).refused(2, &["a new disk needs a size limit"]);
    assert_eq!(names(&stand.path("place")), [""; 0]);
    std::fs::remove_dir(stand.path("place")).unwrap();
    stand.write("place", "a file");
    run(&stand, &["set", "a", "1"]).refused(2, &["is a file"]);
}

#[test]
fn a_wrong_url_is_told_with_what_is_right_and_creates_nothing() {
    let stand = Stand::new();
    for (query, said) in [
        ("size_limt=1MiB", "did you mean `size_limit`?"),
        ("size_limit=1MiB&durability=evry+write", "did you mean `every write`?"),
        ("size_limit=1MiB&utilization=0.9", "the factor is above 1"),
        ("size_limit=1MiB&deadline=0s", "leaves time for nothing"),
    ] {
        stand.run(&["set", "-c", &url(&stand, query), "a", "1"]).refused(2, &["url: ", said]);
    }
    for wrong in ["file:place?size_limit=1MiB", "file://?size_limit=1MiB"] {
        stand.run(&["set", "-c", wrong, "a", "1"]).refused(2, &["a path follows `file://`"]);
    }
    assert_eq!(stand.names(), ["file.toml", "memory.toml", "raw.toml"]);
}

#[test]
fn damage_is_told_then_fixed_then_gone() {
    let stand = Stand::new();
    for (key, word) in [("a", "apples"), ("b", "bananas"), ("c", "cherries")] {
        run(&stand, &["set", key, &format!("\"{word}\"")]).ends(0);
    }
    let damaged = log(&stand).into_iter().any(|path| {
        let mut bytes = std::fs::read(&path).unwrap();
        let at = bytes.windows(7).position(|window| window == b"bananas");
        at.is_some_and(|at| {
            bytes[at] ^= 1;
            std::fs::write(&path, bytes).is_ok()
        })
    });
    assert!(damaged, "the value lies in the log");
    let told = run(&stand, &["check", "--json"]).ends(1);
    let first: Value = serde_json::from_str(told.text().lines().next().unwrap()).unwrap();
    assert_eq!((&first["flaw"], &first["fixed"]), (&json!("damaged"), &json!("no")), "{}", told.text());
    run(&stand, &["check", "--fix"]).ends(0);
    assert!(run(&stand, &["check"]).ends(0).text().starts_with("2 entries are whole; 0 found"));
    run(&stand, &["get", "b"]).ends(1);
    assert_eq!(run(&stand, &["get", "c"]).ends(0).json(), json!("cherries"));
}

#[test]
fn what_was_removed_is_given_back() {
    let stand = Stand::new();
    let url = url(&stand, "size_limit=20MiB&serializer=raw&durability=none");
    let value: Vec<u8> = (0..10_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let store = larder::blocking::open(&url).unwrap();
    let cache = store.default_cache::<str, larder::Bytes>().unwrap();
    let keys: Vec<String> = (0..400).map(|key| key.to_string()).collect();
    for key in &keys {
        assert!(cache.set(key, &value.clone().into()).unwrap().is_stored());
    }
    drop((cache, store));
    let removed: Vec<&str> = keys.iter().map(String::as_str).filter(|key| !key.ends_with('0')).collect();
    stand.run(&[&["rm", "-c", &url], &removed[..]].concat()).ends(0);
    let space = || stand.run(&["stats", "-c", &url, "--json"]).ends(0).json()["disk"]["space"].clone();
    let before = space();
    let compacted = stand.run(&["compact", "-c", &url, "--json"]).ends(0).json();
    let after = space();
    assert_eq!(compacted["stopped"], Value::Null);
    assert_eq!((&compacted["before"], &compacted["after"]), (&before["total"], &after["total"]));
    assert!(after["total"].as_u64() < before["total"].as_u64(), "{before} {after}");
    assert_eq!(stand.run(&["get", "-c", &url, "0"]).ends(0).out, value);
    let shown = stand.run(&["compact", "-c", &url]).ends(0);
    assert!(shown.text().contains(" taken, ") && shown.err.is_empty(), "{}", shown.text());
    stand.run(&["compact", "-c", "memory.toml"]).ends(2);
    stand.run(&["compact", "-c", "file.toml"]).refused(2, &["nothing was ever stored"]);
}
