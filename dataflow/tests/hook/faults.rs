//! What cannot be cached, and a cache that fails (HOK-12 to 15, 24).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, LazyLock, Mutex};

use larder::{Cache, CacheSettings, ErrorKind, OnError, Store};
use larder_conformance::faulty::{Call, Trouble};
use larder_dataflow::code::CodeVersion;
use larder_dataflow::node::Body;
use larder_dataflow::{Arguments, Kind, Module, Node, Value, kind, node, nodes};
use serde::{Deserialize, Serialize};

use crate::stores::{Place, driver, faulty, on_every_disk};
use crate::told::{ran, warnings};

/// No key, and nothing that serde knows.
#[derive(Clone)]
struct Socket(i64);

#[node]
fn connect(number: i64) -> Socket {
    Socket(number)
}

#[node]
fn received(connect: &Socket) -> i64 {
    connect.0
}

fn what_is_no_key_or_cannot_be_stored_runs_uncached_with_one_warning_each(place: &Place) {
    let driver = driver(place, nodes![connect, received]);
    let run = || driver.execute(["received"]).input("number", 3_i64).wait().unwrap();
    let (results, warned) = warnings(run);
    assert_eq!(results.get::<i64>("received").unwrap(), &3);
    assert_eq!(warned.len(), 2, "{warned:?}");
    assert!(
        warned[0].starts_with("the result cannot be stored") && warned[0].contains("connect"),
        "{warned:?}"
    );
    assert!(warned[1].starts_with("an argument cannot be part of a key") && warned[1].contains("received"));
    let (_, warned) = warnings(run);
    assert_eq!(warned, [""; 0]);
    assert_eq!(ran(run).1, ["connect", "received"]);
}

/// Two calls of one new version at once: the one whose result cannot be stored waits, while it is written, for the other to have
/// stored its own. What it takes back afterwards is not the other's.
fn a_call_that_stores_nothing_takes_no_version_from_one_that_does(place: &Place) {
    static TURNS: LazyLock<(Barrier, Barrier)> = LazyLock::new(|| (Barrier::new(2), Barrier::new(2)));
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    static IS_FIRST: AtomicBool = AtomicBool::new(true);
    struct Slow(i64);
    impl Serialize for Slow {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if self.0 < 0 {
                // A refused value is written again, to find a serializer that holds it.
                if IS_FIRST.swap(false, Ordering::Relaxed) {
                    TURNS.0.wait();
                    TURNS.1.wait();
                }
                return Err(serde::ser::Error::custom("cannot be written"));
            }
            serializer.serialize_i64(self.0)
        }
    }
    impl<'de> Deserialize<'de> for Slow {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            i64::deserialize(deserializer).map(Self)
        }
    }
    #[node]
    fn slow(number: i64) -> Slow {
        Slow(number)
    }
    // The turns are of one pair of calls; the disks come one after the other.
    let _one = ONE_AT_A_TIME.lock().unwrap();
    IS_FIRST.store(true, Ordering::Relaxed);
    let driver = driver(place, nodes![slow]);
    std::thread::scope(|scope| {
        scope.spawn(|| driver.execute(["slow"]).input("number", -1_i64).wait().unwrap());
        TURNS.0.wait();
        driver.execute(["slow"]).input("number", 1_i64).wait().unwrap();
        TURNS.1.wait();
    });
    let none = super::stores::driver(place, Module::new());
    // By another hook on the same place, whose history is the same.
    let forgotten = larder_dataflow::hook::evict_all_except_driver(&none).unwrap().wait().unwrap();
    assert_eq!(forgotten.eviction_counter, 1, "the version whose result is stored is in the history");
}

/// serde knows it, and JSON cannot hold it.
#[derive(Serialize, Deserialize)]
struct Ratio(f64);

fn a_result_that_the_serializer_cannot_hold_is_warned_of_once_and_the_run_goes_on(place: &Place) {
    #[node]
    fn ratio(number: f64) -> Ratio {
        Ratio(number)
    }
    let driver = driver(place, nodes![ratio]);
    let run = || driver.execute(["ratio"]).input("number", f64::INFINITY).wait().unwrap();
    let (results, warned) = warnings(run);
    assert!(results.get::<Ratio>("ratio").unwrap().0.is_infinite());
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(warned[0].starts_with("the result cannot be stored"), "{warned:?}");
    assert_eq!(warnings(run).1, [""; 0]);
    let none = super::stores::driver(place, Module::new());
    let forgotten = larder_dataflow::hook::evict_all_except_driver(&none).unwrap().wait().unwrap();
    assert_eq!(forgotten.eviction_counter, 0, "what is not stored is not in the history");
}

mod stored {
    #[derive(Default, serde::Serialize, serde::Deserialize)]
    pub(crate) struct Shape {
        pub(crate) sides: String,
    }
}

mod wanted {
    #[derive(Default, serde::Serialize, serde::Deserialize)]
    pub(crate) struct Shape {
        pub(crate) sides: u32,
    }
}

