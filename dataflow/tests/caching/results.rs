//! One suite for every result store (RST-1 to 9), and formats (FMT-1, 5).

use std::sync::Arc;
use std::time::Duration;

use larder::clock::DrivenClock;
use larder::disk::Settings;
use larder::{CacheSettings, Larder, MemoryDisk, Parts, Store};
use larder_dataflow::caching::{
    CachingAdapter, DataVersion, Found, MemoryResults, ResultStore, StoredResults,
};
use larder_dataflow::{Driver, Value, kind, node, nodes};
use pollster::block_on;

use crate::stores::{Place, memory, on_every_disk};

fn version(text: &str) -> DataVersion {
    text.to_owned().into()
}

fn number(found: &Found) -> Option<i64> {
    match found {
        Found::Result(value) => value.get::<i64>().copied(),
        _ => None,
    }
}

fn holds(store: &dyn ResultStore) {
    let (integer, null) = (kind!(i64), kind!(Option<i64>));
    block_on(async {
        assert!(matches!(store.get(&version("v"), integer).await.unwrap(), Found::Nothing));
        for value in [1_i64, 2] {
            assert!(store.set(&version("v"), integer, &Value::new(value), None).await.unwrap());
        }
        assert_eq!(number(&store.get(&version("v"), integer).await.unwrap()), Some(2));
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
        assert_eq!(number(&store.get(&version("v"), integer).await.unwrap()), Some(3), "usable afterwards");
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
            assert_eq!(number(&store.get(&version(format), kind!(i64)).await.unwrap()), Some(7), "{format}");
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
fn a_format_that_nobody_knows_is_refused_when_the_driver_or_the_cache_is_built() {
    #[node(format = "parquette")]
    fn table() -> i64 {
        1
    }
    let place = memory();
    let cache = CachingAdapter::builder().store(&place.store).build().unwrap();
    let error = Driver::builder().nodes(nodes![table]).with_cache(cache).build().unwrap_err().to_string();
    assert!(error.contains("table: unknown format of results `parquette`"), "{error}");
    let error = CachingAdapter::builder().store(&place.store).format("jsn").build().unwrap_err().to_string();
    assert!(error.contains("did you mean `json`?"), "{error}");
}
