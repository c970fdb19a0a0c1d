//! A secret that is anywhere in a configuration is nowhere in what larder says.
#![cfg(feature = "object-store")]

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, Once};

use larder::{DiskKind, ObjectStoreSettings, Settings, Sources, TierSettings, disk};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

/// What must not be found: as secrets are, with what is special in urls and files.
const SECRET: &str = "hunter2/Tr0ub4dor+x=";

/// The part of it that no encoding changes.
const PART: &str = "hunter2";

/// All that larder says of what these sources say: errors with their causes, settings, origins, what serde writes.
fn said(sources: &Sources) -> String {
    let mut said = format!("{sources:?}\n{sources:#?}\n");
    match sources.settings() {
        Ok(settings) => {
            let origins = sources.explain().expect("sources that are understood are explained");
            let json = serde_json::to_string(&(&settings, &origins)).expect("settings are JSON");
            let toml = toml::to_string(&settings).expect("settings are TOML");
            let told: Vec<String> = origins.iter().map(ToString::to_string).collect();
            write!(said, "{settings:?}\n{origins:?}\n{told:?}\n{json}\n{toml}\n")
                .expect("a string is written to");
        }
        Err(error) => write!(said, "{error}\n{error:?}\n{error:#?}\n").expect("a string is written to"),
    }
    said
}

fn assert_silent(what: &str, said: &str) {
    assert!(!said.contains(PART), "{what} is told in:\n{said}");
}

fn at_file(name: &str, text: &str) -> (tempfile::TempDir, Sources) {
    let directory = tempfile::tempdir().expect("a directory for the test");
    let path = directory.path().join(name);
    std::fs::write(&path, text).expect("a file for the test");
    (directory, Sources::at(path))
}

