//! Every system call of the store fails in every way: no error is ever an absence, and none removes anything.

use std::fs;
use std::path::{Path as FilePath, PathBuf};

use larder_conformance::Bench;
use larder_core::disk::{
    Access, Capabilities, Cause, Condition, Disk, Finding, Put, Removed, Repair, Scope, Settings,
};
use larder_core::key::Key;
use larder_core::{Error, ErrorKind};
use rustix::io::Errno;

use super::failpoints::{arm, disarm};
use super::root::Call;
use crate::ObjectStoreDisk;

/// Errors of the environment: none says anything about what is stored.
const ERRORS: &[Errno] = &[
    Errno::MFILE,
    Errno::NFILE,
    Errno::ACCESS,
    Errno::PERM,
    Errno::IO,
    Errno::NOMEM,
    Errno::INTR,
    Errno::NOSPC,
    Errno::DQUOT,
    Errno::STALE,
];

const CALLS: &[Call] = &[
    Call::Open,
    Call::Create,
    Call::MakeDirectory,
    Call::Status,
    Call::Read,
    Call::Write,
    Call::Close,
    Call::Rename,
    Call::Link,
    Call::Remove,
    Call::List,
];

const ENTRIES: usize = 4;

fn bench() -> Bench {
    let capabilities = Capabilities { durable: false, ..Capabilities::of_process() };
    Bench::new("files", capabilities, |_, settings| async move {
        Ok(std::sync::Arc::new(ObjectStoreDisk::memory(settings)) as std::sync::Arc<dyn Disk>)
    })
}

fn value(number: usize) -> Vec<u8> {
    // The last one is read in several pieces.
    vec![u8::try_from(number).unwrap(); if number == ENTRIES - 1 { 513 << 10 } else { 700 }]
}

async fn filled(bench: &Bench, path: &FilePath) -> (ObjectStoreDisk, Vec<Key>) {
    let disk = ObjectStoreDisk::at_path(path, Some(Settings::unbounded())).await.unwrap();
    let keys: Vec<_> = (0..ENTRIES).map(|number| bench.key(&number)).collect();
    for (number, key) in keys.iter().enumerate() {
        bench.store(&disk, key, value(number)).await;
    }
    (disk, keys)
}

/// All entries as they are read by another disk.
async fn require_intact(bench: &Bench, path: &FilePath, keys: &[Key], context: &str) {
    let disk = ObjectStoreDisk::at_path(path, None).await.unwrap();
    for (number, key) in keys.iter().enumerate() {
        assert!(bench.body(&disk, key).await.as_deref() == Some(&value(number)[..]), "{context}: {number}");
    }
}

/// Does `work` with each call failing in each way from when it asks for it, and requires that an error is that of the
/// environment.
async fn with_each_failure<T>(mut work: impl AsyncFnMut(&str, &dyn Fn()) -> Result<T, Error>) {
    let mut fired = 0;
    for call in CALLS {
        // The first call with each error, and later ones with one of them.
        let first = ERRORS.iter().map(|errno| (0, *errno));
        for (after, errno) in first.chain([1, 2, 4].map(|after| (after, Errno::IO))) {
            let context = format!("{call:?} after {after}: {errno:?}");
            let done = work(&context, &|| arm(*call, after, errno)).await;
            fired += usize::from(disarm());
            if let Err(error) = done {
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{context}: {error:?}");
            }
        }
    }
    assert!(fired >= ERRORS.len(), "calls failed: {fired}");
}

/// All files below `path`, with their lengths.
fn files(path: &FilePath) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push((entry.path(), entry.metadata().unwrap().len()));
        }
    }
    found.sort();
    found
}

