//! A crash of the machine at any moment leaves each key what was on the medium, what was written since, or nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use larder_core::cache::{Cache, OnError};
use larder_core::codec::Format;
use larder_core::disk::{Disk, Finding, Flaw, Repair, Settings};
use larder_core::larder::Larder;
use larder_core::{Bytes, ErrorKind};

use super::model::{Crash, Files, Watched, overtake, plan, reboot};
use crate::aside::Teller;
use crate::{Durability, LocalDisk, OpenOptions, tables};

/// Of the smallest segments, see [`segment`](crate::segment): 16 KiB in these tests. Bodies above 4 KiB lie apart.
const LIMIT: u64 = 1 << 20;
const KEYS: u64 = 24;

/// Nothing is written to the medium but when somebody says so or needs it.
const NEVER: Durability = Durability::Interval(Duration::from_hours(1));

/// What each key may have after a crash: what was on the medium, and what was written since, the newest last.
type Possible = BTreeMap<u64, Vec<Option<Bytes>>>;

/// Bytes that tell which write they are of.
fn value(key: u64, turn: u64, length: usize) -> Bytes {
    let mut random = fastrand::Rng::with_seed(key << 32 | turn);
    std::iter::repeat_with(|| random.u8(..)).take(length).collect()
}

async fn open(root: &Path, durability: Durability) -> (LocalDisk, Cache<u64, Bytes>) {
    let options = OpenOptions { durability, ..OpenOptions::default() };
    let disk = LocalDisk::open_with(root, options, Settings::limited(LIMIT)).await.unwrap();
    let larder = Larder::open(disk.clone()).await.unwrap();
    let cache = larder.cache("tests").format(Format::Raw).on_error(OnError::Fail).build().unwrap();
    (disk, cache)
}

/// Sets, removes and syncs at random, and closes and opens; what each key may have is in `possible`. Says whether the crash
/// came within an operation, and not after the last.
async fn run(root: &Path, seed: u64, durability: Durability, possible: &RefCell<Possible>) -> bool {
    let mut random = fastrand::Rng::with_seed(seed);
    let settle =
        || possible.borrow_mut().values_mut().for_each(|values| drop(values.drain(..values.len() - 1)));
    let (mut disk, mut cache) = open(root, durability).await;
    for turn in 0..random.u64(60..260) {
        let begun = |key, value| possible.borrow_mut().entry(key).or_insert_with(|| vec![None]).push(value);
        let key = random.u64(..KEYS);
        match random.u32(..100) {
            0..70 => {
                let length = if random.u32(..8) == 0 { 20_000 } else { 4000 };
                let value = value(key, turn, random.usize(100..length));
                begun(key, Some(value.clone()));
                assert!(cache.set(&key, &value).await.unwrap().is_stored());
            }
            70..90 => {
                begun(key, None);
                cache.remove(&key).await.unwrap();
            }
            90 => {
                (0..KEYS).for_each(|key| begun(key, None));
                cache.clear().await.unwrap();
            }
            91..93 => {
                drop((disk, cache));
                if durability != Durability::None {
                    settle();
                }
                (disk, cache) = open(root, durability).await;
            }
            93..97 => {
                disk.sync().await.unwrap();
                settle();
            }
            // On this thread, whose moments are counted.
            _ => {
                let (teller, _news) = Teller::new(1024);
                disk.inner.compact(&teller).await.unwrap();
            }
        }
        if durability == Durability::EveryWrite {
            settle();
        }
    }
    !overtake()
}

/// What there is of each key. A body of which pages are missing is damaged, and so not there.
async fn found(cache: &Cache<u64, Bytes>) -> BTreeMap<u64, Option<Bytes>> {
    let mut found = BTreeMap::new();
    for key in 0..KEYS {
        let value = match cache.get(&key).await {
            Err(error) if error.kind() == ErrorKind::Corrupt => None,
            value => value.unwrap(),
        };
        found.insert(key, value);
    }
    found
}

fn lose_index(root: &Path) {
    for name in tables::FILES.iter().chain([&tables::HEAD]) {
        std::fs::remove_file(root.join(name)).unwrap();
    }
}

