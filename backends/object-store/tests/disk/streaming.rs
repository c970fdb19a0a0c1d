//! Large bodies: sent in parts, read as they are asked for, and gone without a trace where they are given up.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Waker};

use futures_util::{StreamExt, stream};
use larder_core::disk::{Access, Condition, Disk, NoRoom, Put, Settings};
use larder_core::entry::{Body, Draft, Source};
use larder_core::{Bytes, Error, ErrorKind, Result};
use larder_object_store::{ObjectStoreDisk, OpenOptions, Sharing};

use crate::bench::bench;
use crate::troubled::Troubled;

const MIB: usize = 1 << 20;

async fn disk(store: &Arc<Troubled>, settings: Settings) -> ObjectStoreDisk {
    let (store, options) = (Arc::clone(store), OpenOptions::default());
    ObjectStoreDisk::with_store("troubled:", store, "", Sharing::Shared, options, Some(settings))
        .await
        .unwrap()
}

/// `mebibytes` of which each byte tells which one it is in.
fn chunks(mebibytes: usize) -> impl futures_util::Stream<Item = Result<Bytes>> + Send {
    stream::iter(0..mebibytes).map(|number| Ok(Bytes::from(vec![number.to_le_bytes()[0]; MIB])))
}

fn draft(
    bench: &larder_conformance::Bench,
    source: impl futures_util::Stream<Item = Result<Bytes>> + Send + 'static,
) -> Draft {
    Draft { meta: Arc::new(bench.meta()), source: Source::Stream(Box::pin(source)), word: 0 }
}

#[test]
fn a_long_stream_is_sent_in_parts_and_read_by_one_get() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let disk = disk(&store, Settings::unbounded()).await;
        let key = bench.key("key");
        let put = disk.put(&key, draft(&bench, chunks(50)), Condition::Always, &NoRoom).await.unwrap();
        let (brief, _) = bench.stored(put);
        assert_eq!(brief.size, bench.weight(&key, 50 << 20));
        let uploads = &store.uploads;
        assert_eq!(uploads.completed.load(Ordering::Relaxed), 1);
        assert_eq!(uploads.largest.load(Ordering::Relaxed), 16 * MIB, "no more than a part is held");

        let before = disk.requests();
        let entry = disk.get(&key, Access::Peek).await.unwrap().unwrap();
        let Body::Ranged(body) = entry.body else { panic!("a long body is not read at once") };
        for number in 0..50_u64 {
            let bytes = body.read(number << 20..(number + 1) << 20).await.unwrap();
            assert!(bytes.iter().all(|byte| u64::from(*byte) == number), "mebibyte {number}");
        }
        let after = disk.requests();
        assert_eq!(
            (after.get - before.get, after.total() - before.total()),
            (1, 1),
            "read from begin to end"
        );
        let part = body.read((3 << 20) + 5..(4 << 20) + 7).await.unwrap();
        assert_eq!((part.len(), part[0], part[MIB]), (MIB + 2, 3, 4));
        assert_eq!(disk.requests().get - after.get, 1, "another place is another request");
        bench.balanced(&disk).await;
    });
}

#[test]
fn a_short_stream_is_one_put() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let disk = disk(&store, Settings::unbounded()).await;
        let before = disk.requests();
        let put = disk.put(&bench.key("key"), draft(&bench, chunks(3)), Condition::Always, &NoRoom).await;
        assert!(matches!(put.unwrap(), Put::Stored { .. }));
        assert_eq!(disk.requests().put - before.put, 1);
        assert_eq!(store.uploads.begun.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn a_store_that_takes_no_parts_gets_a_long_stream_whole() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    store.takes_no_parts.store(true, Ordering::Relaxed);
    bench.block_on(async {
        let disk = disk(&store, Settings::unbounded()).await;
        let key = bench.key("key");
        let put = disk.put(&key, draft(&bench, chunks(40)), Condition::Always, &NoRoom).await.unwrap();
        let (brief, _) = bench.stored(put);
        assert_eq!(brief.size, bench.weight(&key, 40 << 20));
        let body = bench.body(&disk, &key).await.unwrap();
        assert_eq!((body.len(), body[0], body[39 * MIB]), (40 * MIB, 0, 39));
    });
}