#[test]
fn no_place_in_a_file_tells_a_secret() {
    let tier = |settings: &str| format!("[[tier]]\nobject_store = {{ {settings} }}\n");
    let bucket = |options: &str| tier(&format!("url = 's3://bucket', options = {{ {options} }}"));
    let cases = [
        bucket(&format!("secret_access_key = '{SECRET}'")),
        bucket(&format!("access_key_id = '{SECRET}', session_token = '{SECRET}', region = 'eu'")),
        bucket(&format!("sse_customer_key_base64 = '{SECRET}', proxy_url = 'http://a:{SECRET}@b'")),
        bucket(&format!("endpoint = 'http://key:{SECRET}@host'")),
        bucket(&format!("endpoint = '{SECRET}@host'")),
        bucket(&format!("secret_acess_key = '{SECRET}'")),
        bucket(&format!("secret_access_key = ['{SECRET}']")),
        bucket(&format!("secret_access_key = {{ value = '{SECRET}' }}")),
        bucket(&format!("secret_access_key = '{SECRET}', aws_secret_access_key = '{SECRET}'")),
        bucket(&format!("secret_access_key = '{SECRET}' region = 'eu'")),
        bucket(&format!("secret_access_key = '{SECRET}")),
        bucket(&format!("secret_access_key = {SECRET}")),
        bucket(&format!("secret_access_key: '{SECRET}'")),
        bucket(&format!("bucket = '{SECRET}'")),
        tier(&format!("url = 's3://bucket', secret_access_key = '{SECRET}'")),
        tier(&format!("url = 's3://bucket', options = '{SECRET}'")),
        tier(&format!("url = 's3://bucket', options = ['{SECRET}']")),
        tier(&format!("url = 's3://key:{SECRET}@bucket/prefix'")),
        tier(&format!("url = 's3://{SECRET}@bucket/prefix'")),
        tier(&format!("url = 's3://bucket/?secret_access_key={SECRET}'")),
        tier(&format!("url = 's4://key:{SECRET}@bucket/prefix'")),
        tier(&format!("url = 'key:{SECRET}@bucket'")),
        tier(&format!("url = ['s3://key:{SECRET}@bucket']")),
        tier(&format!("url = 's3a://key:{SECRET}@bucket'")),
        tier(&format!("url = 'abfss://container@account.dfs.core.windows.net/a?sig={SECRET}'")),
        tier(&format!("url = 'abfss://key:{SECRET}@account.dfs.core.windows.net/a'")),
        tier(&format!("url = 'abfss://{SECRET}@account.dfs.core.windows.net/a'")),
        tier(&format!("url = 'azure://{SECRET}@container'")),
        tier(&format!("url = 'https://account.blob.core.windows.net/container?sv=2021-12-02&sig={SECRET}'")),
        tier(&format!("url = 'https://key:{SECRET}@account.blob.core.windows.net/container'")),
        tier(&format!("url = 'https://key:{SECRET}@bucket.s3.eu-north-1.amazonaws.com/a'")),
        tier(&format!("url = 'https://bucket.s3.eu-north-1.amazonaws.com/a?X-Amz-Signature={SECRET}'")),
        tier(&format!("url = 'https://key:{SECRET}@example.org/a'")),
        tier(&format!("url = 'https://example.org/{SECRET}'")),
        tier(&format!("url = 'http://key:{SECRET}@127.0.0.1:9000/a'")),
        tier(&format!("url = 'webdav+https://ann:{SECRET}@example.org/a'")),
        tier(&format!("url = 'webdav+http://example.org/a?token={SECRET}'")),
        tier(&format!("url = 'https://b.s3.amazonaws.com', options = {{ endpoint = 'http://{SECRET}@h' }}")),
        tier(&format!("url = 'webdav+https://h', options = {{ password = '{SECRET}' }}")),
        format!("[[tier]]\nlocal = {{ path = 's3://key:{SECRET}@bucket' }}\n"),
        format!("[[tier]]\nlocal = {{ path = '/x', durability = '{SECRET}', utilization = '{SECRET}' }}\n"),
        format!("[[tier]]\nlocal = {{ path = '/x', utilization = '{SECRET}' }}\n"),
        format!("[[tier]]\nlocal = {{ path = '/x', secret_access_key = '{SECRET}' }}\n"),
        tier(&format!("url = 'store+file:///x', options = {{ secret_access_key = '{SECRET}' }}")),
        tier(&format!("url = 's3://bucket', size_limit = 's3://key:{SECRET}@bucket'")),
        tier(&format!("url = 's3://bucket', deadline = '{SECRET}'")),
        tier(&format!("url = 's3://bucket', conditional_writes = '{SECRET}'")),
        tier(&format!("url = 's3://bucket', policy = '{SECRET}'")),
        tier(&format!("url = 's3://bucket', read_only = '{SECRET}', max_entries = '{SECRET}'")),
        format!("[[tier]]\nmemory = {{ size_limit = 1, options = {{ secret_access_key = '{SECRET}' }} }}\n"),
        format!("[[tier]]\nobject_store = '{SECRET}'\n"),
        format!("[[tier]]\ns3 = {{ secret_access_key = '{SECRET}' }}\n"),
        format!("tier = 's3://key:{SECRET}@bucket'\n"),
        format!("tier = '{SECRET}'\n"),
        format!("secret_access_key = '{SECRET}'\n"),
        format!("'secret_access_key={SECRET}' = 1\n"),
        format!("[cache]\nsecret_access_key = '{SECRET}'\n"),
        format!("[cache]\nserializer = '{SECRET}'\n"),
        format!("[cache]\ncompression = 'zstd:{SECRET}'\n"),
        format!("cache = '{SECRET}'\n"),
        format!("{SECRET}\n"),
    ];
    for text in cases {
        let (_directory, sources) = at_file("cache.toml", &text);
        assert_silent(&text, &said(&sources));
        if let Ok(document) = toml::from_str::<serde_json::Value>(&text) {
            let json = document.to_string();
            let (_directory, sources) = at_file("cache.json", &json);
            assert_silent(&json, &said(&sources));
            if let Err(error) = serde_json::from_str::<Settings>(&json) {
                assert_silent(&json, &format!("{error} {error:?}"));
            }
            for cut in (0..json.len()).rev().filter(|at| json.is_char_boundary(*at)) {
                assert_silent(&json[..cut], &format!("{:?}", Settings::parse(&json[..cut])));
            }
        }
    }
}

