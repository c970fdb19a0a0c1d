//! A disk that is opened to be read: every write is refused, and nothing is changed.

use std::sync::Arc;
use std::time::Duration;

use larder_core::Bytes;
use larder_core::disk::{
    Access, Brief, Cause, Condition, Disk, NoRoom, Note, ReadOnly, Revision, Scope, Settings, Usage,
};
use larder_core::entry::Version;
use larder_core::error::ErrorKind;

use crate::Bench;
use crate::bench::Texts;

/// All that a disk tells of what it holds.
async fn told(bench: &Bench, disk: &dyn Disk) -> (Vec<Brief>, Usage, Settings) {
    let briefs = bench.survey(disk, Scope::All, 100).await;
    let usage = bench.must(disk.usage().await, "asking for the usage");
    (briefs, usage, bench.must(disk.settings(None).await, "asking for the settings"))
}

/// A read-only view of the disk reads as the disk does, records no hit, and answers every write of every kind with
/// `ReadOnly`; nothing is changed.
/// [OPN-13]
pub async fn a_read_only_view_changes_nothing(bench: &Bench) {
    let disk = bench.disk().await;
    let (key, other) = (bench.key("key"), bench.key("other"));
    let brief = bench.store(&*disk, &key, "value").await;
    let before = told(bench, &*disk).await;
    let view = ReadOnly::new(Arc::clone(&disk));
    assert_eq!(view.capabilities(), bench.declared(), "{bench}: what a view declares");
    assert_eq!(view.location(), disk.location(), "{bench}: where a view lies");
    bench.pass(5);

    let hit = Access::Hit(bench.now());
    let entry = bench.must(view.get(&key, hit).await, "getting an entry").expect("it was stored");
    let body = bench.must(entry.body.bytes().await, "reading a body");
    assert_eq!(body, "value", "{bench}: what a view reads");
    if let Some(found) = view.get_now(&key, hit) {
        assert!(
            bench.must(found, "getting an entry at once").is_some(),
            "{bench}: what a view reads at once"
        );
    }
    assert!(bench.must(view.peek(&key).await, "peeking").is_some(), "{bench}: what a view peeks");
    assert_eq!(bench.keys(&view).await, std::slice::from_ref(&key), "{bench}: what a view lists");

    let refused = ErrorKind::ReadOnly;
    for condition in [Condition::Always, Condition::Absent, Condition::Is(brief.version)] {
        bench.fails(bench.put(&view, &key, "new", condition).await, refused, "putting an entry");
        bench.fails(bench.put(&view, &other, "new", condition).await, refused, "putting another entry");
        let removed = view.remove(&key, condition, Cause::Removed).await;
        bench.fails(removed, refused, "removing an entry");
    }
    let stream = bench.stream(bench.meta(), vec![Ok(Bytes::from("new"))]);
    let streamed = view.put(&key, stream, Condition::Always, &NoRoom).await;
    bench.fails(streamed, refused, "streaming an entry");
    let revision = Revision { version: Version::draw(bench.random()), expires: Some(bench.now()) };
    bench.fails(view.revise(&key, brief.version, revision).await, refused, "touching an entry");
    bench.fails(view.evict(&[brief.victim()], Cause::Evicted).await, refused, "evicting an entry");
    let note = Note::Word { id: brief.id, version: brief.version, word: 7 };
    bench.fails(view.record(&[note]).await, refused, "recording a note");
    bench.fails(view.settings(Some(Settings::limited(1))).await, refused, "changing the settings");
    bench.must(view.sync().await, "syncing");

    assert_eq!(told(bench, &*disk).await, before, "{bench}: a view changed something");
}

/// A cache on a read-only view reads and computes; what it is told to write it refuses, in the default mode too.
/// [OPN-13]
pub async fn a_cache_that_is_read_only_reads_and_computes(bench: &Bench) {
    let disk = bench.disk().await;
    let writer = bench.texts(&bench.larder_on(Arc::clone(&disk)).await);
    bench.set(&writer, "key", "value").await;
    let before = told(bench, &*disk).await;
    let larder = bench.larder_on(Arc::new(ReadOnly::new(Arc::clone(&disk)))).await;
    let cache: Texts = bench.must(larder.cache("texts").build(), "making a cache");
    bench.pass(5);

    assert_eq!(bench.must(cache.get("key").await, "getting").as_deref(), Some("value"), "{bench}: a read");
    let computed = cache.get_or_insert_with("absent", async || Ok("computed".to_owned())).await;
    assert_eq!(bench.must(computed, "computing"), "computed", "{bench}: a computed value");
    let refused = ErrorKind::ReadOnly;
    bench.fails(cache.set("key", &"new".to_owned()).await, refused, "setting");
    bench.fails(cache.add("absent", &"new".to_owned()).await, refused, "adding");
    bench.fails(cache.remove("key").await, refused, "removing");
    bench.fails(cache.clear().await, refused, "clearing");
    if bench.declared().touch {
        bench.fails(cache.touch("key", Duration::from_secs(1)).await, refused, "touching");
    }
    bench.fails(larder.change(Settings::limited(1)).await, refused, "changing the settings");
    assert_eq!(told(bench, &*disk).await, before, "{bench}: a read-only cache changed something");
}
