//! Which tags are one, and how many an entry may have.

use larder_core::cache::WriteOptions;
use larder_core::disk::Settings;
use larder_core::error::ErrorKind;
use larder_core::tag::{MOST_TAGS, Tag};

use crate::Bench;

/// Equal numbers are one tag; text, bytes and numbers are not, and the kind of a tag comes back.
/// [TAG-1, TAG-2]
pub async fn kinds_of_tags_are_apart(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    let tags = [Tag::from(1), Tag::from("1"), Tag::from(&b"1"[..]), Tag::Float(1.5), Tag::from("")];
    for (number, tag) in tags.iter().enumerate() {
        let key = format!("{number}");
        bench.set_with(&cache, &key, "value", &WriteOptions::default().tag(tag.clone())).await;
        let entry = bench.must(cache.get_entry(&key).await, "getting an entry").expect("it lives");
        let (read, written) = (format!("{:?}", entry.tags), format!("{:?}", [tag]));
        assert_eq!(read, written, "{bench}: a tag comes back as another");
    }
    let float = bench.must(Tag::float(1.0), "making a tag");
    assert_eq!(bench.must(cache.evict(float).await, "evicting"), 1, "{bench}: 1.0 is the tag 1");
    for tag in &tags[1..] {
        let evicted = bench.must(cache.evict(tag.clone()).await, "evicting");
        assert_eq!(evicted, 1, "{bench}: the tag {tag:?} takes its own entry");
    }
}

/// An entry may have 64 tags, each of which takes it; one more is refused, and nothing is stored.
/// [TAG-1, TAG-3]
pub async fn an_entry_has_up_to_64_tags(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    let most = i64::try_from(MOST_TAGS).expect("a small number");
    let all = |number: i64| (0..number).fold(WriteOptions::default(), WriteOptions::tag);
    let refused = cache.set_with("key", &"value".to_owned(), &all(most + 1)).await;
    bench.fails(refused, ErrorKind::Invalid, "setting with 65 tags");
    assert!(bench.sorted_keys(&cache).await.is_empty(), "{bench}: a refused set stored something");
    for tag in [0, 31, most - 1] {
        // A tag that is given twice is one tag.
        bench.set_with(&cache, "key", "value", &all(most).tag(tag)).await;
        let entry = bench.must(cache.get_entry("key").await, "getting an entry").expect("it lives");
        assert_eq!(entry.tags.len(), MOST_TAGS, "{bench}: the tags of an entry");
        assert_eq!(bench.must(cache.evict(tag).await, "evicting"), 1, "{bench}: the tag {tag}");
    }
}
