//! Reading writes nothing.

use larder_core::disk::Settings;

use super::bench::{cache_on, open, value};

/// How many system calls of this thread wrote something.
fn writes() -> Option<u64> {
    let counts = std::fs::read_to_string("/proc/thread-self/io").ok()?;
    counts.lines().find_map(|line| line.strip_prefix("syscw: ")?.parse().ok())
}

#[test]
fn a_hit_makes_no_system_call_that_writes_under_any_policy() {
    let Some(before) = writes() else { return };
    std::fs::write(tempfile::NamedTempFile::new().unwrap(), "counted").unwrap();
    assert!(writes() > Some(before), "a write is counted");
    for policy in ["lru", "lfu", "lrs", "none"] {
        pollster::block_on(async {
            let directory = tempfile::tempdir().unwrap();
            let disk = open(directory.path(), Settings::limited(8 << 20).policy(policy)).await;
            let (_, cache) = cache_on(&disk).await;
            for key in 0..100 {
                assert!(cache.set(&key, &value(key, 0, 1000)).await.unwrap().is_stored());
            }
            let before = writes();
            for turn in 0..5000 {
                assert!(cache.get(&(turn % 100)).await.unwrap().is_some());
            }
            assert_eq!(writes(), before, "{policy}");
            assert_eq!(cache.get_entry(&1).await.unwrap().map(|entry| entry.value.len()), Some(1000));
        });
    }
}
