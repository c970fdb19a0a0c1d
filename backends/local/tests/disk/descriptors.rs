//! A process without file descriptors gets errors: nothing is removed, and nothing is reported absent.
//!
//! The test starts itself again with a low limit, and the child uses all descriptors up.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use larder_core::ErrorKind;
use larder_core::cache::{Cache, Order, WriteOptions};
use larder_core::disk::{Disk, Finding, Repair, Settings};
use larder_core::{Bytes, Result};

use super::bench::{cache_on, harm, open, value};

/// Tells the test that it is the child, and where the disk is.
const PLACE: &str = "LARDER_TEST_DESCRIPTORS";
/// Values of this length have files of their own.
const LARGE: usize = 300 << 10;
/// The keys; every third one has a large value.
const KEYS: u64 = 36;

fn length(key: u64) -> usize {
    if key.is_multiple_of(3) { LARGE } else { 60_000 }
}

async fn fill(cache: &Cache<u64, Bytes>) {
    for key in 0..KEYS {
        let options = WriteOptions::default().tag("pages");
        let outcome =
            cache.set_with(&key, &value(key, 1, length(key)), &options).await.expect("there is room");
        assert!(outcome.is_stored());
    }
}

/// An error of the environment, or the right answer.
fn is_unavailable<T>(what: &str, answer: Result<T>, is_right: impl FnOnce(&T) -> bool) {
    match answer {
        Ok(answer) => assert!(is_right(&answer), "{what}: a wrong answer"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{what}: {error}"),
    }
}

/// Asks everything of a disk that can open no file.
async fn ask(path: &Path) {
    let disk = open(path, Settings::limited(64 << 20)).await;
    let (_, cache) = cache_on(&disk).await;
    let mut files: Vec<File> = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
    }
    is_unavailable("get", cache.get(&0).await, |found| *found == Some(value(0, 1, LARGE)));
    is_unavailable("get", cache.get(&1).await, |found| *found == Some(value(1, 1, length(1))));
    is_unavailable("contains", cache.contains(&3).await, |found| *found);
    is_unavailable("oldest", cache.oldest().await, |found| found.as_ref().is_some_and(|(key, _)| *key == 0));
    is_unavailable("newest", cache.newest().await, |found| {
        found.as_ref().is_some_and(|(key, _)| *key == KEYS - 1)
    });
    let listing = async {
        let mut keys = cache.keys(Order::Oldest).await?;
        let mut listed = 0;
        while keys.next_key().await?.is_some() {
            listed += 1;
        }
        Ok(listed)
    };
    is_unavailable("keys", listing.await, |listed| *listed == KEYS);
    let mut findings: Vec<Finding> = Vec::new();
    is_unavailable("check", disk.check(Repair::Fix, &mut findings).await, |_| true);
    assert!(findings.iter().all(|finding| !finding.flaw.is_harm()), "{findings:?}");
    is_unavailable("compact", disk.compact(&mut |_, _| {}).await, |()| true);
    is_unavailable("sync", disk.sync().await, |()| true);
    drop(files);
}

#[test]
fn without_descriptors_nothing_is_removed_and_nothing_is_absent() {
    if let Some(place) = std::env::var_os(PLACE) {
        pollster::block_on(ask(Path::new(&place)));
        return;
    }
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let disk = open(directory.path(), Settings::limited(64 << 20)).await;
        fill(&cache_on(&disk).await.1).await;
        drop(disk);
        let name = "descriptors::without_descriptors_nothing_is_removed_and_nothing_is_absent";
        // A shell sets the limit, so that no test links a library for it.
        let mut child = Command::new("sh");
        child.args(["-c", r#"ulimit -n 48 && exec "$0" --exact --nocapture "$1""#]);
        child.arg(std::env::current_exe().unwrap()).arg(name).env(PLACE, directory.path());
        let output = child.output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && told.contains("1 passed"), "{output:?}");
        let disk = open(directory.path(), Settings::limited(64 << 20)).await;
        let (_, cache) = cache_on(&disk).await;
        for key in 0..KEYS {
            assert_eq!(cache.get(&key).await.unwrap(), Some(value(key, 1, length(key))), "key {key}");
        }
        assert_eq!(harm(&disk).await, []);
        assert_eq!(cache.evict("pages").await.unwrap(), KEYS);
    });
}
