//! A writer that dies at any moment whatever leaves a disk on which nothing is wrong.
//!
//! The test starts itself again for each moment of a script, as a writer that dies there, and looks at what is left.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder_core::Bytes;
use larder_core::cache::{Cache, OnError, WriteOptions};
use larder_core::codec::Format;
use larder_core::disk::{Disk, Finding, Repair, Settings};
use larder_core::larder::Larder;

use crate::{Durability, LocalDisk, OpenOptions, apart, medium, tables};

/// The moments that are left; none are counted while it is 0.
static LEFT: AtomicU64 = AtomicU64::new(0);

/// A moment between two changes that others see.
pub(crate) fn moment() {
    medium::at_moment();
    if LEFT.load(Ordering::Relaxed) > 0 && LEFT.fetch_sub(1, Ordering::Relaxed) == 1 {
        std::process::abort();
    }
}

/// Tells the test that it is the writer: where, at which moment it dies, and how durable it is.
const PLACE: &str = "LARDER_FAULT_PLACE";
const MOMENT: &str = "LARDER_FAULT_MOMENT";
const SYNCS: &str = "LARDER_FAULT_SYNCS";
/// Every moment is tried with this; else every so many.
const ALL: &str = "LARDER_FAULT_ALL";
const STRIDE: usize = 17;

/// Of the smallest segments, see [`segment`](crate::segment): 16 KiB in these tests. Bodies above 4 KiB lie apart.
const LIMIT: u64 = 1 << 20;
/// How many steps of the script fill the disk, so that cleaning goes on in the others.
const BEFORE: usize = 56;

/// What a writer does.
#[derive(Clone, Copy, Debug)]
enum Step {
    Set {
        key: u64,
        turn: u64,
        length: usize,
    },
    Remove(u64),
    Touch(u64),
    /// Evicts the odd keys, which are tagged.
    Evict,
    Clear,
    Sync,
}

fn script() -> Vec<Step> {
    let set = |key, turn, length| Step::Set { key, turn, length };
    let mut steps: Vec<Step> = (0..40).map(|turn| set(turn % 9, turn, 2000)).collect();
    steps.extend((0..BEFORE as u64 - 40).map(|turn| set(20 + turn % 3, turn, 3000)));
    let turns = [
        set(0, 100, 1500),
        set(9, 101, 10),
        set(10, 102, 700),
        Step::Remove(1),
        set(11, 103, 100),
        Step::Touch(2),
        set(3, 104, 9000),
        Step::Sync,
        set(3, 105, 12_000),
        Step::Touch(3),
        set(12, 106, 2500),
        set(12, 107, 2900),
        set(1, 108, 3000),
        Step::Remove(3),
        set(4, 109, 3100),
        set(4, 110, 3200),
        Step::Evict,
        set(5, 111, 3300),
        set(6, 112, 3400),
        set(7, 113, 5000),
        Step::Remove(20),
        set(13, 114, 3100),
        Step::Sync,
        set(13, 115, 3500),
        set(21, 116, 3500),
        set(22, 117, 3500),
        set(21, 118, 3500),
        Step::Clear,
        set(1, 119, 3500),
        set(2, 120, 3500),
        Step::Sync,
        set(2, 121, 3500),
        set(2, 122, 3500),
    ];
    steps.extend(turns);
    steps
}

/// The turn and the length of the value at each key.
type Model = BTreeMap<u64, (u64, usize)>;

fn apply(model: &mut Model, step: Step) {
    match step {
        Step::Set { key, turn, length } => {
            model.insert(key, (turn, length));
        }
        Step::Remove(key) => {
            model.remove(&key);
        }
        Step::Evict => model.retain(|key, _| key % 2 == 0),
        Step::Clear => model.clear(),
        Step::Touch(_) | Step::Sync => {}
    }
}

fn model(steps: &[Step]) -> Model {
    let mut model = Model::new();
    steps.iter().for_each(|step| apply(&mut model, *step));
    model
}

/// Bytes that tell of which write they are.
fn value(key: u64, (turn, length): (u64, usize)) -> Bytes {
    let mut bytes = (key * 1000 + turn).to_le_bytes().repeat(length.div_ceil(8));
    bytes.truncate(length);
    bytes.into()
}

/// The write that `bytes` are of.
fn write_of(key: u64, bytes: &Bytes) -> Option<(u64, usize)> {
    let turn = u64::from_le_bytes(*bytes.first_chunk()?).checked_sub(key * 1000)?;
    (value(key, (turn, bytes.len())) == *bytes).then_some((turn, bytes.len()))
}

struct Writer {
    disk: LocalDisk,
    cache: Cache<u64, Bytes>,
}

impl Writer {
    async fn open(place: &Path, durability: Durability) -> Self {
        let options = OpenOptions { durability, deadline: Duration::from_secs(5), ..OpenOptions::default() };
        let disk = LocalDisk::open_with(place, options, Settings::limited(LIMIT)).await.unwrap();
        let larder = Larder::open(disk.clone()).await.unwrap();
        let cache = larder.cache("tests").format(Format::Raw).on_error(OnError::Fail).build().unwrap();
        Self { disk, cache }
    }

    async fn take(&self, step: Step) {
        match step {
            Step::Set { key, turn, length } => {
                let options = WriteOptions::default();
                let options = if key % 2 == 1 { options.tag("odd") } else { options };
                let value = value(key, (turn, length));
                assert!(self.cache.set_with(&key, &value, &options).await.unwrap().is_stored());
            }
            Step::Remove(key) => {
                self.cache.remove(&key).await.unwrap();
            }
            Step::Touch(key) => {
                self.cache.touch(&key, Duration::from_hours(1)).await.unwrap();
            }
            Step::Evict => {
                self.cache.evict("odd").await.unwrap();
            }
            Step::Clear => {
                self.cache.clear().await.unwrap();
            }
            Step::Sync => self.disk.sync().await.unwrap(),
        }
    }

