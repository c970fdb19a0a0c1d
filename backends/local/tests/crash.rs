//! A crash of the operating system takes what was not on the medium, page by page as it likes, and nothing else.
//!
//! The medium is modelled: at a sync all files are as they are; afterwards each page of 4 KiB that changed is on the medium
//! or not, as a coin falls, and so is each file that was made. What then lies there is opened, under another inode and so
//! as after another boot.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "disk/bench.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod bench;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use larder_core::Bytes;
use larder_core::cache::Cache;
use larder_core::disk::{Disk, Settings};
use larder_local::{Durability, LocalDisk, OpenOptions};

use bench::{cache_on, harm, value};

const PAGE: usize = 4096;
const KEYS: u64 = 60;
const SETTINGS: u64 = 6 << 20;

/// The files of the index.
const INDEX: [&str; 5] = ["index", "slots", "chains", "segments", "namespaces"];

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// All files below `root`, as programs see them.
fn files(root: &Path) -> Files {
    fn gather(root: &Path, below: &Path, files: &mut Files) {
        for entry in std::fs::read_dir(root.join(below)).unwrap().flatten() {
            let path = below.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                gather(root, &path, files);
            } else if below != Path::new("handles") {
                files.insert(path, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut all = Files::new();
    gather(root, Path::new(""), &mut all);
    all
}

/// What may lie on a medium that had `synced`, after the files became `now`.
fn crashed(synced: &Files, now: &Files, random: &mut fastrand::Rng) -> Files {
    let mut left = Files::new();
    for (path, bytes) in now {
        let old = synced.get(path);
        if old.is_none() && random.bool() {
            continue;
        }
        let mut bytes = bytes.clone();
        for (number, page) in bytes.chunks_mut(PAGE).enumerate() {
            let before = old.and_then(|old| old.get(number * PAGE..)).unwrap_or_default();
            let before = &before[..before.len().min(page.len())];
            if page != before && random.bool() {
                page.fill(0);
                page[..before.len()].copy_from_slice(before);
            }
        }
        left.insert(path.clone(), bytes);
    }
    // Bodies that were removed may be there still; removals reach the medium in order.
    let mut removed: Vec<_> = synced.keys().filter(|path| !now.contains_key(*path)).collect();
    removed.sort_unstable();
    let gone = random.usize(..=removed.len());
    left.extend(removed[gone..].iter().map(|path| ((*path).clone(), synced[*path].clone())));
    left
}

fn put(root: &Path, files: &Files, with_index: bool) {
    for (path, bytes) in files {
        if with_index || !INDEX.iter().any(|name| Path::new(name) == path) {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
}

async fn open(path: &Path, durability: Durability) -> LocalDisk {
    let options = OpenOptions { durability, ..OpenOptions::default() };
    LocalDisk::open_with(path, options, Settings::limited(SETTINGS)).await.unwrap()
}

/// Writes and removes at random; what was at each key before is added to `may`.
async fn change(
    cache: &Cache<u64, Bytes>,
    random: &mut fastrand::Rng,
    turns: std::ops::Range<u64>,
    is: &mut BTreeMap<u64, Bytes>,
    may: &mut BTreeMap<u64, Vec<Bytes>>,
    removed: &mut BTreeSet<u64>,
) {
    for turn in turns {
        let key = random.u64(..KEYS);
        if random.u32(..5) == 0 {
            cache.remove(&key).await.unwrap();
            is.remove(&key);
            removed.insert(key);
        } else {
            let length = if random.u32(..40) == 0 { 400_000 } else { random.usize(100..20_000) };
            let value = value(key, turn, length);
            assert!(cache.set(&key, &value).await.unwrap().is_stored());
            may.entry(key).or_default().push(value.clone());
            is.insert(key, value);
        }
    }
}

/// Says whether the run was one that the model can judge.
async fn crash(seed: u64) -> bool {
    let mut random = fastrand::Rng::with_seed(seed);
    // With the first two nothing is written to the medium but when the test says so, and at a close with the first.
    let interval = Durability::Interval(Duration::from_hours(1));
    let durability = match seed % 4 {
        0 | 2 => interval,
        1 => Durability::None,
        _ => Durability::EveryWrite,
    };
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("disk");
    let mut is = BTreeMap::new();
    if random.bool() {
        // One that was closed before: its index said that it could be believed.
        let disk = open(&root, durability).await;
        let (_, cache) = cache_on(&disk).await;
        let turns = 0..random.u64(..600);
        change(&cache, &mut random, turns, &mut is, &mut BTreeMap::new(), &mut BTreeSet::new()).await;
    }
    let closed = if root.exists() { Some(files(&root)) } else { None };
    let disk = open(&root, durability).await;
    let (larder, cache) = cache_on(&disk).await;
    let opened = closed.filter(|_| durability == interval && random.bool());
    let mut synced = if let Some(closed) = opened {
        // Nothing was synced since it was opened, but what opening itself writes to the medium: the head.
        let mut synced = closed;
        let head = files(&root).remove(Path::new("index")).unwrap();
        synced.get_mut(Path::new("index")).unwrap()[..PAGE].copy_from_slice(&head[..PAGE]);
        synced
    } else {
        let turns = 1000..1000 + random.u64(..900);
        change(&cache, &mut random, turns, &mut is, &mut BTreeMap::new(), &mut BTreeSet::new()).await;
        disk.sync().await.unwrap();
        files(&root)
    };
    let mut before = is.clone();
    let (mut may, mut removed) = (BTreeMap::new(), BTreeSet::new());
    let turns = 5000..5000 + random.u64(..60);
    change(&cache, &mut random, turns, &mut is, &mut may, &mut removed).await;
    let now = files(&root);
    if durability == Durability::EveryWrite {
        // All that was reported done is there; of the index some pages may be.
        let is_log = |path: &Path| path.starts_with("log") || path.starts_with("apart");
        synced.retain(|path, _| !is_log(path));
        synced.extend(now.clone().into_iter().filter(|(path, _)| is_log(path)));
        before.clone_from(&is);
        may.clear();
        removed.clear();
    }
    drop((cache, larder, disk));

    if synced.keys().any(|path| path.starts_with("log") && !now.contains_key(path)) {
        // A segment went, so the disk wrote to the medium in between, and what was on it then nobody knows here.
        return false;
    }
    let left = crashed(&synced, &now, &mut random);
    let place = directory.path().join("left");
    put(&place, &left, random.u32(..3) > 0);
    let disk = open(&place, interval).await;
    let (_, cache) = cache_on(&disk).await;
    for key in 0..KEYS {
        let found = cache.get(&key).await;
        // A body whose pages did not get there is damage, which is an error in the strict mode of these tests.
        let found = match found {
            Err(error) if error.kind() == larder_core::ErrorKind::Corrupt => None,
            found => found.unwrap(),
        };
        let was = before.get(&key);
        let later = may.get(&key);
        if later.is_none() && !removed.contains(&key) {
            assert_eq!(found.as_ref(), was, "seed {seed}: key {key} was synced and not written since");
        } else if let Some(found) = &found {
            let is_known = Some(found) == was || later.is_some_and(|later| later.contains(found));
            assert!(is_known, "seed {seed}: key {key} has a value that it never had, or one of before");
        }
    }
    let harm = harm(&disk).await;
    assert!(
        harm.iter().all(|finding| finding.flaw == larder_core::disk::Flaw::Damaged),
        "seed {seed}: {harm:?}"
    );
    true
}

#[test]
fn a_crash_of_the_machine_takes_only_what_was_not_on_the_medium() {
    let seeds = match std::env::var("LARDER_CRASH_SEEDS") {
        Ok(seeds) => seeds.parse().unwrap(),
        Err(_) => 16,
    };
    let judged = (0..seeds).filter(|seed| pollster::block_on(crash(*seed))).count() as u64;
    assert!(judged > seeds / 2, "{judged} of {seeds} runs could be judged");
}
