//! What is recorded of an entry: by what it is done, and by what not.

use std::time::Duration;

use larder_core::cache::Life;
use larder_core::disk::{Access, Brief, Disk, Note, Revised, Revision, Scope, Settings};
use larder_core::entry::{Draft, Version};
use larder_core::key::Key;

use crate::Bench;

async fn only(bench: &Bench, disk: &dyn Disk) -> Brief {
    let briefs = bench.survey(disk, Scope::All, 100).await;
    let [brief] = briefs[..] else { panic!("{bench}: one entry is stored, {} are surveyed", briefs.len()) };
    brief
}

/// A hit counts one and moves the access time; what was stored when stays.
/// [POL-6]
pub async fn a_hit_is_recorded(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("hit");
    let stored = bench.store(&*disk, &key, "body").await;
    for hits in 1..=3 {
        bench.pass(10);
        let at_once = disk.get_now(&key, Access::Hit(bench.now()));
        if at_once.is_none() {
            let _ = bench.must(disk.get(&key, Access::Hit(bench.now())).await, "hitting");
        }
        let expected = Brief { hits, accessed: bench.now(), ..stored };
        assert_eq!(only(bench, &*disk).await, expected, "{bench}: after {hits} hits");
    }
}

/// Looking, listing, surveying and missing record nothing.
/// [POL-6, CON-1]
pub async fn a_look_records_nothing(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("seen");
    let stored = bench.store(&*disk, &key, "body").await;
    bench.pass(10);
    let _ = disk.get_now(&key, Access::Peek);
    let _ = bench.must(disk.get(&key, Access::Peek).await, "peeking");
    let _ = bench.must(disk.peek(&key).await, "peeking");
    let _ = bench.must(disk.list(&[stored.id]).await, "listing");
    let absent: Key = bench.key("absent");
    let _ = bench.must(disk.get(&absent, Access::Hit(bench.now())).await, "missing");
    assert_eq!(only(bench, &*disk).await, stored, "{bench}: what is told of the entry");
}

/// A store begins anew: times are now, hits are none.
/// [POL-6, SET-1]
pub async fn a_store_begins_anew(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("again");
    let first = bench.store(&*disk, &key, "body").await;
    bench.pass(10);
    let _ = bench.must(disk.get(&key, Access::Hit(bench.now())).await, "hitting");
    bench.pass(10);
    let second = bench.store(&*disk, &key, "body").await;
    assert_ne!(first.version, second.version, "{bench}: two writes have one version");
    let brief = only(bench, &*disk).await;
    let told = (brief.hits, brief.stored, brief.accessed);
    assert_eq!(told, (0, bench.now(), bench.now()), "{bench}: access data after an overwrite");
}

/// Of the cache's operations a read alone is a hit.
/// [POL-6, CON-1]
pub async fn only_reads_are_hits(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    let disk = larder.disk();
    bench.set(&cache, "key", "value").await;
    let stored = only(bench, &**disk).await;
    bench.pass(5);
    assert!(bench.has(&cache, "key").await, "{bench}: an entry is contained");
    assert_eq!(bench.sorted_keys(&cache).await, ["key"], "{bench}: an entry is iterated");
    if bench.declared().create {
        let added = bench.must(cache.add("key", &"other".to_owned()).await, "adding");
        assert!(!added.is_stored(), "{bench}: an add over a live entry");
    }
    assert_eq!(only(bench, &**disk).await, stored, "{bench}: no hit so far");
    if bench.declared().touch {
        let life = Life::For(Duration::from_mins(1));
        assert!(bench.must(cache.touch("key", life).await, "touching"), "{bench}: a live entry is touched");
        let touched = only(bench, &**disk).await;
        assert_eq!((touched.hits, touched.accessed), (0, stored.accessed), "{bench}: a touch is no hit");
    }
    assert!(bench.get(&cache, "key").await.is_some(), "{bench}: a read finds its entry");
    let read = only(bench, &**disk).await;
    assert_eq!((read.hits, read.accessed), (1, bench.now()), "{bench}: a read is a hit");
}

/// Hits that a faster tier answered, and words of a policy, are taken down for the version that they name only.
/// [POL-7]
pub async fn notes_are_taken_for_their_version(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("noted");
    let old = bench.store(&*disk, &key, "old").await;
    let brief = bench.store(&*disk, &key, "new").await;
    bench.pass(30);
    let at = bench.now();
    let notes = |version| {
        [Note::Hits { id: brief.id, version, at, hits: 5 }, Note::Word { id: brief.id, version, word: 77 }]
    };
    bench.must(disk.record(&notes(old.version)).await, "recording for an older version");
    assert_eq!(only(bench, &*disk).await, brief, "{bench}: notes on an older version are dropped");
    bench.must(disk.record(&notes(brief.version)).await, "recording");
    let expected = Brief { hits: 5, accessed: at, word: 77, ..brief };
    assert_eq!(only(bench, &*disk).await, expected, "{bench}: notes on the stored version are taken");
}

/// The word that an entry is stored with is surveyed with it, through hits and other writes, until the next store.
/// [POL-7, POL-6]
pub async fn a_word_stays_with_its_entry(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("worded");
    let draft = Draft { word: 77, ..bench.draft(bench.meta(), "body") };
    let told = bench.store_draft(&*disk, &key, draft).await;
    assert_eq!(told.word, 77, "{bench}: the word that is told of a put");
    let _ = bench.must(disk.get(&key, Access::Hit(bench.now())).await, "hitting");
    assert_eq!(only(bench, &*disk).await.word, 77, "{bench}: the word of an entry that was hit");
    bench.store(&*disk, &key, "body").await;
    assert_eq!(only(bench, &*disk).await.word, 0, "{bench}: the word of an entry stored without one");
}

/// A touch keeps the word that was noted about an entry.
/// [POL-7, TCH-2]
pub async fn a_touched_entry_keeps_its_word(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("worded");
    let Brief { id, version, .. } = bench.store(&*disk, &key, "body").await;
    bench.must(disk.record(&[Note::Word { id, version, word: 77 }]).await, "recording");
    let expires = Some(bench.now().after(Duration::from_secs(10)));
    let revision = Revision { version: Version::draw(bench.random()), expires };
    let revised = bench.must(disk.revise(&key, version, revision).await, "touching");
    assert!(matches!(revised, Revised::Done(_)), "{bench}: touching the stored version: {revised:?}");
    let touched = only(bench, &*disk).await;
    assert_eq!((touched.word, touched.expires), (77, expires), "{bench}: word and expiry after a touch");
}
