//! Bodies of unknown length.

use futures_util::{TryStreamExt, stream};
use larder_core::Bytes;
use larder_core::cache::{Cache, Outcome, WriteOptions};
use larder_core::disk::{Condition, NoRoom, Settings};
use larder_core::error::{Error, ErrorKind};

use super::pattern;
use crate::Bench;

/// A body that is streamed in chunks of any size, none included, comes back, and weighs as if it had been whole.
/// [STR-1, STR-3, STR-12]
pub async fn a_streamed_body_comes_back(bench: &Bench) {
    let disk = bench.disk().await;
    let streams: [&[usize]; 8] = [
        &[],
        &[0],
        &[1],
        &[65_536],
        &[65_535, 2],
        &[65_536, 65_536, 1],
        &[1, 0, 100_000, 3, 4_096],
        &[4 << 20, 17],
    ];
    for (number, lengths) in streams.iter().enumerate() {
        let key = bench.key(&number);
        let chunks: Vec<Bytes> = lengths.iter().map(|length| pattern(*length, *length as u64 + 1)).collect();
        let whole = Bytes::from(chunks.concat());
        let draft = bench.stream(bench.meta(), chunks.into_iter().map(Ok).collect());
        let brief = bench.store_draft(&*disk, &key, draft).await;
        assert_eq!(
            brief.size,
            bench.weight(&key, whole.len() as u64),
            "{bench}: the size of a streamed entry"
        );
        let read = bench.body(&*disk, &key).await;
        assert!(read == Some(whole), "{bench}: a body streamed in {lengths:?} bytes comes back changed");
    }
    bench.balanced(&*disk).await;
}

/// A stream that fails midway is its own error; the old entry stays, and nothing of the new one is counted.
/// [STR-8, CAP-14]
pub async fn a_failing_stream_leaves_the_old_entry(bench: &Bench) {
    let disk = bench.disk().await;
    let (old, new) = (bench.key("old"), bench.key("new"));
    bench.store(&*disk, &old, "before").await;
    let volume = bench.volume(&*disk).await;
    for key in [&old, &new] {
        for good in [0, 1, 3] {
            let mut chunks: Vec<_> = (0..good).map(|seed| Ok(pattern(100_000, seed))).collect();
            chunks.push(Err(Error::new(ErrorKind::Overflow, "the stream breaks")));
            let draft = bench.stream(bench.meta(), chunks);
            let put = disk.put(key, draft, Condition::Always, &NoRoom).await;
            bench.fails(put, ErrorKind::Overflow, "putting a stream that breaks");
            bench.balanced(&*disk).await;
        }
    }
    assert_eq!(bench.volume(&*disk).await, volume, "{bench}: a broken stream changed the volume");
    let body = bench.body(&*disk, &old).await;
    assert_eq!(body.as_deref(), Some(&b"before"[..]), "{bench}: a broken stream changed the old entry");
    assert!(bench.body(&*disk, &new).await.is_none(), "{bench}: a broken stream left an entry");
}

/// What a cache stores from a stream a plain get finds, and a reader gives, whole and in ranges; an absent key has no
/// reader.
/// [STR-1, STR-3, STR-4, STR-6, STR-9]
pub async fn a_cache_streams_values_in_and_out(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache: Cache<str, Bytes> = bench.strict(larder.cache("films"));
    let chunks: Vec<Bytes> = [3, 0, 70_000, 1].map(|length| pattern(length, length as u64 + 1)).to_vec();
    let whole = Bytes::from(chunks.concat());
    let options = WriteOptions::default().tag("short");
    let stored = cache.set_stream("film", stream::iter(chunks.into_iter().map(Ok)), &options).await;
    assert_eq!(bench.must(stored, "storing a stream"), Outcome::Stored, "{bench}");
    assert!(bench.must(cache.get("film").await, "getting it") == Some(whole.clone()), "{bench}: a plain get");
    let reader = bench.must(cache.get_reader("film").await, "reading it").expect("it was stored");
    assert_eq!((reader.len(), reader.format()), (whole.len() as u64, "raw"), "{bench}: what a reader tells");
    assert_eq!(reader.meta().tags, options.tags, "{bench}: the tags of a streamed value");
    let part = bench.must(reader.read(69_000..70_001).await, "reading a range");
    assert!(part == whole.slice(69_000..70_001), "{bench}: a range of a streamed value");
    let beyond = reader.read(70_000..70_005).await;
    bench.fails(beyond, ErrorKind::Invalid, "reading behind the end");
    let read: Vec<Bytes> = bench.must(reader.into_stream().try_collect().await, "reading all of it");
    assert!(read.concat() == whole, "{bench}: the chunks of a reader");
    assert!(bench.must(cache.get_reader("other").await, "reading nothing").is_none(), "{bench}");
}

/// A body of twenty mebibytes comes in and goes out in parts. A reader whose entry is replaced midway gives the rest
/// of the old body or tells that it is gone.
/// [STR-2, STR-4, STR-7]
pub async fn a_large_body_is_read_in_parts(bench: &Bench) {
    const PART: usize = 4 << 20;
    let larder = bench.larder(Settings::unbounded()).await;
    let cache: Cache<str, Bytes> = bench.strict(larder.cache("films"));
    let put = async |seed: u64| {
        let parts = (0..5).map(move |part| Ok(pattern(PART, seed + part)));
        let stored = cache.set_stream("film", stream::iter(parts), &WriteOptions::default()).await;
        assert_eq!(bench.must(stored, "storing a large stream"), Outcome::Stored, "{bench}");
    };
    put(10).await;
    let old: Vec<Bytes> = (0..5).map(|part| pattern(PART, 10 + part)).collect();
    let old = Bytes::from(old.concat());
    let mut reader = bench.must(cache.get_reader("film").await, "reading it").expect("it was stored");
    let mut at = 0;
    while at < PART {
        let chunk = bench.must(reader.next_chunk().await, "reading on").expect("there is more");
        assert!(chunk == old.slice(at..at + chunk.len()), "{bench}: the bytes from {at} on");
        at += chunk.len();
    }
    let other = bench.must(cache.get_reader("film").await, "reading it twice").expect("it was stored");
    let far = bench.must(other.read(19 << 20..(19 << 20) + 5).await, "reading far behind");
    assert!(far == old.slice(19 << 20..(19 << 20) + 5), "{bench}: a range far behind");
    put(90).await;
    loop {
        match reader.next_chunk().await {
            Ok(Some(chunk)) => {
                assert!(chunk == old.slice(at..at + chunk.len()), "{bench}: not the old bytes from {at} on");
                at += chunk.len();
            }
            Ok(None) => {
                assert_eq!(at, old.len(), "{bench}: the old body ends early");
                break;
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{bench}: a body that is gone: {error}");
                break;
            }
        }
    }
    bench.balanced(&**larder.disk()).await;
}