#[test]
fn a_stream_that_breaks_or_does_not_fit_is_aborted_and_the_old_entry_stays() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let disk = disk(&store, Settings::limited(40 << 20)).await;
        let key = bench.key("key");
        bench.store(&disk, &key, "old").await;
        let broken = chunks(30).chain(stream::iter([Err(Error::new(ErrorKind::Overflow, "it breaks"))]));
        let put = disk.put(&key, draft(&bench, broken), Condition::Always, &NoRoom).await;
        bench.fails(put, ErrorKind::Overflow, "a stream that breaks");
        let put = disk.put(&key, draft(&bench, chunks(50)), Condition::Always, &NoRoom).await.unwrap();
        assert!(matches!(put, Put::Refused(_)), "{put:?}");
        assert_eq!(bench.body(&disk, &key).await.unwrap(), "old");
        bench.balanced(&disk).await;
    });
    settled(&store, 2);
}

#[test]
fn a_stream_that_is_dropped_at_any_point_is_aborted() {
    // Dropped after so many polls; each chunk and each part waits for one.
    for polls in [1, 20, 40] {
        let (bench, store) = (bench(), Arc::new(Troubled::default()));
        let disk = bench.block_on(disk(&store, Settings::unbounded()));
        let key = bench.key("key");
        {
            let waiting = chunks(60).then(|chunk| async {
                let mut waited = false;
                std::future::poll_fn(|context| {
                    if std::mem::replace(&mut waited, true) {
                        return std::task::Poll::Ready(());
                    }
                    context.waker().wake_by_ref();
                    std::task::Poll::Pending
                })
                .await;
                chunk
            });
            let mut put = pin!(disk.put(&key, draft(&bench, waiting), Condition::Always, &NoRoom));
            for _ in 0..polls {
                assert!(put.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            }
        }
        settled(&store, store.uploads.begun.load(Ordering::Relaxed));
        bench.block_on(async {
            assert_eq!(bench.body(&disk, &key).await, None, "after {polls} polls");
            bench.balanced(&disk).await;
        });
    }
}

/// Waits until so many uploads are aborted; the disk does it on a thread of its own.
fn settled(store: &Troubled, aborted: usize) {
    let begun = std::time::Instant::now();
    while store.uploads.aborted.load(Ordering::Relaxed) < aborted {
        assert!(begun.elapsed().as_secs() < 60, "no upload is left behind");
        std::thread::yield_now();
    }
    assert_eq!(store.uploads.completed.load(Ordering::Relaxed), 0);
}

#[test]
fn a_reader_of_a_body_that_is_replaced_gives_no_mixture() {
    let (bench, store) = (bench(), Arc::new(Troubled::default()));
    bench.block_on(async {
        let disk = disk(&store, Settings::unbounded()).await;
        let key = bench.key("key");
        let put = disk.put(&key, draft(&bench, chunks(20)), Condition::Always, &NoRoom).await.unwrap();
        assert!(matches!(put, Put::Stored { .. }));
        let entry = disk.get(&key, Access::Peek).await.unwrap().unwrap();
        let Body::Ranged(body) = entry.body else { panic!("a long body is not read at once") };
        let others = chunks(20).map(|chunk| chunk.map(|chunk| Bytes::from(vec![99; chunk.len()])));
        let put = disk.put(&key, draft(&bench, others), Condition::Always, &NoRoom).await.unwrap();
        assert!(matches!(put, Put::Stored { .. }));
        // What has arrived already is the old body; what has to be asked for is gone.
        let last = body.read(19 << 20..20 << 20).await.unwrap();
        assert!(last.iter().all(|byte| *byte == 19));
        let gone = body.read(10 << 20..11 << 20).await;
        bench.fails(gone, ErrorKind::Corrupt, "a range of what was replaced");
    });
}
