//! A damaged file never makes a wrong value, a hang, a panic or a signal, and a damaged index loses nothing.
//!
//! Each round damages one file of a directory and uses the disk. The rounds run in a process of their own, so that a signal or
//! a hang of it is a failure of the test. More rounds are tried with `LARDER_DAMAGE`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use larder_core::Bytes;
use larder_core::cache::{Cache, OnError, Outcome};
use larder_core::codec::Format;
use larder_core::disk::{Disk, Finding, Repair, Settings};
use larder_core::larder::Larder;
use larder_local::{Durability, LocalDisk, OpenOptions};

/// Tells the test that it is the process that uses the disk, and which rounds it does.
const ROUNDS: &str = "LARDER_DAMAGE_ROUNDS";
/// How many rounds of each kind are tried.
const COUNT: &str = "LARDER_DAMAGE";
/// How long the rounds of one process may take: a hang is longer.
const PATIENCE: Duration = Duration::from_mins(2);
const KEYS: u64 = 120;
const LIMIT: u64 = 16 << 20;
/// Key 0 has a file of its own.
const LARGE: usize = 300 << 10;

/// The bytes of a write, which tell the key and the turn.
fn value(key: u64, turn: u64) -> Bytes {
    let length = if key == 0 { LARGE } else { 40 + usize::try_from(key).unwrap() * 37 % 1500 };
    let mut bytes = ((key << 32) | turn).to_le_bytes().repeat(length.div_ceil(8));
    bytes.truncate(length);
    bytes.into()
}

/// The turn of the write that `bytes` are of; panics for bytes of no write of `key`.
fn turn_of(key: u64, bytes: &Bytes) -> u64 {
    let word = u64::from_le_bytes(*bytes.first_chunk().unwrap());
    let turn = word & 0xffff_ffff;
    assert_eq!(*bytes, value(key, turn), "key {key} has bytes that were never written");
    turn
}

struct Open {
    disk: LocalDisk,
    cache: Cache<u64, Bytes>,
}

async fn open(root: &Path) -> larder_core::Result<Open> {
    // Closed with a sync: so the index is believed in a copy too.
    let durability = Durability::Interval(Duration::from_hours(1));
    let options = OpenOptions { durability, deadline: Duration::from_secs(5), ..OpenOptions::default() };
    let disk = LocalDisk::open_with(root, options, Settings::limited(LIMIT)).await?;
    let larder = Larder::open(disk.clone()).await?;
    let cache = larder.cache("tests").format(Format::Raw).on_error(OnError::Fail).build().unwrap();
    Ok(Open { disk, cache })
}

