//! Opening, closing, and what lies in the way.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use larder_core::ErrorKind;
use larder_core::clock::{Clock, Sleep, SystemClock};
use larder_core::disk::{Disk, Requested, Settings};
use larder_core::time::Time;
use larder_local::{LocalDisk, Mode, OpenOptions};

use super::bench::{cache_on, harm, open, options, value};

#[test]
fn what_one_handle_writes_another_reads_at_once() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let ours = open(directory.path(), Settings::limited(8 << 20)).await;
        let theirs = open(directory.path(), Settings::limited(8 << 20)).await;
        let ((_, ours), (_, theirs)) = (cache_on(&ours).await, cache_on(&theirs).await);
        for key in 0..20_000 {
            assert!(ours.set(&key, &value(key, 0, 100)).await.unwrap().is_stored());
            assert_eq!(theirs.get(&key).await.unwrap(), Some(value(key, 0, 100)), "key {key}");
        }
        assert_eq!(theirs.get(&20_001).await.unwrap(), None);
    });
}

/// Remembers who asked for the time.
#[derive(Debug, Default)]
struct Asked(Mutex<Vec<ThreadId>>);

impl Clock for Asked {
    fn now(&self) -> Time {
        self.0.lock().expect("nobody panics").push(thread::current().id());
        SystemClock.now()
    }

    fn monotonic(&self) -> Duration {
        self.0.lock().expect("nobody panics").push(thread::current().id());
        SystemClock.monotonic()
    }

    fn sleep_until(&self, time: Time) -> Sleep {
        SystemClock.sleep_until(time)
    }
}

#[test]
fn a_directory_is_opened_on_another_thread_than_the_caller_s() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        for mode in [Mode::ReadWrite, Mode::ReadOnly] {
            let clock = Arc::new(Asked::default());
            let options = OpenOptions { clock: Arc::<Asked>::clone(&clock), mode, ..options() };
            drop(LocalDisk::open_with(directory.path(), options, Settings::limited(8 << 20)).await.unwrap());
            let asked = clock.0.lock().unwrap();
            assert!(mode == Mode::ReadOnly || !asked.is_empty(), "the lock is waited for by the clock");
            assert!(!asked.contains(&thread::current().id()), "{mode:?}");
        }
    });
}

#[test]
fn an_opening_that_is_dropped_is_in_nobody_s_way() {
    let directory = tempfile::tempdir().unwrap();
    for _ in 0..20 {
        let mut opening = Box::pin(open(directory.path(), Settings::limited(8 << 20)));
        drop(opening.as_mut().poll(&mut Context::from_waker(Waker::noop())));
        drop(opening);
        let disk = pollster::block_on(open(directory.path(), Settings::limited(8 << 20)));
        assert_eq!(pollster::block_on(disk.settings(None)).unwrap(), Settings::limited(8 << 20));
    }
}

#[test]
fn entries_and_settings_outlast_the_handle() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let disk = open(directory.path(), Settings::limited(8 << 20).policy("lfu")).await;
        let (_, cache) = cache_on(&disk).await;
        assert!(cache.set(&1, &value(1, 0, 100)).await.unwrap().is_stored());
        drop((disk, cache));
        let disk = LocalDisk::open(directory.path(), Requested::default()).await.unwrap();
        assert_eq!(disk.settings(None).await.unwrap(), Settings::limited(8 << 20).policy("lfu"));
        let (_, cache) = cache_on(&disk).await;
        assert_eq!(cache.get(&1).await.unwrap(), Some(value(1, 0, 100)));
    });
}