#[test]
fn no_place_in_a_url_tells_a_secret() {
    let cases = [
        format!("s3://bucket?secret_access_key={SECRET}"),
        format!("s3://bucket?secret_acess_key={SECRET}"),
        format!("s3://bucket?secret_access_key={SECRET}&secret_access_key={SECRET}"),
        format!("s3://bucket?secret_access_key={SECRET}%ff"),
        format!("s3://bucket?secret_access_key=a&{SECRET}"),
        format!("s3://bucket?secret_access_key=a#{SECRET}"),
        format!("s3://bucket?secret_access_key=a&b/{SECRET}"),
        format!("s3://bucket?secret_access_key:{SECRET}"),
        format!("s3://bucket?endpoint=http://key:{SECRET}@host"),
        format!("s3://bucket?life={SECRET}"),
        format!("s3://bucket?size_limit=http://{SECRET}"),
        format!("s3://key:{SECRET}@bucket"),
        format!("s3://{SECRET}@bucket?life=1h"),
        format!("s4://{SECRET}@bucket?life=1h"),
        format!("file:{SECRET}?life=1h"),
        format!("file:///x?secret_access_key={SECRET}"),
        format!("file:///x?durability={SECRET}"),
        format!("store+file:///x?secret_access_key={SECRET}"),
        format!("memory:?secret_access_key={SECRET}"),
        format!("memory://{SECRET}"),
        format!("s3:bucket?secret_access_key={SECRET}"),
        format!("s3//bucket?secret_access_key={SECRET}"),
        format!("s3:/bucket&secret_access_key={SECRET}"),
        format!("key:{SECRET}@bucket"),
        format!(" s3://key:{SECRET}@bucket"),
        format!("https://account.blob.core.windows.net/container?sv=2021-12-02&se=2030&sig={SECRET}"),
        format!("https://account.blob.core.windows.net/container?sas_token={SECRET}"),
        format!("https://{SECRET}@account.blob.core.windows.net/container?life=1h"),
        format!("https://bucket.s3.amazonaws.com/a?X-Amz-Security-Token={SECRET}&X-Amz-Signature={SECRET}"),
        format!("https://account.r2.cloudflarestorage.com/bucket?secret_access_key={SECRET}"),
        format!("https://example.org/bucket?secret_access_key={SECRET}"),
        format!("https://key:{SECRET}@example.org/bucket?life=1h"),
        format!("http://key:{SECRET}@127.0.0.1:9000/bucket?life=1h"),
        format!("abfss://key:{SECRET}@account.dfs.core.windows.net?account_key={SECRET}"),
        format!("abfs://container@account.dfs.core.windows.net?account_key={SECRET}"),
        format!("webdav+https://ann:{SECRET}@example.org?life=1h"),
        format!("webdav+https://example.org?password={SECRET}"),
    ];
    for url in cases {
        assert_silent(&url, &said(&Sources::at(&url)));
    }
}

#[test]
fn no_variable_and_no_argument_tells_a_secret() {
    for name in [
        "LARDER_TIER_OPTIONS_SECRET_ACCESS_KEY",
        "LARDER_TIER_OPTION_SECRET_ACCESS_KEY",
        "LARDER_TIER_OPTIONS_SECRET_ACESS_KEY",
        "LARDER_SECRET_ACCESS_KEY",
        "LARDER_TIER_URL",
        "LARDER_TIER_SIZE_LIMIT",
        "LARDER_TIER_READ_ONLY",
        "LARDER_CACHE_LIFE",
        "LARDER_TIER_1_OPTIONS_SECRET_ACCESS_KEY",
    ] {
        let sources = Sources::at("s3://bucket").environment([(name, SECRET)]);
        assert_silent(name, &said(&sources));
        assert_silent(name, &said(&Sources::default().environment([(name, SECRET)])));
    }
    let url = format!("s3://key:{SECRET}@bucket");
    assert_silent(&url, &said(&Sources::default().environment([("LARDER_TIER_URL", &url)])));
    for setting in
        ["tier.options.secret_access_key", "tier.option.secret_access_key", "tier.url", "cache.life"]
    {
        assert_silent(setting, &said(&Sources::at("s3://bucket").argument(setting, SECRET)));
    }
    let setting = format!("tier.options.secret_access_key={SECRET}");
    assert_silent(&setting, &said(&Sources::at("s3://bucket").argument(&setting, "")));
}

