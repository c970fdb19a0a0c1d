//! A process without file descriptors gets errors: nothing is removed, and nothing is reported absent.
//!
//! The test starts itself again with a low limit, and the child uses all descriptors up.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use larder_core::cache::Order;
use larder_core::disk::{Access, Cause, Disk, Finding, Mode, Repair, Scope, Settings};
use larder_core::{ErrorKind, Result};
use larder_object_store::{Location, ObjectStoreDisk, OpenOptions};

use crate::bench::{at, bench, directory, files};

/// Tells the test that it is the child, and where the disk is.
const PLACE: &str = "LARDER_TEST_DESCRIPTORS";

const KEYS: u64 = 36;

/// An error of the environment, or the right answer.
#[track_caller]
fn is_unavailable<T>(what: &str, answer: Result<T>, is_right: impl FnOnce(&T) -> bool) {
    match answer {
        Ok(answer) => assert!(is_right(&answer), "{what}: a wrong answer"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{what}: {error:?}"),
    }
}

/// Does everything with a disk that can open no file.
async fn exhaust(path: &Path) {
    let bench = bench();
    let disk = at(path).await;
    let larder = bench.larder_on(std::sync::Arc::new(disk.clone())).await;
    let cache = bench.texts(&larder);
    let key = bench.key(&0_u64);
    let mut files: Vec<File> = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
    }
    assert!(files.len() < 64, "the limit is low");
    is_unavailable("get", disk.get(&key, Access::Peek).await, Option::is_some);
    is_unavailable("peek", disk.peek(&key).await, Option::is_some);
    let briefs = bench.survey(&disk, Scope::All, 100).await;
    let ids: Vec<_> = briefs.iter().map(|brief| brief.id).collect();
    is_unavailable("list", disk.list(&ids).await, |listed| listed.iter().all(Option::is_some));
    // All that removes entries looks at them first, and a file that cannot be opened is not removed.
    is_unavailable("evict by tag", cache.evict("tag").await, |_| false);
    is_unavailable("expire", cache.expire().await, |_| false);
    is_unavailable("clear", cache.clear().await, |_| false);
    let keys = async {
        let mut keys = cache.keys(Order::Ascending).await?;
        let mut count = 0;
        while keys.next().await?.is_some() {
            count += 1;
        }
        Ok(count)
    };
    is_unavailable("keys", keys.await, |_| false);
    let victims: Vec<_> = briefs.iter().map(larder_core::disk::Brief::victim).collect();
    is_unavailable("evict", disk.evict(&victims, Cause::Evicted).await, |_| false);
    let put = bench.put(&disk, &key, "another", larder_core::disk::Condition::Always).await;
    is_unavailable("put", put, |_| false);
    for repair in [Repair::Tell, Repair::Fix] {
        let mut findings: Vec<Finding> = Vec::new();
        is_unavailable("check", disk.check(repair, &mut findings).await, |_| false);
        assert_eq!(findings, []);
    }
    for mode in [Mode::ReadOnly, Mode::ReadWrite] {
        let (location, options) =
            (Location::Path(path.to_owned()), OpenOptions { mode, ..OpenOptions::default() });
        let opened = ObjectStoreDisk::open(location, options, Settings::unbounded()).await;
        is_unavailable("open", opened, |_| false);
    }
}

#[test]
fn without_descriptors_nothing_is_lost_and_nothing_is_a_miss() {
    if let Some(place) = std::env::var_os(PLACE) {
        return pollster::block_on(exhaust(Path::new(&place)));
    }
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let disk = at(directory.path()).await;
        for number in 0..KEYS {
            bench.store(&disk, &bench.key(&number), "value").await;
        }
        let before = files(directory.path());
        let child = Command::new("sh")
            .args(["-c", "ulimit -n 40; exec \"$0\" \"$@\""])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "descriptors::without_descriptors_nothing_is_lost_and_nothing_is_a_miss"])
            .env(PLACE, directory.path())
            .output()
            .unwrap();
        let out = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && out.contains("1 passed"), "{out}");
        assert_eq!(files(directory.path()), before);
        for number in 0..KEYS {
            assert_eq!(bench.body(&disk, &bench.key(&number)).await.unwrap(), "value");
        }
    });
}