#[test]
fn a_copied_directory_opens_with_all_entries() {
    pollster::block_on(async {
        let (directory, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let disk = open(directory.path(), Settings::limited(8 << 20)).await;
        let (_, cache) = cache_on(&disk).await;
        for key in 0..1000 {
            assert!(cache.set(&key, &value(key, 0, 100)).await.unwrap().is_stored());
        }
        let status = std::process::Command::new("cp")
            .arg("-r")
            .arg(format!("{}/.", directory.path().display()))
            .arg(copy.path())
            .status();
        assert!(status.unwrap().success());
        let copied = open(copy.path(), Settings::limited(8 << 20)).await;
        let (_, copied) = cache_on(&copied).await;
        for key in 0..1000 {
            assert_eq!(copied.get(&key).await.unwrap(), Some(value(key, 0, 100)), "key {key}");
        }
    });
}

#[test]
fn a_new_disk_needs_a_limit_and_leaves_nothing_without_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new");
    let error = pollster::block_on(LocalDisk::open(&path, Requested::default())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(!path.exists());
}

#[test]
fn a_file_is_no_directory_and_nothing_is_made_below_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "text").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = pollster::block_on(LocalDisk::open(&path, Settings::limited(1 << 20))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains("file"), "{error}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "text");
}

#[test]
fn a_damaged_record_of_the_settings_is_written_anew_where_a_limit_is_asked_for() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let disk = open(directory.path(), Settings::limited(8 << 20)).await;
        let (_, cache) = cache_on(&disk).await;
        assert!(cache.set(&1, &value(1, 0, 100)).await.unwrap().is_stored());
        drop((disk, cache));
        std::fs::write(directory.path().join("larder.json"), "{\"format\": 1").unwrap();
        let error = LocalDisk::open(directory.path(), Requested::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        drop(open(directory.path(), Settings::limited(8 << 20)).await);
        let disk = LocalDisk::open(directory.path(), Requested::default()).await.unwrap();
        let (_, cache) = cache_on(&disk).await;
        assert_eq!(cache.get(&1).await.unwrap(), Some(value(1, 0, 100)));
    });
}

#[test]
fn a_later_format_is_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let text = r#"{"larder": "later", "format": 2}"#;
    std::fs::write(directory.path().join("larder.json"), text).unwrap();
    let error =
        pollster::block_on(LocalDisk::open(directory.path(), Settings::limited(1 << 20))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Format, "{error}");
    let names: Vec<_> =
        std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["larder.json"]);
    assert_eq!(std::fs::read_to_string(directory.path().join("larder.json")).unwrap(), text);
}

/// Names, lengths and times of all files.
fn files(path: &std::path::Path) -> Vec<(std::path::PathBuf, u64, std::time::SystemTime)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(path).expect("it is there").flatten() {
        let meta = entry.metadata().expect("it is there");
        all.push((entry.path(), meta.len(), meta.modified().expect("files have times")));
        if meta.is_dir() {
            all.extend(files(&entry.path()));
        }
    }
    all.sort();
    all
}

#[test]
fn a_disk_for_reading_reads_and_changes_nothing() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let disk = open(directory.path(), Settings::limited(8 << 20)).await;
        let (_, cache) = cache_on(&disk).await;
        for key in 0..100 {
            assert!(cache.set(&key, &value(key, 0, 100)).await.unwrap().is_stored());
        }
        drop((disk, cache));
        for lost in [false, true] {
            if lost {
                std::fs::remove_file(directory.path().join("slots")).unwrap();
            }
            let before = files(directory.path());
            let reading = OpenOptions { mode: Mode::ReadOnly, ..options() };
            let disk = LocalDisk::open_with(directory.path(), reading, Requested::default()).await.unwrap();
            let (_, cache) = cache_on(&disk).await;
            for key in 0..100 {
                assert_eq!(cache.get(&key).await.unwrap(), Some(value(key, 0, 100)), "key {key}, {lost}");
            }
            assert_eq!(cache.set(&1, &value(1, 1, 100)).await.unwrap_err().kind(), ErrorKind::ReadOnly);
            assert_eq!(cache.remove(&1).await.unwrap_err().kind(), ErrorKind::ReadOnly);
            drop((disk, cache));
            assert_eq!(files(directory.path()), before);
        }
    });
}

