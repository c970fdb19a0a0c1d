//! Opening stores from files.

use std::error::Error as _;
use std::fs;
use std::path::PathBuf;

use larder::{Cache, CacheSettings, DiskKind, ErrorKind, Settings, Store, TierSettings, disk};
use pollster::block_on;
use tempfile::TempDir;

/// A directory with a settings file of these bytes in it.
fn file(content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory for the test");
    let path = directory.path().join("cache.toml");
    fs::write(&path, content).expect("a file for the test");
    (directory, path)
}

/// What the store does and says, to compare stores by.
fn behaviour(store: &Store) -> String {
    block_on(async {
        let cache: Cache<str, Vec<u8>> = store.default_cache()?;
        let set = cache.set("a", &vec![7; 2000]).await?;
        let large = cache.set("large", &vec![7; 500_000]).await?;
        let entry = cache.get_entry("a").await?.expect("stored just now");
        let life = entry.expires.map(|expires| expires.since(entry.stored));
        let (limits, volume) = (store.larder().settings().await?, store.larder().volume().await?);
        let name = cache.namespace().name().map(str::to_owned);
        Ok::<_, larder::Error>(format!(
            "{name:?} {set:?} {large:?} {} {} {life:?} {limits:?} {volume}",
            entry.format, entry.compression
        ))
    })
    .expect("the disk is sound")
}

#[test]
fn a_file_and_a_structure_of_equal_settings_make_equal_stores() {
    let (_directory, path) = file(
        "[cache]\nname = 'people'\nserializer = 'messagepack'\ncompression = 'lz4'\nlife = '1h'\n\
         [[tier]]\nmemory = { size_limit = '4 KiB', policy = 'lrs' }\n",
    );
    let settings = Settings {
        cache: CacheSettings {
            name: "people".into(),
            serializer: larder::Format::MessagePack,
            compression: larder::Compression::Lz4,
            life: Some(std::time::Duration::from_hours(1)),
            ..CacheSettings::default()
        },
        tiers: vec![TierSettings::new(DiskKind::Memory, disk::Settings::limited(4096).policy("lrs"))],
    };
    let from_file = behaviour(&block_on(larder::open(path)).unwrap());
    assert_eq!(from_file, behaviour(&block_on(settings.open()).unwrap()));
    assert!(from_file.contains("messagepack lz4 Some(3600s)"), "{from_file}");
}

#[test]
fn a_policy_of_the_program_can_be_named() {
    #[derive(Debug)]
    struct Newest;
    impl larder::eviction::Policy for Newest {
        fn name(&self) -> &'static str {
            "newest"
        }
        fn rank(&self, brief: &disk::Brief, _: larder::Time) -> Option<u64> {
            Some(u64::MAX - brief.insertion)
        }
    }
    let (_directory, path) = file("[[tier]]\nmemory = { size_limit = '1 MiB', policy = 'newest' }\n");
    let parts = larder::Parts::default();
    let parts = larder::Parts { policies: parts.policies.clone().and(Newest), ..parts };
    assert!(block_on(larder::open_with(&path, parts)).is_ok());

    let error = block_on(larder::open(&path)).unwrap_err();
    let message = format!(
        "invalid: {}:2:34: tier.memory.policy: unknown policy `newest`; known: none, lrs, lru, lfu",
        path.display()
    );
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_its_cause() {
    let (directory, path) = file("");
    let missing = directory.path().join("no.toml");
    for (path, cause) in [
        (missing, "No such file"),
        (directory.path().to_owned(), "Is a directory"),
        (path.join("x"), "Not a directory"),
    ] {
        let error = block_on(larder::open(&path)).unwrap_err();
        assert_eq!(error.to_string(), format!("invalid: reading the settings in `{}`", path.display()));
        assert!(error.source().unwrap().to_string().contains(cause), "{error:?}");
    }
}

#[test]
fn a_file_that_is_no_text_is_told_with_the_place() {
    let (_directory, path) = file(b"[cache]\nname = '\xff'\n");
    let error = block_on(larder::open(&path)).unwrap_err();
    assert_eq!(error.to_string(), format!("invalid: {}:2:9: not UTF-8", path.display()));
}

