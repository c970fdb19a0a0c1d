//! Keys, writers and sweeps that get in each other's way.

use std::pin::pin;
use std::sync::Arc;

use futures_util::future::{join, poll_immediate};
use larder_core::cache::{Life, WriteOptions};
use larder_core::disk::{Condition, Disk, NoRoom, Put, Removed, Settings};
use larder_core::entry::{Draft, Meta, Source};
use larder_core::framed::FramedDisk;
use larder_core::key::{Digest, Key, Namespace};
use larder_core::random::SystemRandom;
use larder_core::time::Time;
use larder_core::{Bytes, disk::Cause};
use pollster::block_on;

use crate::place::{Place, strict};

fn draft() -> Draft {
    let meta = Meta::new(&SystemRandom::new(), Time::EPOCH, "raw".into(), "none".into());
    Draft { meta: Arc::new(meta), source: Source::Whole(Bytes::from_static(b"body")), word: 0 }
}

#[test]
fn an_entry_of_another_key_with_the_same_digest_is_no_entry_of_this_key() {
    let digest = Digest::from_bytes([7; 32]);
    let key = |number: u64| Key::new(&Namespace::named("n"), &number).unwrap().with_digest(digest);
    let (one, other) = (key(1), key(2));
    block_on(async {
        let disk = FramedDisk::open(Place::default(), Settings::unbounded()).await.unwrap();
        let put = disk.put(&one, draft(), Condition::Absent, &NoRoom).await.unwrap();
        assert!(matches!(put, Put::Stored { .. }));
        let removed = disk.remove(&other, Condition::Always, Cause::Removed).await.unwrap();
        assert_eq!(removed, Removed::Nothing, "the other key has no entry to remove");
        assert!(disk.peek(&one).await.unwrap().is_some(), "the first key has its entry still");
        let put = disk.put(&other, draft(), Condition::Absent, &NoRoom).await.unwrap();
        assert!(matches!(put, Put::Stored { .. }), "the other key had no entry: {put:?}");
        assert!(disk.peek(&one).await.unwrap().is_none() && disk.peek(&other).await.unwrap().is_some());
        assert_eq!(disk.usage().await.unwrap().entries, 1);
    });
}

#[test]
fn an_entry_that_is_touched_meanwhile_goes_with_its_tag() {
    for polls in 0..20 {
        block_on(async {
            let larder = Place::default().larder(Settings::unbounded()).await;
            let cache = strict(&larder);
            let tagged = WriteOptions::default().tag("tag");
            assert!(cache.set_with(&1, &1, &tagged).await.unwrap().is_stored());
            let mut touch = pin!(cache.touch(&1, Life::Endless));
            let mut touched = None;
            for _ in 0..polls {
                if touched.is_none() {
                    touched = poll_immediate(&mut touch).await;
                }
            }
            let (evicted, ()) = join(cache.evict("tag"), async {
                if touched.is_none() {
                    let _there_or_not = touch.await.unwrap();
                }
            })
            .await;
            let left = cache.len().await.unwrap();
            assert_eq!((evicted.unwrap(), left), (1, 0), "a touch polled {polls} times");
            assert!(larder.balance().await.unwrap().holds());
        });
    }
}