#[test]
fn files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new/cache");
    let disk = pollster::block_on(open(&path, Settings::limited(1 << 20)));
    for (path, _, _) in files(&directory.path().join("new")) {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} is {mode:o}", path.display());
    }
    drop(disk);
}

#[test]
fn handles_come_and_go_at_once() {
    let directory = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for thread in 0..8_u64 {
            let path = directory.path();
            scope.spawn(move || {
                pollster::block_on(async {
                    for turn in 0..10 {
                        let disk = open(path, Settings::limited(8 << 20)).await;
                        let (_, cache) = cache_on(&disk).await;
                        let key = thread * 100 + turn;
                        assert!(cache.set(&key, &value(key, 0, 100)).await.unwrap().is_stored());
                        for earlier in 0..=turn {
                            let key = thread * 100 + earlier;
                            assert_eq!(cache.get(&key).await.unwrap(), Some(value(key, 0, 100)));
                        }
                    }
                });
            });
        }
    });
}

#[test]
fn a_handle_too_many_is_told_how_many_there_may_be() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let settings = Settings::limited(8 << 20);
        drop(open(directory.path(), settings.clone()).await);
        let index =
            std::fs::File::options().read(true).write(true).open(directory.path().join("index")).unwrap();
        // As 1,023 handles have it.
        assert!(larder_mapping::try_lock(&index, 0..1023).unwrap());
        let last = open(directory.path(), settings.clone()).await;
        let error = LocalDisk::open_with(directory.path(), options(), settings.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.message().contains("open 1024 times already"), "{error}");
        drop(last);
        drop(open(directory.path(), settings).await);
    });
}

#[test]
fn an_open_disk_opens_again_where_the_boot_of_the_machine_is_unknown() {
    use std::os::unix::fs::FileExt;
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let settings = Settings::limited(8 << 20);
        let first = open(directory.path(), settings.clone()).await;
        let (_, ours) = cache_on(&first).await;
        for turn in 0..3 {
            assert!(ours.set(&turn, &value(turn, 0, 100)).await.unwrap().is_stored());
            // The two words that say which boot it was written in are zero where the system does not say it.
            let index = std::fs::File::options().write(true).open(directory.path().join("index")).unwrap();
            index.write_all_at(&[0; 16], 16).unwrap();
            let second = open(directory.path(), settings.clone()).await;
            let (_, theirs) = cache_on(&second).await;
            assert_eq!(theirs.get(&turn).await.unwrap(), Some(value(turn, 0, 100)));
            assert!(theirs.set(&(10 + turn), &value(turn, 1, 100)).await.unwrap().is_stored());
            assert_eq!(ours.get(&(10 + turn)).await.unwrap(), Some(value(turn, 1, 100)));
            assert_eq!(harm(&second).await, []);
        }
    });
}

/// The files below `path` that this process has open.
#[cfg(target_os = "linux")]
fn open_files(path: &std::path::Path) -> usize {
    let descriptors = std::fs::read_dir("/proc/self/fd").expect("the process has descriptors");
    let targets = descriptors.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    targets.filter(|target| target.starts_with(path)).count()
}

#[cfg(target_os = "linux")]
#[test]
fn any_number_of_segments_takes_few_descriptors() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let disk = open(directory.path(), Settings::limited(64 << 20)).await;
        let (_, cache) = cache_on(&disk).await;
        for key in 0..150 {
            assert!(cache.set(&key, &value(key, 0, 240_000)).await.unwrap().is_stored());
        }
        let segments = std::fs::read_dir(directory.path().join("log")).unwrap().count();
        assert!(segments > 30, "{segments} segments");
        for key in 0..150 {
            assert_eq!(cache.get(&key).await.unwrap(), Some(value(key, 0, 240_000)));
        }
        disk.sync().await.unwrap();
        let descriptors = open_files(directory.path());
        assert!(descriptors <= 16, "{descriptors} descriptors for {segments} segments");
        assert_eq!(harm(&disk).await, []);
    });
}
