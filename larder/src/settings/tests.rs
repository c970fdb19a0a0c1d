mod arbitrary;
mod spellings;

use proptest::prelude::*;

use larder_core::disk::{self, Limit, Requested};
use larder_local::Durability;
use larder_object_store::ConditionalWrites;

use super::*;

const DISK: &str = "[[tier]]\nmemory = { size_limit = '1 MiB' }\n";

fn complaint(text: &str) -> String {
    match Settings::parse(text) {
        Ok(settings) => panic!("{text}\nwas taken for {settings:?}"),
        Err(error) => error.to_string(),
    }
}

/// Asserts that each text is refused with exactly this message.
fn assert_refused(cases: &[(&str, &str)]) {
    for (text, message) in cases {
        assert_eq!(complaint(text), *message, "for\n{text}");
    }
}

#[test]
fn what_is_left_out_has_its_default() {
    let settings = Settings::parse(DISK).unwrap();
    let limits = Requested { size_limit: Some(Limit::Of(1 << 20)), ..Requested::default() };
    let expected = Settings {
        cache: CacheSettings::default(),
        tiers: vec![TierSettings::new(DiskKind::Memory, limits)],
    };
    assert_eq!(settings, expected);
}

#[test]
fn every_setting_is_read() {
    let text = r#"
        [cache]
        name = "people"
        serializer = "postcard"
        compression = { zstd = 7 }
        life = "7 days"
        schema = "users-1"
        on_error = "fail"
        compute_deadline = "5s"
        [[tier]]
        [tier.object_store]
        url = "s3://bucket/prefix"
        size_limit = 4096
        policy = "lrs"
        max_entries = 10
        deadline = "5s"
        conditional_writes = "create"
        read_only = true
        options = { aws_region = "us-east-1", allow_http = true, timeout = "30s" }
    "#;
    let settings = Settings::parse(text).unwrap();
    let cache = CacheSettings {
        name: "people".into(),
        serializer: Format::Postcard,
        compression: Compression::Zstd { level: 7 },
        life: Some(Duration::from_hours(7 * 24)),
        schema: Some("users-1".into()),
        on_error: OnError::Fail,
        compute_deadline: Duration::from_secs(5),
    };
    let limits = disk::Settings { size_limit: Some(4096), max_entries: Some(10), policy: "lrs".into() };
    let mut store = ObjectStoreSettings::at("s3://bucket/prefix");
    store.deadline = Duration::from_secs(5);
    store.conditional_writes = ConditionalWrites::Create;
    store.options =
        [("region", "us-east-1"), ("allow_http", "true"), ("timeout", "30s")].into_iter().collect();
    let tier = TierSettings { kind: DiskKind::ObjectStore(store), limits: limits.into(), read_only: true };
    assert_eq!(settings, Settings { cache, tiers: vec![tier] });
}

#[test]
fn a_tier_may_be_written_as_a_table_of_its_own() {
    let long = Settings::parse("[[tier]]\n[tier.memory]\nsize_limit = '1 MiB'\n").unwrap();
    assert_eq!(long, Settings::parse(DISK).unwrap());
}

#[test]
fn unknown_names_come_with_what_is_known_and_near() {
    assert_refused(&[
        (
            "[cahce]\n",
            "invalid: 1:2: cahce: unknown setting `cahce`, did you mean `cache`? known: cache, tier",
        ),
        (
            "[cache]\nserialiser = 'json'\n",
            "invalid: 2:1: cache.serialiser: unknown setting `serialiser`, did you mean `serializer`? \
             known: name, serializer, compression, life, schema, on_error, compute_deadline",
        ),
        (
            "[cache]\ncompression = 'gzip'\n",
            "invalid: 2:1: cache.compression: unknown compression `gzip`; known: none, lz4, zstd",
        ),
        (
            "[cache]\ncompression = { lz4 = 3 }\n",
            "invalid: 2:17: cache.compression.lz4: unknown setting `lz4`; known: zstd",
        ),
        (
            "[cache]\non_error = 'mis'\n",
            "invalid: 2:1: cache.on_error: unknown answer to errors `mis`, did you mean `miss`? known: miss, fail",
        ),
        (
            "[[tier]]\nmemori = { size_limit = '1 GiB' }\n",
            "invalid: 2:1: tier.memori: unknown disk `memori`, did you mean `memory`? known: memory, local, object_store",
        ),
        (
            "[[tier]]\nmemory = { size_limt = '1 GiB' }\n",
            "invalid: 2:12: tier.memory.size_limt: unknown setting `size_limt`, did you mean `size_limit`? \
             known: size_limit, max_entries, policy, read_only",
        ),
        (
            "[[tier]]\nmemory = { url = 'x', size_limit = '1 GiB' }\n",
            "invalid: 2:12: tier.memory.url: unknown setting `url`; known: size_limit, max_entries, policy, read_only",
        ),
        (
            "[[tier]]\nmemory = { size_limit = '1 GiB', policy = 'lur' }\n",
            "invalid: 2:34: tier.memory.policy: unknown policy `lur`, did you mean `lru`? \
             known: none, lrs, lru, lfu",
        ),
        (
            "[[tier]]\nobject_store = { url = 'stor+file:///x', size_limit = '1 GiB' }\n",
            "invalid: 2:18: tier.object_store.url: unknown scheme `stor+file`, did you mean `store+file`? \
             known: memory, file, store+file, s3, s3a, gs, az, azure, adl, abfs, abfss, https, webdav+https, webdav+http",
        ),
    ]);
    let message = complaint("[cache]\nserializer = 'jsn'\n");
    let begins =
        "invalid: 2:1: cache.serializer: unknown serializer `jsn`, did you mean `json`? known: json, ";
    assert!(message.starts_with(begins), "{message}");
}

