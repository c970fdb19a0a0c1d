//! The published schema says what the parser says.

use std::sync::LazyLock;

use jsonschema::Validator;
use larder::{Format, Settings};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

fn schema() -> Value {
    serde_json::from_str(larder::schema()).expect("the schema is JSON")
}

static VALIDATOR: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::validator_for(&schema()).expect("the schema is a schema"));

fn verdict(document: &Value) -> Result<(), String> {
    Settings::parse(&document.to_string()).map(drop).map_err(|error| error.to_string())
}

/// The examples of settings in the documentation: blocks in it, and texts in the examples of the crate.
fn examples() -> Vec<(String, Value)> {
    let pages = [
        include_str!("../../README.md"),
        include_str!("../../docs/configuration.md"),
        include_str!("../../docs/command-line.md"),
        include_str!("../src/lib.rs"),
        include_str!("../src/settings.rs"),
    ];
    let mut examples = Vec::new();
    for page in pages {
        let lines = page.lines().map(|line| {
            let comment = line.strip_prefix("//!").or_else(|| line.strip_prefix("///"));
            comment.map_or(line, |text| text.strip_prefix(' ').unwrap_or(text))
        });
        let page = lines.collect::<Vec<_>>().join("\n");
        for (opening, closing) in [("```toml\n", "```"), ("```json\n", "```"), ("r#\"\n", "\"#")] {
            for block in page.split(opening).skip(1) {
                let text = block.split(closing).next().unwrap_or_default().to_owned();
                let document = if text.trim_start().starts_with('{') {
                    serde_json::from_str(&text).expect("an example in JSON")
                } else {
                    toml::from_str(&text).expect("an example in TOML")
                };
                examples.push((text, document));
            }
        }
    }
    examples
}

#[test]
fn the_schema_keeps_the_rules_of_schemas() {
    jsonschema::meta::validate(&schema()).expect("a sound schema");
}

#[test]
fn every_example_in_the_documentation_is_valid_and_opens() {
    let examples = examples();
    assert!(examples.len() >= 6, "{} examples", examples.len());
    for (text, document) in examples {
        Settings::parse(&text).unwrap_or_else(|error| panic!("{text}\n{error}"));
        let errors: Vec<String> = VALIDATOR.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{text}\n{errors:?}");
    }
}

/// The names that the parser knows where it is shown one that nobody knows.
fn known(wrong: &Value) -> Vec<String> {
    let message = verdict(wrong).expect_err("nobody knows it");
    let (_, known) = message.rsplit_once("known: ").expect("unknown names come with the known ones");
    let mut known: Vec<String> = known.split(", ").map(str::to_owned).collect();
    known.sort();
    known
}

fn names(properties: &Value) -> Vec<String> {
    let mut names: Vec<String> = match properties {
        Value::Object(properties) => properties.keys().cloned().collect(),
        Value::Array(names) => names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        other => panic!("no names: {other}"),
    };
    names.sort();
    names
}

