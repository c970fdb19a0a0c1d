//! Bodies.

use larder_core::Bytes;
use larder_core::disk::Removed;
use larder_core::entry::Body;
use larder_core::error::ErrorKind;

use super::pattern;
use crate::Bench;

/// Bodies of every size, none included, come back byte for byte.
/// [VAL-3, VAL-4]
pub async fn bodies_of_every_size_come_back(bench: &Bench) {
    let disk = bench.disk().await;
    let mut bodies: Vec<Bytes> = vec![Bytes::new(), (0..=255).collect(), Bytes::from_static(b"\r\n\0\n")];
    for power in [0, 6, 8, 12, 16, 20] {
        let edge = 1_usize << power;
        bodies.extend([edge - 1, edge, edge + 1].map(|length| pattern(length, 3)));
    }
    for (number, body) in bodies.iter().enumerate() {
        bench.store(&*disk, &bench.key(&number), body.clone()).await;
    }
    for (number, body) in bodies.iter().enumerate() {
        let read = bench.body(&*disk, &bench.key(&number)).await;
        assert!(read.as_ref() == Some(body), "{bench}: a body of {} bytes comes back changed", body.len());
        let entry = bench.peek(&*disk, &bench.key(&number)).await;
        let length = entry.map(|entry| entry.body.len());
        assert_eq!(length, Some(body.len() as u64), "{bench}: the length that a body tells");
    }
}

/// A body of 8 MiB comes back.
/// [VAL-1]
pub async fn eight_mebibytes_come_back(bench: &Bench) {
    let disk = bench.disk().await;
    let body = pattern(8 << 20, 5);
    let key = bench.key("large");
    bench.store(&*disk, &key, body.clone()).await;
    assert!(bench.body(&*disk, &key).await == Some(body), "{bench}: 8 MiB come back changed");
}

/// After an overwrite a reader gets the new body, whatever the lengths of the two.
/// [SET-2, SET-6, VAL-11]
pub async fn an_overwrite_leaves_nothing_of_the_old_body(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("overwritten");
    for (round, length) in [10, 100_000, 10, 10, 0, 300_000, 299_999, 1].into_iter().enumerate() {
        let body = pattern(length, round as u64 + 1);
        bench.store(&*disk, &key, body.clone()).await;
        assert!(bench.body(&*disk, &key).await == Some(body), "{bench}: an overwrite with {length} bytes");
    }
    bench.balanced(&*disk).await;
}

/// A key under which nothing is stored, or nothing any more, has no entry; that is no error.
/// [GET-1, STR-9]
pub async fn an_absent_key_is_none(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("absent");
    assert!(bench.peek(&*disk, &key).await.is_none(), "{bench}: an entry that nobody stored");
    bench.store(&*disk, &key, "value").await;
    let removed = bench.remove(&*disk, &key).await;
    assert!(matches!(removed, Removed::Gone(_)), "{bench}: a removal: {removed:?}");
    assert!(bench.peek(&*disk, &key).await.is_none(), "{bench}: an entry that was removed");
    let peeked = bench.must(disk.peek(&key).await, "peeking");
    assert!(peeked.is_none(), "{bench}: metadata of an entry that was removed");
}

/// Ranges of a body are its bytes, and a range that leaves the body is refused.
/// [STR-4, STR-6]
pub async fn ranges_of_a_body_are_its_bytes(bench: &Bench) {
    let disk = bench.disk().await;
    let body = pattern(200_000, 9);
    let key = bench.key("ranges");
    bench.store(&*disk, &key, body.clone()).await;
    let entry = bench.peek(&*disk, &key).await.expect("the entry was stored");
    let Body::Ranged(ranges) = &entry.body else {
        // A whole body is checked already, and has no ranges to go wrong.
        assert!(bench.must(entry.body.bytes().await, "reading") == body, "{bench}: a whole body");
        return;
    };
    for (start, end) in [(0, 1), (0, 200_000), (1, 65_536), (65_535, 65_538), (199_999, 200_000), (7, 7)] {
        let read = bench.must(ranges.read(start..end).await, "reading a range");
        let (from, to) = (usize::try_from(start), usize::try_from(end));
        let expected = body.slice(from.expect("small")..to.expect("small"));
        assert!(read == expected, "{bench}: the range {start}..{end} has other bytes");
    }
    bench.fails(ranges.read(0..200_001).await, ErrorKind::Invalid, "reading beyond the end");
}

/// A body that was handed out stays what it was when its entry is overwritten or removed, or fails as corrupt.
/// [STR-7, VAL-12]
pub async fn a_body_in_hand_outlives_its_entry(bench: &Bench) {
    let disk = bench.disk().await;
    for removed in [false, true] {
        let key = bench.key(&removed);
        let old = pattern(150_000, 1);
        bench.store(&*disk, &key, old.clone()).await;
        let entry = bench.peek(&*disk, &key).await.expect("the entry was stored");
        if removed {
            let gone = bench.remove(&*disk, &key).await;
            assert!(matches!(gone, Removed::Gone(_)), "{bench}: a removal: {gone:?}");
        } else {
            bench.store(&*disk, &key, pattern(150_000, 2)).await;
        }
        match entry.body.bytes().await {
            Ok(read) => assert!(read == old, "{bench}: a body in hand changed with its entry"),
            Err(error) => {
                assert_eq!(
                    error.kind(),
                    ErrorKind::Corrupt,
                    "{bench}: reading a body whose entry went: {error:?}"
                );
            }
        }
    }
}
