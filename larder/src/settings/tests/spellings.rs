//! The same settings in all spellings: TOML, JSON, a url, the environment, arguments, a structure.

use super::*;

/// Names of settings and their values as text, in the names of arguments.
fn said(settings: &Settings) -> Vec<(String, String)> {
    let mut said = Vec::new();
    flatten(&toml::Value::try_from(settings).unwrap(), "", &mut said);
    said
}

fn flatten(value: &toml::Value, path: &str, said: &mut Vec<(String, String)>) {
    match value {
        toml::Value::Table(table) if table.contains_key("memory") => {
            said.push(("tier.url".into(), "memory:".into()));
            flatten(&table["memory"], path, said);
        }
        toml::Value::Table(table) if table.contains_key("local") => flatten(&table["local"], path, said),
        toml::Value::Table(table) if table.contains_key("object_store") => {
            flatten(&table["object_store"], path, said);
        }
        toml::Value::Table(table) if table.contains_key("zstd") => {
            said.push((path.into(), format!("zstd:{}", table["zstd"])));
        }
        toml::Value::Table(table) => {
            table.iter().for_each(|(name, value)| flatten(value, &node::join(path, name), said));
        }
        toml::Value::Array(tiers) => flatten(&tiers[0], path, said),
        toml::Value::String(text) => said.push((path.into(), text.clone())),
        other => said.push((path.into(), other.to_string())),
    }
}

fn url(settings: &Settings) -> String {
    let said = said(settings);
    let place = |(name, value): &(String, String)| match name.as_str() {
        "tier.url" => Some(value.clone()),
        "tier.path" => Some(format!("file://{value}")),
        _ => None,
    };
    let url = said.iter().find_map(place).unwrap();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in said.iter().filter(|setting| place(setting).is_none()) {
        query.append_pair(name.rsplit('.').next().unwrap(), value);
    }
    format!("{url}?{}", query.finish())
}

fn variables(settings: &Settings) -> Vec<(String, String)> {
    let variable = |name: &str| format!("LARDER_{}", name.replace('.', "_").to_uppercase());
    said(settings).into_iter().map(|(name, value)| (variable(&name), value)).collect()
}

proptest! {
    #[test]
    fn equal_settings_are_equal_in_every_spelling(settings in arbitrary::settings()) {
        let toml = toml::to_string(&settings).unwrap();
        prop_assert_eq!(&Settings::parse(&toml).unwrap(), &settings);
        let json = serde_json::to_string_pretty(&settings).unwrap();
        prop_assert_eq!(&Settings::parse(&json).unwrap(), &settings);
        let url = url(&settings);
        prop_assert_eq!(&Sources::at(&url).settings().unwrap(), &settings, "{}", url);
        let variables = variables(&settings);
        prop_assert_eq!(&Sources::default().environment(variables).settings().unwrap(), &settings);
        let arguments = said(&settings).into_iter();
        let sources = arguments.fold(Sources::default(), |sources, (name, value)| sources.argument(name, value));
        prop_assert_eq!(&sources.settings().unwrap(), &settings);
    }

    /// Of all that say something of a setting the strongest is heard.
    #[test]
    fn what_is_laid_over_a_file_wins(below in arbitrary::settings(), above in arbitrary::settings()) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cache.json");
        std::fs::write(&path, serde_json::to_vec(&below).unwrap()).unwrap();
        let laid = Sources::at(&path).environment(variables(&above));
        let argued = said(&above).into_iter()
            .fold(Sources::at(&path), |sources, (name, value)| sources.argument(name, value));
        for sources in [laid, argued] {
            // A file may have options, and the url above lie in another place that has none: they go with it.
            let settings = sources.settings().unwrap();
            let (said, expected) = (said(&settings), said(&above));
            for setting in &expected {
                prop_assert!(said.contains(setting), "{:?} is not in {:?}", setting, said);
            }
        }
    }
}

const FILE: &str = "[[tier]]\nobject_store = { url = 's3://bucket', size_limit = '1 GiB', deadline = '5s', \
                    options = { aws_region = 'eu', endpoint = 'http://a' } }\n";

fn at_file(text: &str) -> (tempfile::TempDir, Sources) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cache.toml");
    std::fs::write(&path, text).unwrap();
    (directory, Sources::at(path))
}