#[test]
fn limits_are_told_and_told_right() {
    let bytes = "bytes with a unit such as \"5 GiB\", or \"unbounded\"";
    assert_refused(&[
        (
            "[[tier]]\nmemory = {}\n",
            &format!("invalid: 2:1: tier.memory.size_limit: the size limit is missing: {bytes}"),
        ),
        (
            "[[tier]]\nmemory = { size_limit = true }\n",
            &format!("invalid: 2:12: tier.memory.size_limit: expected {bytes}, found `true`"),
        ),
        (
            "[[tier]]\nmemory = { size_limit = '5 GBi' }\n",
            "invalid: 2:12: tier.memory.size_limit: unknown unit `GBi`, did you mean `GB`? \
             known: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB",
        ),
        (
            "[[tier]]\nmemory = { size_limit = 'unbouned' }\n",
            "invalid: 2:12: tier.memory.size_limit: unknown limit `unbouned`, did you mean `unbounded`? \
             known: unbounded",
        ),
        (
            "[[tier]]\nmemory = { size_limit = -5 }\n",
            "invalid: 2:12: tier.memory.size_limit: -5 is less than nothing",
        ),
        (
            "[[tier]]\nmemory = { size_limit = 0 }\n",
            "invalid: 2:12: tier.memory.size_limit: a limit of 0 leaves room for nothing; \
             write \"unbounded\" for no limit",
        ),
        (
            "[[tier]]\nmemory = { size_limit = 1, max_entries = 0 }\n",
            "invalid: 2:28: tier.memory.max_entries: a limit of 0 leaves room for nothing; write \"unbounded\" for no limit",
        ),
        (
            "[[tier]]\nmemory = { size_limit = 1, max_entries = '10' }\n",
            "invalid: 2:28: tier.memory.max_entries: expected a number of entries, or \"unbounded\", found the text `10`",
        ),
    ]);
}

#[test]
fn wrong_types_and_values_are_told() {
    assert_refused(&[
        ("cache = 1\n", "invalid: 1:1: cache: expected a table, found `1`"),
        ("[cache]\nname = 1\n", "invalid: 2:1: cache.name: expected text, found `1`"),
        (
            "[cache]\nlife = 60\n",
            "invalid: 2:1: cache.life: expected a span of time, such as \"1h\", found `60`",
        ),
        (
            "[cache]\nlife = '1 fortnight'\n",
            "invalid: 2:1: cache.life: unknown unit `fortnight`; known: ns, us, ms, s, m, h, d, second, seconds, \
             sec, minute, minutes, min, hour, hours, day, days, week, weeks",
        ),
        (
            "[cache]\ncompression = 3\n",
            "invalid: 2:1: cache.compression: expected \"none\", \"lz4\", \"zstd\" or { zstd = 3 }, found `3`",
        ),
        (
            "[cache]\ncompression = { zstd = 99999999999 }\n",
            "invalid: 2:17: cache.compression.zstd: `zstd:99999999999`: levels of zstd are 1 to 22",
        ),
        (
            "[cache]\ncompression = { zstd = 23 }\n[[tier]]\nmemory = { size_limit = 1 }\n",
            "invalid: 2:17: cache.compression.zstd: `zstd:23`: levels of zstd are 1 to 22",
        ),
        (
            "[cache]\nserializer = 'postcard'\n[[tier]]\nmemory = { size_limit = 1 }\n",
            "invalid: 2:1: cache.serializer: `postcard` writes no names of fields, so it needs a `schema`: \
             a text that you change with the type of the values",
        ),
    ]);
}

