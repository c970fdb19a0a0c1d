//! Bytes that come cut or changed are never handed out: they are read again, or they are a miss.

use std::sync::atomic::{AtomicUsize, Ordering};

use larder_core::cache::Cache;
use pollster::block_on;

use crate::asked::Asked;
use crate::server::Reply;
use crate::stand::{DEADLINE, Stand, cache};

/// A cache with one entry.
fn stored(stand: &Stand) -> Cache<String, String> {
    let cache = cache(&stand.disk());
    assert!(block_on(cache.set("key", &"value ".repeat(1_000))).unwrap().is_stored());
    cache
}

fn get(cache: &Cache<String, String>) -> Option<String> {
    block_on(cache.get("key")).unwrap()
}

/// Whether the whole of an entry is asked for.
fn is_get(asked: &Asked) -> bool {
    asked.method == "GET" && asked.is_for_an_entry()
}

#[test]
fn a_changed_body_is_a_miss_that_is_counted_as_corrupt() {
    let stand = Stand::new();
    let cache = stored(&stand);
    stand.server.tell(|asked| if is_get(asked) { Reply::Altered } else { Reply::Honest });
    assert_eq!(get(&cache), None);
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.misses.corrupt, stats.misses.total(), stats.errors), (0, 1, 1, 0));

    // What lies in the store is as it was.
    stand.server.tell(|_| Reply::Honest);
    assert_eq!(get(&cache), Some("value ".repeat(1_000)));
}

#[test]
fn a_body_that_is_changed_on_the_way_once_is_read_again() {
    let stand = Stand::new();
    let cache = stored(&stand);
    let asked = AtomicUsize::new(0);
    stand.server.tell(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::Altered,
        _ => Reply::Honest,
    });
    assert_eq!(get(&cache), Some("value ".repeat(1_000)));
    assert_eq!((cache.stats().hits, cache.stats().misses.total()), (1, 0));
    assert_eq!(stand.server.count(), 2, "{:?}", stand.server.asked());
}

#[test]
fn a_body_that_is_cut_once_is_read_to_its_end() {
    let stand = Stand::new();
    let cache = stored(&stand);
    let asked = AtomicUsize::new(0);
    stand.server.tell(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::Cut,
        _ => Reply::Honest,
    });
    assert_eq!(get(&cache), Some("value ".repeat(1_000)));
    assert_eq!(stand.server.count(), 2, "{:?}", stand.server.asked());
}

#[test]
fn a_body_that_is_always_cut_is_a_miss_that_is_counted_as_corrupt() {
    let stand = Stand::new();
    let cache = stored(&stand);
    stand.server.tell(|asked| if is_get(asked) { Reply::CutUnstamped } else { Reply::Honest });
    assert_eq!(get(&cache), None);
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.misses.corrupt, stats.misses.total(), stats.errors), (0, 1, 1, 0));
}

#[test]
fn a_body_that_never_comes_to_its_end_is_given_up_at_the_deadline() {
    let stand = Stand::new();
    let cache = stored(&stand);
    let (clock, asked) = (stand.clock.clone(), AtomicUsize::new(0));
    stand.server.tell(move |_| {
        if asked.fetch_add(1, Ordering::Relaxed) == 2 {
            clock.advance(DEADLINE);
        }
        Reply::Cut
    });
    assert_eq!(get(&cache), None);
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.errors + stats.misses.corrupt), (0, 1));
}