fn store(settings: &Settings) -> &ObjectStoreSettings {
    match &settings.tiers[0].kind {
        DiskKind::ObjectStore(store) => store,
        other => panic!("{other:?}"),
    }
}

#[test]
fn arguments_win_over_the_url_and_that_over_the_environment() {
    let variables =
        [("LARDER_CACHE_LIFE", "1h"), ("LARDER_CACHE_SCHEMA", "a"), ("LARDER_TIER_POLICY", "lfu")];
    let sources = Sources::at("memory:?size_limit=1GiB&life=2h&schema=b").environment(variables);
    let settings = sources.argument("cache.life", "3h").settings().unwrap();
    assert_eq!(settings.cache.life, Some(Duration::from_hours(3)));
    assert_eq!(settings.cache.schema.as_deref(), Some("b"));
    assert_eq!(settings.tiers[0].limits.policy.as_deref(), Some("lfu"));
}

#[test]
fn an_option_of_the_environment_wins_under_any_of_its_names() {
    let (_directory, sources) = at_file(FILE);
    let settings = sources.environment([("LARDER_TIER_OPTIONS_REGION", "us")]).settings().unwrap();
    let options: Vec<_> = store(&settings).options.iter().collect();
    assert_eq!(options, [("endpoint", "http://a"), ("region", "us")]);
}

#[test]
fn a_url_of_the_environment_takes_the_place_of_the_disk_and_leaves_the_limits() {
    let (_directory, sources) = at_file(FILE);
    let moved = |url: &str| sources.clone().environment([("LARDER_TIER_URL", url)]).settings().unwrap();
    let memory = moved("memory:");
    assert_eq!(memory.tiers[0].kind, DiskKind::Memory);
    assert_eq!(memory.tiers[0].limits.size_limit, Some(Limit::Of(1 << 30)));
    assert_eq!(store(&moved("s3://other")).options.iter().count(), 2);
    let path = moved("store+file:///x");
    assert_eq!((store(&path).options.iter().count(), store(&path).deadline), (0, Duration::from_secs(5)));
}

#[test]
fn a_local_disk_is_named_by_a_url_or_by_a_path() {
    let at = |place: &str| Settings {
        cache: CacheSettings::default(),
        tiers: vec![TierSettings::new(DiskKind::local(place), Requested::default())],
    };
    for (name, value) in [("LARDER_TIER_URL", "file:///x"), ("LARDER_TIER_PATH", "/x")] {
        assert_eq!(Sources::default().environment([(name, value)]).settings().unwrap(), at("/x"));
        let over = Sources::at("memory:").environment([(name, value)]).settings();
        assert!(over.is_err(), "the url that is opened wins, and memory needs a limit");
    }
    let argued = |name: &str, value: &str| Sources::at("file:///x").argument(name, value).settings();
    assert_eq!(argued("tier.path", "/y").unwrap(), at("/y"));
    assert_eq!(argued("tier.local.path", "/y").unwrap(), at("/y"));
    assert_eq!(argued("tier.url", "file://~/y?").unwrap_err().kind(), larder_core::ErrorKind::Invalid);
    // A path may have what would end it in a url.
    assert_eq!(argued("tier.path", "/y?z").unwrap(), at("/y?z"));
    let twice = Sources::at("file:///x").argument("tier.url", "s3://a").argument("tier.path", "/z");
    assert_eq!(twice.settings().unwrap(), at("/z"));
    let both = [("LARDER_TIER_URL", "file:///x"), ("LARDER_TIER_PATH", "/x")];
    let message = Sources::default().environment(both).settings().unwrap_err().to_string();
    assert!(message.contains("LARDER_TIER_PATH: tier.path: a url and a path both say"), "{message}");
}

#[test]
fn what_was_said_of_another_kind_of_disk_goes_with_it() {
    let local =
        "[[tier]]\nlocal = { path = '/x', size_limit = '1 GiB', deadline = '5s', durability = 'none' }\n";
    let (_directory, sources) = at_file(local);
    let moved = |url: &str| sources.clone().argument("tier.url", url).settings().unwrap();
    let bucket = moved("s3://bucket");
    assert_eq!(store(&bucket).deadline, Duration::from_secs(5));
    assert_eq!(moved("memory:").tiers[0].kind, DiskKind::Memory);
    let DiskKind::Local(beside) = &moved("file:///y").tiers[0].kind else { panic!("no local disk") };
    assert_eq!((beside.path.as_str(), beside.durability), ("/y", Durability::None));
    let (_directory, sources) = at_file(FILE);
    let local = sources.argument("tier.path", "/y").settings().unwrap();
    let expected = LocalSettings { deadline: Duration::from_secs(5), ..LocalSettings::at("/y") };
    assert_eq!(local.tiers[0].kind, DiskKind::Local(expected));
}

