//! Puts of computed values, as the disk sees them. A disk without fences refuses them.

use larder_core::disk::{Cause, Condition, Disk, Fence, Invalidation, NoRoom, Put, Settings};
use larder_core::error::ErrorKind;
use larder_core::key::Key;
use larder_core::tag::Tag;

use crate::Bench;

/// Puts `body` with the tag `red` where nothing is, since `fence`.
async fn put_since(bench: &Bench, disk: &dyn Disk, key: &Key, since: Fence) -> Put {
    let mut meta = bench.meta();
    meta.tags = vec!["red".into()];
    let put = disk.put_since(key, bench.draft(meta, "body"), Condition::Absent, since, &NoRoom).await;
    bench.must(put, "putting since a fence")
}

/// The fence of a disk that keeps fences; one that does not refuses a put with any.
async fn fence(bench: &Bench, disk: &dyn Disk) -> Option<Fence> {
    let fence = disk.fence();
    if fence.is_none() {
        let draft = bench.draft(bench.meta(), "body");
        let put = disk.put_since(&bench.key("key"), draft, Condition::Absent, Fence(0), &NoRoom).await;
        bench.fails(put, ErrorKind::Unsupported, "putting since a fence on a disk without fences");
    }
    fence
}

/// A put since a fence obeys its condition, and stores where nothing was invalidated.
/// [ADD-1, SET-1]
pub async fn a_put_since_a_fence_is_a_put(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("key");
    let Some(since) = fence(bench, &*disk).await else { return };
    let (brief, _) = bench.stored(put_since(bench, &*disk, &key, since).await);
    assert_eq!(bench.body(&*disk, &key).await.as_deref(), Some(&b"body"[..]), "{bench}: what was put");
    let again = put_since(bench, &*disk, &key, since).await;
    assert_eq!(again, Put::Conflict(Some(brief.version)), "{bench}: something is stored");
    let swap = |at| disk.put_since(&key, bench.draft(bench.meta(), "new"), Condition::Is(at), since, &NoRoom);
    let swapped = bench.must(swap(brief.version).await, "swapping since a fence");
    assert!(matches!(swapped, Put::Stored { .. }), "{bench}: a swap since a fence: {swapped:?}");
    bench.balanced(&*disk).await;
}

/// A put since a fence conflicts if its key, its tag or its cache was invalidated since; one since a later fence,
/// or at another key, does not.
/// [TAG-4, CLR-1, DEL-1]
pub async fn an_invalidation_since_the_fence_conflicts(bench: &Bench) {
    let disk = bench.disk().await;
    if fence(bench, &*disk).await.is_none() {
        return;
    }
    let red: Tag = "red".into();
    let (key, other) = (bench.key("key"), bench.key("other"));
    let namespace = bench.namespace();
    for what in [Invalidation::key(&key), Invalidation::tag(namespace, &red), Invalidation::cache(namespace)]
    {
        let since = disk.fence().expect("this disk keeps fences");
        let concerning = Invalidation::concerning(&key, &bench.meta());
        assert!(!disk.is_invalidated(&concerning, since), "{bench}: nothing was invalidated yet");
        bench.must(disk.invalidate(what).await, "invalidating");
        assert!(disk.is_invalidated(&[what], since), "{bench}: {what:?} is invalidated");
        let put = put_since(bench, &*disk, &key, since).await;
        assert_eq!(put, Put::Conflict(None), "{bench}: a put since before {what:?}");
        assert!(bench.peek(&*disk, &key).await.is_none(), "{bench}: nothing is stored");
        if what == Invalidation::key(&key) {
            let _ = bench.stored(put_since(bench, &*disk, &other, since).await);
            let _ = bench.remove(&*disk, &other).await;
        }
        let later = disk.fence().expect("this disk keeps fences");
        let _ = bench.stored(put_since(bench, &*disk, &key, later).await);
        let _ = bench.remove(&*disk, &key).await;
    }
    bench.balanced(&*disk).await;
}

/// A put since a fence conflicts if an entry was stored at its key since and is gone: removed or evicted.
/// [DEL-1, CAP-6]
pub async fn an_entry_that_came_and_went_conflicts(bench: &Bench) {
    let disk = bench.open(Settings::unbounded()).await;
    let Some(since) = fence(bench, &*disk).await else { return };
    let keys = [bench.key("removed"), bench.key("evicted")];
    let _ = bench.store(&*disk, &keys[0], "newer").await;
    let _ = bench.remove(&*disk, &keys[0]).await;
    let brief = bench.store(&*disk, &keys[1], "newer").await;
    let _ = bench.must(disk.evict(&[brief.victim()], Cause::Evicted).await, "evicting");
    for key in &keys {
        let put = put_since(bench, &*disk, key, since).await;
        assert_eq!(put, Put::Conflict(None), "{bench}: {key}: a newer value came and went");
        let later = disk.fence().expect("this disk keeps fences");
        let _ = bench.stored(put_since(bench, &*disk, key, later).await);
    }
}
