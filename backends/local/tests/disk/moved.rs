//! The directory is moved, or what leads to it changes, while a disk is open.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::os::unix::fs::symlink;
use std::path::Path;

use larder_core::Bytes;
use larder_core::cache::Cache;
use larder_core::disk::{Repair, Settings};

use super::bench::{cache_on, harm, open, value};

/// Fills two segments and more, with values in files of their own among them, so that files are created and
/// removed.
async fn churn(cache: &Cache<u64, Bytes>, turn: u64) {
    for key in 0..150 {
        let length = if key % 50 == 0 { 300 << 10 } else { 20_000 };
        assert!(cache.set(&key, &value(key, turn, length)).await.unwrap().is_stored(), "key {key}");
    }
}

async fn holds(cache: &Cache<u64, Bytes>, keys: std::ops::Range<u64>, turn: u64) {
    for key in keys {
        let length = if key % 50 == 0 { 300 << 10 } else { 20_000 };
        assert_eq!(cache.get(&key).await.unwrap(), Some(value(key, turn, length)), "key {key}");
    }
}

/// Works on a disk at `path` after `change` made that path lead elsewhere, with a successor at the same path.
fn a_successor_is_left_alone(path: &Path, change: impl FnOnce()) {
    pollster::block_on(async {
        let settings = Settings::limited(64 << 20);
        let first = open(path, settings.clone()).await;
        let (_, old) = cache_on(&first).await;
        churn(&old, 1).await;
        change();
        let second = open(path, settings.clone()).await;
        let (_, new) = cache_on(&second).await;
        churn(&new, 2).await;
        for turn in 3..6 {
            churn(&old, turn).await;
        }
        old.clear().await.unwrap();
        churn(&old, 6).await;
        let mut findings = Vec::new();
        larder_core::disk::Disk::check(&first, Repair::Fix, &mut findings).await.unwrap();
        larder_core::disk::Disk::compact(&first, &mut |_, _| {}).await.unwrap();
        holds(&old, 0..150, 6).await;
        holds(&new, 0..150, 2).await;
        drop((first, old));
        assert_eq!(harm(&second).await, []);
        drop((second, new));
        let again = open(path, settings).await;
        let (_, new) = cache_on(&again).await;
        holds(&new, 0..150, 2).await;
        assert_eq!(harm(&again).await, []);
    });
}

#[test]
fn a_disk_whose_directory_was_moved_goes_on_there() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("disk");
    a_successor_is_left_alone(&path, || std::fs::rename(&path, directory.path().join("old")).unwrap());
}

#[test]
fn a_disk_behind_a_link_that_leads_elsewhere_now_goes_on_where_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let [path, one, two] = ["disk", "one", "two"].map(|name| directory.path().join(name));
    for target in [&one, &two] {
        std::fs::create_dir(target).unwrap();
    }
    symlink(&one, &path).unwrap();
    a_successor_is_left_alone(&path, || {
        std::fs::remove_file(&path).unwrap();
        symlink(&two, &path).unwrap();
    });
}

/// Tells the test that it is the child, and where.
const PLACE: &str = "LARDER_TEST_RELATIVE";

/// In a process of its own, because all threads of a process share the working directory.
#[test]
fn a_relative_path_is_the_one_of_the_moment_of_opening() {
    let Some(place) = std::env::var_os(PLACE) else {
        let directory = tempfile::tempdir().unwrap();
        let name = "moved::a_relative_path_is_the_one_of_the_moment_of_opening";
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args([name, "--exact", "--nocapture"])
            .env(PLACE, directory.path())
            .status();
        assert!(status.unwrap().success());
        return;
    };
    let place = std::path::PathBuf::from(place);
    let [one, two] = ["one", "two"].map(|name| place.join(name));
    for directory in [&one, &two] {
        std::fs::create_dir(directory).unwrap();
    }
    std::env::set_current_dir(&one).unwrap();
    a_successor_is_left_alone(Path::new("disk"), || std::env::set_current_dir(&two).unwrap());
}