#[test]
fn a_read_that_fails_is_an_error_and_no_miss() {
    let (bench, directory) = (bench(), tempfile::tempdir().unwrap());
    pollster::block_on(async {
        let (disk, keys) = filled(&bench, directory.path()).await;
        let before = files(directory.path());
        with_each_failure(async |context, fail| {
            fail();
            for (number, key) in keys.iter().enumerate() {
                let entry = disk.get(key, Access::Peek).await?;
                let body = entry.unwrap_or_else(|| panic!("{context}: a miss")).body.bytes().await?;
                assert!(body == value(number), "{context}");
            }
            for key in &keys {
                assert!(disk.peek(key).await?.is_some(), "{context}: a miss");
            }
            let ids: Vec<_> =
                bench.survey(&disk, Scope::All, 10).await.iter().map(|brief| brief.id).collect();
            assert!(disk.list(&ids).await?.iter().all(Option::is_some), "{context}: a miss");
            Ok(())
        })
        .await;
        assert_eq!(disk.usage().await.unwrap().entries, 4);
        assert_eq!(files(directory.path()), before);
    });
}

#[test]
fn an_opening_that_fails_is_an_error_and_no_empty_disk() {
    let (bench, directory) = (bench(), tempfile::tempdir().unwrap());
    pollster::block_on(async {
        let (_, keys) = filled(&bench, directory.path()).await;
        let before = files(directory.path());
        with_each_failure(async |context, fail| {
            fail();
            let settings = Some(Settings::limited(100_000_000));
            let disk = ObjectStoreDisk::at_path(directory.path(), settings).await?;
            assert_eq!(disk.usage().await.unwrap().entries, 4, "{context}");
            Ok(())
        })
        .await;
        let is_trial = |file: &PathBuf| file.to_string_lossy().contains("/larder#");
        let after: Vec<_> = files(directory.path()).into_iter().filter(|(file, _)| !is_trial(file)).collect();
        let changed =
            |files: Vec<(PathBuf, u64)>| files.into_iter().map(|(file, _)| file).collect::<Vec<_>>();
        assert_eq!(
            changed(after),
            changed(before),
            "a trial that cannot be removed is left, and nothing else"
        );
        require_intact(&bench, directory.path(), &keys, "opened").await;
    });
}

#[test]
fn a_check_that_fails_is_an_error_and_removes_nothing() {
    let (bench, directory) = (bench(), tempfile::tempdir().unwrap());
    pollster::block_on(async {
        let (disk, keys) = filled(&bench, directory.path()).await;
        let before = files(directory.path());
        with_each_failure(async |context, fail| {
            // A check that failed may still be looking at other entries.
            let disk = ObjectStoreDisk::at_path(directory.path(), None).await.unwrap();
            fail();
            let mut findings: Vec<Finding> = Vec::new();
            let checked = disk.check(Repair::Fix, &mut findings).await;
            assert_eq!(findings, [], "{context}");
            assert_eq!(checked?.entries, 4, "{context}");
            Ok(())
        })
        .await;
        assert_eq!(files(directory.path()), before);
        require_intact(&bench, directory.path(), &keys, "checked").await;
        assert_eq!(disk.usage().await.unwrap().entries, 4);
    });
}

#[test]
fn a_write_that_fails_leaves_the_old_entry() {
    let (bench, directory) = (bench(), tempfile::tempdir().unwrap());
    pollster::block_on(async {
        let (disk, keys) = filled(&bench, directory.path()).await;
        let mut stored = 0;
        with_each_failure(async |context, fail| {
            fail();
            let put = bench.put(&disk, &keys[0], "another", Condition::Always).await;
            disarm();
            let body = bench.body(&disk, &keys[0]).await.unwrap();
            let is_stored = matches!(put, Ok(Put::Stored { .. }));
            assert_eq!(body == "another", is_stored, "{context}: {put:?}");
            stored += usize::from(is_stored);
            bench.store(&disk, &keys[0], value(0)).await;
            put
        })
        .await;
        assert!(stored > 0, "a call that is not made does not fail");
        let left: Vec<_> = files(directory.path());
        assert_eq!(left.len(), ENTRIES + 1, "nothing of a failed write stays: {left:?}");
        require_intact(&bench, directory.path(), &keys, "written").await;
        bench.balanced(&disk).await;
    });
}

