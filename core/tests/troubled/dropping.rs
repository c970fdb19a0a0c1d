//! Every operation of a cache is dropped after every number of polls; afterwards books and place agree.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::poll_immediate;
use larder_core::cache::{Cache, Life, Order, WriteOptions};
use larder_core::disk::{Page, Scope, Settings};
use larder_core::framed::FramedDisk;
use larder_core::larder::Larder;
use larder_core::{Result, frame};
use pollster::block_on;

use crate::place::{Place, strict};

/// Polls `operation` so often at most; says whether it was done.
async fn poll(operation: impl Future, polls: usize) -> bool {
    let mut operation = pin!(operation);
    for _ in 0..polls {
        if poll_immediate(&mut operation).await.is_some() {
            return true;
        }
    }
    false
}

async fn operate(number: usize, larder: &Larder, cache: &Cache<u64, i64>, polls: usize) -> bool {
    let tagged = WriteOptions::default().tag("tag").life(Duration::from_mins(1));
    let version = cache.get_entry(&1).await.unwrap().unwrap().version;
    match number {
        0 => poll(cache.get(&1), polls).await,
        1 => poll(cache.set_with(&1, &-12_345, &tagged), polls).await,
        2 => poll(cache.set_with(&9, &9, &tagged), polls).await,
        3 => poll(cache.add(&9, &9), polls).await,
        4 => poll(cache.add(&1, &9), polls).await,
        5 => poll(cache.swap(&1, version, &-12_345, &tagged), polls).await,
        6 => poll(cache.pop(&1), polls).await,
        7 => poll(cache.remove(&1), polls).await,
        8 => poll(cache.touch(&1, Life::For(Duration::from_secs(5))), polls).await,
        9 => poll(cache.increment(&1, 1_000_000), polls).await,
        10 => poll(cache.evict("tag"), polls).await,
        11 => poll(cache.expire_at(larder.now().after(Duration::from_hours(1))), polls).await,
        12 => poll(cache.clear(), polls).await,
        13 => poll(larder.cull(), polls).await,
        14 => poll(cache.get_or_insert_with(&9, async || Result::<i64>::Ok(9)), polls).await,
        15 => poll(cache.contains(&1), polls).await,
        _ => poll(cache.keys(Order::Oldest), polls).await,
    }
}

/// Requires that the books tell what lies in the place, and that every key can be removed, added and read.
async fn require_whole(place: &Place, larder: &Larder, cache: &Cache<u64, i64>, context: &str) {
    let usage = larder.usage().await.unwrap();
    let frames = place.frames();
    let volume: u64 = frames.values().map(|frame| frame.len() as u64 + frame::OVERHEAD).sum();
    assert_eq!((usage.volume, usage.entries), (volume, frames.len() as u64), "{context}");
    assert_eq!((usage.reserved, cache.len().await.unwrap()), (0, usage.entries), "{context}");
    for key in [1, 2, 9] {
        let there = cache.get(&key).await.unwrap().is_some();
        assert_eq!(cache.remove(&key).await.unwrap(), there, "{context}: removing {key}");
        assert!(cache.add(&key, &1).await.unwrap().is_stored(), "{context}: adding {key}");
        assert_eq!(cache.increment(&key, 1).await.unwrap(), 2, "{context}: incrementing {key}");
    }
}

#[test]
fn an_operation_that_is_dropped_leaves_the_books_as_the_place_is() {
    for operation in 0..=16 {
        for polls in 0..500 {
            let place = Place::default();
            let done = block_on(async {
                let larder = place.larder(Settings::limited(1_200)).await;
                let cache = strict(&larder);
                let tagged = WriteOptions::default().tag("tag").life(Duration::from_mins(1));
                for key in 1..=3 {
                    assert!(cache.set_with(&key, &7, &tagged).await.unwrap().is_stored());
                }
                let done = operate(operation, &larder, &cache, polls).await;
                let context = format!("operation {operation} dropped after {polls} polls");
                require_whole(&place, &larder, &cache, &context).await;
                done
            });
            if done {
                break;
            }
            assert!(polls < 499, "operation {operation} is never done");
        }
    }
}

#[test]
fn a_write_whose_answer_was_lost_is_found_out_before_the_next_use() {
    let place = Place::default();
    block_on(async {
        let larder = place.larder(Settings::unbounded()).await;
        let cache = strict(&larder);
        assert!(cache.set(&1, &1).await.unwrap().is_stored());
        place.shut(true);
        assert!(cache.set(&1, &100).await.is_err() && cache.set(&2, &2).await.is_err());
        place.shut(false);
        require_whole(&place, &larder, &cache, "after lost answers").await;
    });
}

#[test]
fn a_place_can_be_opened_again_after_any_drop() {
    let place = Place::default();
    block_on(async {
        let larder = place.larder(Settings::unbounded()).await;
        let cache = strict(&larder);
        for polls in 0..4 {
            let _ = poll(cache.set(&polls, &1), usize::try_from(polls).unwrap()).await;
        }
        let before = larder.usage().await.unwrap();
        let again = FramedDisk::open(place.clone(), Settings::unbounded()).await.unwrap();
        let survey = larder.disk().survey(&Page::first(Scope::All, 100)).await.unwrap();
        assert_eq!(Larder::open(again).await.unwrap().usage().await.unwrap(), before);
        assert_eq!(survey.briefs.len() as u64, before.entries);
    });
}