#[test]
fn parser_and_schema_know_the_same_settings() {
    let schema = schema();
    let at = |pointer: &str| names(schema.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}")));
    let top = [vec!["$schema".to_owned()], known(&json!({"x": 1}))].concat();
    assert_eq!(at("/properties"), top);
    assert_eq!(at("/$defs/cache/properties"), known(&json!({"cache": {"x": 1}})));
    assert_eq!(at("/properties/tier/items/properties"), known(&json!({"tier": [{"x": 1}]})));
    assert_eq!(at("/$defs/memory/properties"), known(&json!({"tier": [{"memory": {"x": 1}}]})));
    assert_eq!(at("/$defs/local/properties"), known(&json!({"tier": [{"local": {"x": 1}}]})));
    assert_eq!(at("/$defs/object_store/properties"), known(&json!({"tier": [{"object_store": {"x": 1}}]})));
    let mut formats = at("/$defs/cache/properties/serializer/enum");
    formats.retain(|name| cfg!(feature = "bincode") || name != "bincode");
    let mut expected: Vec<&str> = Format::ALL.iter().map(Format::name).collect();
    expected.sort_unstable();
    assert_eq!(formats, expected);
    for (list, url) in [
        ("s3", "s3://bucket"),
        ("gs", "gs://bucket"),
        ("az", "az://bucket"),
        ("webdav", "webdav+http://host"),
    ] {
        let listed = at(&format!("/$defs/{list}/enum"));
        for name in &listed {
            verdict(&optioned(url, name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        // The parser lists each option under one name; with a prefix it takes most of them too.
        for name in known(&optioned(url, "x")) {
            for prefix in ["", "aws_", "google_", "azure_", "azure_storage_"] {
                let name = format!("{prefix}{name}");
                assert!(verdict(&optioned(url, &name)).is_err() || listed.contains(&name), "{name}");
            }
        }
    }
}

/// A store at `url` with one option.
fn optioned(url: &str, name: &str) -> Value {
    let mut options = serde_json::Map::new();
    options.insert(name.to_owned(), json!("x"));
    json!({"tier": [{"object_store": {"url": url, "options": options}}]})
}

/// Urls of stores, right and wrong.
const URLS: &[&str] = &[
    "memory:///",
    "store+file:///x",
    "store+file:///x?y",
    "s3://bucket/a",
    "s3a://bucket",
    "gs://bucket",
    "az://container/a",
    "azure://container",
    "adl://container",
    "abfs://container",
    "abfss://container@account.dfs.core.windows.net/a",
    "abfss://container@account.blob.fabric.microsoft.com",
    "abfss://container@example.org",
    "adl://container@account.dfs.core.windows.net",
    "az://account.blob.core.windows.net/container",
    "https://s3.eu-north-1.amazonaws.com/bucket/a",
    "https://s3.eu-north-1.amazonaws.com/",
    "https://s3.amazonaws.com/bucket",
    "https://s3.dualstack.eu-north-1.amazonaws.com/bucket",
    "https://bucket.s3.amazonaws.com/a",
    "https://bucket.s3.eu-north-1.amazonaws.com",
    "https://bucket.s3.dualstack.eu-north-1.amazonaws.com/a",
    "https://bucket.s3.eu-north-1.amazonaws.com:8443/a",
    "https://my.bucket.s3.eu-north-1.amazonaws.com/a",
    "https://account.r2.cloudflarestorage.com/bucket",
    "https://account.eu.r2.cloudflarestorage.com/bucket/a",
    "https://account.r2.cloudflarestorage.com",
    "https://account.blob.core.windows.net/container/a",
    "https://account.dfs.core.windows.net/container?sig=secret",
    "https://workspace.z28.dfs.fabric.microsoft.com/container",
    "https://workspace.y28.dfs.fabric.microsoft.com/container",
    "https://example.org/bucket",
    "http://example.org/bucket",
    "webdav+https://example.org",
    "webdav+http://127.0.0.1:8080/a",
    "webdav+http://ann:secret@example.org/a",
    "webdav://example.org",
    "s3://key:secret@bucket",
    "s3://bucket:80",
    "s3://",
    "s4://bucket",
    "bucket",
];

#[test]
fn parser_and_schema_take_the_same_urls_with_the_same_options() {
    let schema = schema();
    let at = |list: &str| names(schema.pointer(&format!("/$defs/{list}/enum")).unwrap());
    let options: Vec<String> = ["s3", "gs", "az", "webdav"].into_iter().flat_map(at).collect();
    for url in URLS {
        let bare = json!({"tier": [{"object_store": {"url": url, "size_limit": 1}}]});
        assert_eq!(VALIDATOR.is_valid(&bare), verdict(&bare).is_ok(), "{url}: {:?}", verdict(&bare));
        for name in &options {
            let document = optioned(url, name);
            let verdict = verdict(&document);
            assert_eq!(VALIDATOR.is_valid(&document), verdict.is_ok(), "{url} {name}: {verdict:?}");
        }
    }
}

/// A value that may be right or wrong for a setting.
fn value(fitting: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let fitting = select(fitting).prop_map(|text| serde_json::from_str(text).expect("JSON"));
    let any = select(
        &[
            "null",
            "true",
            "1",
            "0",
            "-1",
            "1.5",
            "\"\"",
            "\"x\"",
            "\"none\"",
            "\"1 GiB\"",
            "\"1h\"",
            "[]",
            "{}",
            "[\"x\"]",
            "{\"zstd\": 3}",
            "\"unbounded\"",
            "\"***\"",
        ][..],
    );
    let any = any.prop_map(|text| serde_json::from_str(text).expect("JSON"));
    prop_oneof![4 => fitting, 1 => any]
}

/// A table of some of these settings, and sometimes of one that nobody knows.
fn table(settings: Vec<(&'static str, BoxedStrategy<Value>)>) -> impl Strategy<Value = Value> {
    let entries: Vec<_> = settings
        .into_iter()
        .map(|(name, value)| (Just(name), proptest::option::weighted(0.6, value)))
        .collect();
    (entries, prop::bool::weighted(0.05)).prop_map(|(entries, stray)| {
        let entries = entries.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let stray = stray.then(|| ("sise_limit".to_owned(), json!("1 GiB")));
        Value::Object(entries.chain(stray).collect())
    })
}

fn documents() -> impl Strategy<Value = Value> {
    let cache = table(vec![
        ("name", value(&["\"a\"", "\"\""]).boxed()),
        ("serializer", value(&["\"json\"", "\"raw\"", "\"postcard\"", "\"jsn\""]).boxed()),
        (
            "compression",
            value(&[
                "\"lz4\"",
                "\"zstd:7\"",
                "\"zstd:23\"",
                "\"zstd:0\"",
                "{\"zstd\": 22}",
                "{\"zstd\": 23}",
                "{\"lz4\": 1}",
            ])
            .boxed(),
        ),
        (
            "life",
            value(&["\"1h\"", "\"0.5 days\"", "\"1_000ms\"", "\"1 fortnight\"", "\"h\"", "\"1..5h\""])
                .boxed(),
        ),
        ("schema", value(&["\"a\""]).boxed()),
        ("on_error", value(&["\"miss\"", "\"fail\"", "\"mis\""]).boxed()),
    ]);
    let limits = || {
        vec![
            (
                "size_limit",
                value(&["\"1 GiB\"", "\" 1.5MB \"", "1", "\"0 B\"", "\"5\"", "\"5 G\"", "\"unbouded\""])
                    .boxed(),
            ),
            ("max_entries", value(&["5", "\"unbounded\"", "\"5\"", "18446744073709551615"]).boxed()),
            ("policy", value(&["\"lru\"", "\"least-recently-used\"", "\"lur\""]).boxed()),
            ("read_only", value(&["true", "false", "\"true\""]).boxed()),
        ]
    };
    let urls = prop_oneof![9 => select(URLS).prop_map(|url| json!(url)), 1 => value(&["\"s3://bucket\""])];
    let options = table(vec![
        ("region", value(&["\"eu\"", "3"]).boxed()),
        ("aws_allow_http", value(&["true", "\"true\""]).boxed()),
        ("user_agent", value(&["\"a\""]).boxed()),
    ]);
    let mut of_store = limits();
    of_store.extend([
        ("url", urls.boxed()),
        ("deadline", value(&["\"30s\"", "\"0s\"", "\"0.0 h\""]).boxed()),
        ("conditional_writes", value(&["\"proved\"", "\"create\"", "\"never\"", "\"none\""]).boxed()),
        ("options", options.boxed()),
    ]);
    let mut of_directory = limits();
    of_directory.extend([
        (
            "path",
            prop_oneof![
                9 => value(&["\"/x\"", "\"~/x?y\"", "\"file:///x\"", "\"://\"", "\"a b://\""]),
                1 => Just(json!("/x")),
            ]
            .boxed(),
        ),
        ("deadline", value(&["\"30s\"", "\"0s\""]).boxed()),
        (
            "durability",
            value(&["\"every write\"", "\"5s\"", "\"0 s\"", "\"every_write\"", "\" 1s \""]).boxed(),
        ),
        ("utilization", value(&["1.25", "1.1", "2", "1", "1.255", "0.5", "\"1.25\"", "101.07"]).boxed()),
        ("free_space", value(&["\"1 GiB\"", "\"0 B\"", "\"unbounded\""]).boxed()),
        ("share", value(&["\"owner\"", "\"world\"", "\"all\"", "1"]).boxed()),
        ("mapped", value(&["true", "\"true\""]).boxed()),
        ("checked", value(&["false", "\"no\"", "0"]).boxed()),
        ("most_pinned", value(&["0", "\"1 parsec\""]).boxed()),
    ]);
    let disk = prop_oneof![
        table(of_directory).prop_map(|settings| json!({"local": settings})),
        table(limits()).prop_map(|limits| json!({"memory": limits})),
        table(of_store).prop_map(|settings| json!({"object_store": settings})),
        value(&["{\"memori\": {}}", "{\"memory\": {\"size_limit\": 1}, \"object_store\": {}}"]),
    ];
    let tiers = prop_oneof![9 => disk.clone().prop_map(|disk| json!([disk])), 1 => proptest::collection::vec(disk, 0..3).prop_map(Value::Array)];
    table(vec![("cache", cache.boxed()), ("tier", tiers.boxed())])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_schema_refuses_what_the_parser_refuses(document in documents()) {
        let valid = VALIDATOR.is_valid(&document);
        let verdict = verdict(&document);
        prop_assert_eq!(valid, verdict.is_ok(), "{:?} for {}", verdict, document);
    }
}
