//! Configurations: files, urls, the environment, and where each setting comes from.

use serde_json::{Value, json};

use crate::stand::{Answer, Stand};

/// The url of the disk in `store`, with these settings behind it.
fn url(stand: &Stand, query: &str) -> String {
    format!("store+file://{}?{query}", stand.path("store").display())
}

/// Runs the command with these variables.
fn with(stand: &Stand, variables: &[(&str, &str)], arguments: &[&str]) -> Answer {
    let output = stand.command(arguments).envs(variables.iter().copied()).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    Answer { code: output.status.code().unwrap(), out: output.stdout, err }
}

#[test]
fn a_url_is_a_place_for_every_command() {
    let stand = Stand::new();
    let url = url(&stand, "size_limit=1MiB&name=urls");
    stand.run(&["set", "-c", &url, "a", "1", "--tag", "x"]).ends(0);
    assert_eq!(stand.run(&["get", "-c", &url, "a"]).ends(0).json(), json!(1));
    assert_eq!(stand.run(&["ls", "-c", &url, "--count", "--json"]).ends(0).json()["count"], json!(1));
    let stats = stand.run(&["stats", "-c", &url, "--json"]).ends(0).json();
    assert_eq!((&stats["disk"]["size_limit"], &stats["cache"]["name"]), (&json!(1 << 20), &json!("urls")));
    assert!(stand.run(&["check", "-c", &url]).ends(0).text().starts_with("1 entries are whole"));
    assert_eq!(stand.run(&["evict", "-c", &url, "x"]).ends(0).text(), "1 removed\n");
    let wrong = url.replace("size_limit", "size_limt");
    stand.run(&["ls", "-c", &wrong]).refused(2, &["size_limt", "did you mean `size_limit`?"]);
}

#[test]
fn the_environment_names_a_configuration_and_wins_over_it() {
    let stand = Stand::new();
    let variables = [("LARDER_CONFIG", "file.toml"), ("LARDER_CACHE_NAME", "other")];
    assert_eq!(with(&stand, &variables, &["set", "a", "1"]).ends(0).err, "");
    assert_eq!(stand.run(&["get", "-c", "file.toml", "--cache", "other", "a"]).ends(0).json(), json!(1));
    let wrong = with(&stand, &[("LARDER_CACHE_NAM", "x")], &["ls", "-c", "file.toml"]);
    wrong.refused(2, &["LARDER_CACHE_NAM", "LARDER_CACHE_NAME"]);
    stand.run(&["ls"]).refused(2, &["--config <FILE|URL>"]);
}

#[test]
fn every_setting_is_told_with_where_it_comes_from() {
    let stand = Stand::new();
    let variables = [("LARDER_CACHE_LIFE", "1h")];
    let told = with(&stand, &variables, &["config", "-c", "raw.toml", "--json"]).ends(0).json();
    let settings = told["settings"].as_array().unwrap();
    let of = |path: &str| settings.iter().find(|setting| setting["path"] == path).unwrap_or(&Value::Null);
    assert_eq!(
        of("cache.serializer"),
        &json!({ "path": "cache.serializer", "value": "raw", "from": "raw.toml:2:1" })
    );
    assert_eq!(of("cache.life")["from"], json!("LARDER_CACHE_LIFE"));
    assert_eq!(of("cache.name"), &json!({ "path": "cache.name", "value": "default", "from": "default" }));
    let table = with(&stand, &variables, &["config", "-c", "raw.toml"]).ends(0);
    let line = table.text().lines().find(|line| line.starts_with("cache.life")).unwrap().to_owned();
    assert!(line.ends_with("LARDER_CACHE_LIFE"), "{line}");
    assert!(!stand.path("store").exists(), "no disk is opened");
}

#[test]
fn what_may_be_a_secret_is_never_shown() {
    let stand = Stand::new();
    let url = "s3://bucket/prefix?size_limit=1GiB&region=here&access_key_id=hush&secret_access_key=hush";
    for arguments in [&["config", "-c", url][..], &["config", "-c", url, "--json"]] {
        let told = stand.run(arguments).ends(0);
        assert!(told.text().contains("***") && !told.text().contains("hush"), "{}", told.text());
    }
    for command in ["ls", "stats", "check", "cull", "expire"] {
        let told = stand.run(&[command, "-c", &format!("{url}&sise_limit=1")]).ends(2);
        assert!(!told.err.contains("hush"), "{}", told.err);
    }
    let help = with(&stand, &[("LARDER_CONFIG", url)], &["ls", "--help"]).ends(0);
    assert!(!help.text().contains("hush"), "{}", help.text());
}

#[test]
fn the_schema_is_the_published_one() {
    let stand = Stand::new();
    let schema = stand.run(&["config", "--schema"]).ends(0);
    assert_eq!(schema.text(), larder::schema());
    assert!(schema.json()["$schema"].is_string());
    stand.run(&["config", "--schema", "--json"]).refused(2, &["cannot be used with"]);
}

#[test]
fn a_wrong_configuration_is_refused() {
    let stand = Stand::new();
    stand.run(&["config", "-c", "none.toml"]).refused(2, &["none.toml"]);
    stand.run(&["config"]).refused(2, &["--config"]);
    stand.run(&["config", "-c", "flie:///var/cache"]).refused(2, &["did you mean `file`?"]);
}

#[test]
fn who_only_looks_changes_no_file() {
    let stand = Stand::new();
    stand.run(&["set", "-c", "file.toml", "a", "1"]).ends(0);
    let settings = stand.path("store").join("settings.json");
    let recorded = std::fs::read(&settings).unwrap();
    let other = url(&stand, "size_limit=7MiB");
    for command in [&["get", "a"][..], &["ls"], &["stats"], &["check"]] {
        stand.run(&[command, &["-c", &other]].concat()).ends(0);
    }
    assert_eq!(std::fs::read(&settings).unwrap(), recorded);
}
