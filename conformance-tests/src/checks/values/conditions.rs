//! Writes, removals and touches that depend on what is stored.

use std::time::Duration;

use larder_core::disk::{Access, Cause, Condition, Disk, NoRoom, Put, Removed, Revised, Revision};
use larder_core::entry::Version;
use larder_core::key::Key;

use crate::Bench;

async fn require_body(bench: &Bench, disk: &dyn Disk, key: &Key, expected: &'static str) {
    let body = bench.body(disk, key).await;
    assert_eq!(body.as_deref(), Some(expected.as_bytes()), "{bench}: the entry at {key}");
}

/// A create stores where nothing is stored; a second one changes nothing and tells what is there.
/// [ADD-1, ADD-2]
pub async fn a_create_stores_once(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("created");
    let put = bench.put(&*disk, &key, "first", Condition::Absent).await;
    let (first, _) = bench.stored(bench.must(put, "creating"));
    let put = bench.must(bench.put(&*disk, &key, "second", Condition::Absent).await, "creating again");
    assert_eq!(put, Put::Conflict(Some(first.version)), "{bench}: a second create");
    require_body(bench, &*disk, &key, "first").await;
    let removed = bench.remove(&*disk, &key).await;
    assert!(matches!(removed, Removed::Gone(_)), "{bench}: a removal: {removed:?}");
    let put = bench.put(&*disk, &key, "third", Condition::Absent).await;
    bench.stored(bench.must(put, "creating where something was removed"));
    require_body(bench, &*disk, &key, "third").await;
}

/// A dead entry is in the way of a create, and is handed out like a live one: the caller decides.
/// [ADD-3]
pub async fn a_dead_entry_is_stored_still(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("dead");
    let mut meta = bench.meta();
    meta.expires = Some(bench.now());
    let dead = bench.store_draft(&*disk, &key, bench.draft(meta, "dead")).await;
    bench.pass(100);
    let put = bench.must(bench.put(&*disk, &key, "new", Condition::Absent).await, "creating over the dead");
    assert_eq!(put, Put::Conflict(Some(dead.version)), "{bench}: a create over a dead entry");
    let entry = bench.peek(&*disk, &key).await;
    assert!(
        entry.is_some_and(|entry| !entry.meta.is_live(bench.now())),
        "{bench}: a dead entry is handed out"
    );
}

/// A swap stores over the version that it names; over another, or over nothing, it changes nothing and tells what
/// is there.
/// [SET-2]
pub async fn a_swap_stores_over_its_version_only(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("swapped");
    let first = bench.store(&*disk, &key, "first").await.version;
    let put = bench.put(&*disk, &key, "second", Condition::Is(first)).await;
    let second = bench.stored(bench.must(put, "swapping")).0.version;
    require_body(bench, &*disk, &key, "second").await;
    let put = bench.must(bench.put(&*disk, &key, "third", Condition::Is(first)).await, "swapping late");
    assert_eq!(put, Put::Conflict(Some(second)), "{bench}: a swap of an older version");
    require_body(bench, &*disk, &key, "second").await;
    let absent = bench.key("absent");
    let put = bench.must(bench.put(&*disk, &absent, "new", Condition::Is(first)).await, "swapping nothing");
    assert_eq!(put, Put::Conflict(None), "{bench}: a swap where nothing is stored");
    assert!(bench.body(&*disk, &absent).await.is_none(), "{bench}: a swap of nothing stored something");
    bench.balanced(&*disk).await;
}

/// A removal tells which entry went; a second one, that nothing was stored.
/// [DEL-1]
pub async fn a_removal_tells_what_went(bench: &Bench) {
    let disk = bench.disk().await;
    let (key, other) = (bench.key("removed"), bench.key("other"));
    bench.store(&*disk, &other, "other").await;
    let stored = bench.store(&*disk, &key, "value").await;
    match bench.remove(&*disk, &key).await {
        Removed::Gone(brief) => assert_eq!(brief.version, stored.version, "{bench}: another entry went"),
        removed => panic!("{bench}: removing a stored entry: {removed:?}"),
    }
    assert!(bench.body(&*disk, &key).await.is_none(), "{bench}: a removed entry is found");
    assert_eq!(bench.remove(&*disk, &key).await, Removed::Nothing, "{bench}: removing it again");
    require_body(bench, &*disk, &other, "other").await;
    bench.balanced(&*disk).await;
}

