//! Numbers that programs count in a cache.

use std::time::Duration;

use larder_core::cache::WriteOptions;
use larder_core::disk::Settings;
use larder_core::error::ErrorKind;

use crate::Bench;
use crate::bench::Texts;

/// An increment of nothing, or of the dead, begins at zero; one of a live number adds, and keeps its life and tags.
/// [INC-1, INC-3, INC-4, INC-12]
pub async fn an_increment_adds_to_what_lives(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.numbers(&larder);
    let add = async |delta: i64| bench.must(cache.increment("count", delta).await, "incrementing");
    assert_eq!(add(0).await, 0, "{bench}: an increment by nothing creates the number");
    assert_eq!((add(5).await, add(-7).await), (5, -2), "{bench}: increments add");
    let options = WriteOptions::default().life(Duration::from_secs(10)).tag("tag");
    let set = bench.must(cache.set_with("count", &40, &options).await, "setting");
    assert!(set.is_stored(), "{bench}: setting a number");
    bench.pass(5);
    assert_eq!(add(2).await, 42, "{bench}: an increment of a live number");
    let entry = bench.must(cache.get_entry("count").await, "getting an entry").expect("it lives");
    assert_eq!(
        (entry.tags.len(), entry.stored),
        (1, bench.now()),
        "{bench}: tags stay, the store time is now"
    );
    bench.pass(5);
    assert_eq!(bench.must(cache.get("count").await, "getting"), None, "{bench}: an increment keeps the life");
    assert_eq!(add(1).await, 1, "{bench}: an increment of the dead begins at zero");
    let entry = bench.must(cache.get_entry("count").await, "getting an entry").expect("it lives");
    assert_eq!((entry.tags.len(), entry.expires), (0, None), "{bench}: tags and life of the dead are gone");
}

/// A sum beyond 64 bits, and a value that is no number, are errors that change nothing.
/// [INC-10, INC-11]
pub async fn what_cannot_be_added_changes_nothing(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let numbers = bench.numbers(&larder);
    let set = bench.must(numbers.set("most", &i64::MAX).await, "setting");
    assert!(set.is_stored(), "{bench}: setting a number");
    bench.fails(numbers.increment("most", 1).await, ErrorKind::Overflow, "adding to the greatest number");
    assert_eq!(bench.must(numbers.get("most").await, "getting"), Some(i64::MAX), "{bench}: the number stays");
    let texts: Texts = bench.strict(larder.cache("numbers"));
    bench.set(&texts, "text", "one").await;
    bench.fails(numbers.increment("text", 1).await, ErrorKind::NotANumber, "adding to a text");
    assert_eq!(bench.get(&texts, "text").await.as_deref(), Some("one"), "{bench}: the text stays");
}
