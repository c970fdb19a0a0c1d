use larder_core::Bytes;
use larder_core::cache::{Cache, WriteOptions};
use larder_core::disk::Settings;
use larder_core::larder::Larder;

use super::*;
use crate::{Durability, LocalDisk, OpenOptions};

#[test]
fn what_is_reported_done_is_on_the_medium_with_every_write() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let options = OpenOptions { durability: Durability::EveryWrite, ..OpenOptions::default() };
        let opened = LocalDisk::open_with(directory.path(), options, Settings::limited(8 << 20)).await;
        let disk = opened.unwrap();
        let larder = Larder::open(disk.clone()).await.unwrap();
        let cache: Cache<u64, Bytes> = larder.cache("tests").build().unwrap();
        let is_reached = || disk.inner.synced.state().reached >= Word::Appended.get(&disk.inner.tables.head);
        let tagged = WriteOptions::default().tag("pages");
        for key in 0..4 {
            assert!(cache.set_with(&key, &Bytes::from_static(b"value"), &tagged).await.unwrap().is_stored());
            assert!(is_reached(), "a write");
        }
        assert!(cache.touch(&0, Duration::from_mins(1)).await.unwrap());
        assert!(is_reached(), "a touch");
        assert!(cache.remove(&0).await.unwrap());
        assert!(is_reached(), "a removal");
        assert_eq!(cache.evict("pages").await.unwrap(), 3);
        assert!(is_reached(), "what a tag removes");
        assert!(cache.set(&9, &Bytes::from_static(b"value")).await.unwrap().is_stored());
        assert_eq!(cache.clear().await.unwrap(), 1);
        assert!(is_reached(), "what is cleared");
    });
}

#[test]
fn a_sync_of_one_writes_the_large_bodies_of_all_to_the_medium() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let open = async || {
            let options = OpenOptions { durability: Durability::None, ..OpenOptions::default() };
            LocalDisk::open_with(directory.path(), options, Settings::limited(64 << 20)).await.unwrap()
        };
        let (writer, other) = (open().await, open().await);
        let larder = Larder::open(writer.clone()).await.unwrap();
        let cache: Cache<u64, Bytes> = larder.cache("tests").build().unwrap();
        let large = Bytes::from(vec![7; 5 << 20]);
        let head = &other.inner.tables.head;
        let marks = || (Word::ApartsSynced.get(head), Word::Apart.get(head));
        assert!(cache.set(&1, &large).await.unwrap().is_stored());
        assert_eq!(marks(), (0, 1), "nobody has synced");
        other.inner.sync_all().unwrap();
        assert_eq!(marks(), (1, 1), "what another wrote is not synced");
        // A sync may pass the number of a body that has no name yet; it must not count as written then.
        Word::ApartsSynced.put(head, 9);
        assert!(cache.set(&2, &large).await.unwrap().is_stored());
        assert_eq!(marks(), (1, 2), "a body that came late counts as written");
    });
}