#[test]
fn an_endless_file_is_refused() {
    let error = Settings::read("/dev/zero").unwrap_err();
    assert_eq!(error.to_string(), "invalid: `/dev/zero` is longer than 1048576 bytes: no settings file");
}

#[test]
fn raw_holds_bytes_and_text_only() {
    let (_directory, path) =
        file("[cache]\nserializer = 'raw'\n[[tier]]\nmemory = { size_limit = '1 MiB' }\n");
    let store = larder::blocking::open(path).unwrap();
    assert!(store.cache::<str, String>("pages").is_ok());
    assert_eq!(store.cache::<str, u32>("ages").unwrap_err().kind(), ErrorKind::Invalid);
}

#[test]
fn stores_and_caches_go_to_other_threads_and_tasks() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    fn sent(_: impl Send + 'static) {}
    shared::<Store>();
    shared::<Cache<std::rc::Rc<str>, u32>>();
    shared::<larder::blocking::Store>();
    shared::<larder::blocking::Cache<str, u32>>();
    sent(larder::open("cache.toml"));
    sent(Settings::parse("[[tier]]\nmemory = { size_limit = 1 }").unwrap().open());
}

#[test]
fn a_url_and_a_file_of_equal_settings_make_equal_stores() {
    let (_directory, path) = file(
        "[cache]\nserializer = 'messagepack'\ncompression = { zstd = 5 }\nlife = '1h'\n\
         [[tier]]\nmemory = { size_limit = '4 KiB', policy = 'lrs' }\n",
    );
    let url = "memory:?size_limit=4KiB&policy=lrs&serializer=messagepack&compression=zstd:5&life=1h";
    let from_url = behaviour(&block_on(larder::open(url)).unwrap());
    assert_eq!(from_url, behaviour(&block_on(larder::open(path)).unwrap()));
    assert!(from_url.contains("messagepack zstd Some(3600s)"), "{from_url}");
}

#[cfg(feature = "object-store")]
mod objects {
    use super::*;

    #[test]
    fn entries_at_a_path_are_there_when_it_is_opened_again() {
        let (directory, path) = file("");
        let place = directory.path().join("not/there/yet");
        let url = format!("store+file://{}", place.display());
        fs::write(&path, format!("[[tier]]\nobject_store = {{ url = '{url}', size_limit = '1 MiB' }}\n"))
            .unwrap();
        {
            let ages: Cache<str, u32> = block_on(larder::open(&path)).unwrap().cache("ages").unwrap();
            assert!(block_on(ages.set("ann", &42)).unwrap().is_stored());
        }
        let ages: Cache<str, u32> = block_on(larder::open(&path)).unwrap().cache("ages").unwrap();
        assert_eq!(block_on(ages.get("ann")).unwrap(), Some(42));
    }

    #[test]
    fn objects_in_memory_serve_a_store() {
        let text = "[[tier]]\nobject_store = { url = 'memory:///', size_limit = '1 MiB' }\n";
        let store = larder::blocking::Store::open(Settings::parse(text).unwrap()).unwrap();
        let ages = store.cache::<str, u32>("ages").unwrap();
        assert!(ages.set("ann", &42).unwrap().is_stored());
        assert_eq!(ages.get("ann").unwrap(), Some(42));
    }

    #[test]
    fn nothing_is_created_by_settings_that_are_wrong() {
        let (directory, path) = file("");
        let place = directory.path().join("place");
        let disk = |rest: &str| {
            format!("[[tier]]\nobject_store = {{ url = 'store+file://{}', {rest} }}\n", place.display())
        };
        let wrong = [
            disk("policy = 'lru'"),
            disk("size_limit = '1 GBi'"),
            disk("size_limit = '1 GiB', policy = 'lur'"),
            format!("[cache]\nserializer = 'jsn'\n{}", disk("size_limit = 1")),
            format!("{}[[tier]]\nmemory = {{ size_limit = 1 }}\n", disk("size_limit = 1")),
            format!("{}]", disk("size_limit = 1")),
        ];
        for text in wrong {
            fs::write(&path, &text).unwrap();
            assert!(block_on(larder::open(&path)).is_err(), "{text}");
            assert!(!place.exists(), "{text}");
        }
    }

