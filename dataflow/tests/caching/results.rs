//! One suite for every result store (RST-1 to 9), and formats (FMT-1, 5).

use std::sync::Arc;
use std::time::Duration;

use larder::clock::DrivenClock;
use larder::disk::Settings;
use larder::{CacheSettings, Larder, MemoryDisk, Parts, Store};
use larder_dataflow::caching::{
    CachingAdapter, CachingBuilder, DataVersion, Found, MemoryResults, ResultStore, StoredResults,
    copy_results, known_results,
};
use larder_dataflow::{Driver, ErrorKind, Module, Value, kind, node, nodes};
use pollster::block_on;

use crate::stores::{Place, memory, on_every_disk};

pub(crate) fn version(text: &str) -> DataVersion {
    text.to_owned().into()
}

pub(crate) fn number_of(found: &Found) -> Option<i64> {
    match found {
        Found::Result(value) => value.get::<i64>().copied(),
        _ => None,
    }
}

pub(crate) fn holds(store: &dyn ResultStore) {
    let (integer, null) = (kind!(i64), kind!(Option<i64>));
    block_on(async {
        assert!(matches!(store.get(&version("v"), integer).await.unwrap(), Found::Nothing));
        for value in [1_i64, 2] {
            assert!(store.set(&version("v"), integer, &Value::new(value), None).await.unwrap());
        }
        assert_eq!(number_of(&store.get(&version("v"), integer).await.unwrap()), Some(2));
        assert!(store.set(&version("<none>"), null, &Value::new(None::<i64>), None).await.unwrap());
        let found = store.get(&version("<none>"), null).await.unwrap();
        assert!(matches!(found, Found::Result(value) if value.get::<Option<i64>>() == Some(&None)));
        assert!(!store.exists(&version("v"), null).await.unwrap(), "another type is another result");
        store.delete(&version("v"), integer).await.unwrap();
        store.delete(&version("v"), integer).await.unwrap();
        assert!(!store.exists(&version("v"), integer).await.unwrap());
        assert!(store.exists(&version("<none>"), null).await.unwrap());
        assert_eq!(store.delete_expired().await.unwrap(), 0);
        store.delete_all().await.unwrap();
        assert!(!store.exists(&version("<none>"), null).await.unwrap());
        assert!(store.set(&version("v"), integer, &Value::new(3_i64), None).await.unwrap());
        assert_eq!(
            number_of(&store.get(&version("v"), integer).await.unwrap()),
            Some(3),
            "usable afterwards"
        );
    });
}

fn results_on_a_store_hold(place: &Place) {
    holds(&StoredResults::new(&place.store, "caching"));
}

fn each_format_that_a_node_asks_for_is_read_back(place: &Place) {
    let store = StoredResults::new(&place.store, "caching");
    block_on(async {
        for format in ["json", "messagepack"] {
            assert!(store.set(&version(format), kind!(i64), &Value::new(7_i64), Some(format)).await.unwrap());
            assert_eq!(
                number_of(&store.get(&version(format), kind!(i64)).await.unwrap()),
                Some(7),
                "{format}"
            );
        }
        let bytes = larder::Bytes::from_static(b"\0\xff");
        let stored =
            store.set(&version("b"), kind!(larder::Bytes), &Value::new(bytes.clone()), Some("bytes")).await;
        assert!(stored.unwrap());
        let found = store.get(&version("b"), kind!(larder::Bytes)).await.unwrap();
        assert!(matches!(found, Found::Result(value) if value.get::<larder::Bytes>() == Some(&bytes)));
    });
}

on_every_disk! { results_on_a_store_hold, each_format_that_a_node_asks_for_is_read_back }

#[test]
fn results_in_memory_hold() {
    holds(&MemoryResults::default());
}