/// A node of this type whose version is that of the code alone.
fn shape<T: Default + Serialize + serde::de::DeserializeOwned + Send + Sync + 'static>(kind: Kind) -> Node {
    let body = |_: &Arguments| Ok(Value::new(T::default()));
    Node::new("shape", kind, CodeVersion::of_source("the same"), Body::Plain(Arc::new(body)))
}

/// The function is the same, and its type has changed: nothing in a version shows that.
fn a_result_that_cannot_be_read_counts_as_a_miss_and_is_written_over(place: &Place) {
    let before = shape::<stored::Shape>(kind!(stored::Shape));
    let after = shape::<wanted::Shape>(kind!(wanted::Shape));
    driver(place, before.into()).execute(["shape"]).wait().unwrap();
    let after = driver(place, after.into());
    let run = || after.execute(["shape"]).wait().unwrap();
    let (results, executed, _) = ran(run);
    assert_eq!(executed, ["shape"]);
    assert_eq!(results.get::<wanted::Shape>("shape").unwrap().sides, 0);
    assert_eq!(ran(run).1, [""; 0]);
}

/// Settings that have errors told do not keep an unreadable result in the way of a new one.
fn a_result_that_cannot_be_read_is_written_over_also_where_the_cache_tells_of_errors(place: &Place) {
    let settings = CacheSettings { on_error: OnError::Fail, ..CacheSettings::default() };
    let store = Store::new(place.store.larder().clone(), settings);
    let place = Place::on(store);
    a_result_that_cannot_be_read_counts_as_a_miss_and_is_written_over(&place);
}

on_every_disk! {
    a_result_that_cannot_be_read_is_written_over_also_where_the_cache_tells_of_errors,
    what_is_no_key_or_cannot_be_stored_runs_uncached_with_one_warning_each,
    a_call_that_stores_nothing_takes_no_version_from_one_that_does,
    a_result_that_the_serializer_cannot_hold_is_warned_of_once_and_the_run_goes_on,
    a_result_that_cannot_be_read_counts_as_a_miss_and_is_written_over,
}

#[node]
fn double(number: i64) -> i64 {
    2 * number
}

#[node]
fn breaks(double: i64) -> Result<i64, std::num::TryFromIntError> {
    u8::try_from(-double).map(i64::from)
}

const CALLS: [Call; 6] = [Call::Get, Call::Peek, Call::Put, Call::Remove, Call::Usage, Call::Evict];

#[test]
fn a_cache_that_fails_never_fails_the_run() {
    for call in CALLS {
        for trouble in [Trouble::Fail(ErrorKind::Unavailable), Trouble::LoseAnswer(ErrorKind::Unavailable)] {
            let (place, faulty) = faulty();
            let driver = driver(&place, nodes![double]);
            faulty.always(call, trouble.clone());
            let run = || driver.execute(["double"]).input("number", 4_i64).wait().unwrap();
            let ((), warned) = warnings(|| {
                for _ in 0..3 {
                    assert_eq!(run().get::<i64>("double").unwrap(), &8, "{call:?} {trouble:?}");
                }
            });
            assert!(warned.len() <= 1, "one warning at most: {warned:?}");
            faulty.heal();
            run();
            assert_eq!(ran(run).2, ["double"], "healed, it caches again: {call:?} {trouble:?}");
        }
    }
}

#[test]
fn the_error_of_the_node_is_what_the_caller_sees_whatever_the_cache_does() {
    for call in CALLS {
        let (place, faulty) = faulty();
        let driver = driver(&place, nodes![double, breaks]);
        faulty.always(call, Trouble::Fail(ErrorKind::Unavailable));
        let error = driver.execute(["breaks"]).input("number", 4_i64).wait().unwrap_err();
        assert_eq!(error.kind(), larder_dataflow::ErrorKind::Node);
        assert!(error.cause::<std::num::TryFromIntError>().is_some(), "{call:?}");
    }
}

#[test]
fn where_nothing_can_be_added_results_are_set() {
    // A path without conditional writes, as rclone and old servers are.
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().display();
    let url = format!("store+file://{path}?size_limit=64MiB&conditional_writes=never");
    let store = pollster::block_on(larder::open(url)).unwrap();
    let plain: Cache<str, i64> = store.cache("plain").unwrap();
    let unsupported = pollster::block_on(plain.add("a", &1)).unwrap_err();
    assert_eq!(unsupported.kind(), ErrorKind::Unsupported);
    let hook = Arc::new(larder_dataflow::CacheHook::new(&store).unwrap());
    let driver = larder_dataflow::Driver::builder().nodes(nodes![double]).adapter(hook).build().unwrap();
    let run = || driver.execute(["double"]).input("number", 4_i64).wait().unwrap();
    assert_eq!(ran(run).1, ["double"]);
    assert_eq!(ran(run).1, [""; 0]);
}
