//! A child that was forked with a disk open: it is refused, and opens the directory anew.

#[path = "disk/bench.rs"]
mod bench;

use larder_core::clock::{Clock, SystemClock};
use larder_core::disk::{Disk, Finding, Repair, Requested, Settings};
use larder_core::{ErrorKind, Result};
use larder_local::LocalDisk;
use larder_mapping::in_a_fork;

use bench::{cache_on, harm, open, value};

fn is_refused<T>(answer: Result<T>) -> bool {
    answer.is_err_and(|error| error.kind() == ErrorKind::Invalid)
}

/// What the child does with the disk of its parent.
async fn is_refused_all(disk: &LocalDisk) -> bool {
    let mut findings: Vec<Finding> = Vec::new();
    is_refused(disk.usage().await)
        && is_refused(disk.check(Repair::Tell, &mut findings).await)
        && is_refused(disk.compact(&mut |_, _| {}).await)
        && is_refused(disk.sync().await)
}

#[test]
fn a_forked_child_is_refused_and_opens_the_directory_anew() {
    let directory = tempfile::tempdir().unwrap();
    let disk = pollster::block_on(open(directory.path(), Settings::limited(8 << 20)));
    let (_, cache) = pollster::block_on(cache_on(&disk));
    assert!(pollster::block_on(cache.set(&1, &value(1, 0, 100))).unwrap().is_stored());
    let is_right = in_a_fork(|| {
        pollster::block_on(async {
            let was_refused = is_refused_all(&disk).await;
            let anew = LocalDisk::open(directory.path(), Requested::default()).await.unwrap();
            let (_, cache) = cache_on(&anew).await;
            let read = cache.get(&1).await.unwrap() == Some(value(1, 0, 100));
            was_refused && read && cache.set(&2, &value(2, 0, 100)).await.unwrap().is_stored()
        })
    });
    assert!(is_right, "the child was not refused, or could not go on");
    pollster::block_on(async {
        assert!(cache.set(&3, &value(3, 0, 100)).await.unwrap().is_stored());
        let theirs = cache.get_entry(&2).await.unwrap().expect("it was stored").version;
        let ours = cache.get_entry(&3).await.unwrap().expect("it was stored").version;
        assert_ne!(theirs, ours, "each write has a version of its own, whichever process it is of");
        assert_eq!(harm(&disk).await, []);
    });
}

#[test]
fn a_forked_child_waits_for_a_moment_and_not_for_ever() {
    let wait = || pollster::block_on(SystemClock.sleep_until(SystemClock.now()));
    wait();
    assert!(in_a_fork(|| {
        wait();
        true
    }));
}

#[test]
fn a_forked_child_lets_go_of_what_it_inherits_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let disk = pollster::block_on(LocalDisk::open(directory.path(), Settings::limited(8 << 20))).unwrap();
    // Its thread, which is waited for in the parent, is not in the child.
    assert!(in_a_fork(move || {
        drop(disk);
        true
    }));
}