#[test]
fn only_what_expired_is_removed() {
    let clock = Arc::new(DrivenClock::default());
    let parts = Parts { clock: clock.clone(), ..Parts::default() };
    let disk = Arc::new(MemoryDisk::new(Settings::limited(1 << 20)));
    let larder = block_on(Larder::assemble(disk, parts)).unwrap();
    let life = Some(Duration::from_mins(1));
    let store = Store::new(larder, CacheSettings { life, ..CacheSettings::default() });
    let results = StoredResults::new(&store, "caching");
    block_on(async {
        assert!(results.set(&version("old"), kind!(i64), &Value::new(1_i64), None).await.unwrap());
        clock.advance(Duration::from_secs(59));
        assert!(results.set(&version("new"), kind!(i64), &Value::new(2_i64), None).await.unwrap());
        clock.advance(Duration::from_secs(1));
        assert_eq!(results.delete_expired().await.unwrap(), 1);
        assert!(results.exists(&version("new"), kind!(i64)).await.unwrap());
    });
}

#[test]
fn a_format_that_is_unknown_or_does_not_hold_the_type_is_refused_when_the_driver_is_built() {
    #[node]
    fn table() -> i64 {
        1
    }
    let format = |name: &str| {
        let caching = node::Caching { format: Some(name.to_owned()), ..Default::default() };
        Module::from_iter([table::node().caching(caching)])
    };
    let refused = |nodes: Module, default: Option<&str>| {
        let builder = CachingAdapter::builder().store(&memory().store);
        let builder = default.into_iter().fold(builder, CachingBuilder::format);
        let error = Driver::builder().nodes(nodes).with_cache(builder.build().unwrap()).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Graph);
        error.to_string()
    };
    let error = refused(format("parquette"), None);
    assert!(error.contains("table: unknown format of results `parquette`"), "{error}");
    let error = refused(nodes![table], Some("jsn"));
    assert!(error.contains("did you mean `json`?"), "{error}");
    for error in [refused(format("bytes"), None), refused(nodes![table], Some("bytes"))] {
        assert!(error.contains("the format `bytes` does not hold values of type i64"), "{error}");
    }
}

#[test]
fn results_in_memory_are_filled_from_another_store_by_versions_or_by_metadata() {
    #[node]
    fn number() -> i64 {
        7
    }
    #[node(role = "saver")]
    fn saved(number: i64) -> i64 {
        -number
    }
    let driver = crate::core::driver(&memory(), nodes![number, saved]);
    driver.execute(["saved"]).wait().unwrap();
    let cache = driver.cache().unwrap();
    block_on(async {
        let known = known_results(cache.metadata(), driver.graph()).await.unwrap();
        assert_eq!(known.len(), 2);
        let copy = MemoryResults::default();
        let unknown = (version("unknown"), kind!(i64));
        assert_eq!(copy_results(cache.results(), &copy, [unknown]).await.unwrap(), 0);
        assert_eq!(copy_results(cache.results(), &copy, known.clone()).await.unwrap(), 2);
        let mut numbers = Vec::new();
        for (version, kind) in &known {
            numbers.extend(number_of(&copy.get(version, *kind).await.unwrap()));
        }
        numbers.sort_unstable();
        assert_eq!(numbers, [-7, 7]);
    });
}

/// The settings of the disk hold for results as for any entry.
#[test]
fn results_are_evicted_when_the_disk_is_full_and_computed_again() {
    #[node]
    fn page(number: i64) -> String {
        number.to_string().repeat(2000)
    }
    let store = block_on(larder::open("memory:?size_limit=16KiB")).unwrap();
    let cache = CachingAdapter::builder().store(&store).build().unwrap();
    let driver = Driver::builder().nodes(nodes![page]).with_cache(cache).build().unwrap();
    let run = |number: i64| {
        let results = driver.execute(["page"]).input("number", number).wait().unwrap();
        assert_eq!(results.get::<String>("page").unwrap(), &number.to_string().repeat(2000));
        let cache = driver.cache().unwrap();
        cache.run(&cache.last_run_id().unwrap()).unwrap().states["page"].to_string()
    };
    for number in 0..9 {
        assert_eq!(run(number), "executed");
    }
    assert_eq!(run(8), "from cache");
    assert_eq!(run(0), "executed", "the room is for other results");
    assert!(block_on(store.larder().balance()).unwrap().evicted > 0);
}
