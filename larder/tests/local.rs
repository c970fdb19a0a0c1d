//! Stores in a local directory, opened from settings in every spelling.
#![cfg(feature = "local")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use larder::blocking::{self, Cache};
use larder::{Durability, ErrorKind, LocalSettings, Settings, Sources, TierSettings, disk};

/// Opens the cache of ages in what `sources` say.
fn ages(sources: &Sources) -> Cache<str, u32> {
    ages_of(sources.settings().expect("the settings are right"))
}

fn ages_of(settings: Settings) -> Cache<str, u32> {
    blocking::Store::open(settings).expect("the disk opens").cache("ages").expect("json fits")
}

/// Names, lengths and times of all that lies below `place`.
fn lying_in(place: &Path) -> Vec<(PathBuf, u64, SystemTime)> {
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
fn one_directory_is_opened_by_every_spelling_of_its_settings_at_the_same_time() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("not/there yet");
    let shown = place.display();
    let toml = format!("[[tier]]\nlocal = {{ path = '{shown}', size_limit = '1 MiB', durability = '5s' }}\n");
    let json = format!(
        r#"{{"tier": [{{"local": {{"path": "{shown}", "size_limit": 1048576, "durability": "5s"}}}}]}}"#
    );
    let url = Sources::at(format!("file://{shown}?size_limit=1MiB&durability=5s"));
    let path = shown.to_string();
    let variables = Sources::default().environment([
        ("LARDER_TIER_PATH", path.as_str()),
        ("LARDER_TIER_SIZE_LIMIT", "1 MiB"),
        ("LARDER_TIER_DURABILITY", "5s"),
    ]);
    let mut local = LocalSettings::at(&path);
    local.durability = Durability::Interval(std::time::Duration::from_secs(5));
    let tier = TierSettings::new(larder::DiskKind::Local(local), requested(1 << 20));
    let structure = Settings { cache: larder::CacheSettings::default(), tiers: vec![tier] };
    let spellings = [
        Settings::parse(&toml).unwrap(),
        Settings::parse(&json).unwrap(),
        url.settings().unwrap(),
        variables.settings().unwrap(),
        structure.clone(),
    ];
    let caches: Vec<Cache<str, u32>> = spellings
        .into_iter()
        .map(|settings| {
            assert_eq!(settings, structure);
            ages_of(settings)
        })
        .collect();
    for (number, cache) in (0..).zip(&caches) {
        assert!(cache.set("ann", &number).unwrap().is_stored());
        for other in &caches {
            assert_eq!(other.get("ann").unwrap(), Some(number));
        }
    }
    drop(caches);
    assert_eq!(ages(&Sources::at(format!("file://{shown}"))).get("ann").unwrap(), Some(4));
}

fn requested(bytes: u64) -> disk::Requested {
    disk::Requested { size_limit: Some(bytes.into()), ..disk::Requested::default() }
}

#[test]
fn nothing_is_created_by_settings_that_are_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("place");
    for query in [
        "",
        "policy=lru",
        "size_limit=1GBi",
        "size_limit=1GiB&policy=lur",
        "size_limit=1GiB&serializer=jsn",
        "size_limit=1GiB&durability=0s",
        "size_limit=1GiB&utilization=1",
        "size_limit=1GiB&mapped=yes",
        "size_limit=1GiB&region=eu",
        "size_limit=1GiB&read_only=true",
    ] {
        let url = format!("file://{}?{query}", place.display());
        assert!(blocking::open(&url).is_err(), "{url}");
        assert_eq!(lying_in(directory.path()), [], "{url}");
    }
}

#[test]
fn a_place_that_is_a_file_is_told_with_its_path() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for place in [file.path().to_owned(), file.path().join("below")] {
        let error = blocking::open(format!("file://{}?size_limit=1MiB", place.display())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(&place.display().to_string()), "{error}");
        assert_eq!(fs::read(file.path()).unwrap(), b"");
    }
}

#[test]
fn variables_in_a_path_are_expanded_and_a_path_of_the_program_is_taken_as_it_is() {
    let error = blocking::open("file://$CARGO_MANIFEST_DIR/no/such?read_only=true").unwrap_err();
    let expanded = format!("file://{}/no/such", env!("CARGO_MANIFEST_DIR"));
    assert!(error.to_string().contains(&expanded), "{error}");
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("$HOME~");
    let opened = pollster::block_on(larder::LocalDisk::open(&place, disk::Settings::limited(1 << 20)));
    assert!(opened.is_ok() && place.is_dir());
}

