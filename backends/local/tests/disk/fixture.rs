//! A directory of the first format version, as every later version must open it.
//!
//! The archive was written once and is never written again: a later version that cannot open what is in it is wrong. Run
//! `cargo test -p larder-local --test disk -- --ignored write_the_fixture` to write it where it is missing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use larder_core::Bytes;
use larder_core::cache::{Cache, Life, WriteOptions};
use larder_core::disk::{Brief, Disk, Page, Requested, Scope, Settings};
use larder_core::key::{Key, Namespace};
use larder_core::tag::Tag;
use larder_core::time::Time;
use larder_local::{Durability, LocalDisk, Mode, OpenOptions};

use super::bench::{cache_on, harm, value};

const LIMIT: u64 = 64 << 20;
/// Lies apart.
const LARGE: usize = 400 << 10;
/// In the 23rd century.
const EXPIRES: Time = Time::from_secs(10_000_000_000);
/// Hits of key 1.
const HITS: u32 = 5;

fn archive() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", "local-v1.tar.zst"].iter().collect()
}

fn settings() -> Settings {
    Settings { max_entries: Some(1000), ..Settings::limited(LIMIT).policy("lfu") }
}

fn full() -> WriteOptions {
    WriteOptions {
        life: Life::Until(EXPIRES),
        tags: vec![Tag::from("red"), Tag::from(-7)],
        cost: Some(Duration::from_millis(1500)),
        user: [("origin".to_owned(), Bytes::from_static(b"a test"))].into(),
    }
}

/// Bytes that shrink, so that the archive stays small.
fn large() -> Bytes {
    Bytes::from(value(5, 0, 256).repeat(LARGE / 256))
}

/// The entries that are there at the end: written once, over another, touched, with all that an entry can have, apart, and
/// moved by cleaning. Keys 6 and 7 are removed.
async fn write(cache: &Cache<u64, Bytes>, disk: &LocalDisk) {
    for key in 1..=7 {
        assert!(cache.set(&key, &value(key, 0, 100)).await.unwrap().is_stored());
    }
    assert!(cache.set(&2, &value(2, 1, 3000)).await.unwrap().is_stored());
    assert!(cache.touch(&3, Life::Until(EXPIRES)).await.unwrap());
    assert!(cache.set_with(&4, &value(4, 1, 100), &full()).await.unwrap().is_stored());
    assert!(cache.set(&5, &large()).await.unwrap().is_stored());
    assert!(cache.remove(&6).await.unwrap());
    // Fills the first segment with what nobody needs, which is cleaned.
    for turn in 0..400 {
        assert!(cache.set(&7, &value(turn % 2, 0, 16).repeat(250).into()).await.unwrap().is_stored());
    }
    assert!(cache.remove(&7).await.unwrap());
    disk.compact(&mut |_, _| {}).await.unwrap();
    for _ in 0..HITS {
        assert!(cache.get(&1).await.unwrap().is_some());
    }
}

#[test]
#[ignore = "writes the fixture if it is missing"]
fn write_the_fixture() {
    if archive().exists() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("local-v1");
    pollster::block_on(async {
        let disk = LocalDisk::open(&root, settings()).await.unwrap();
        let (_, cache) = cache_on(&disk).await;
        write(&cache, &disk).await;
        disk.sync().await.unwrap();
    });
    std::fs::create_dir_all(archive().parent().unwrap()).unwrap();
    let packed = zstd::Encoder::new(File::create_new(archive()).unwrap(), 19).unwrap();
    let mut tar = tar::Builder::new(packed);
    tar.append_dir_all(".", &root).unwrap();
    tar.into_inner().unwrap().finish().unwrap();
}

/// The fixture in a directory of this test's own.
fn unpack(to: &Path) {
    let packed = zstd::Decoder::new(File::open(archive()).expect("a committed fixture")).unwrap();
    tar::Archive::new(packed).unpack(to).unwrap();
}

async fn brief_of(disk: &LocalDisk, key: u64) -> Brief {
    let hash = Key::new(&Namespace::named("tests"), &key).unwrap().digest().hash();
    let survey = disk.survey(&Page::first(Scope::All, 100)).await.unwrap();
    survey.briefs.into_iter().find(|brief| brief.hash == hash).expect("it is there")
}

/// Holds the directory to what was written, to the field; `hits` of the first entry are known.
async fn compare(root: &Path, mode: Mode, hits: u32) {
    let options = OpenOptions { durability: Durability::None, mode, ..OpenOptions::default() };
    let disk = LocalDisk::open_with(root, options, Requested::default()).await.unwrap();
    assert_eq!(disk.settings(None).await.unwrap(), settings());
    let (_, cache) = cache_on(&disk).await;
    assert_eq!(disk.usage().await.unwrap().entries, 5);
    assert_eq!(brief_of(&disk, 1).await.hits, hits);
    for (key, expected) in
        [(1, value(1, 0, 100)), (2, value(2, 1, 3000)), (3, value(3, 0, 100)), (5, large())]
    {
        let entry = cache.get_entry(&key).await.unwrap().expect("it is there");
        assert_eq!(entry.value, expected, "key {key}");
        assert_eq!(entry.expires, (key == 3).then_some(EXPIRES), "key {key}");
        assert_eq!((entry.tags.len(), entry.cost, entry.user.len()), (0, None, 0), "key {key}");
    }
    let entry = cache.get_entry(&4).await.unwrap().expect("it is there");
    let WriteOptions { tags, cost, user, .. } = full();
    assert_eq!((entry.value, entry.expires), (value(4, 1, 100), Some(EXPIRES)));
    assert_eq!((entry.tags, entry.cost, entry.user), (tags, cost, user));
    for key in [6, 7] {
        assert_eq!(cache.get(&key).await.unwrap(), None, "key {key} was removed");
    }
    assert_eq!(harm(&disk).await, []);
    if mode == Mode::ReadWrite {
        assert_eq!(cache.evict("red").await.unwrap(), 1);
        assert!(cache.set(&8, &value(8, 0, 100)).await.unwrap().is_stored());
        assert_eq!(cache.get(&8).await.unwrap(), Some(value(8, 0, 100)));
        assert_eq!(harm(&disk).await, []);
    }
}

#[cfg(target_endian = "little")]
#[test]
fn a_directory_of_version_1_opens_with_its_index() {
    for mode in [Mode::ReadOnly, Mode::ReadWrite] {
        let directory = tempfile::tempdir().unwrap();
        unpack(directory.path());
        // Its index is of an earlier format, so it is rebuilt: hits are lost.
        pollster::block_on(compare(directory.path(), mode, 0));
    }
}

#[cfg(target_endian = "little")]
#[test]
fn a_directory_of_version_1_opens_by_its_log() {
    for mode in [Mode::ReadOnly, Mode::ReadWrite] {
        let directory = tempfile::tempdir().unwrap();
        unpack(directory.path());
        std::fs::remove_file(directory.path().join("index")).unwrap();
        pollster::block_on(compare(directory.path(), mode, 0));
    }
}