    /// What lies at each key, after all that can be wrong was looked for.
    async fn found(&self, place: &Path, told: &str) -> Model {
        let mut findings: Vec<Finding> = Vec::new();
        self.disk.check(Repair::Tell, &mut findings).await.unwrap();
        assert!(findings.is_empty(), "{told}: {findings:?}");
        let usage = self.disk.usage().await.unwrap();
        assert_eq!(usage.reserved, 0, "{told}: what dead writers reserved is given back");
        let mut found = Model::new();
        for key in 0..32 {
            let Some(bytes) = self.cache.get(&key).await.unwrap() else { continue };
            let write = write_of(key, &bytes);
            found.insert(key, write.unwrap_or_else(|| panic!("{told}: key {key} has no value of its own")));
        }
        assert_eq!(usage.entries, found.len() as u64, "{told}");
        let large = found.values().filter(|(_, length)| *length > 4000).count();
        let aparts = std::fs::read_dir(place.join(apart::DIRECTORY)).unwrap().flatten();
        let aparts: Vec<_> =
            aparts.map(|file| file.file_name()).filter(|name| name != "unfinished").collect();
        assert_eq!(aparts.len(), large, "{told}: a body that nobody names is left: {aparts:?}");
        assert_eq!(std::fs::read_dir(place.join(apart::UNFINISHED)).unwrap().count(), 0, "{told}");
        found
    }
}

/// A directory in memory, where there is such a place: the death of a process is no matter of the medium.
fn fresh() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Forgets the index.
fn lose_index(place: &Path) {
    for name in tables::FILES.into_iter().chain([tables::HEAD]) {
        let _ = std::fs::remove_file(place.join(name));
    }
}

fn durability(syncs: bool) -> Durability {
    if syncs { Durability::Interval(Duration::from_hours(1)) } else { Durability::None }
}

/// The writer: takes the steps, tells of each, and dies.
#[test]
fn writer() {
    let Some(place) = std::env::var_os(PLACE) else { return };
    let place = Path::new(&place);
    let moment: u64 = std::env::var(MOMENT).unwrap().parse().unwrap();
    let durability = durability(std::env::var(SYNCS).is_ok());
    pollster::block_on(async {
        let mut told = std::fs::File::create(place.with_extension("told")).unwrap();
        let writer = Writer::open(place, durability).await;
        for (index, step) in script().into_iter().enumerate() {
            if index == BEFORE {
                LEFT.store(moment, Ordering::Relaxed);
            }
            writer.take(step).await;
            told.write_all(b".").unwrap();
        }
        // Alive after all: then there are no more moments, and the test ends.
        told.write_all(b"!").unwrap();
        LEFT.store(0, Ordering::Relaxed);
    });
}

/// Lets a writer die at this moment; the steps that it took, `None` if it took all.
fn die(place: &Path, moment: u64, syncs: bool) -> Option<usize> {
    let mut writer = Command::new(std::env::current_exe().unwrap());
    writer.args(["--exact", "fault::tests::writer"]).env(PLACE, place).env(MOMENT, moment.to_string());
    if syncs {
        writer.env(SYNCS, "1");
    }
    let status = writer.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    let told = std::fs::read(place.with_extension("told")).unwrap();
    let is_whole = told.ends_with(b"!");
    assert_eq!(is_whole, status.success(), "the writer died for another reason");
    (!is_whole).then_some(told.len())
}

/// Requires that each key has what it had before the step that was cut off, or what it has after it.
fn require(found: &Model, before: &Model, after: &Model, told: &str) {
    for key in 0..32 {
        let is = found.get(&key);
        assert!(
            is == before.get(&key) || is == after.get(&key),
            "{told}: key {key} is {is:?}, was {:?}, should become {:?}",
            before.get(&key),
            after.get(&key)
        );
    }
}

async fn look_at_what_is_left(place: &Path, moment: u64, taken: usize, syncs: bool) {
    let steps = script();
    let told = format!("moment {moment}, step {taken}: {:?}", steps[taken]);
    let (before, after) = (model(&steps[..taken]), model(&steps[..=taken]));
    if moment.is_multiple_of(4) {
        lose_index(place);
    }
    let writer = Writer::open(place, durability(syncs)).await;
    let first = writer.found(place, &told).await;
    require(&first, &before, &after, &told);
    if moment % 4 > 1 {
        // Whoever comes next goes on as if nothing had been.
        for step in &steps[taken..] {
            writer.take(*step).await;
        }
        let told = format!("{told}, and went on");
        let last = writer.found(place, &told).await;
        assert_eq!(last, model(&steps), "{told}");
    }
    let last = writer.found(place, &told).await;
    drop(writer);
    lose_index(place);
    let told = format!("{told}, and the index was lost");
    let writer = Writer::open(place, durability(syncs)).await;
    assert_eq!(writer.found(place, &told).await, last, "{told}");
}

fn walk(syncs: bool) {
    let stride = if std::env::var_os(ALL).is_some() { 1 } else { STRIDE };
    let mut deaths = 0;
    for moment in (1..).step_by(stride) {
        let directory = fresh();
        let place = directory.path().join("disk");
        let Some(taken) = die(&place, moment, syncs) else { break };
        pollster::block_on(look_at_what_is_left(&place, moment, taken, syncs));
        deaths += 1;
    }
    assert!(deaths * stride > 1000, "writers died {deaths} times");
}

#[test]
fn a_writer_may_die_at_any_moment() {
    walk(false);
}

#[test]
fn a_writer_that_syncs_may_die_at_any_moment() {
    walk(true);
}
