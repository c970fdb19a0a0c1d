//! Where memoized functions keep results: stores, places that are named, disks that fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use larder::clock::DrivenClock;
use larder::disk::Settings;
use larder::{CacheSettings, ErrorKind, Format, Larder, MemoryDisk, OnError, Parts, Store, memoize};
use larder_conformance::faulty::{Call, Faulty, Trouble};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{set_global_default, with_default};
use tracing::{Event, Metadata, Subscriber};

use crate::{STORE, count, store};

#[test]
fn a_place_that_cannot_be_opened_or_a_value_that_cannot_be_stored_never_fails_a_call() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    #[memoize(config = "file:///proc/nowhere?size_limit=1MiB")]
    fn nowhere(number: i64) -> i64 {
        number
    }
    assert_eq!([nowhere(1), nowhere(1)], [1, 1]);
    assert_ne!(nowhere::call(1).unwrap_err().kind(), ErrorKind::Decode);

    #[memoize(store = STORE)]
    fn unstorable(number: f64) -> f64 {
        RUNS.fetch_add(1, Ordering::Relaxed);
        number / 0.0
    }
    assert!(unstorable(1.0).is_infinite() && unstorable(1.0).is_infinite());
    assert_eq!(count(&RUNS), 2, "JSON holds no infinity: each call runs, once");
}

#[test]
fn a_place_that_is_named_is_opened_by_the_first_call() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    #[memoize(config = "memory:?size_limit=1MiB&serializer=messagepack")]
    fn squared(number: i64) -> i64 {
        RUNS.fetch_add(1, Ordering::Relaxed);
        number * number
    }
    assert_eq!([squared(3), squared(3)], [9, 9]);
    assert_eq!(count(&RUNS), 1);
}

#[test]
fn a_disk_that_fails_never_fails_a_call() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let clock = Arc::new(DrivenClock::default());
    let faulty = Faulty::new(Arc::new(MemoryDisk::new(Settings::limited(1 << 20))), clock);
    let larder = pollster::block_on(Larder::open(faulty.clone())).unwrap();
    #[memoize(store = store, ignore(store))]
    fn double(store: &Store, number: i64) -> i64 {
        RUNS.fetch_add(1, Ordering::Relaxed);
        2 * number
    }
    for on_error in [OnError::Miss, OnError::Fail] {
        let store = Store::new(larder.clone(), CacheSettings { on_error, ..CacheSettings::default() });
        for call in [Call::Get, Call::Peek, Call::Put] {
            faulty.always(call, Trouble::Fail(ErrorKind::Unavailable));
            let before = count(&RUNS);
            assert_eq!(double(&store, 4), 8);
            assert!(count(&RUNS) <= before + 1, "it runs once at most");
            faulty.heal();
        }
    }
}

#[test]
fn two_stores_of_one_disk_keep_results_as_each_of_them_says() {
    let clock = Arc::new(DrivenClock::default());
    let disk = Arc::new(MemoryDisk::new(Settings::limited(1 << 20)));
    let parts = Parts { clock: clock.clone(), ..Parts::default() };
    let larder = pollster::block_on(Larder::assemble(disk, parts)).unwrap();
    let of = |life, serializer| {
        Store::new(larder.clone(), CacheSettings { life, serializer, ..CacheSettings::default() })
    };
    let endless = of(None, Format::Json);
    let short = of(Some(Duration::from_secs(1)), Format::Raw);
    #[memoize(store = store, ignore(store))]
    fn kept(store: &Store, number: i64) -> i64 {
        number
    }
    kept(&endless, 1);
    kept(&short, 2);
    clock.advance(Duration::from_secs(2));
    let stored = |number| kept::call(&endless, number).unwrap().get().unwrap();
    assert_eq!((stored(1), stored(2)), (Some(1), None));
}

#[test]
fn functions_that_name_the_same_place_share_it() {
    #[memoize(config = "memory:?size_limit=1MiB&life=1h")]
    fn one(number: i64) -> i64 {
        number
    }
    #[memoize(config = "memory:?size_limit=1MiB&life=1h")]
    fn other(number: i64) -> i64 {
        number
    }
    one(1);
    other(1);
    let place = memoize::Place::new("memory:?size_limit=1MiB&life=1h");
    let store = memoize::Keeps::kept_on(&place).unwrap();
    assert_eq!(pollster::block_on(store.larder().balance()).unwrap().entries, 2);
}