    #[test]
    fn a_place_that_is_a_file_is_told_with_its_path() {
        let (_directory, path) = file("");
        for place in [path.clone(), path.join("below")] {
            let url = format!("store+file://{}", place.display());
            let text = format!("[[tier]]\nobject_store = {{ url = '{url}', size_limit = 1 }}\n");
            let error = block_on(Settings::parse(&text).unwrap().open()).unwrap_err();
            assert!(format!("{error:?}").contains(&place.display().to_string()), "{error:?}");
            assert_eq!(fs::read(&path).unwrap(), b"");
        }
    }

    fn at(place: &std::path::Path, query: &str) -> String {
        format!("store+file://{}?{query}", place.display())
    }

    fn recorded(url: &str) -> disk::Settings {
        let settings = async { larder::open(url).await?.larder().settings().await };
        block_on(settings).expect("the place can be opened")
    }

    #[test]
    fn what_is_not_given_stays_as_it_was_recorded() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("place");
        let limits =
            disk::Settings { max_entries: Some(9), ..disk::Settings::limited(1 << 20).policy("lfu") };
        assert_eq!(recorded(&at(&place, "size_limit=1MiB&max_entries=9&policy=lfu")), limits);
        assert_eq!(recorded(&at(&place, "")), limits);
        let larger = disk::Settings { size_limit: Some(2 << 20), ..limits };
        assert_eq!(recorded(&at(&place, "size_limit=2MiB")), larger);
        assert_eq!(
            recorded(&at(&place, "max_entries=unbounded")),
            disk::Settings { max_entries: None, ..larger }
        );
    }

    /// Names, lengths and times of all that lies below `place`.
    fn lying_in(place: &std::path::Path) -> Vec<(PathBuf, u64, std::time::SystemTime)> {
        let mut found = Vec::new();
        for entry in fs::read_dir(place).expect("a directory is read") {
            let path = entry.expect("an entry of a directory is read").path();
            let meta = path.metadata().expect("the metadata of a file are read");
            if meta.is_dir() {
                found.extend(lying_in(&path));
            }
            found.push((path, meta.len(), meta.modified().expect("the system keeps times")));
        }
        found.sort();
        found
    }

    #[test]
    fn a_store_that_is_read_only_reads_and_leaves_its_place_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("place");
        let writer = larder::blocking::open(at(&place, "size_limit=1MiB")).unwrap();
        assert!(writer.cache::<str, u32>("ages").unwrap().set("ann", &42).unwrap().is_stored());
        let before = lying_in(directory.path());

        let store = larder::blocking::open(at(&place, "read_only=true&size_limit=2MiB&policy=lfu")).unwrap();
        let ages = store.cache::<str, u32>("ages").unwrap();
        assert_eq!(ages.get("ann").unwrap(), Some(42));
        assert_eq!(ages.set("ann", &43).unwrap_err().kind(), ErrorKind::ReadOnly);
        assert_eq!(ages.clear().unwrap_err().kind(), ErrorKind::ReadOnly);
        drop((ages, store));
        assert_eq!(lying_in(directory.path()), before);

        let missing = directory.path().join("missing");
        assert!(larder::blocking::open(at(&missing, "read_only=true&size_limit=1MiB")).is_err());
        assert!(!missing.exists());
    }

    #[test]
    fn a_bucket_that_cannot_be_reached_is_told_within_the_deadline_and_without_a_key() {
        let url = "s3://bucket/prefix?size_limit=1MiB&deadline=200ms&endpoint=http://127.0.0.1:1&allow_http=true\
                   &region=eu&access_key_id=ann&secret_access_key=hunter2";
        let error = block_on(larder::open(url)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
        let told = format!("{error} {error:?}");
        assert!(told.contains("s3://bucket/prefix") && !told.contains("hunter2"), "{told}");
    }
}
