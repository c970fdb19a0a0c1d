//! Several users: whose files they are, and who may use them. Only root can try it.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use larder_core::ErrorKind;
use larder_core::disk::{Disk, Settings};
use larder_local::{LocalDisk, OpenOptions, Share};

use super::bench::{cache_on, harm, open, options, value};

/// Tells the test that it is a child: where, for whom, and which key it sets.
const PLACE: &str = "LARDER_TEST_USERS_PLACE";
const SHARE: &str = "LARDER_TEST_USERS_SHARE";
const KEY: &str = "LARDER_TEST_USERS_KEY";

/// A user and a group that need no entry in a list of users.
type User = (u32, u32);
const ONE: User = (30_001, 40_001);
const SAME_GROUP: User = (30_002, 40_001);
const OTHER: User = (30_003, 40_003);

/// Values of this length are in files of their own.
const LARGE: usize = 300 << 10;

/// What a child does: it sets two keys, small and large, and reads those of the children before it. Does
/// nothing in the test itself.
#[test]
fn a_user_sets_a_key_and_reads_those_before_it() {
    let Some(place) = std::env::var_os(PLACE) else { return };
    let variable = |name| std::env::var(name).unwrap();
    let share = match variable(SHARE).as_str() {
        "owner" => Some(Share::Owner),
        "group" => Some(Share::Group),
        "world" => Some(Share::World),
        _ => None,
    };
    let last: u64 = variable(KEY).parse().unwrap();
    pollster::block_on(async {
        let options = OpenOptions { share, ..options() };
        let disk = match LocalDisk::open_with(place, options, Settings::limited(64 << 20)).await {
            Ok(disk) => disk,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
                std::process::exit(13);
            }
        };
        let (_, cache) = cache_on(&disk).await;
        for key in 0..=last {
            for (key, length) in [(2 * key, 20_000), (2 * key + 1, LARGE)] {
                if key / 2 < last {
                    assert_eq!(cache.get(&key).await.unwrap(), Some(value(key, 0, length)), "key {key}");
                }
                // Written over too: segments roll, and files of others go.
                assert!(cache.set(&key, &value(key, 0, length)).await.unwrap().is_stored(), "key {key}");
            }
        }
        for key in 1000..1200 {
            assert!(cache.set(&key, &value(key, last, 20_000)).await.unwrap().is_stored(), "key {key}");
        }
        disk.sync().await.unwrap();
        assert_eq!(harm(&disk).await, []);
    });
}

/// Runs the test above as `user`, with the strictest mask; the code that it ends with.
fn run_as((user, group): User, place: &Path, share: &str, key: u64) -> Option<i32> {
    let name = "users::a_user_sets_a_key_and_reads_those_before_it";
    let output = Command::new("/bin/sh")
        .args(["-c", "umask 077; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .envs([(PLACE, place.as_os_str()), (SHARE, share.as_ref()), (KEY, key.to_string().as_ref())])
        .current_dir("/")
        .uid(user)
        .gid(group)
        .output()
        .unwrap();
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 13)), "{}", String::from_utf8_lossy(&output.stdout));
    code
}

/// A directory of `user` that all may pass; `None` where this test cannot be other users, which it says.
#[expect(clippy::print_stderr, reason = "a test that tries nothing says so")]
fn directory_of((user, group): User) -> Option<(tempfile::TempDir, PathBuf)> {
    let directory = tempfile::tempdir().unwrap();
    let is_reachable = std::env::current_exe()
        .unwrap()
        .ancestors()
        .skip(1)
        .all(|path| std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o001 != 0));
    if std::fs::metadata(directory.path()).unwrap().uid() != 0 || !is_reachable {
        eprintln!("skipped: only root can be several users, and they must reach the program of the test");
        return None;
    }
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let place = directory.path().join("home");
    std::fs::create_dir(&place).unwrap();
    chown(&place, Some(user), Some(group)).unwrap();
    Some((directory, place))
}

/// Everything below `path`.
fn all(path: &Path) -> Vec<PathBuf> {
    let mut paths = vec![path.to_owned()];
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            paths.extend(all(&entry.unwrap().path()));
        }
    }
    paths
}

