//! Files of other programs: nothing is created beside them, and none is changed or removed.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use larder_core::disk::{Disk, Finding, Flaw, Repair, Requested, Settings};
use larder_core::{Error, ErrorKind};
use larder_local::LocalDisk;

use super::bench::{cache_on, harm, open, value};

/// Every file and directory below `path`, with the bytes of the files.
fn contents(path: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(contents(&path));
            all.insert(path, None);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            all.insert(path, Some(bytes));
        }
    }
    all
}

/// Makes a file, and the directories above it.
fn put(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn refused(path: &Path) -> Error {
    let error = pollster::block_on(LocalDisk::open(path, Settings::limited(1 << 20))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    error
}

#[test]
fn a_directory_with_other_files_is_refused_as_it_is() {
    // Names of the layout, and names like them; the file in a directory comes with the directory.
    let names = [
        "index",
        "slots",
        "chains",
        "segments",
        "namespaces",
        "lock",
        "log/0000000001",
        "log/reserve",
        "log/server.log",
        "apart/0000000000000001",
        "apart/unfinished/0-1-0",
        "handles/0",
        "larder.json.new",
        "lost+found",
        ".gitkeep",
        "src/main.rs",
    ];
    for name in names {
        for bytes in [&b"text of another program"[..], b"DIRC\0\0\0\x02", b""] {
            let directory = tempfile::tempdir().unwrap();
            put(&directory.path().join(name), bytes);
            if name == "larder.json.new" && bytes.is_empty() {
                // What a process leaves that ends before it wrote its first bytes.
                continue;
            }
            let before = contents(directory.path());
            let error = refused(directory.path());
            let first = name.split('/').next().unwrap();
            assert!(error.message().contains(&format!("`{first}")), "{name}: {error}");
            assert_eq!(contents(directory.path()), before, "{name}");
        }
    }
    for name in ["log", "apart", "handles", "index", "lock"] {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(name)).unwrap();
        refused(directory.path());
        assert_eq!(contents(directory.path()).len(), 1, "{name}");
    }
}

#[test]
fn an_error_has_the_first_names_and_says_how_many_more_there_are() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
        put(&directory.path().join(name), b"text");
    }
    let error = refused(directory.path());
    assert!(error.message().contains("`a`, `b`, `c`, `d`, `e` and 2 more"), "{error}");
}

#[test]
fn a_disk_is_made_in_an_empty_directory_and_at_the_root_of_a_file_system() {
    pollster::block_on(async {
        for left in [None, Some(""), Some("{\n  \"larder\": \"a cache of")] {
            let directory = tempfile::tempdir().unwrap();
            std::fs::create_dir(directory.path().join("lost+found")).unwrap();
            if let Some(left) = left {
                // Of a process that ended while it made the disk.
                put(&directory.path().join("larder.json.new"), left.as_bytes());
            }
            let disk = open(directory.path(), Settings::limited(1 << 20)).await;
            assert_eq!(harm(&disk).await, []);
            assert!(!directory.path().join("larder.json.new").exists());
            assert!(directory.path().join("lost+found").exists());
        }
    });
}

#[test]
fn a_link_with_a_name_of_the_layout_is_not_followed() {
    let directory = tempfile::tempdir().unwrap();
    let [path, target] = ["disk", "target"].map(|name| directory.path().join(name));
    for name in ["index", "slots"] {
        let _ = std::fs::remove_dir_all(&path);
        pollster::block_on(async { drop(open(&path, Settings::limited(1 << 20)).await) });
        std::fs::write(&target, "text").unwrap();
        std::fs::remove_file(path.join(name)).unwrap();
        std::os::unix::fs::symlink(&target, path.join(name)).unwrap();
        let _ = pollster::block_on(LocalDisk::open(&path, Settings::limited(1 << 20)));
        assert_eq!(std::fs::read(&target).unwrap(), b"text", "{name}");
    }
}

#[test]
fn files_of_others_in_a_disk_stay_as_they_are() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let disk = open(directory.path(), Settings::limited(16 << 20)).await;
        let (_, cache) = cache_on(&disk).await;
        let fill = async |turn| {
            for key in 0..120 {
                let length = if key % 40 == 0 { 300 << 10 } else { 20_000 };
                assert!(cache.set(&key, &value(key, turn, length)).await.unwrap().is_stored(), "key {key}");
            }
        };
        fill(0).await;
        let names = [
            ".gitignore",
            "notes.txt",
            "log/0000000050",
            "log/0000000051",
            "log/server.log",
            "apart/0000000000000009",
            "apart/000000000000000a",
            "apart/image.png",
            "apart/unfinished/0-1-0",
            "apart/unfinished/upload",
        ];
        let theirs: BTreeMap<PathBuf, Vec<u8>> =
            names.map(|name| (directory.path().join(name), name.repeat(100).into_bytes())).into();
        for (path, bytes) in &theirs {
            put(path, bytes);
        }
        let all_stay = |what: &str| {
            for (path, bytes) in &theirs {
                assert_eq!(std::fs::read(path).unwrap(), *bytes, "{}, {what}", path.display());
            }
        };
        for turn in 1..8 {
            fill(turn).await;
        }
        all_stay("segments and bodies came and went");
        let mut findings: Vec<Finding> = Vec::new();
        disk.check(Repair::Fix, &mut findings).await.unwrap();
        all_stay("checked");
        let foreign = findings.iter().filter(|finding| finding.flaw == Flaw::Foreign).count();
        assert!(foreign >= 4, "{findings:?}");
        disk.compact(&mut |_, _| {}).await.unwrap();
        cache.clear().await.unwrap();
        all_stay("cleared");
        fill(8).await;
        drop((disk, cache));
        for name in [None, Some("index"), Some("larder.json")] {
            if let Some(name) = name {
                std::fs::write(directory.path().join(name), b"{\"format\": 1").unwrap();
            }
            let disk = open(directory.path(), Settings::limited(16 << 20)).await;
            let (_, cache) = cache_on(&disk).await;
            for key in 1..40 {
                assert_eq!(
                    cache.get(&key).await.unwrap(),
                    Some(value(key, 8, 20_000)),
                    "key {key}, {name:?}"
                );
            }
            all_stay("opened");
        }
    });
}

#[test]
fn a_record_of_another_program_or_a_later_version_is_named_and_stays() {
    let records = [
        (r#"{"name": "larder", "version": "1.0"}"#, ErrorKind::Invalid),
        (r#"{"format": 1, "shelves": []}"#, ErrorKind::Invalid),
        (r#"{"format": "json"}"#, ErrorKind::Invalid),
        ("", ErrorKind::Invalid),
        (r#"{"larder": "later", "format": 7}"#, ErrorKind::Format),
    ];
    for (text, kind) in records {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("larder.json");
        put(&path, text.as_bytes());
        for settings in [Requested::default(), Settings::limited(1 << 20).into()] {
            let error = pollster::block_on(LocalDisk::open(directory.path(), settings)).unwrap_err();
            assert_eq!(error.kind(), kind, "{text}: {error}");
            assert!(error.message().contains(&path.display().to_string()), "{error}");
        }
        assert_eq!(contents(directory.path()).len(), 1);
        assert_eq!(std::fs::read(&path).unwrap(), text.as_bytes());
    }
}