fn put(root: &Path, files: &Files) {
    for (path, bytes) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Opens what may be left, as after another boot: under other inodes.
async fn look(root: &Path, left: &Files, possible: &Possible, what: &str) {
    put(root, left);
    reboot(root);
    let (disk, cache) = open(root, NEVER).await;
    let first = found(&cache).await;
    for (key, values) in possible {
        let found = &first[key];
        // The value that was durable, or one that was written later. A torn write does not take what it replaced.
        let is =
            found.as_ref().map_or_else(|| "missing".to_owned(), |value| format!("{} bytes", value.len()));
        assert!(
            values.contains(found),
            "{what}: key {key} is {is}, which none of {} writes made it",
            values.len()
        );
    }
    let mut findings: Vec<Finding> = Vec::new();
    disk.check(Repair::Tell, &mut findings).await.unwrap();
    findings.retain(|finding| finding.flaw.is_harm() && finding.flaw != Flaw::Damaged);
    assert!(findings.is_empty(), "{what}: {findings:?}");
    // Nothing comes back later either.
    drop((disk, cache));
    lose_index(root);
    let (_disk, cache) = open(root, NEVER).await;
    assert_eq!(found(&cache).await, first, "{what}: rebuilt");
}

/// Runs until a crash at a moment of this seed; what was on the medium, what the keys may have, and whether it came within an
/// operation.
fn run_into_crash(
    root: &Path,
    watched: Watched,
    seed: u64,
    durability: Durability,
    possible: Possible,
) -> (Crash, Possible, bool) {
    let possible = Rc::new(RefCell::new(possible));
    let crashed = Rc::new(RefCell::new(None::<(Crash, Possible)>));
    {
        let (possible, crashed) = (Rc::clone(&possible), Rc::clone(&crashed));
        plan(fastrand::Rng::with_seed(!seed).u64(..3000), move || {
            *crashed.borrow_mut() = Some((watched.crash(), possible.borrow().clone()));
        });
    }
    let came_within = pollster::block_on(run(root, seed, durability, &possible));
    let (crash, possible) = crashed.take().expect("it was at the end at the latest");
    (crash, possible, came_within)
}

fn crash(seed: u64) -> bool {
    let mut random = fastrand::Rng::with_seed(!seed);
    let durability = [NEVER, Durability::None, Durability::EveryWrite][(seed % 3) as usize];
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("disk");
    let (crash, possible, came_within) =
        run_into_crash(&root, Watched::new(&root), seed, durability, Possible::new());
    for turn in 0..3 {
        let left = crash.left(&mut random);
        let what = format!("seed {seed}, {durability:?}, medium {turn}");
        pollster::block_on(look(&directory.path().join(turn.to_string()), &left, &possible, &what));
    }
    // The machine crashes again after the index was rebuilt.
    let root = directory.path().join("again");
    put(&root, &crash.left(&mut random));
    reboot(&root);
    let durable = pollster::block_on(async {
        let (_disk, cache) = open(&root, NEVER).await;
        found(&cache).await.into_iter().map(|(key, value)| (key, vec![value])).collect()
    });
    if random.bool() {
        // The rebuilt index is lost with the process, else it is used in the same boot.
        lose_index(&root);
    }
    let (crash, possible, _) =
        run_into_crash(&root, Watched::with_all(&root), seed + 1000, durability, durable);
    for turn in 0..2 {
        let left = crash.left(&mut random);
        let what = format!("seed {seed}, {durability:?}, second medium {turn}");
        pollster::block_on(look(&directory.path().join(format!("again-{turn}")), &left, &possible, &what));
    }
    came_within
}

#[test]
fn a_crash_at_any_moment_takes_nothing_that_was_on_the_medium() {
    let seeds: u64 = std::env::var("LARDER_CRASHES").map_or(9, |seeds| seeds.parse().unwrap());
    let within = (0..seeds).filter(|seed| crash(*seed)).count() as u64;
    assert!(within > seeds / 2, "{within} of {seeds} crashes came within an operation");
}