fn has_modes(path: &Path, file: u32, directory: u32) {
    for path in all(path) {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let right = if path.is_dir() { directory } else { file };
        assert_eq!(mode, right, "{} has {mode:o}", path.display());
    }
}

#[test]
fn what_root_writes_belongs_to_the_owner_of_the_directory() {
    for is_there in [true, false] {
        let Some((_directory, home)) = directory_of(ONE) else { return };
        let place = home.join("cache");
        let mut key = 0;
        if is_there {
            assert_eq!(run_as(ONE, &place, "-", 0), Some(0));
            key = 1;
        }
        pollster::block_on(async {
            let disk = open(&place, Settings::limited(64 << 20)).await;
            let (larder, cache) = cache_on(&disk).await;
            for key in 2 * key..2 * key + 2 {
                let length = if key % 2 == 0 { 20_000 } else { LARGE };
                assert!(cache.set(&key, &value(key, 0, length)).await.unwrap().is_stored());
            }
            for key in 2000..2200 {
                assert!(cache.set(&key, &value(key, 0, 20_000)).await.unwrap().is_stored());
            }
            larder.change(Settings::limited(32 << 20)).await.unwrap();
        });
        for path in all(&place) {
            let meta = std::fs::metadata(&path).unwrap();
            assert_eq!((meta.uid(), meta.gid()), ONE, "{}", path.display());
        }
        assert_eq!(run_as(ONE, &place, "-", key + 1), Some(0));
        has_modes(&place, 0o600, 0o700);
    }
}

#[test]
fn a_disk_is_for_its_owner_its_group_or_the_world() {
    for (share, file, directory) in [("-", 0o600, 0o700), ("group", 0o660, 0o770), ("world", 0o666, 0o777)] {
        let Some((_directory, home)) = directory_of(ONE) else { return };
        std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o755)).unwrap();
        let place = home.join("new/cache");
        assert_eq!(run_as(ONE, &place, share, 0), Some(0), "{share}");
        has_modes(&place, file, directory);
        let mut key = 1;
        for (user, may) in [(SAME_GROUP, share != "-"), (OTHER, share == "world")] {
            let code = if may { Some(0) } else { Some(13) };
            // It is recorded, so the others need not ask for it.
            assert_eq!(run_as(user, &place, "-", key), code, "{share}: {user:?}");
            if may {
                key += 1;
                assert_eq!(run_as(ONE, &place, "-", key), code, "{share}: {user:?}");
                key += 1;
                has_modes(&place, file, directory);
            }
        }
    }
}

#[test]
fn directories_above_a_disk_need_not_be_readable() {
    let Some((_directory, home)) = directory_of(ONE) else { return };
    std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o300)).unwrap();
    for key in 0..2 {
        assert_eq!(run_as(ONE, &home.join("new/cache"), "-", key), Some(0));
    }
}

#[test]
fn another_choice_is_set_on_all_that_is_there() {
    let Some((_directory, home)) = directory_of(ONE) else { return };
    let place = home.join("cache");
    assert_eq!(run_as(ONE, &place, "-", 0), Some(0));
    std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(place.join("notes.txt"), "of another program").unwrap();
    let before = std::fs::metadata(place.join("notes.txt")).unwrap().permissions();
    assert_eq!(run_as(ONE, &place, "world", 1), Some(0));
    assert_eq!(std::fs::metadata(place.join("notes.txt")).unwrap().permissions(), before);
    std::fs::remove_file(place.join("notes.txt")).unwrap();
    has_modes(&place, 0o666, 0o777);
    assert_eq!(run_as(OTHER, &place, "-", 2), Some(0));
    assert_eq!(run_as(OTHER, &place, "owner", 3), Some(13), "only the owner can change it");
    assert_eq!(run_as(ONE, &place, "-", 3), Some(0));
    // A record that is gone or damaged is written anew for the same users.
    for (user, key) in [(OTHER, 4), (ONE, 5)] {
        std::fs::remove_file(place.join("larder.json")).unwrap();
        assert_eq!(run_as(user, &place, "-", key), Some(0));
        std::fs::write(place.join("larder.json"), "{").unwrap();
        assert_eq!(run_as(ONE, &place, "-", key), Some(0));
        assert_eq!(run_as(OTHER, &place, "-", key), Some(0));
        has_modes(&place, 0o666, 0o777);
    }
}