#[test]
fn what_is_wrong_with_the_url_of_a_local_disk_is_told_unless_another_one_wins() {
    let complaint = |url: &str| Sources::at(url).settings().unwrap_err().to_string();
    let path = "a path follows `file://`, such as `file:///var/cache/app`";
    assert_eq!(complaint("file:/x"), format!("invalid: url: tier.url: {path}"));
    assert_eq!(complaint("file://?size_limit=1GiB"), format!("invalid: url: tier.url: {path}"));
    let message = complaint("file:///x?size_limt=1GiB");
    assert!(message.contains("unknown setting `size_limt`, did you mean `size_limit`?"), "{message}");
    let message = complaint("file:///x?durabilty=none");
    assert!(message.contains("unknown setting `durabilty`, did you mean `durability`?"), "{message}");
    let message = complaint("file:///x?path=/y");
    assert!(message.contains("url: path: unknown setting `path`"), "{message}");
    let message = complaint("file:///x?region=eu");
    assert!(message.contains("url: region: unknown setting `region`; known: size_limit, "), "{message}");
    let wrong = Sources::at("file:///x").environment([("LARDER_TIER_URL", "file:///y?life=1h")]);
    assert!(wrong.settings().is_ok());
}

#[test]
fn what_is_wrong_is_told_with_the_source_that_said_it() {
    let (_directory, sources) = at_file("[[tier]]\nmemory = { size_limit = '1 GiB' }\n");
    let complaint = |sources: Sources| sources.settings().unwrap_err().to_string();
    let wrong = sources.clone().environment([("LARDER_CACHE_LIFE", "1 fortnight")]);
    assert!(complaint(wrong).starts_with("invalid: LARDER_CACHE_LIFE: cache.life: unknown unit `fortnight`"));
    let wrong = sources.clone().environment([("LARDER_TIER_OPTIONS_REGION", "eu")]);
    let message = complaint(wrong);
    let expected = "invalid: LARDER_TIER_OPTIONS_REGION: tier.memory.options: unknown setting `options`";
    assert!(message.starts_with(expected), "{message}");
    let message = complaint(sources.clone().argument("cache.serialiser", "json"));
    let expected = "invalid: argument: cache.serialiser: unknown setting `cache.serialiser`, \
                    did you mean `cache.serializer`?";
    assert!(message.starts_with(expected), "{message}");
    let message = complaint(Sources::at("memory:?size_limit=lots"));
    assert!(message.starts_with("invalid: url: tier.memory.size_limit: `lots` is no number"), "{message}");
    let message = complaint(Sources::at("s3://bucket?aws_region=a&region=b"));
    assert!(message.starts_with("invalid: url: tier.object_store.options."), "{message}");
    assert_eq!(
        complaint(Sources::default().environment([("LARDER_TIER_POLICY", "lru")])),
        "invalid: tier: no `[[tier]]` says where entries lie"
    );
}

#[test]
fn json_is_known_by_the_name_of_the_file_and_by_its_first_character() {
    let directory = tempfile::tempdir().unwrap();
    let json = r#" {"tier": [{"memory": {"size_limit": "1 MiB"}}]}"#;
    for (name, text) in [("a.json", json), ("a.JSON", json), ("a", json), ("a.conf", json), ("b", DISK)] {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        assert_eq!(Settings::read(&path).unwrap(), Settings::parse(DISK).unwrap(), "{name}");
    }
    let path = directory.path().join("a.toml");
    std::fs::write(&path, json).unwrap();
    assert!(Settings::read(&path).unwrap_err().message().contains("no TOML"));
}

