//! Values as they lie in the mapped file, and values that nobody checks.

use std::os::unix::fs::FileExt;
use std::path::Path;

use larder_core::ErrorKind;
use larder_core::disk::Settings;
use larder_local::{LocalDisk, OpenOptions};

use super::bench::{cache_on, harm, options, value};

async fn opened(path: &Path, options: OpenOptions) -> LocalDisk {
    LocalDisk::open_with(path, options, Settings::limited(8 << 20)).await.expect("the directory is ours")
}

#[test]
fn a_mapped_value_stays_when_its_segment_goes_and_is_counted() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let disk = opened(directory.path(), OpenOptions { mapped: true, ..options() }).await;
        let (larder, cache) = cache_on(&disk).await;
        assert!(cache.set(&1, &value(1, 0, 50_000)).await.unwrap().is_stored());
        let held = cache.get(&1).await.unwrap().unwrap();
        for turn in 1..2000 {
            assert!(cache.set(&(turn % 50), &value(turn % 50, turn, 20_000)).await.unwrap().is_stored());
        }
        let pinned = larder.space().await.unwrap().unwrap().pinned;
        assert!(pinned >= 1 << 20, "{pinned}");
        assert_eq!(held, value(1, 0, 50_000));
        drop(held);
        assert_eq!(larder.space().await.unwrap().unwrap().pinned, 0);
        assert_eq!(harm(&disk).await, []);
    });
}

#[test]
fn beyond_what_may_be_pinned_values_are_copied() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let disk = opened(directory.path(), OpenOptions { mapped: true, most_pinned: 0, ..options() }).await;
        let (larder, cache) = cache_on(&disk).await;
        let mut held = Vec::new();
        for turn in 0..4000 {
            let key = turn % 50;
            assert!(cache.set(&key, &value(key, turn, 20_000)).await.unwrap().is_stored());
            held.push((key, turn, cache.get(&key).await.unwrap().unwrap()));
            let pinned = larder.space().await.unwrap().unwrap().pinned;
            assert!(pinned <= 16 << 20, "{pinned} bytes are pinned");
            if held.len() > 500 {
                held.remove(0);
            }
        }
        assert!(held.iter().all(|(key, turn, bytes)| *bytes == value(*key, *turn, 20_000)));
    });
}

/// Changes a byte in the last value that was stored.
fn damage(path: &Path, value: &[u8]) {
    let segment = path.join("log/0000000001");
    let bytes = std::fs::read(&segment).expect("it is there");
    let at = bytes.windows(64).rposition(|window| window == &value[..64]).expect("it is in the log");
    let file = std::fs::OpenOptions::new().write(true).open(segment).expect("it is ours");
    file.write_all_at(&[!value[70]], at as u64 + 70).expect("it is ours");
}

#[test]
fn damage_is_told_unless_nobody_wants_to_know() {
    pollster::block_on(async {
        for mapped in [false, true] {
            let directory = tempfile::tempdir().unwrap();
            let disk = opened(directory.path(), OpenOptions { mapped, ..options() }).await;
            let (_, cache) = cache_on(&disk).await;
            let stored = value(1, 0, 1000);
            assert!(cache.set(&1, &stored).await.unwrap().is_stored());
            damage(directory.path(), &stored);
            assert_eq!(cache.get(&1).await.unwrap_err().kind(), ErrorKind::Corrupt);
            let trusting =
                opened(directory.path(), OpenOptions { mapped, checked: false, ..options() }).await;
            let (_, cache) = cache_on(&trusting).await;
            let found = cache.get(&1).await.unwrap().unwrap();
            assert!(found.len() == 1000 && found != stored);
            assert_eq!(harm(&trusting).await.len(), 1, "a check looks at everything");
        }
    });
}
