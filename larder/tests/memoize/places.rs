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