#[test]
fn a_store_has_exactly_one_tier_of_one_disk() {
    assert_refused(&[
        ("", "invalid: 1:1: tier: no `[[tier]]` says where entries lie"),
        ("tier = []\n", "unsupported: 1:1: tier: 0 tiers; this version knows stores of exactly one"),
        ("[tier]\n", "invalid: 1:2: tier: tiers are a list: write `[[tier]]`"),
        ("tier = 1\n", "invalid: 1:1: tier: expected a list of tables, found `1`"),
        (
            "[[tier]]\n",
            "invalid: 1:3: tier: a tier is exactly one disk, found 0; known: memory, local, object_store",
        ),
        (
            "[[tier]]\nmemory = { size_limit = 1 }\n[[tier]]\nmemory = { size_limit = 1 }\n",
            "unsupported: 1:3: tier: 2 tiers; this version knows stores of exactly one",
        ),
        (
            "[[tier]]\nobject_store = { size_limit = 1 }\n",
            "invalid: 2:1: tier.object_store.url: the url is missing, such as `s3://bucket/prefix`",
        ),
        (
            "[[tier]]\nobject_store = { size_limit = 1, url = 'file:///x' }\n",
            "invalid: 2:34: tier.object_store.url: `file://` is the disk `local` and no object store: write \
             `local = { path = \"/var/cache/app\" }`, or `store+file:///path` for one file an entry",
        ),
    ]);
}

#[test]
fn every_setting_of_a_local_disk_is_read() {
    let text = r#"
        [[tier]]
        [tier.local]
        path = "~/.cache/app"
        size_limit = "20 GiB"
        max_entries = 10
        policy = "lfu"
        read_only = true
        deadline = "5s"
        durability = "every write"
        utilization = 1.5
        share = "group"
        free_space = "1 GiB"
        mapped = true
        checked = false
        most_pinned = 0
    "#;
    let limits = disk::Settings { size_limit: Some(20 << 30), max_entries: Some(10), policy: "lfu".into() };
    let local = LocalSettings {
        path: "~/.cache/app".into(),
        deadline: Duration::from_secs(5),
        durability: Durability::EveryWrite,
        utilization: 150,
        share: Some(larder_local::Share::Group),
        free_space: 1 << 30,
        mapped: true,
        checked: false,
        most_pinned: 0,
    };
    let tier = TierSettings { kind: DiskKind::Local(local), limits: limits.into(), read_only: true };
    assert_eq!(
        Settings::parse(text).unwrap(),
        Settings { cache: CacheSettings::default(), tiers: vec![tier] }
    );
}

#[test]
fn wrong_settings_of_a_local_disk_are_told() {
    let known = "known: path, deadline, durability, utilization, share, free_space, mapped, checked, most_pinned, \
                 size_limit, max_entries, policy, read_only";
    let durabilities = "known: none, every write, an interval";
    let factor = "expected a factor with no more than two decimals, such as 1.25";
    for (settings, message) in [
        ("size_limit = 1", "path: the path is missing, such as `/var/cache/app` or `~/.cache/app`"),
        ("path = ''", "path: an empty path"),
        ("path = 1", "path: expected text, found `1`"),
        ("path = 'file:///x'", "path: a path, and no url: write it as it is, such as `/var/cache/app`"),
        ("path = '/x/$NO_SUCH_VARIABLE'", "path: the variable `NO_SUCH_VARIABLE` is not set"),
        ("path = '/x', pth = 1", &format!("pth: unknown setting `pth`, did you mean `path`? {known}")),
        (
            "path = '/x', durability = 'every_write'",
            &format!(
                "durability: unknown durability `every_write`, did you mean `every write`? {durabilities}"
            ),
        ),
        (
            "path = '/x', durability = 'always'",
            &format!("durability: unknown durability `always`; {durabilities}"),
        ),
        ("path = '/x', durability = '0s'", "durability: an interval of 0 is none; write \"every write\""),
        (
            "path = '/x', durability = 1",
            "durability: expected \"none\", \"every write\" or an interval such as \"1s\", found `1`",
        ),
        ("path = '/x', durability = '1 fortnight'", "durability: unknown unit `fortnight`; known: ns, "),
        ("path = '/x', utilization = 1.255", &format!("utilization: {factor}, found `1.255`")),
        ("path = '/x', utilization = '125 %'", &format!("utilization: {factor}, found a text")),
        (
            "path = '/x', utilization = 1",
            "utilization: files take more than what is stored in them: the factor is above 1",
        ),
        ("path = '/x', share = 'all'", "share: unknown share `all`; known: owner, group, world"),
        ("path = '/x', share = 1", "share: expected \"owner\", \"group\" or \"world\", found `1`"),
        (
            "path = '/x', free_space = 'unbounded'",
            "free_space: `unbounded` is no number with a unit, such as `5 GiB`",
        ),
        ("path = '/x', deadline = '0s'", "deadline: a deadline of 0 leaves time for nothing"),
    ] {
        let told = complaint(&format!("[[tier]]\nlocal = {{ {settings} }}\n"));
        let (_, said) = told.split_once("tier.local.").expect("the setting is named");
        assert!(said.starts_with(message) && told.starts_with("invalid: 2:"), "{settings}: {told}");
    }
}

