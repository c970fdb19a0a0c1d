//! Entries that the disk knows from a listing only do everything that others do.

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use larder_conformance::Bench;
use larder_core::cache::{Cache, Order, WriteOptions};
use larder_core::disk::{Access, Disk, Scope, Settings};
use larder_core::entry::Version;
use larder_core::larder::Larder;
use larder_core::time::Time;
use larder_object_store::ObjectStoreDisk;
use tempfile::TempDir;

use crate::bench::{bench, directory, file_of};

/// Ten entries of one cache, the even ones tagged, the first three to die in a minute, and one of another cache.
async fn filled(bench: &Bench, directory: &TempDir) {
    let larder = opened(bench, directory, Some(Settings::unbounded())).await;
    let cache = bench.texts(&larder);
    for number in 0..10 {
        let mut options = WriteOptions::default();
        if number % 2 == 0 {
            options = options.tag("even");
        }
        if number < 3 {
            options = options.life(Duration::from_mins(1));
        }
        assert!(
            cache.set_with(&number.to_string(), &"value".to_owned(), &options).await.unwrap().is_stored()
        );
    }
    let other: Cache<String, i64> = bench.numbers(&larder);
    assert!(other.set("other", &1).await.unwrap().is_stored());
}

async fn opened(bench: &Bench, directory: &TempDir, settings: Option<Settings>) -> Larder {
    let disk = ObjectStoreDisk::at_path(directory.path(), settings).await.unwrap();
    bench.larder_on(Arc::new(disk)).await
}

async fn keys(cache: &Cache<String, String>) -> BTreeSet<String> {
    let mut keys = cache.keys(Order::Ascending).await.unwrap();
    let mut found = BTreeSet::new();
    while let Some(key) = keys.next().await.unwrap() {
        found.insert(key);
    }
    found
}

fn numbers(numbers: impl IntoIterator<Item = u32>) -> BTreeSet<String> {
    numbers.into_iter().map(|number| number.to_string()).collect()
}

#[test]
fn unread_entries_are_evicted_by_tag() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        filled(&bench, &directory).await;
        let larder = opened(&bench, &directory, None).await;
        let cache = bench.texts(&larder);
        assert_eq!(cache.evict("odd").await.unwrap(), 0);
        assert_eq!(cache.evict("even").await.unwrap(), 5);
        assert_eq!(keys(&cache).await, numbers([1, 3, 5, 7, 9]));
        assert_eq!(larder.usage().await.unwrap().entries, 6);
    });
}

#[test]
fn unread_entries_expire() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        filled(&bench, &directory).await;
        let larder = opened(&bench, &directory, None).await;
        let cache = bench.texts(&larder);
        bench.pass(60);
        assert_eq!(cache.get("1").await.unwrap(), None);
        assert_eq!(cache.expire().await.unwrap(), 3);
        assert_eq!(keys(&cache).await, numbers(3..10));
    });
}

#[test]
fn unread_entries_of_one_cache_are_cleared_and_others_stay() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        filled(&bench, &directory).await;
        let larder = opened(&bench, &directory, None).await;
        assert_eq!(keys(&bench.texts(&larder)).await, numbers(0..10));
        assert_eq!(bench.texts(&larder).clear().await.unwrap(), 10);
        assert_eq!(bench.numbers(&larder).get("other").await.unwrap(), Some(1));
        assert_eq!(larder.usage().await.unwrap().entries, 1);
        assert!(larder.balance().await.unwrap().holds());
    });
}

#[test]
fn unread_entries_make_room() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        filled(&bench, &directory).await;
        let settings = Settings { max_entries: Some(4), ..Settings::unbounded().policy("lru") };
        let larder = opened(&bench, &directory, Some(settings)).await;
        assert!(bench.texts(&larder).set("new", &"value".to_owned()).await.unwrap().is_stored());
        assert_eq!(larder.usage().await.unwrap().entries, 4);
        assert!(larder.balance().await.unwrap().holds());
    });
}

#[test]
fn reading_an_entry_tells_the_books_what_it_is() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let disk = crate::bench::at(directory.path()).await;
        let written = bench.store(&disk, &bench.key("key"), "value").await;
        for peek in [true, false] {
            let disk = crate::bench::at(directory.path()).await;
            let unread = bench.survey(&disk, Scope::All, 10).await[0];
            assert_eq!((unread.version, unread.namespace), (Version::from_bits(0), 0));
            assert_eq!((unread.size, unread.hash), (written.size, written.hash));
            if peek {
                disk.peek(&bench.key("key")).await.unwrap();
            } else {
                disk.get(&bench.key("key"), Access::Peek).await.unwrap();
            }
            let read = bench.survey(&disk, Scope::All, 10).await[0];
            assert_eq!((read.version, read.namespace), (written.version, written.namespace));
            assert_eq!((read.stored, read.tags), (written.stored, written.tags));
            bench.balanced(&disk).await;
        }
    });
}

#[test]
fn what_was_written_first_comes_first() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let disk = crate::bench::at(directory.path()).await;
        let keys: Vec<_> = (0..20).map(|number| bench.key(&number)).collect();
        for (key, age) in keys.iter().zip(1..) {
            bench.store(&disk, key, "value").await;
            let file = File::options().write(true).open(file_of(directory.path(), key)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(age)).unwrap();
        }
        let again = crate::bench::at(directory.path()).await;
        let briefs = bench.survey(&again, Scope::All, 7).await;
        let listed = again.list(&briefs.iter().map(|brief| brief.id).collect::<Vec<_>>()).await.unwrap();
        assert!(listed.into_iter().map(|listed| listed.unwrap().0).eq(keys));
        assert_eq!(briefs[0].stored, Time::from_secs(1));
    });
}

#[test]
fn heads_longer_than_one_range_are_read() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let key = bench.key(&"k".repeat(20_000));
        bench.store(&crate::bench::at(directory.path()).await, &key, "value").await;
        let disk = crate::bench::at(directory.path()).await;
        assert_eq!(bench.keys(&disk).await, std::slice::from_ref(&key));
        assert!(disk.peek(&key).await.unwrap().is_some());
    });
}
