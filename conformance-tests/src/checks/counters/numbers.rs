//! Numbers that programs count in a cache.

use std::time::Duration;

use larder_core::cache::{Cache, Increment, WriteOptions};
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

/// What is added to where no number lives is told, or it is an error that there is none; floats are counted alike.
/// [INC-1, INC-2, INC-3, INC-8]
pub async fn numbers_begin_where_they_are_told(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let numbers = bench.numbers(&larder);
    let from_ten = Increment { delta: -3, initial: Some(10) };
    let only_what_is_there = Increment { delta: 5, initial: None };
    let add = async |by| bench.must(numbers.increment("count", by).await, "incrementing");
    bench.fails(
        numbers.increment("count", only_what_is_there).await,
        ErrorKind::NotFound,
        "incrementing nothing where it must be there",
    );
    assert_eq!(bench.must(numbers.get("count").await, "getting"), None, "{bench}: nothing was stored");
    assert_eq!(add(from_ten).await, 7, "{bench}: an increment of nothing begins where it is told");
    assert_eq!(add(from_ten).await, 4, "{bench}: an increment of a live number begins there");
    assert_eq!(add(only_what_is_there).await, 9, "{bench}: a live number is there");
    let dead = WriteOptions::default().life(Duration::ZERO);
    let set = bench.must(numbers.set_with("dead", &40, &dead).await, "setting");
    assert!(set.is_stored(), "{bench}: setting a number");
    let refused = numbers.increment("dead", only_what_is_there).await;
    bench.fails(refused, ErrorKind::NotFound, "incrementing the dead where it must be there");
    let again = bench.must(numbers.increment("dead", from_ten).await, "incrementing the dead");
    assert_eq!(again, 7, "{bench}: an increment of the dead begins where it is told");
    let floats: Cache<String, f64> = bench.strict(larder.cache("floats"));
    let add = async |by: f64| bench.must(floats.increment("sum", by).await, "incrementing a float");
    assert_eq!(
        (add(0.5).await.to_bits(), add(-2.0).await.to_bits()),
        (0.5_f64.to_bits(), (-1.5_f64).to_bits())
    );
    bench.fails(floats.increment("sum", f64::INFINITY).await, ErrorKind::Overflow, "adding infinity");
    let sum = bench.must(floats.get("sum").await, "getting a float").map(f64::to_bits);
    assert_eq!(sum, Some((-1.5_f64).to_bits()), "{bench}: a float that cannot be added to stays");
}

/// On a full disk a live number is counted without evicting anything: one that grows and finds no place stays as it
/// was. A new number makes room like any write.
/// [INC-6, CAP-11]
pub async fn counting_what_lives_evicts_nothing(bench: &Bench) {
    let policy = "lru";
    let larder = bench.larder(Settings::unbounded().policy(policy)).await;
    let (numbers, texts) = (bench.numbers(&larder), bench.texts(&larder));
    for number in 0..5 {
        bench.set(&texts, &format!("text {number}"), "value").await;
    }
    assert_eq!(bench.must(numbers.increment("count", 9).await, "incrementing"), 9, "{bench}: a new number");
    let limit = bench.must(larder.volume().await, "asking for the volume");
    bench.must(larder.change(Settings::limited(limit).policy(policy)).await, "setting the limit");
    bench.pass(1);
    bench.fails(numbers.increment("count", 1).await, ErrorKind::Unavailable, "a digit more on a full disk");
    let after = bench.must(numbers.increment("count", -1).await, "incrementing");
    assert_eq!(after, 8, "{bench}: the number stayed, and is counted within its place");
    assert_eq!(bench.sorted_keys(&texts).await.len(), 5, "{bench}: counting what lives evicts nothing");
    let volume = bench.must(larder.volume().await, "asking for the volume");
    assert_eq!(volume, limit, "{bench}: the disk is as full as before");
    assert_eq!(bench.must(numbers.increment("more", 1).await, "incrementing"), 1, "{bench}: a new number");
    assert!(bench.sorted_keys(&texts).await.len() < 5, "{bench}: a new number makes room");
    assert_eq!(
        bench.must(numbers.increment("count", 1).await, "incrementing"),
        9,
        "{bench}: what lives stays"
    );
    bench.books_balance(&larder).await;
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

/// A number or value that is changed keeps its expiry, tags, cost and user metadata; a new one has the time to live
/// of its cache.
/// [INC-4, EXP-1, TAG-1]
pub async fn a_changed_entry_keeps_its_metadata(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let life = Duration::from_mins(1);
    let cache: Cache<String, i64> = bench.strict(larder.cache("numbers").life(life));
    let options = WriteOptions::default()
        .life(Duration::from_secs(10))
        .tag("red")
        .cost(Duration::from_millis(7))
        .note("name", "value");
    for key in ["incremented", "updated"] {
        let set = bench.must(cache.set_with(key, &40, &options).await, "setting");
        assert!(set.is_stored(), "{bench}: setting a number");
        let before = bench.must(cache.get_entry(key).await, "getting").expect("it was stored");
        bench.pass(1);
        let change = async |key: &str| match key {
            "updated" => cache.update(key, |old| Ok(old.unwrap_or(0) + 2)).await,
            _ => cache.increment(key, 2).await,
        };
        assert_eq!(bench.must(change(key).await, "changing"), 42, "{bench}: {key}");
        let after = bench.must(cache.get_entry(key).await, "getting").expect("it is live");
        assert_eq!(
            (&after.tags, after.expires, after.cost, &after.user),
            (&before.tags, before.expires, before.cost, &before.user),
            "{bench}: what an entry that is {key} keeps"
        );
        assert_eq!(after.stored, bench.now(), "{bench}: {key}: it is stored now");
        let new = format!("new {key}");
        bench.must(cache.increment(&new, 2).await, "incrementing");
        let expires = bench.must(cache.get_entry(&new).await, "getting").map(|entry| entry.expires);
        assert_eq!(
            expires,
            Some(Some(bench.now().after(life))),
            "{bench}: a new number expires like any value"
        );
    }
}