#[test]
fn an_argument_that_is_left_out_may_be_changed() {
    #[memoize(store = STORE, ignore(log))]
    fn counted(log: &mut std::collections::VecDeque<i64>, number: i64) -> i64 {
        log.push_back(number);
        number
    }
    let mut log = std::collections::VecDeque::new();
    assert_eq!([counted(&mut log, 1), counted(&mut log, 1), counted(&mut log, 2)], [1, 1, 2]);
    assert_eq!(log, [1, 2]);
}

#[test]
fn however_many_stores_there_are_each_has_results_of_its_own() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    #[memoize(store = store, ignore(store))]
    fn on(store: &Store, number: i64) -> i64 {
        RUNS.fetch_add(1, Ordering::Relaxed);
        number
    }
    // More than a function remembers its caches on.
    let stores: Vec<Store> = (0..20).map(|_| store()).collect();
    for _ in 0..2 {
        stores.iter().for_each(|store| assert_eq!(on(store, 1), 1));
    }
    assert_eq!(count(&RUNS), stores.len());
}

/// Counts the warnings of memoized functions.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "larder::memoize" && *metadata.level() == tracing::Level::WARN
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn a_fault_is_warned_of_once_for_each_function() {
    #[memoize(store = STORE)]
    fn infinite(number: f64) -> f64 {
        number / 0.0
    }
    #[memoize(config = "file:///proc/nowhere?size_limit=2MiB")]
    fn nowhere(number: i64) -> i64 {
        number
    }
    // Where a thread has no subscriber, an event that it comes to first may be taken for one that nobody ever hears.
    set_global_default(Warnings::default()).unwrap();
    let warnings = Warnings::default();
    with_default(warnings.clone(), || {
        for number in 0..3_i32 {
            assert!(!infinite(f64::from(number)).is_finite());
            assert_eq!(nowhere(1), 1);
        }
    });
    assert_eq!(count(&warnings.0), 2);
}

/// Runs the test `name` of this program again, with these variables, and returns what it wrote to standard
/// error.
fn run_again(name: &str, variables: &[(&str, &str)]) -> String {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture"]).env("LARDER_TEST_AGAIN", "1");
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    text
}

#[test]
fn a_cache_that_cannot_be_used_is_told_on_standard_error_once_for_each_function() {
    #[memoize(config = "memory:?size_limit=1MiB")]
    fn doubled(number: i64) -> i64 {
        2 * number
    }
    #[memoize(config = "no/such/file.toml")]
    fn tripled(number: i64) -> i64 {
        3 * number
    }
    if std::env::var_os("LARDER_TEST_AGAIN").is_some() {
        assert_eq!([doubled(1), doubled(1), tripled(1), tripled(1)], [2, 2, 3, 3]);
        return;
    }
    let name = "places::a_cache_that_cannot_be_used_is_told_on_standard_error_once_for_each_function";
    let told = run_again(name, &[("LARDER_CACHE_LIVE", "1h")]);
    let unknown = "unknown variable `LARDER_CACHE_LIVE`, did you mean `LARDER_CACHE_LIFE`?";
    assert_eq!(told.matches("::doubled` runs without its cache").count(), 1, "{told}");
    assert!(told.contains(unknown), "{told}");
    assert_eq!(told.matches("::tripled` runs without its cache").count(), 1, "{told}");
    let told = run_again(name, &[("LARDER_CACHE_LIFE", "")]);
    assert!(!told.contains("doubled"), "an empty variable counts as not set: {told}");
}

#[cfg(feature = "object-store")]
#[test]
fn the_macro_knows_every_scheme() {
    let known = include_str!("../../../macros/src/scheme.rs");
    for scheme in larder::StoreUrl::SCHEMES.iter().chain(&["memory", "file", "store+file"]) {
        assert!(known.contains(&format!("    \"{scheme}\",\n")), "{scheme}");
    }
}
