//! Several disks on one path, and files that are nobody's entries.

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use larder_core::disk::{Access, Cause, Condition, Disk, Fate, Put, Removed, Replaced, Scope};
use larder_core::key::Digest;

use crate::bench::{at, bench, directory, file_of, files};

#[test]
fn what_another_disk_wrote_is_found_and_entered() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let (mine, other) = (at(directory.path()).await, at(directory.path()).await);
        let key = bench.key("key");
        let written = bench.store(&other, &key, "value").await;
        assert_eq!(bench.volume(&mine).await, 0);
        assert_eq!(bench.body(&mine, &key).await.unwrap(), "value");
        assert_eq!(bench.volume(&mine).await, written.size);
        assert_eq!(bench.survey(&mine, Scope::All, 10).await[0].version, written.version);

        let larger = bench.store(&other, &key, "a larger value").await;
        mine.peek(&key).await.unwrap().unwrap();
        assert_eq!(bench.survey(&mine, Scope::All, 10).await[0].version, larger.version);
        bench.balanced(&mine).await;
        assert_eq!(bench.volume(&mine).await, larger.size);
    });
}

#[test]
fn what_another_disk_removed_is_a_miss_and_struck_out() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let mine = at(directory.path()).await;
        let keys: Vec<_> = (0..4).map(|number| bench.key(&number)).collect();
        for key in &keys {
            bench.store(&mine, key, "value").await;
        }
        let briefs = bench.survey(&mine, Scope::All, 10).await;
        let other = at(directory.path()).await;
        for key in &keys {
            let removed = bench.remove(&other, key).await;
            assert!(matches!(removed, Removed::Gone(_)), "{removed:?}");
        }
        assert_eq!(bench.body(&mine, &keys[0]).await, None);
        assert_eq!(mine.usage().await.unwrap().entries, 3);
        assert_eq!(mine.list(&[briefs[1].id]).await.unwrap(), [None]);
        assert_eq!(mine.usage().await.unwrap().entries, 2);
        let removed = mine.remove(&keys[2], Condition::Always, Cause::Removed).await.unwrap();
        assert_eq!(removed, Removed::Nothing);
        // Its size is free now, and that is what room is made for.
        assert_eq!(mine.evict(&[briefs[3].victim()], Cause::Evicted).await.unwrap(), [Fate::Gone]);
        assert_eq!(bench.volume(&mine).await, 0);
    });
}

#[test]
fn an_entry_of_another_disk_is_removed_without_being_read_first() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let (mine, other) = (at(directory.path()).await, at(directory.path()).await);
        let key = bench.key("key");
        let written = bench.store(&other, &key, "value").await;
        let removed = mine.remove(&key, Condition::Always, Cause::Removed).await.unwrap();
        assert!(matches!(removed, Removed::Gone(brief) if brief.version == written.version));
        assert_eq!(bench.volume(&mine).await, 0);
        assert_eq!(bench.body(&other, &key).await, None);
    });
}

#[test]
fn an_add_tells_the_version_that_another_disk_wrote() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let (mine, other) = (at(directory.path()).await, at(directory.path()).await);
        let key = bench.key("key");
        let written = bench.store(&other, &key, "value").await;
        let put = bench.put(&mine, &key, "mine", Condition::Absent).await.unwrap();
        assert_eq!(put, Put::Conflict(Some(written.version)));
        assert_eq!(bench.volume(&mine).await, written.size);

        // What the books know is not what decides: the other disk removes the entry, and the add stores.
        let _ = bench.remove(&other, &key).await;
        let put = bench.put(&mine, &key, "mine", Condition::Absent).await.unwrap();
        assert!(matches!(put, Put::Stored { .. }), "{put:?}");
        bench.balanced(&mine).await;
    });
}

#[test]
fn a_blind_write_says_that_it_does_not_know_what_it_replaced() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let disk = at(directory.path()).await;
        let key = bench.key("key");
        let put = async |condition| bench.stored(bench.put(&disk, &key, "value", condition).await.unwrap());
        let (first, replaced) = put(Condition::Always).await;
        assert_eq!(replaced, Replaced::Unknown);
        assert_eq!(put(Condition::Always).await.1, Replaced::Entry(first));
        let _ = bench.remove(&disk, &key).await;
        assert_eq!(put(Condition::Absent).await.1, Replaced::Nothing);
    });
}