/// A directory in which each key was written some times, and every seventh was removed; the last turn of each key.
async fn prepare(root: &Path) -> BTreeMap<u64, u64> {
    let open = open(root).await.unwrap();
    let mut last = BTreeMap::new();
    for turn in 0..4 {
        for key in 0..KEYS {
            if key % 3 != turn % 3 {
                assert!(open.cache.set(&key, &value(key, turn)).await.unwrap().is_stored());
                last.insert(key, turn);
            }
        }
    }
    for key in (0..KEYS).step_by(7).skip(1) {
        open.cache.remove(&key).await.unwrap();
        last.remove(&key);
    }
    last
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// All files below `root`, sorted.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

fn is_of_index(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    ["index", "slots", "chains", "segments", "namespaces"].contains(&name)
}

/// Where `file` has bytes that are not zero, most of the time: damage of the rest finds little.
fn place(bytes: &[u8], random: &mut fastrand::Rng) -> usize {
    for _ in 0..200 {
        let at = random.usize(..bytes.len());
        if bytes[at] != 0 {
            return at;
        }
    }
    random.usize(..bytes.len().min(4096))
}

/// Damages `file` in one way; what was done.
fn damage(file: &Path, random: &mut fastrand::Rng, one_byte: bool) -> String {
    let mut bytes = fs::read(file).unwrap();
    if bytes.is_empty() {
        return "nothing".to_owned();
    }
    let at = place(&bytes, random);
    let end = bytes.len().min(at + random.usize(1..4096));
    let done = match if one_byte { random.u8(..2) } else { random.u8(..7) } {
        0 => {
            bytes[at] ^= 1 << random.u8(..8);
            "a bit"
        }
        1 => {
            bytes[at] = bytes[at].wrapping_add(random.u8(1..));
            "a byte"
        }
        2 => {
            bytes[at..end].fill(0);
            "zeros"
        }
        3 => {
            bytes[at..end].iter_mut().for_each(|byte| *byte = random.u8(..));
            "garbage"
        }
        4 => {
            bytes.truncate(at);
            "cut"
        }
        5 => {
            bytes.truncate(random.usize(..bytes.len().min(400)));
            "cut short"
        }
        _ => {
            let word = at / 8 * 8;
            let end = bytes.len().min(word + 8);
            bytes[word..end].fill(if random.bool() { 0xff } else { 0 });
            "a word"
        }
    };
    fs::write(file, &bytes).unwrap();
    format!("{done} at {at} of {}", file.display())
}

/// Uses a damaged disk: every key has its last value or none, and sets work, if need be after it is opened again.
async fn judge(root: &Path, last: &BTreeMap<u64, u64>, may_lose: bool, what: &str) {
    let mut stored = BTreeMap::new();
    for attempt in 0..2 {
        let open = match open(root).await {
            Ok(open) => open,
            Err(error) => panic!("{what}: it does not open: {error:?}"),
        };
        for key in 0..KEYS {
            let found = open.cache.get(&key).await.ok().flatten().map(|bytes| turn_of(key, &bytes));
            let expected = stored.get(&key).or_else(|| last.get(&key)).copied();
            assert!(
                found.is_none() || found == expected,
                "{what}: key {key} has {found:?}, not {expected:?}"
            );
            assert!(may_lose || found == expected, "{what}: key {key} is missing");
        }
        let mut findings: Vec<Finding> = Vec::new();
        open.disk.check(Repair::Fix, &mut findings).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let mut failed = None;
        for key in (0..KEYS).step_by(5) {
            match open.cache.set(&key, &value(key, 100 + attempt)).await {
                Ok(outcome) => {
                    assert!(outcome.is_stored(), "{what}: {outcome:?}");
                    stored.insert(key, 100 + attempt);
                }
                Err(error) => failed = Some(error),
            }
        }
        assert!(attempt == 0 || failed.is_none(), "{what}: sets fail: {failed:?}");
    }
}

fn closed_round(kept: &Path, last: &BTreeMap<u64, u64>, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let directory = temporary();
    let root = directory.path().join("disk");
    copy(kept, &root);
    let loses_index = seed % 4 == 3;
    let candidates: Vec<PathBuf> = files(&root)
        .into_iter()
        .filter(|file| if loses_index { file.starts_with(root.join("log")) } else { !file.ends_with("lock") })
        .collect();
    let file = &candidates[random.usize(..candidates.len())];
    let may_lose = !is_of_index(file);
    // Whatever is left of larder.json, a limit is asked for, so only the kind of the damage is told.
    let what = damage(file, &mut random, loses_index || file.ends_with("larder.json"));
    if loses_index {
        files(&root).iter().filter(|file| is_of_index(file)).for_each(|file| fs::remove_file(file).unwrap());
    }
    let what = format!("round {seed}: {what}");
    pollster::block_on(judge(&root, last, may_lose && !file.ends_with("larder.json"), &what));
}

/// Flips bits of the index under a reader and a writer. Nothing is cut: what a process has mapped must stay.
fn live_round(kept: &Path, last: &BTreeMap<u64, u64>, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let directory = temporary();
    let root = directory.path().join("disk");
    copy(kept, &root);
    // The turn of each key that was acknowledged, and one more; 0 for none.
    let acknowledged: Vec<AtomicU64> =
        (0..KEYS).map(|key| AtomicU64::new(last.get(&key).map_or(0, |turn| turn + 1))).collect();
    let is_over = AtomicBool::new(false);
    let open = pollster::block_on(open(&root)).unwrap();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut random = fastrand::Rng::with_seed(!seed);
            while !is_over.load(Ordering::Relaxed) {
                let key = random.u64(1..KEYS);
                let least = acknowledged[usize::try_from(key).unwrap()].load(Ordering::Acquire);
                if let Ok(Some(bytes)) = pollster::block_on(open.cache.get(&key)) {
                    let turn = turn_of(key, &bytes) + 1;
                    assert!(turn >= least, "round {seed}: key {key} has turn {turn} after {least}");
                }
            }
        });
        for turn in 1000..1040 {
            let name = ["index", "slots", "chains", "segments"][random.usize(..4)];
            flip(&root.join(name), &mut random);
            for _ in 0..4 {
                let key = random.u64(1..KEYS);
                let began = Instant::now();
                let stored = pollster::block_on(open.cache.set(&key, &value(key, turn)));
                assert!(began.elapsed() < Duration::from_secs(20), "round {seed}: a set took too long");
                if stored.is_ok_and(Outcome::is_stored) {
                    acknowledged[usize::try_from(key).unwrap()].store(turn + 1, Ordering::Release);
                }
            }
            if reader.is_finished() {
                break;
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    drop(open);
    let last = acknowledged.iter().zip(0..).filter_map(|(turn, key)| {
        let turn = turn.load(Ordering::Relaxed).checked_sub(1)?;
        Some((key, turn))
    });
    let last: BTreeMap<u64, u64> = last.collect();
    pollster::block_on(async {
        let open = self::open(&root).await.unwrap();
        for (key, turn) in last {
            let found = open.cache.get(&key).await.ok().flatten().map(|bytes| turn_of(key, &bytes));
            // A set that failed may be there, as one that was cut off.
            assert!(
                found.is_none_or(|found| found >= turn),
                "round {seed}: key {key} has {found:?}, not {turn}"
            );
        }
        for key in 1..KEYS {
            assert!(open.cache.set(&key, &value(key, 5000)).await.unwrap().is_stored(), "round {seed}");
        }
    });
}

fn flip(path: &Path, random: &mut fastrand::Rng) {
    let file = fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let bytes = fs::read(path).unwrap();
    let at = place(&bytes, random);
    file.write_all_at(&[bytes[at] ^ (1 << random.u8(..8))], at as u64).unwrap();
}

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// The process that uses the disk.
#[test]
fn rounds() {
    let Ok(rounds) = std::env::var(ROUNDS) else { return };
    let (kind, range) = rounds.split_once(' ').unwrap();
    let (from, to) = range.split_once(' ').unwrap();
    let directory = temporary();
    let kept = directory.path().join("kept");
    let last = pollster::block_on(prepare(&kept));
    for seed in from.parse::<u64>().unwrap()..to.parse().unwrap() {
        eprintln!("round {seed}");
        match kind {
            "closed" => closed_round(&kept, &last, seed),
            _ => live_round(&kept, &last, seed),
        }
    }
}

/// Runs so many rounds of a kind, a few in each process.
fn run(kind: &str, count: u64, batch: usize) {
    let count = std::env::var(COUNT).map_or(count, |count| count.parse().unwrap());
    for from in (0..count).step_by(batch) {
        let range = format!("{kind} {from} {}", count.min(from + batch as u64));
        let directory = temporary();
        let told = directory.path().join("told");
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "rounds", "--nocapture"])
            .env(ROUNDS, &range)
            .stdout(Stdio::null())
            .stderr(fs::File::create(&told).unwrap())
            .spawn()
            .unwrap();
        let began = Instant::now();
        let status = loop {
            if let Some(status) = process.try_wait().unwrap() {
                break Some(status);
            }
            if began.elapsed() > PATIENCE {
                process.kill().unwrap();
                process.wait().unwrap();
                break None;
            }
            std::thread::park_timeout(Duration::from_millis(5));
        };
        let told = fs::read_to_string(&told).unwrap();
        let end = told.len().saturating_sub(3000);
        let end = told.get(end..).unwrap_or(&told);
        assert!(status.is_some_and(|status| status.success()), "{range}: {status:?} (none: a hang)\n{end}");
    }
}

#[test]
fn a_damaged_file_makes_no_wrong_value_and_no_hang() {
    run("closed", 100, 50);
}

#[test]
fn an_index_that_is_damaged_under_a_reader_and_a_writer_makes_no_wrong_value_and_no_hang() {
    run("live", 12, 12);
}
