//! How a disk admits a write: it asks for room, and takes no for an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use larder_core::Bytes;
use larder_core::disk::{Condition, Disk, Made, NoRoom, Put, Refusal, Room, Settings, Shortage};
use larder_core::entry::{Draft, Source};
use larder_core::error::{Error, ErrorKind, Result};

use crate::Bench;
use crate::bench::Pause;
use crate::checks::values::pattern;

/// A room whose disk fails.
struct Broken;

#[async_trait]
impl Room for Broken {
    async fn make(&self, _: Shortage) -> Result<Made> {
        Err(Error::new(ErrorKind::Unavailable, "making room"))
    }
}

/// A room that removes the oldest entry through the disk, and takes down what it was asked for.
struct Oldest<'a> {
    bench: &'a Bench,
    disk: Arc<dyn Disk>,
    asked: std::sync::Mutex<Vec<Shortage>>,
}

#[async_trait]
impl Room for Oldest<'_> {
    async fn make(&self, shortage: Shortage) -> Result<Made> {
        if let Ok(mut asked) = self.asked.lock() {
            asked.push(shortage);
        }
        let page = larder_core::disk::Page::first(larder_core::disk::Scope::All, 100);
        let survey = self.disk.survey(&page).await?;
        let Some(oldest) = survey.briefs.iter().min_by_key(|brief| brief.stored) else {
            return Ok(Made::Nothing);
        };
        let fates = self.disk.evict(&[oldest.victim()], larder_core::disk::Cause::Evicted).await?;
        assert_eq!(fates, [larder_core::disk::Fate::Gone], "{}: an untouched victim goes", self.bench);
        Ok(Made::Some)
    }
}

/// A room that takes down what the disk says it holds beside what a survey finds, and gives way once.
struct Counting<'a> {
    room: Oldest<'a>,
    counts: std::sync::Mutex<Vec<(u64, u64)>>,
}

#[async_trait]
impl Room for Counting<'_> {
    async fn make(&self, shortage: Shortage) -> Result<Made> {
        let told = self.room.disk.usage().await?.entries;
        let found = self.room.bench.survey(&*self.room.disk, larder_core::disk::Scope::All, 100).await.len();
        if let Ok(mut counts) = self.counts.lock() {
            counts.push((told, found as u64));
        }
        self.room.make(shortage).await
    }
}

/// A write that does not fit asks for what it lacks, with no lock held, until it fits.
/// [CAP-2]
pub async fn a_write_asks_for_the_room_it_lacks(bench: &Bench) {
    let unit = bench.weight(&bench.key(&0), 1_000);
    let disk = bench.open(Settings::limited(4 * unit)).await;
    for number in 0..4 {
        bench.store(&*disk, &bench.key(&number), vec![0; 1_000]).await;
        bench.pass(1);
    }
    let room = Oldest { bench, disk: Arc::clone(&disk), asked: std::sync::Mutex::default() };
    let draft = bench.draft(bench.meta(), vec![0; 1_000 + usize::try_from(unit).expect("small")]);
    let put = bench.must(disk.put(&bench.key(&9), draft, Condition::Always, &room).await, "putting");
    bench.stored(put);
    let asked = room.asked.into_inner().expect("no check panicked");
    let bytes: Vec<u64> = asked.iter().map(|shortage| shortage.bytes).collect();
    assert_eq!(bytes, [2 * unit, unit], "{bench}: what the disk said it lacks, round by round");
    assert_eq!(bench.keys(&*disk).await.len(), 3, "{bench}: two went for one");
    bench.balanced(&*disk).await;
}

/// Where no room is made the write is refused, and what was there before is there still.
/// [CAP-5, CAP-6]
pub async fn without_room_a_write_is_refused(bench: &Bench) {
    let unit = bench.weight(&bench.key(&0), 1_000);
    let disk = bench.open(Settings::limited(2 * unit)).await;
    for number in 0..2 {
        bench.store(&*disk, &bench.key(&number), vec![0; 1_000]).await;
    }
    let more = vec![1; 1_001];
    for number in [1, 2] {
        let put = bench.put(&*disk, &bench.key(&number), more.clone(), Condition::Always).await;
        let put = bench.must(put, "putting on a full disk");
        assert_eq!(put, Put::Refused(Refusal::Full), "{bench}: a write on a full disk");
    }
    let body = bench.body(&*disk, &bench.key(&1)).await;
    assert!(
        body.is_some_and(|body| body == vec![0; 1_000]),
        "{bench}: a refused write changed the old entry"
    );
    assert_eq!(bench.volume(&*disk).await, 2 * unit, "{bench}: a refused write changed the volume");
    bench.balanced(&*disk).await;
}

