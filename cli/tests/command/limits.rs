//! Recorded limits change through `larder limit` and through no other command.

use serde_json::json;

use crate::stand::Stand;

const KIB: usize = 1024;

/// A stand with ten values of 64 KiB on the disk at `url`, whose recorded limit is 10 MiB.
fn filled(kind: &str) -> (Stand, String) {
    let stand = Stand::new();
    let url = format!("{kind}://{}", stand.path("disk").display());
    for number in 0..10 {
        let value = "x".repeat(64 * KIB);
        let at = format!("{url}?size_limit=10MiB&serializer=raw");
        stand.feed(&["set", "-c", &at, &number.to_string()], value.as_bytes()).ends(0);
    }
    (stand, url)
}

fn entries(stand: &Stand, url: &str) -> u64 {
    let stats = stand.run(&["stats", "-c", url, "--json"]).ends(0).json();
    stats["disk"]["entries"].as_u64().unwrap()
}

const KINDS: [&str; 2] = ["file", "store+file"];

#[test]
fn no_other_command_changes_a_recorded_limit() {
    for kind in KINDS {
        let (stand, url) = filled(kind);
        let small = format!("{url}?size_limit=100KiB&max_entries=2&policy=lfu");
        let calls: &[&[&str]] = &[
            &["set", "new", "1"],
            &["incr", "counter"],
            &["get", "new"],
            &["ls"],
            &["stats"],
            &["rm", "new"],
            &["evict", "--tag", "none"],
            &["expire"],
            &["cull"],
            &["check"],
            &["check", "--fix"],
        ];
        for call in calls {
            let mut arguments = call.to_vec();
            arguments.extend(["-c", &small]);
            if kind == "store+file" && call[0] == "incr" {
                // A path cannot compare versions, which counters need.
                continue;
            }
            let answer = stand.run(&arguments).ends(0);
            let change = "size_limit 10485760 -> 102400, max_entries unbounded -> 2, policy lru -> lfu;";
            assert_eq!(answer.err.matches(change).count(), 1, "{call:?}: {}", answer.err);
            let command = format!("larder limit '{url}' --size 102400 --entries 2 --policy lfu");
            assert!(answer.err.contains(&command), "{call:?}: {}", answer.err);
        }
        let counters = u64::from(kind == "file");
        assert_eq!(entries(&stand, &url), 10 + counters, "{kind}");
        let recorded = json!({ "size_limit": 10 << 20, "max_entries": null, "policy": "lru" });
        let shown = stand.run(&["limit", &url, "--json"]).ends(0);
        assert_eq!((shown.json()["recorded"].clone(), shown.err.as_str()), (recorded, ""));
    }
}

#[test]
fn a_limit_in_the_environment_or_a_file_changes_nothing_either() {
    for kind in KINDS {
        let (stand, url) = filled(kind);
        let mut command = stand.command(&["set", "-c", &url, "new", "1"]);
        let output = command.env("LARDER_TIER_SIZE_LIMIT", "100KiB").output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && err.contains("size_limit 10485760 -> 102400"), "{err}");
        let tier = match kind {
            "file" => {
                format!("local = {{ path = '{}', size_limit = '100 KiB' }}", stand.path("disk").display())
            }
            _ => format!("object_store = {{ url = '{url}', size_limit = '100 KiB' }}"),
        };
        stand.write("small.toml", format!("[[tier]]\n{tier}\n"));
        let answer = stand.run(&["set", "-c", "small.toml", "newer", "1"]).ends(0);
        assert!(answer.err.contains("size_limit 10485760 -> 102400"), "{}", answer.err);
        assert_eq!(entries(&stand, &url), 12, "{kind}");
    }
}

#[test]
fn a_new_disk_gets_the_configured_limit_without_a_warning() {
    let stand = Stand::new();
    let url = format!("file://{}?size_limit=5MiB&policy=lfu", stand.path("new").display());
    for _ in 0..2 {
        assert_eq!(stand.run(&["set", "-c", &url, "key", "1"]).ends(0).err, "");
    }
}

#[test]
fn limit_shows_old_and_new_and_what_is_above() {
    for kind in KINDS {
        let (stand, url) = filled(kind);
        let dry = stand.run(&["limit", &url, "--size", "300KiB", "--entries", "3", "--dry-run"]).ends(0);
        for part in
            ["10.0 MiB (10485760 bytes) -> 300 KiB (307200 bytes)", "unbounded -> 3", "7 of 10 entries"]
        {
            assert!(dry.text().contains(part), "no {part}: {}", dry.text());
        }
        assert!(dry.text().ends_with("nothing was changed\n"), "{}", dry.text());
        assert_eq!(entries(&stand, &url), 10);

        let changed = stand.run(&["limit", "-c", &url, "--size", "300KiB", "--json"]).ends(0).json();
        assert_eq!(changed["recorded"]["size_limit"], 10 << 20);
        assert_eq!(changed["new"]["size_limit"], 300 * KIB);
        assert_eq!(changed["changed"], true);
        assert!(changed["to_evict"]["bytes"].as_u64().unwrap() > 300 * KIB as u64);
        assert_eq!(entries(&stand, &url), 10, "the change evicts nothing by itself");
        stand.run(&["cull", "-c", &url]).ends(0);
        assert_eq!(entries(&stand, &url), 4, "and a cull no more than is needed");

        stand.run(&["limit", &url, "--size", "unbounded", "--policy", "lfu"]).ends(0);
        let shown = stand.run(&["limit", &url]).ends(0);
        assert!(shown.text().contains("size_limit   unbounded\n"), "{}", shown.text());
        assert!(shown.text().contains("policy       lfu\n"), "{}", shown.text());
    }
}

#[test]
fn limit_ignores_the_limits_of_the_configuration() {
    let (stand, url) = filled("file");
    let configured = format!("{url}?size_limit=1MiB");
    let changed = stand.run(&["limit", &configured, "--policy", "lfu", "--json"]).ends(0);
    assert_eq!(changed.err, "");
    assert_eq!(changed.json()["new"]["size_limit"], 10 << 20);
}

#[test]
fn limit_refuses_what_is_no_limit() {
    let (stand, url) = filled("file");
    stand.run(&["limit"]).refused(2, &["no disk is given"]);
    stand.run(&["limit", &url, "--size", "0"]).refused(2, &["leaves room for nothing"]);
    stand.run(&["limit", &url, "--size", "many"]).refused(2, &["size_limit"]);
    stand.run(&["limit", &url, "--policy", "lfuu"]).refused(2, &["`lfu`"]);
    stand.run(&["limit", "memory.toml"]).refused(2, &["records no limits"]);
    let absent = format!("file://{}", stand.path("absent").display());
    stand.run(&["limit", &absent, "--size", "1MiB"]).refused(2, &["is not there"]);
    assert!(!stand.path("absent").exists());
}