/// A conditional removal takes the version that it names and no other.
/// [POP-1, POP-3]
pub async fn a_conditional_removal_takes_its_version_only(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("popped");
    let first = bench.store(&*disk, &key, "first").await.version;
    let second = bench.store(&*disk, &key, "second").await.version;
    let removed = disk.remove(&key, Condition::Is(first), Cause::Removed).await;
    assert_eq!(
        bench.must(removed, "removing an older version"),
        Removed::Conflict(second),
        "{bench}: removing an older version"
    );
    require_body(bench, &*disk, &key, "second").await;
    let removed = bench.must(disk.remove(&key, Condition::Is(second), Cause::Removed).await, "removing");
    assert!(matches!(removed, Removed::Gone(_)), "{bench}: removing the stored version: {removed:?}");
    let removed =
        bench.must(disk.remove(&key, Condition::Is(second), Cause::Removed).await, "removing again");
    assert_eq!(removed, Removed::Nothing, "{bench}: removing the version again");
}

/// A removal under the condition that nothing is stored removes nothing.
/// [DEL-1]
pub async fn a_removal_of_the_absent_removes_nothing(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("kept");
    bench.store(&*disk, &key, "value").await;
    // Whether the disk answers a conflict or that it does not do this, the entry stays.
    let removed = disk.remove(&key, Condition::Absent, Cause::Removed).await;
    assert!(!matches!(removed, Ok(Removed::Gone(_))), "{bench}: something went: {removed:?}");
    require_body(bench, &*disk, &key, "value").await;
}

/// A touch changes expiry and version; body, other metadata, access data and place stay.
/// [TCH-1, TCH-2]
pub async fn a_touch_changes_the_expiry_alone(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("touched");
    let mut meta = bench.meta();
    meta.tags = vec!["tag".into()];
    meta.user.insert("note".into(), "kept".into());
    bench.store_draft(&*disk, &key, bench.draft(meta, "body")).await;
    bench.store(&*disk, &bench.key("later"), "later").await;
    bench.pass(5);
    let hit = bench.must(disk.get(&key, Access::Hit(bench.now())).await, "hitting").expect("it was stored");
    let before = bench.brief(&*disk, &key).await.expect("it is stored");
    bench.pass(5);
    for expires in [Some(bench.now().after(Duration::from_mins(1))), None, Some(bench.now())] {
        let at = bench.peek(&*disk, &key).await.expect("it is stored").meta.version;
        let version = Version::draw(bench.random());
        let revised = bench.must(disk.revise(&key, at, Revision { version, expires }).await, "touching");
        assert!(matches!(revised, Revised::Done(_)), "{bench}: a touch: {revised:?}");
        let entry = bench.peek(&*disk, &key).await.expect("it is stored");
        let mut expected = (*hit.meta).clone();
        (expected.version, expected.expires) = (version, expires);
        assert_eq!(*entry.meta, expected, "{bench}: the metadata after a touch");
        let brief = bench.brief(&*disk, &key).await.expect("it is stored");
        let kept =
            |brief: &larder_core::disk::Brief| (brief.stored, brief.accessed, brief.hits, brief.insertion);
        assert_eq!(kept(&brief), kept(&before), "{bench}: access data and place after a touch");
        assert_eq!((brief.version, brief.expires), (version, expires), "{bench}: a survey after a touch");
        require_body(bench, &*disk, &key, "body").await;
    }
    bench.balanced(&*disk).await;
}

/// A touch of a version that is not stored changes nothing, and tells what is there.
/// [TCH-1]
pub async fn a_touch_of_another_version_changes_nothing(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("touched");
    let first = bench.store(&*disk, &key, "first").await.version;
    let second = bench.store(&*disk, &key, "second").await.version;
    let revision = Revision { version: Version::draw(bench.random()), expires: Some(bench.now()) };
    let revised = bench.must(disk.revise(&key, first, revision).await, "touching an older version");
    assert_eq!(revised, Revised::Conflict(Some(second)), "{bench}: touching an older version");
    let meta = bench.peek(&*disk, &key).await.expect("it is stored").meta;
    assert_eq!((meta.version, meta.expires), (second, None), "{bench}: a refused touch changed the entry");
    let revised = bench.must(disk.revise(&bench.key("absent"), first, revision).await, "touching nothing");
    assert_eq!(revised, Revised::Conflict(None), "{bench}: touching where nothing is stored");
    let draft = bench.draft(bench.meta(), "still writable");
    let put = bench.must(disk.put(&key, draft, Condition::Always, &NoRoom).await, "writing afterwards");
    bench.stored(put);
}
