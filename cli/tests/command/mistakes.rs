//! What users get wrong: told with what to do, and nothing is created.

use crate::stand::{Stand, names};

/// A tier with this line of settings, whose disk would lie in `store`.
fn tier(stand: &Stand, settings: &str) -> String {
    format!(
        "[[tier]]\nobject_store = {{ url = 'store+file://{}', {settings} }}\n",
        stand.path("store").display()
    )
}

#[test]
fn a_wrong_configuration_is_told_and_creates_nothing() {
    let stand = Stand::new();
    let cases = [
        ("size_limit = '5 GBi'", "unknown unit `GBi`, did you mean `GB`?"),
        ("size_limit = '5 GiB', policy = 'lur'", "unknown policy `lur`, did you mean `lru`?"),
        ("size_limt = '5 GiB'", "unknown setting `size_limt`, did you mean `size_limit`?"),
        ("size_limit = 0", "a limit of 0 leaves room for nothing"),
    ];
    for (settings, said) in cases {
        stand.write("wrong.toml", tier(&stand, settings));
        let commands = [
            "set", "get", "incr", "rm", "evict", "expire", "cull", "clear", "ls", "stats", "check", "compact",
        ];
        for command in commands.into_iter().chain(["compare", "conformance"]) {
            let arguments = match command {
                "set" => vec![command, "--config", "wrong.toml", "a", "1"],
                "get" | "incr" | "rm" | "evict" => vec![command, "--config", "wrong.toml", "a"],
                "clear" => vec![command, "--config", "wrong.toml", "--yes"],
                "conformance" => vec![command, "wrong.toml"],
                _ => vec![command, "--config", "wrong.toml"],
            };
            stand.run(&arguments).refused(2, &["wrong.toml:2:", said]);
        }
    }
    assert_eq!(stand.names(), ["file.toml", "memory.toml", "raw.toml", "wrong.toml"]);
}

#[test]
fn a_new_disk_without_a_limit_is_told_and_creates_nothing() {
    let stand = Stand::new();
    stand.write("wrong.toml", tier(&stand, "policy = 'lru'"));
    stand.run(&["set", "-c", "wrong.toml", "a", "1"]).refused(2, &["a new disk needs a size limit"]);
    assert!(!stand.path("store").exists());
}

#[test]
fn a_configuration_that_cannot_be_read_is_told() {
    let stand = Stand::new();
    std::fs::create_dir(stand.path("directory.toml")).unwrap();
    for name in ["missing.toml", "directory.toml"] {
        stand.run(&["ls", "--config", name]).refused(2, &[name]);
        stand.run(&["conformance", name]).refused(2, &[name]);
        stand.run(&["compare", "--config", name]).refused(2, &[name]);
    }
    stand.write("noise.toml", [0xFF, 0xFE, 0]);
    stand.run(&["ls", "--config", "noise.toml"]).refused(2, &["noise.toml", "not UTF-8"]);
}

#[test]
fn looking_into_a_directory_that_is_not_there_makes_none() {
    let stand = Stand::new();
    let commands = [
        &["get", "a"][..],
        &["rm", "a"],
        &["evict", "a"],
        &["expire"],
        &["cull"],
        &["clear", "--yes"],
        &["ls"],
        &["stats"],
        &["check"],
        &["check", "--fix"],
        &["compact"],
    ];
    for arguments in commands {
        let arguments = [arguments, &["--config", "file.toml"]].concat();
        stand.run(&arguments).refused(2, &["nothing was ever stored", "store is not there"]);
    }
    assert!(!stand.path("store").exists());
}

#[test]
fn a_place_that_is_a_file_is_told() {
    let stand = Stand::new();
    stand.write("store", "a file");
    stand.run(&["set", "--config", "file.toml", "a", "1"]).refused(2, &["is a file"]);
    assert_eq!(std::fs::read(stand.path("store")).unwrap(), b"a file");
}

#[test]
#[cfg(target_os = "linux")]
fn a_place_where_nothing_can_be_made_is_a_failure_of_the_disk() {
    let stand = Stand::new();
    let tier = "[[tier]]\nobject_store = { url = 'store+file:///proc/larder', size_limit = '1 MiB' }\n";
    stand.write("proc.toml", tier);
    stand.run(&["set", "--config", "proc.toml", "a", "1"]).refused(3, &["making the directory /proc/larder"]);
}

#[test]
fn a_value_that_is_no_json_creates_nothing() {
    let stand = Stand::new();
    stand.run(&["set", "--config", "file.toml", "a", "hello"]).refused(2, &["not JSON", "--text"]);
    stand.run(&["set", "--config", "file.toml", "a", "--file", "none"]).refused(2, &["reading none"]);
    stand.feed(&["set", "--config", "file.toml", "a", "--text"], &[0xFF]).refused(2, &["no text"]);
    assert!(!stand.path("store").exists());
}