#[test]
fn an_add_that_fails_stores_nothing() {
    let (bench, directory) = (bench(), tempfile::tempdir().unwrap());
    pollster::block_on(async {
        let (disk, keys) = filled(&bench, directory.path()).await;
        let new = bench.key("new");
        with_each_failure(async |context, fail| {
            fail();
            let put = bench.put(&disk, &new, "new", Condition::Absent).await;
            let kept = bench.put(&disk, &keys[0], "new", Condition::Absent).await;
            disarm();
            assert!(!matches!(kept, Ok(Put::Stored { .. })), "{context}: {kept:?}");
            let body = bench.body(&disk, &new).await;
            assert_eq!(body.is_some(), matches!(put, Ok(Put::Stored { .. })), "{context}: {put:?}");
            let _ = bench.remove(&disk, &new).await;
            put.and(kept)
        })
        .await;
        require_intact(&bench, directory.path(), &keys, "added").await;
    });
}

#[test]
fn a_removal_that_fails_is_an_error_and_the_entry_stays_counted() {
    let (bench, directory) = (bench(), tempfile::tempdir().unwrap());
    pollster::block_on(async {
        let (disk, keys) = filled(&bench, directory.path()).await;
        with_each_failure(async |context, fail| {
            fail();
            let removed = disk.remove(&keys[0], Condition::Always, Cause::Removed).await;
            disarm();
            let is_gone = matches!(removed, Ok(Removed::Gone(_)));
            assert_ne!(removed.as_ref().ok(), Some(&Removed::Nothing), "{context}");
            assert_eq!(bench.body(&disk, &keys[0]).await.is_none(), is_gone, "{context}: {removed:?}");
            let left = if is_gone { 3 } else { 4 };
            assert_eq!(disk.usage().await.unwrap().entries, left, "{context}");
            bench.store(&disk, &keys[0], value(0)).await;
            removed
        })
        .await;
        require_intact(&bench, directory.path(), &keys, "removed").await;
    });
}

#[test]
fn an_eviction_that_fails_is_an_error_and_the_entry_stays_counted() {
    let (bench, directory) = (bench(), tempfile::tempdir().unwrap());
    pollster::block_on(async {
        let (_, keys) = filled(&bench, directory.path()).await;
        with_each_failure(async |context, fail| {
            // Its entries are known from a listing alone.
            let disk = ObjectStoreDisk::at_path(directory.path(), None).await.unwrap();
            let briefs = bench.survey(&disk, Scope::All, 10).await;
            let brief = briefs.iter().find(|brief| brief.hash == keys[0].digest().hash()).unwrap();
            fail();
            let evicted = disk.evict(&[brief.victim()], Cause::Evicted).await;
            disarm();
            let is_gone = evicted.is_ok();
            assert_eq!(bench.body(&disk, &keys[0]).await.is_none(), is_gone, "{context}: {evicted:?}");
            assert_eq!(disk.usage().await.unwrap().entries, if is_gone { 3 } else { 4 }, "{context}");
            bench.store(&disk, &keys[0], value(0)).await;
            evicted
        })
        .await;
        require_intact(&bench, directory.path(), &keys, "evicted").await;
    });
}

#[test]
fn a_disk_that_fails_to_be_erased_loses_nothing_foreign() {
    let (bench, directory) = (bench(), tempfile::tempdir().unwrap());
    pollster::block_on(async {
        with_each_failure(async |_, fail| {
            let (disk, _) = filled(&bench, directory.path()).await;
            fs::write(directory.path().join("README"), "mine").unwrap();
            fail();
            let erased = disk.erase().await;
            disarm();
            assert!(directory.path().join("README").exists());
            fs::remove_file(directory.path().join("README")).unwrap();
            if let Ok(erased) = &erased {
                assert_eq!(*erased, 5);
            }
            erased
        })
        .await;
    });
}