/// An error of the room is the error of the write, and nothing is stored.
/// [CAP-2, ERR-1]
pub async fn an_error_of_the_room_is_the_writes(bench: &Bench) {
    let unit = bench.weight(&bench.key(&0), 1_000);
    let disk = bench.open(Settings::limited(unit)).await;
    bench.store(&*disk, &bench.key(&0), vec![0; 1_000]).await;
    let draft = bench.draft(bench.meta(), vec![0; 1_000]);
    let put = disk.put(&bench.key(&1), draft, Condition::Always, &Broken).await;
    bench.fails(put, ErrorKind::Unavailable, "putting while making room fails");
    assert!(bench.body(&*disk, &bench.key(&1)).await.is_none(), "{bench}: a failed write stored something");
    bench.balanced(&*disk).await;
}

/// A stream is admitted as it comes: one that outgrows the limit is refused long before its end, and gives back
/// what it had reserved.
/// [CAP-14]
pub async fn a_stream_is_refused_as_it_outgrows_the_limit(bench: &Bench) {
    let disk = bench.open(Settings::limited(1_000_000)).await;
    bench.store(&*disk, &bench.key("other"), vec![0; 10_000]).await;
    let before = bench.volume(&*disk).await;
    let drawn = Arc::new(AtomicUsize::new(0));
    for key in [bench.key("other"), bench.key("new")] {
        let drawn = Arc::clone(&drawn);
        let chunk = Bytes::from(vec![1; 65_536]);
        let stream = futures_util::stream::iter((0..400).map(move |_| {
            drawn.fetch_add(1, Ordering::Relaxed);
            Ok(chunk.clone())
        }));
        let source = Source::Stream(Box::pin(stream));
        let draft = Draft { meta: Arc::new(bench.meta()), source, word: 0 };
        let put = bench.must(disk.put(&key, draft, Condition::Always, &NoRoom).await, "putting a stream");
        assert!(matches!(put, Put::Refused(_)), "{bench}: a stream beyond the limit: {put:?}");
        bench.balanced(&*disk).await;
    }
    assert_eq!(bench.volume(&*disk).await, before, "{bench}: a refused stream changed the volume");
    // The limit is reached after 16 chunks; a disk may read some ahead.
    let drawn = drawn.load(Ordering::Relaxed);
    assert!(drawn <= 2 * 100, "{bench}: {drawn} chunks of a stream were drawn though 16 fill the disk");
}

/// A stream counts towards the limit while it comes: what came of it leaves no room for others, and is given back
/// when it is dropped.
/// [CAP-14, CAP-2]
pub async fn a_stream_under_way_takes_up_room(bench: &Bench) {
    let (streamed, other) = (bench.key("streamed"), bench.key("other"));
    let limit = bench.weight(&streamed, 300_000);
    let disk = bench.open(Settings::limited(limit)).await;
    let chunks = vec![pattern(100_000, 1), pattern(100_000, 2)];
    let (pause, source) = Pause::after(chunks);
    let draft = Draft { source, ..bench.draft(bench.meta(), "") };
    let mut writing = disk.put(&streamed, draft, Condition::Always, &NoRoom);
    let ended = pause.reached(&mut writing).await;
    assert!(ended.is_none(), "{bench}: a write ended before its stream: {ended:?}");
    let held = async || {
        let usage = bench.must(disk.usage().await, "asking for the usage");
        let held = usage.volume + usage.reserved;
        assert!(held <= limit, "{bench}: {held} bytes of {limit} are taken up");
        usage.reserved
    };
    let reserved = held().await;
    let put = bench.put(&*disk, &other, vec![0; 200_000], Condition::Always).await;
    let put = bench.must(put, "putting beside a stream");
    // A disk that does not count may gather the stream before it takes up room; it is refused in the end, then.
    if bench.declared().counted {
        assert!(reserved >= 200_000, "{bench}: 200000 bytes of a stream came, {reserved} are reserved");
        assert_eq!(put, Put::Refused(Refusal::Full), "{bench}: a write that fits only without the stream");
    }
    held().await;
    drop(writing);
    // A disk may finish what was begun elsewhere; it is quiet again when the next writer had its turn.
    bench.store(&*disk, &streamed, "next").await;
    bench.balanced(&*disk).await;
    bench.store(&*disk, &other, vec![0; 200_000]).await;
    held().await;
}