#[test]
fn arguments_that_are_wrong_are_told_and_create_nothing() {
    let stand = Stand::new();
    let set = ["set", "--config", "file.toml", "a", "1"];
    let cases: [(&[&str], &str); 6] = [
        (&["--life", "1 fortnight"], "unknown unit `fortnight`"),
        (&["--life", "5 minuts"], "did you mean `minute`?"),
        (&["--tag", "i:x"], "`x` is no integer"),
        (&["--file", "b"], "cannot be used with"),
        (&["--lif", "1h"], "'--life'"),
        (&["c"], "unexpected argument 'c'"),
    ];
    for (more, said) in cases {
        stand.run(&[&set[..], more].concat()).refused(2, &[said]);
    }
    stand.run(&["set", "--config", "file.toml", "f:NaN", "1"]).refused(2, &["NaN equals nothing"]);
    stand.run(&["set", "a", "1"]).refused(2, &["--config"]);
    stand.run(&["rm", "--config", "file.toml"]).refused(2, &["<KEY>"]);
    assert!(!stand.path("store").exists());
}

#[test]
fn an_unknown_command_comes_with_the_near_miss() {
    let stand = Stand::new();
    stand.run(&["comprae"]).refused(2, &["unrecognized subcommand 'comprae'", "'compare'"]);
    stand.run(&[]).ends(2);
}

#[test]
fn a_comparison_of_what_nobody_knows_creates_nothing() {
    let stand = Stand::new();
    stand.write("data", "x".repeat(1000));
    let temporary = stand.path("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let cases: [(&[&str], &str); 8] = [
        (&["--disk", "memry"], "unknown disk `memry`, did you mean `memory`?"),
        (&["--serializer", "jsn"], "did you mean `json`?"),
        (&["--compression", "zst"], "did you mean `zstd`?"),
        (&["--compression", "zstd:99"], "levels of zstd are 1 to 22"),
        (&["--policy", "lur"], "did you mean `lru`?"),
        (&["--size-limit", "5 GBi"], "did you mean `GB`?"),
        (&["--size-limit", "0%"], "a share is"),
        (&["--rounds", "0"], "0 is not in 1.."),
    ];
    for (more, said) in cases {
        let arguments = [&["compare", "--input", "data"], more].concat();
        let output = stand.command(&arguments).env("TMPDIR", &temporary).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert!(err.contains(said) && output.stdout.is_empty(), "no `{said}` in {err}");
    }
    assert_eq!(names(&temporary), [""; 0]);
}

#[test]
fn a_comparison_without_data_says_how_to_give_some() {
    let stand = Stand::new();
    stand.run(&["compare"]).refused(2, &["--input FILE"]);
    stand.run(&["compare", "--input", "none"]).refused(2, &["reading the input none"]);
    stand.write("short", "too short");
    stand.run(&["compare", "--input", "short"]).refused(2, &["nothing of 100 bytes", "--input FILE"]);
    std::fs::create_dir(stand.path("empty")).unwrap();
    stand.run(&["compare", "--input", "empty"]).refused(2, &["nothing of 100 bytes"]);
}

#[test]
fn a_directory_of_another_program_is_refused_and_left() {
    let stand = Stand::new();
    std::fs::create_dir(stand.path("repository")).unwrap();
    for name in ["repository/index", "repository/HEAD"] {
        stand.write(name, "mine");
    }
    let url = format!("store+file://{}?size_limit=1MiB", stand.path("repository").display());
    stand.run(&["set", "-c", &url, "k", "1"]).refused(2, &["`HEAD`", "`index`", "in the way"]);
    assert_eq!(names(&stand.path("repository")), ["HEAD", "index"]);
    assert_eq!(std::fs::read_to_string(stand.path("repository/index")).unwrap(), "mine");
}

#[test]
fn a_variable_that_a_store_cannot_use_is_named_without_its_value() {
    let stand = Stand::new();
    for (name, value, said) in [
        ("AWS_SECRET_ACCESS_KEY", "hunter2\n", "ends in a line break"),
        ("AWS_SESSION_TOKEN", "hunter2 x", "holds a space"),
        ("AWS_ENDPOINT_URL", "localhost:9000", "has no scheme"),
        ("AWS_ENDPOINT_URL", "http://ann:hunter2@localhost:9000", "carries a user or a password"),
        ("AWS_REGION", "eu west", "holds a space"),
    ] {
        let mut command = stand.command(&["get", "-c", "s3://bucket/a?size_limit=1MiB", "k"]);
        command.env("AWS_ACCESS_KEY_ID", "ann").env("AWS_SECRET_ACCESS_KEY", "hunter2").env(name, value);
        let output = command.output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert!(err.contains(&format!("the environment variable `{name}` {said}")), "{err}");
        assert!(!err.contains("hunter2") && !err.contains("panicked"), "{err}");
    }
}