#[test]
fn json_is_told_with_its_places() {
    assert_refused(&[
        (
            "{\n  \"cache\": {\"life\": \"1h\",\n   \"serialiser\" : \"json\"}}",
            "invalid: 3:4: cache.serialiser: unknown setting `serialiser`, did you mean `serializer`? \
             known: name, serializer, compression, life, schema, on_error, compute_deadline",
        ),
        (
            "{\"$schema\": \"x\", \"tier\": [{\"memory\": {\"size_limit\": true}}]}",
            "invalid: 1:39: tier.memory.size_limit: expected bytes with a unit such as \"5 GiB\", or \"unbounded\", \
             found `true`",
        ),
        (
            "{\"a\\\"b\": 1}",
            "invalid: 1:2: ***: unknown setting, which has other characters than a name; known: cache, tier",
        ),
        ("{\n\"cache\": {,}}", "invalid: 2:11: no JSON: key must be a string"),
        ("{\"cache\": {\"life\": 1, \"life\": 2}}", "invalid: 1:23: no JSON: a name twice in one table"),
    ]);
    for open in ["[", "{\"a\":"] {
        let text = format!("{{\"x\": {}", open.repeat(100_000));
        assert!(complaint(&text).starts_with("invalid: 1:"));
        let closed = format!("{{\"x\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(complaint(&closed).contains("too many levels"));
    }
}

#[test]
fn every_setting_comes_with_where_it_comes_from() {
    let (directory, sources) = at_file(FILE);
    let file = directory.path().join("cache.toml");
    let variables = [("LARDER_TIER_OPTIONS_SECRET_ACCESS_KEY", "hunter2"), ("LARDER_CACHE_LIFE", "1h")];
    let origins = sources.environment(variables).argument("tier.size_limit", "2GiB").explain().unwrap();
    let told: Vec<String> = origins.iter().map(ToString::to_string).collect();
    let file = |column: usize| format!("{}:2:{column}", file.display());
    let expected = [
        "cache.name = default (default)".to_owned(),
        "cache.serializer = json (default)".to_owned(),
        "cache.compression = none (default)".to_owned(),
        "cache.life = 1 h (LARDER_CACHE_LIFE)".to_owned(),
        "cache.schema is not set (default)".to_owned(),
        "cache.on_error = miss (default)".to_owned(),
        "cache.compute_deadline = 30 s (default)".to_owned(),
        "tier.object_store.size_limit = 2 GiB (argument)".to_owned(),
        "tier.object_store.max_entries is not set (recorded with the disk)".to_owned(),
        "tier.object_store.policy is not set (recorded with the disk)".to_owned(),
        "tier.object_store.read_only = false (default)".to_owned(),
        format!("tier.object_store.url = s3://bucket ({})", file(18)),
        format!("tier.object_store.deadline = 5 s ({})", file(61)),
        "tier.object_store.conditional_writes = proved (default)".to_owned(),
        format!("tier.object_store.options.endpoint = http://a ({})", file(109)),
        format!("tier.object_store.options.region = eu ({})", file(90)),
        "tier.object_store.options.secret_access_key = *** (LARDER_TIER_OPTIONS_SECRET_ACCESS_KEY)"
            .to_owned(),
    ];
    assert_eq!(told, expected);
}

#[test]
fn every_setting_of_a_local_disk_comes_with_where_it_comes_from() {
    let sources =
        Sources::at("file://~/x?durability=every+write").environment([("LARDER_TIER_UTILIZATION", "1.5")]);
    let origins = sources.argument("tier.mapped", "true").explain().unwrap();
    let told: Vec<String> = origins.iter().skip(7).map(ToString::to_string).collect();
    let expected = [
        "tier.local.size_limit is not set (recorded with the disk)",
        "tier.local.max_entries is not set (recorded with the disk)",
        "tier.local.policy is not set (recorded with the disk)",
        "tier.local.read_only = false (default)",
        "tier.local.path = ~/x (url)",
        "tier.local.deadline = 1 m (default)",
        "tier.local.durability = every write (url)",
        "tier.local.utilization = 1.5 (LARDER_TIER_UTILIZATION)",
        "tier.local.share = as recorded (default)",
        "tier.local.free_space = 0 B (default)",
        "tier.local.mapped = true (argument)",
        "tier.local.checked = true (default)",
        "tier.local.most_pinned = 256 MiB (default)",
    ];
    assert_eq!(told, expected);
}
