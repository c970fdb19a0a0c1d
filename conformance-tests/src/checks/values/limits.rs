//! What a cache stores it can also read.

use futures_util::stream;
use larder_core::Bytes;
use larder_core::cache::{Cache, Outcome, WriteOptions};
use larder_core::codec::{Compression, Format, Limits};
use larder_core::disk::Settings;
use larder_core::entry::Fingerprint;
use larder_core::error::{Error, ErrorKind};

use crate::Bench;

/// The limit of the caches of this check.
const MAX_DECODED: u64 = 1_000;

/// A value or a stream beyond the limit on what is decoded is refused as `Encode`: the old entry stays, no new one
/// appears, and the volume does not change. One that is as long as the limit is stored and read.
/// [VAL-1, VAL-9, STR-3, STR-8]
pub async fn a_value_beyond_the_limit_on_reads_is_not_stored(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    for format in [Format::Json, Format::MessagePack, Format::Postcard, Format::Raw] {
        for compression in [Compression::None, Compression::ZSTD, Compression::Lz4] {
            let limits = Limits { max_decoded: MAX_DECODED, ..Limits::default() };
            let builder = larder.cache(&format!("{format} {compression}")).format(format);
            let builder = builder.compression(compression).limits(limits);
            let cache: Cache<str, String> = bench.strict(builder.schema(Fingerprint::of("text")));
            writes_are_limited(bench, &cache).await;
        }
    }
    bench.balanced(&**larder.disk()).await;
}

async fn writes_are_limited(bench: &Bench, cache: &Cache<str, String>) {
    let options = WriteOptions::default();
    // Room for the length or the quotes that a format adds.
    let long = "x".repeat(990);
    assert_eq!(bench.must(cache.set("long", &long).await, "setting a long text"), Outcome::Stored, "{bench}");
    assert_eq!(bench.must(cache.get("long").await, "getting it"), Some(long), "{bench}");
    let exact = Bytes::from(vec![b'y'; 1_000]);
    let parts = [exact.slice(..600), exact.slice(600..)].map(Ok);
    let stored = cache.set_stream("exact", stream::iter(parts), &options).await;
    assert_eq!(bench.must(stored, "storing a stream of the limit"), Outcome::Stored, "{bench}");
    let read = bench.must(cache.get("exact").await, "getting it");
    assert!(read.is_some_and(|text| text.as_bytes() == exact), "{bench}: a stream as long as the limit");

    assert_eq!(bench.must(cache.set("old", &"before".to_owned()).await, "setting"), Outcome::Stored);
    let disk = cache.larder().disk();
    let volume = bench.volume(&**disk).await;
    let beyond = "x".repeat(1_001);
    for key in ["old", "new"] {
        let set = cache.set(key, &beyond).await;
        bench.fails(set, ErrorKind::Encode, "setting a value beyond the limit");
        let parts = vec![Ok(Bytes::from(vec![7; 600])), Ok(Bytes::from(vec![8; 401]))];
        let stored = cache.set_stream(key, stream::iter(parts), &options).await;
        bench.fails(stored, ErrorKind::Encode, "storing a stream beyond the limit");
        let whole = vec![Ok(Bytes::from(vec![7; 1_001]))];
        let stored = cache.set_stream(key, stream::iter(whole), &options).await;
        bench.fails(stored, ErrorKind::Encode, "storing a stream of one chunk beyond the limit");
    }
    let computed = cache.get_or_insert_with("new", async || Ok::<_, Error>(beyond.clone())).await;
    bench.fails(computed, ErrorKind::Encode, "computing a value beyond the limit");
    let old = bench.must(cache.get("old").await, "getting the old value");
    assert_eq!(old.as_deref(), Some("before"), "{bench}: a refused write changed the old entry");
    assert_eq!(
        bench.must(cache.get("new").await, "getting"),
        None,
        "{bench}: a refused write stored something"
    );
    assert_eq!(bench.volume(&**disk).await, volume, "{bench}: a refused write changed the volume");
}

/// A stream that a plain get could not read is refused: any stream in a cache of numbers as `Invalid`, bytes that are
/// not UTF-8 in a cache of text as `Encode`. The old entry stays, and no new one appears.
/// [STR-3, STR-8, VAL-10]
pub async fn a_stream_that_a_get_cannot_read_is_not_stored(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let texts: Cache<str, String> = bench.strict(larder.cache("texts"));
    let numbers: Cache<str, u64> = bench.strict(larder.cache("numbers"));
    let options = WriteOptions::default();
    let parts = |parts: &[&'static [u8]]| {
        stream::iter(parts.iter().map(|part| Ok(Bytes::from_static(part))).collect::<Vec<_>>())
    };
    // The crab is cut in its middle.
    let stored = texts.set_stream("old", parts(&[b"a \xf0\x9f", b"\xa6\x80"]), &options).await;
    assert_eq!(bench.must(stored, "storing text in parts"), Outcome::Stored, "{bench}");
    assert_eq!(bench.must(numbers.set("old", &7).await, "setting"), Outcome::Stored, "{bench}");
    let volume = bench.volume(&**larder.disk()).await;
    for key in ["old", "new"] {
        for broken in [&[b"a\xff".as_slice()][..], &[b"a \xf0\x9f", b"b"], &[b"a \xf0\x9f"]] {
            let stored = texts.set_stream(key, parts(broken), &options).await;
            bench.fails(stored, ErrorKind::Encode, "streaming bytes into a cache of text");
        }
        let stored = numbers.set_stream(key, parts(&[b"7"]), &options).await;
        bench.fails(stored, ErrorKind::Invalid, "streaming into a cache of numbers");
        assert_eq!(
            bench.volume(&**larder.disk()).await,
            volume,
            "{bench}: a refused stream changed the volume"
        );
    }
    let old = bench.must(texts.get("old").await, "getting a text");
    assert_eq!(old.as_deref(), Some("a \u{1F980}"), "{bench}: a refused stream changed the old entry");
    assert_eq!(
        bench.must(texts.get("new").await, "getting"),
        None,
        "{bench}: a refused stream left an entry"
    );
    assert_eq!(bench.must(numbers.get("old").await, "getting a number"), Some(7), "{bench}");
    assert_eq!(bench.must(numbers.get("new").await, "getting"), None, "{bench}");
    bench.balanced(&**larder.disk()).await;
}
