//! One suite for every metadata store (MDS-1 to 6).

use larder_dataflow::caching::{
    DataVersion, MemoryMetadata, MetadataStore, NodeKey, Recorded, StoredMetadata, copy_metadata,
};
use larder_dataflow::{ErrorKind, RunId};
use pollster::block_on;

use crate::stores::{Place, memory, on_every_disk};

fn key(node: &str, number: i64) -> NodeKey {
    NodeKey::new(node, "c0de", [("number".to_owned(), version(number))])
}

fn version(number: i64) -> DataVersion {
    number.to_string().into()
}

fn holds(store: &dyn MetadataStore) {
    let (one, two) = (RunId::from("one"), RunId::from("two"));
    block_on(async {
        assert_eq!((store.len().await.unwrap(), store.last_run().await.unwrap()), (0, None));
        store.initialize(&one).await.unwrap();
        assert_eq!(store.run(&one).await.unwrap(), [], "nothing was recorded yet");
        store.initialize(&two).await.unwrap();
        assert_eq!(store.runs().await.unwrap(), [one.clone(), two.clone()], "oldest first");
        assert_eq!(store.last_run().await.unwrap(), Some(two.clone()));

        store.set(&key("a", 1), &version(10), &one).await.unwrap();
        store.set(&key("b", 1), &version(20), &one).await.unwrap();
        store.set(&key("a", 1), &version(11), &two).await.unwrap();
        store.record(&key("b", 1), &version(20), &two).await.unwrap();
        assert_eq!(store.get(&key("a", 1)).await.unwrap(), Some(version(11)), "the newest counts");
        assert_eq!(store.get(&key("a", 2)).await.unwrap(), None);
        assert_eq!(store.len().await.unwrap(), 2, "distinct keys");
        let recorded = |node, of| Recorded { key: key(node, 1), version: version(of) };
        assert_eq!(store.run(&one).await.unwrap(), [recorded("a", 10), recorded("b", 20)]);
        assert_eq!(
            store.run(&two).await.unwrap(),
            [recorded("a", 11), recorded("b", 20)],
            "hits are part of a run"
        );
        assert_eq!(store.run(&"none".into()).await.unwrap_err().kind(), ErrorKind::Value);

        let copy = MemoryMetadata::default();
        copy_metadata(store, &copy).await.unwrap();
        assert_eq!(copy.runs().await.unwrap(), store.runs().await.unwrap());
        assert_eq!(copy.run(&two).await.unwrap(), store.run(&two).await.unwrap());
        assert_eq!(copy.get(&key("a", 1)).await.unwrap(), Some(version(11)));
        assert_eq!(copy.len().await.unwrap(), 2);

        store.delete(&key("a", 1)).await.unwrap();
        store.delete(&key("a", 1)).await.unwrap();
        assert!(!store.exists(&key("a", 1)).await.unwrap() && store.exists(&key("b", 1)).await.unwrap());
        store.delete_all().await.unwrap();
        assert!(store.is_empty().await.unwrap() && store.runs().await.unwrap().is_empty());
        store.initialize(&two).await.unwrap();
        store.set(&key("c", 1), &version(1), &two).await.unwrap();
        assert_eq!(store.len().await.unwrap(), 1, "usable afterwards");
    });
}

fn metadata_on_a_store_holds(place: &Place) {
    holds(&StoredMetadata::new(&place.store, "caching").unwrap());
}

on_every_disk! { metadata_on_a_store_holds }

#[test]
fn metadata_in_memory_holds() {
    holds(&MemoryMetadata::default());
}

#[test]
fn metadata_is_copied_to_a_store_as_well_as_from_it() {
    let (from, run) = (MemoryMetadata::default(), RunId::from("one"));
    let to = StoredMetadata::new(&memory().store, "caching").unwrap();
    block_on(async {
        from.initialize(&run).await.unwrap();
        from.set(&key("a", 1), &version(1), &run).await.unwrap();
        copy_metadata(&from, &to).await.unwrap();
        assert_eq!(to.run(&run).await.unwrap(), from.run(&run).await.unwrap());
        assert_eq!(to.get(&key("a", 1)).await.unwrap(), Some(version(1)));
    });
}
