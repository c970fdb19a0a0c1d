//! Evicting by tag.

use std::time::Duration;

use larder_core::cache::{Life, WriteOptions};
use larder_core::disk::{Scope, Settings};
use larder_core::tag::Tag;

use crate::Bench;
use crate::bench::Texts;

fn tagged(tag: impl Into<Tag>) -> WriteOptions {
    WriteOptions::default().tag(tag)
}

/// All entries with a tag go, live and dead, and no others; a second time there are none.
/// [TAG-4, TAG-6]
pub async fn a_tag_takes_its_entries_and_no_others(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    bench.set_with(&cache, "one", "value", &tagged("a")).await;
    bench.set_with(&cache, "two", "value", &tagged("a").tag("b")).await;
    bench.set_with(&cache, "dead", "value", &tagged("a").life(Duration::ZERO)).await;
    bench.set_with(&cache, "other", "value", &tagged("b")).await;
    bench.set_with(&cache, "upper", "value", &tagged("A")).await;
    bench.set(&cache, "bare", "value").await;
    assert_eq!(bench.must(cache.evict("unknown").await, "evicting"), 0, "{bench}: an unknown tag");
    assert_eq!(bench.must(cache.evict("a").await, "evicting"), 3, "{bench}: entries with the tag");
    assert_eq!(bench.sorted_keys(&cache).await, ["bare", "other", "upper"], "{bench}: what is left");
    assert_eq!(bench.must(cache.evict("a").await, "evicting"), 0, "{bench}: none goes twice");
    bench.books_balance(&larder).await;
}

/// Hundreds of entries with one tag go in one call.
/// [TAG-7]
pub async fn hundreds_of_entries_go_by_one_tag(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    for number in 0..260 {
        bench.set_with(&cache, &format!("tagged {number}"), "value", &tagged(7)).await;
        if number % 10 == 0 {
            bench.set_with(&cache, &format!("other {number}"), "value", &tagged(8)).await;
        }
    }
    assert_eq!(bench.must(cache.evict(7).await, "evicting"), 260, "{bench}: entries with the tag");
    assert_eq!(bench.sorted_keys(&cache).await.len(), 26, "{bench}: entries without it");
    bench.books_balance(&larder).await;
}

/// A tag that an overwrite left out does not take the entry any more, nor does one of an entry that was removed.
/// [SET-2, TAG-4]
pub async fn an_old_tag_takes_nothing(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    for key in ["bare", "other", "removed"] {
        bench.set_with(&cache, key, "value", &tagged("old")).await;
    }
    bench.set(&cache, "bare", "value").await;
    bench.set_with(&cache, "other", "value", &tagged("new")).await;
    assert!(bench.must(cache.remove("removed").await, "removing"), "{bench}: a live entry is removed");
    bench.set(&cache, "removed", "value").await;
    assert_eq!(bench.must(cache.evict("old").await, "evicting"), 0, "{bench}: a tag that nothing has");
    assert_eq!(bench.must(cache.evict("new").await, "evicting"), 1, "{bench}: a tag that one entry has");
    assert_eq!(bench.sorted_keys(&cache).await, ["bare", "removed"], "{bench}: what is left");
}

/// A tag takes the entries of its own cache only.
/// [TAG-4, NSP-1]
pub async fn a_tag_takes_nothing_from_other_caches(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let one: Texts = bench.strict(larder.cache("one"));
    let other: Texts = bench.strict(larder.cache("other"));
    for cache in [&one, &other] {
        bench.set_with(cache, "key", "value", &tagged("shared")).await;
    }
    assert_eq!(bench.must(one.evict("shared").await, "evicting"), 1, "{bench}: entries of one cache");
    assert!(bench.has(&other, "key").await, "{bench}: an entry of another cache");
}

/// A touched entry keeps its tags.
/// [TCH-2]
pub async fn a_touched_entry_keeps_its_tags(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    bench.set_with(&cache, "touched", "value", &tagged("kept")).await;
    let life = Life::For(Duration::from_mins(1));
    assert!(bench.must(cache.touch("touched", life).await, "touching"), "{bench}: a live entry is touched");
    assert_eq!(bench.must(cache.evict("kept").await, "evicting"), 1, "{bench}: the tag of a touched entry");
}

/// A survey of a tag has all entries that have it, in pages of any length.
/// [TAG-4]
pub async fn a_survey_of_a_tag_has_all_its_entries(bench: &Bench) {
    let disk = bench.disk().await;
    let mut expected = Vec::new();
    for number in 0..40 {
        let mut meta = bench.meta();
        meta.tags = vec![Tag::from(number % 3), "all".into()];
        let brief = bench.store_draft(&*disk, &bench.key(&number), bench.draft(meta, "body")).await;
        if number % 3 == 1 {
            expected.push(brief.id);
        }
    }
    for most in [1, 3, 100] {
        let found = bench.survey(&*disk, Scope::Tagged(Tag::from(1)), most).await;
        for id in &expected {
            let times = found.iter().filter(|brief| brief.id == *id).count();
            assert_eq!(times, 1, "{bench}: a tagged entry is in the survey, in pages of {most}");
        }
        let all = bench.survey(&*disk, Scope::Tagged("all".into()), most).await;
        assert_eq!(all.len(), 40, "{bench}: a tag that all entries have, in pages of {most}");
    }
}