#[test]
fn of_creates_by_many_threads_and_disks_one_stores() {
    let (bench, directory) = (bench(), directory());
    let disks = [bench.block_on(at(directory.path())), bench.block_on(at(directory.path()))];
    let keys: Vec<_> = (0..100).map(|number| bench.key(&number)).collect();
    let begin = Arc::new(std::sync::Barrier::new(4));
    let stored: Vec<usize> = std::thread::scope(|scope| {
        let add = |thread: usize| {
            let (bench, disk, keys, begin) = (&bench, &disks[thread % 2], &keys, Arc::clone(&begin));
            move || {
                begin.wait();
                let add = |key| bench.block_on(bench.put(disk, key, thread.to_string(), Condition::Absent));
                keys.iter().filter(|key| matches!(add(key).unwrap(), Put::Stored { .. })).count()
            }
        };
        let threads: Vec<_> = (0..4).map(|thread| scope.spawn(add(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(stored.iter().sum::<usize>(), keys.len(), "{stored:?}");
}

#[test]
fn an_add_forgets_the_entry_of_another_key_with_the_same_digest() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let one = Digest::from_bytes([7; 32]);
        let keys: Vec<_> = (0..3).map(|number| bench.key(&number).with_digest(one)).collect();
        let (mine, other) = (at(directory.path()).await, at(directory.path()).await);
        bench.store(&other, &keys[0], "first").await;
        for (disk, key) in [(&mine, &keys[1]), (&mine, &keys[2]), (&other, &keys[1])] {
            let put = bench.put(disk, key, "added", Condition::Absent).await.unwrap();
            assert!(matches!(put, Put::Stored { .. }), "{put:?}");
            assert_eq!(bench.body(disk, key).await.unwrap(), "added");
        }
        assert_eq!(bench.body(&mine, &keys[0]).await, None);
        bench.balanced(&mine).await;
    });
}

#[test]
fn foreign_files_are_neither_listed_nor_touched() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let path = directory.path();
        let disk = at(path).await;
        let key = bench.key("key");
        let digest = key.digest().to_string();
        fs::create_dir_all(path.join("zz")).unwrap();
        fs::create_dir_all(path.join(&digest[..2])).unwrap();
        let foreign = [
            path.join("README"),
            path.join("notes#1"),
            path.join("a \\ b %zz"),
            path.join("bell \u{7}"),
            path.join(std::ffi::OsStr::from_bytes(b"\xFF")),
            path.join("zz").join(&digest),
            path.join(&digest[..2]).join("short"),
            path.join(&digest[..2]).join(format!("{digest}.bak")),
        ];
        for file in &foreign {
            fs::write(file, "mine").unwrap();
            File::options().write(true).open(file).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        }
        assert_eq!(disk.usage().await.unwrap().entries, 0);
        bench.store(&disk, &key, "value").await;
        assert_eq!(bench.keys(&at(path).await).await, std::slice::from_ref(&key));
        let _ = bench.remove(&disk, &key).await;
        for file in &foreign {
            assert_eq!(fs::read_to_string(file).unwrap(), "mine");
        }
    });
}

#[test]
fn leftovers_of_killed_writers_go_and_writes_under_way_stay() {
    let (bench, directory) = (bench(), directory());
    bench.block_on(async {
        let path = directory.path();
        let key = bench.key("key");
        bench.store(&at(path).await, &key, "value").await;
        let file = file_of(path, &key);
        let name = file.file_name().unwrap().to_str().unwrap();
        let leftover = |number: u32| file.with_file_name(format!("{name}#{number}"));
        let half = fs::read(&file).unwrap()[..20].to_vec();
        let age = |file: &std::path::Path, age: u64, content: &[u8]| {
            fs::write(file, content).unwrap();
            let modified = SystemTime::now() - Duration::from_secs(age);
            File::options().write(true).open(file).unwrap().set_modified(modified).unwrap();
        };
        age(&leftover(1), 2 * 3600, &half);
        age(&leftover(2), 600, &half);
        age(&leftover(3), 2 * 3600, b"");
        age(&leftover(4), 2 * 3600, b"mine");
        age(&path.join("settings.json#1"), 2 * 3600, br#"{"version":1,"si"#);
        age(&path.join("settings.json#2"), 2 * 3600, b"mine");
        age(&path.join("larder#4711"), 2 * 3600, b"larder");
        age(&path.join("larder#4712"), 2 * 3600, b"mine");

        let disk = at(path).await;
        assert_eq!(disk.usage().await.unwrap().entries, 1);
        let named = |name: &str| path.join(name);
        let kept = [named("larder#4712"), named("settings.json"), named("settings.json#2")];
        let expected: Vec<_> = [file.clone(), leftover(2), leftover(4)].into_iter().chain(kept).collect();
        assert_eq!(files(path), expected, "what is young or foreign stays");
        bench.store(&disk, &key, "another").await;
        assert_eq!(
            disk.get(&key, Access::Peek).await.unwrap().unwrap().body.bytes().await.unwrap(),
            "another"
        );
    });
}