/// While room is made for a write, the entry that is to come is not counted among those that are there.
/// [CAP-2, CAP-3]
pub async fn what_is_under_way_is_no_entry_yet(bench: &Bench) {
    let unit = bench.weight(&bench.key(&0), 1_000);
    let disk = bench.open(Settings::limited(4 * unit)).await;
    for number in 0..4 {
        bench.store(&*disk, &bench.key(&number), vec![0; 1_000]).await;
        bench.pass(1);
    }
    let room = Oldest { bench, disk: Arc::clone(&disk), asked: std::sync::Mutex::default() };
    let room = Counting { room, counts: std::sync::Mutex::default() };
    let draft = bench.draft(bench.meta(), vec![0; 1_000 + usize::try_from(unit).expect("small")]);
    let put = bench.must(disk.put(&bench.key(&9), draft, Condition::Always, &room).await, "putting");
    bench.stored(put);
    let counts = room.counts.into_inner().expect("no check panicked");
    assert_eq!(counts, [(4, 4), (3, 3)], "{bench}: entries that are told and found while room is made");
    bench.balanced(&*disk).await;
}

/// What is put at once is put as it would be otherwise: under its condition, within the limit, and found afterwards. Where
/// nothing is answered nothing was done.
/// [SET-1, SET-2, CAP-2]
pub async fn what_is_put_at_once_is_put(bench: &Bench) {
    let limit = 20 * bench.weight(&bench.key(&100), 1_000);
    let disk = bench.open(Settings::limited(limit)).await;
    let can_create = disk.capabilities().create;
    for number in 0..40 {
        let key = bench.key(&(100 + number % 32));
        let create = can_create && number % 3 == 0;
        let condition = if create { Condition::Absent } else { Condition::Always };
        let draft = bench.draft(bench.meta(), vec![number; 1_000]);
        let before = bench.must(disk.peek(&key).await, "peeking").map(|meta| meta.version);
        let volume = bench.volume(&*disk).await;
        let put = disk.put_now(&key, &draft, condition).map(|put| bench.must(put, "putting at once"));
        let stored = bench.must(disk.peek(&key).await, "peeking").map(|meta| meta.version);
        match put {
            Some(Put::Stored { brief, .. }) => {
                assert!(condition.holds(before), "{bench}: put at once over {before:?} under {condition:?}");
                let version = Some(draft.meta.version);
                assert_eq!((Some(brief.version), stored), (version, version), "{bench}: another version");
                let body = bench.body(&*disk, &key).await;
                assert!(body.is_some_and(|body| body == vec![number; 1_000]), "{bench}: another body");
            }
            Some(Put::Conflict(found)) => {
                assert!(!condition.holds(before), "{bench}: a conflict over {before:?} under {condition:?}");
                assert_eq!((found, stored), (before, before), "{bench}: a conflict changed the entry");
            }
            Some(put @ Put::Refused(_)) => panic!("{bench}: {put:?} at once, before any room was asked for"),
            None => {
                assert_eq!(stored, before, "{bench}: what was not put at once changed what is stored");
                assert_eq!(bench.volume(&*disk).await, volume, "{bench}: what was not put is counted");
                let put = disk.put(&key, draft, condition, &NoRoom).await;
                let _either = bench.must(put, "putting where nothing was put at once");
            }
        }
        assert!(bench.volume(&*disk).await <= limit, "{bench}: the volume is beyond the limit");
    }
    bench.balanced(&*disk).await;
}
