//! Bodies of unknown length.

use larder_core::Bytes;
use larder_core::disk::{Condition, NoRoom};
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