/// Settings that a program filled in, secrets where they belong and where they do not.
fn filled(url: &str) -> Settings {
    let mut store = ObjectStoreSettings::at(url);
    store.options.set("secret_access_key", SECRET);
    store.options.set("endpoint", "http://127.0.0.1:1");
    store.options.set("allow_http", "true");
    store.options.set("access_key_id", "ann");
    store.deadline = std::time::Duration::from_millis(300);
    let tiers = vec![TierSettings::new(DiskKind::ObjectStore(store), disk::Settings::limited(1 << 20))];
    Settings { cache: larder::CacheSettings::default(), tiers }
}

#[test]
fn a_structure_shows_and_writes_no_secret_and_what_was_written_is_refused() {
    for url in [
        "s3://bucket".to_owned(),
        format!("s3://key:{SECRET}@bucket"),
        format!("https://bucket.s3.amazonaws.com/?X-Amz-Signature={SECRET}"),
        format!("abfss://key:{SECRET}@account.dfs.core.windows.net"),
        format!("webdav+https://ann:{SECRET}@example.org"),
        SECRET.to_owned(),
    ] {
        let settings = filled(&url);
        let written = toml::to_string(&settings).unwrap();
        assert_silent(&url, &format!("{settings:?}{settings:#?}{written}"));
        let error = Settings::parse(&written).unwrap_err();
        assert_silent(&url, &format!("{error} {error:?}"));
        let checked = settings.check(&larder::eviction::Policies::default());
        assert_silent(&url, &format!("{checked:?}"));
    }
    let error = Settings::parse(&toml::to_string(&filled("s3://bucket")).unwrap()).unwrap_err();
    assert!(error.message().contains("_key_id: the value was left out"), "{error}");
}

/// Every field of every event and span of the process.
static HEARD: Mutex<String> = Mutex::new(String::new());

struct Everything;

struct Fields;

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut heard = HEARD.lock().expect("nobody panics");
        writeln!(heard, "{} = {value:?}", field.name()).expect("a string is written to");
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        attributes.record(&mut Fields);
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, record: &span::Record<'_>) {
        record.record(&mut Fields);
    }
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut Fields);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Opens a store that is not there, and one whose recorded settings change.
#[test]
fn no_event_of_opening_tells_a_secret() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| tracing::subscriber::set_global_default(Everything).expect("the only one"));
    let error = pollster::block_on(filled("s3://bucket/prefix").open()).unwrap_err();
    assert_silent("opening", &format!("{error} {error:?}"));
    for url in [
        format!("s3://key:{SECRET}@bucket"),
        format!("https://account.blob.core.windows.net/container?sig={SECRET}"),
        format!("abfss://key:{SECRET}@account.dfs.core.windows.net/a"),
        format!("https://ann:{SECRET}@example.org/a"),
        format!("webdav+https://ann:{SECRET}@example.org/a"),
    ] {
        // Past the settings, as a program may open it that has none.
        let (store, clock) = (ObjectStoreSettings::at(&url), Arc::new(larder::clock::SystemClock));
        let opened = store.open_disk(disk::Settings::limited(1), larder::Mode::ReadOnly, clock);
        let error = pollster::block_on(opened).unwrap_err();
        assert_silent(&url, &format!("{error} {error:?}"));
    }

    let directory = tempfile::tempdir().unwrap();
    for limit in ["1MiB", "2MiB"] {
        let url = format!("store+file://{}?size_limit={limit}&schema={SECRET}", directory.path().display());
        pollster::block_on(larder::open(&url)).unwrap();
    }
    let heard = HEARD.lock().unwrap();
    assert!(heard.contains("requested = \"2097152\""), "{heard}");
    assert!(heard.contains(&format!("disk = \"store+file://{}\"", directory.path().display())), "{heard}");
    assert_silent("an event", &heard);
}