#[test]
fn what_is_not_given_stays_as_it_was_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let recorded = |query: &str| {
        let store = blocking::open(format!("file://{}?{query}", directory.path().display())).unwrap();
        pollster::block_on(store.larder().settings()).unwrap()
    };
    let limits = disk::Settings { max_entries: Some(9), ..disk::Settings::limited(1 << 20).policy("lfu") };
    assert_eq!(recorded("size_limit=1MiB&max_entries=9&policy=lfu"), limits);
    assert_eq!(recorded(""), limits);
    let larger = disk::Settings { size_limit: Some(2 << 20), ..limits };
    assert_eq!(recorded("size_limit=2MiB"), larger);
    assert_eq!(recorded("max_entries=unbounded"), disk::Settings { max_entries: None, ..larger });
}

#[test]
fn a_store_returns_the_recorded_limits_that_it_replaced() {
    for scheme in ["file", "store+file"] {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("{scheme}://{}", directory.path().join("place").display());
        let opened = |query: &str| blocking::open(format!("{url}?{query}")).unwrap();
        let old = disk::Settings::limited(2 << 20);
        let new = disk::Settings { max_entries: Some(3), ..disk::Settings::limited(1 << 20).policy("lfu") };
        for query in ["size_limit=2MiB", "size_limit=2MiB", "", "policy=lru"] {
            assert_eq!(opened(query).limits_change(), None, "{scheme} {query}");
        }
        let ages = opened("").cache::<u64, Vec<u8>>("ages").unwrap();
        for number in 0..5 {
            assert!(ages.set(&number, &vec![7; 1000]).unwrap().is_stored());
        }
        drop(ages);

        let reader = opened("size_limit=1MiB&read_only=true");
        let change = reader.limits_change().unwrap();
        assert_eq!((&change.recorded, change.applied, change.lowers_a_limit()), (&old, false, true));
        assert_eq!(reader.settings().unwrap(), old, "{scheme}");
        drop(reader);

        let store = opened("size_limit=1MiB&max_entries=3&policy=lfu");
        let change = store.limits_change().unwrap().clone();
        assert_eq!((&change.recorded, &change.requested, change.applied), (&old, &new, true));
        assert_eq!(store.settings().unwrap(), new, "{scheme}");
        assert_eq!(store.usage().unwrap().entries, 5, "{scheme}: opening evicts nothing");
        store.change(change.recorded).unwrap();
        drop(store);
        assert_eq!(opened("size_limit=2MiB").usage().unwrap().entries, 5, "{scheme}");
    }
}

#[test]
fn a_tier_can_keep_the_recorded_limits() {
    for scheme in ["file", "store+file"] {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("{scheme}://{}?size_limit=", directory.path().join("place").display());
        let opened = |limit: &str| {
            let mut settings = Sources::at(format!("{url}{limit}")).settings().unwrap();
            settings.tiers[0].limits.precedence = disk::Precedence::Recorded;
            blocking::Store::open(settings).unwrap()
        };
        assert_eq!(opened("2MiB").limits_change(), None, "{scheme}: a new disk");
        let store = opened("1MiB");
        assert!(!store.limits_change().unwrap().applied);
        assert_eq!(store.settings().unwrap().size_limit, Some(2 << 20));
    }
}

#[test]
fn a_store_that_is_read_only_reads_and_leaves_its_place_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("place");
    let at = |query: &str| Sources::at(format!("file://{}?{query}", place.display()));
    assert!(ages(&at("size_limit=1MiB")).set("ann", &42).unwrap().is_stored());
    let before = lying_in(directory.path());
    // Limits that are not the recorded ones are what a file says that is used to write, too.
    let reader = ages(&at("read_only=true&size_limit=2MiB&policy=lfu"));
    assert_eq!(reader.get("ann").unwrap(), Some(42));
    assert_eq!(reader.set("ann", &43).unwrap_err().kind(), ErrorKind::ReadOnly);
    assert_eq!(reader.clear().unwrap_err().kind(), ErrorKind::ReadOnly);
    drop(reader);
    assert_eq!(lying_in(directory.path()), before);
}