#[test]
fn credentials_are_never_told() {
    for text in [
        "tier = 's3://user:secret@bucket'",
        "[[tier]]\nobject_store = 's3://user:secret@bucket'",
        "[[tier]]\nobject_store = { url = 's3://user:secret@bucket', size_limit = 1 }",
        "[[tier]]\nobject_store = { url = ['s3://user:secret@bucket'], size_limit = 1 }",
        "[[tier]]\nobject_store = { url = 's3://user:secret@bucket' size_limit = 1 }",
    ] {
        let message = complaint(text);
        assert!(!message.contains("secret"), "{message}");
    }
}

#[test]
fn what_is_no_toml_is_told_with_its_place() {
    for (text, place) in [("[cache\n", "1:7: "), ("[cache]\nname = \n", "2:8: "), ("a = 1\na = 2\n", "2:1: ")]
    {
        let message = complaint(text);
        assert!(message.starts_with(&format!("invalid: {place}no TOML: ")), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }
}

#[test]
fn settings_of_a_program_meet_the_same_checks() {
    let limits = disk::Settings::limited(1).policy("lur");
    let tiers = vec![TierSettings::new(DiskKind::Memory, limits)];
    let error = Settings { cache: CacheSettings::default(), tiers }.check(&Policies::default()).unwrap_err();
    let message =
        "invalid: tier.memory.policy: unknown policy `lur`, did you mean `lru`? known: none, lrs, lru, lfu";
    assert_eq!(error.to_string(), message);
}

#[test]
fn settings_come_through_serde_with_the_same_messages() {
    let json = r#"{"cache": {"life": "1h"}, "tier": [{"memory": {"size_limit": "1 MiB"}}]}"#;
    let settings: Settings = serde_json::from_str(json).unwrap();
    assert_eq!(settings, Settings::parse(&format!("cache.life = '1h'\n{DISK}")).unwrap());

    let error = serde_json::from_str::<Settings>(r#"{"cahce": {}}"#).unwrap_err();
    assert_eq!(error.to_string(), "cahce: unknown setting `cahce`, did you mean `cache`? known: cache, tier");
}

proptest! {
    #[test]
    fn what_is_written_reads_back_equal(settings in arbitrary::settings()) {
        let text = toml::to_string(&settings).unwrap();
        prop_assert_eq!(Settings::parse(&text).unwrap(), settings);
    }

    #[test]
    fn any_text_is_settings_or_an_error(text in "[\\PC\\n]{0,200}", toml in "[\\[\\]{}=.\"'a-z0-9\\n ]{0,200}") {
        for text in [text, toml] {
            if let Err(error) = Settings::parse(&text) {
                prop_assert_ne!(error.message(), "");
            }
        }
    }

    #[test]
    fn a_valid_file_with_a_wrong_byte_is_settings_or_an_error(at in 0..200_usize, byte: u8) {
        let mut bytes = format!("[cache]\nname = 'ä'\ncompression = {{ zstd = 3 }}\nlife = '1h'\n{DISK}").into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(text) = str::from_utf8(&bytes) && let Err(error) = Settings::parse(text) {
            prop_assert_ne!(error.message(), "");
        }
    }
}

#[test]
fn deep_nesting_is_an_error() {
    for open in ["[", "{a=", "a."] {
        let text = format!("x = {}", open.repeat(100_000));
        assert!(complaint(&text).starts_with("invalid: 1:"));
    }
    let dotted = format!("{}a = 1", "a.".repeat(100_000));
    assert!(complaint(&dotted).starts_with("invalid: 1:"));
}
