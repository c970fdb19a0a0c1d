//! What a disk does with victims: an entry goes only if it is what was surveyed.

use larder_core::disk::{Access, Cause, Condition, Disk, Fate, NoRoom, Scope, Victim};
use larder_core::entry::Draft;

use crate::Bench;
use crate::bench::Pause;
use crate::checks::values::pattern;

async fn evict(bench: &Bench, disk: &dyn Disk, victims: &[Victim]) -> Vec<Fate> {
    let fates = bench.must(disk.evict(victims, Cause::Evicted).await, "evicting");
    assert_eq!(fates.len(), victims.len(), "{bench}: one fate for each victim");
    fates
}

/// Victims that nobody wrote or hit go; a second time they are gone. The fates come in the order of the victims.
/// [CAP-2, CLR-2]
pub async fn untouched_victims_go(bench: &Bench) {
    let disk = bench.disk().await;
    for number in 0..10 {
        bench.store(&*disk, &bench.key(&number), vec![0; 100]).await;
    }
    let briefs = bench.survey(&*disk, Scope::All, 3).await;
    let victims: Vec<Victim> = briefs.iter().take(6).map(larder_core::disk::Brief::victim).collect();
    assert_eq!(evict(bench, &*disk, &victims).await, [Fate::Gone; 6], "{bench}: untouched victims");
    assert_eq!(evict(bench, &*disk, &victims).await, [Fate::Absent; 6], "{bench}: victims that are gone");
    let left = bench.survey(&*disk, Scope::All, 100).await;
    assert_eq!(left, briefs[6..], "{bench}: what is left");
    bench.balanced(&*disk).await;
}

/// A victim that was to stay if somebody hit it is spared once it was, and told as it is now; one that was not
/// goes all the same.
/// [CAP-2]
pub async fn a_victim_that_was_hit_is_spared(bench: &Bench) {
    let disk = bench.disk().await;
    let key = bench.key("hit");
    bench.store(&*disk, &key, "body").await;
    let surveyed = bench.brief(&*disk, &key).await.expect("it is stored");
    bench.pass(1);
    let hit = bench.must(disk.get(&key, Access::Hit(bench.now())).await, "hitting");
    assert!(hit.is_some(), "{bench}: a hit finds its entry");
    let now = bench.brief(&*disk, &key).await.expect("it is stored");
    let fates = evict(bench, &*disk, &[surveyed.idle_victim()]).await;
    assert_eq!(fates, [Fate::Changed(now)], "{bench}: a victim that was hit");
    assert!(bench.body(&*disk, &key).await.is_some(), "{bench}: a spared victim is there");
    let fates = evict(bench, &*disk, &[surveyed.victim()]).await;
    assert_eq!(fates, [Fate::Gone], "{bench}: a victim whose hits do not matter");
    bench.balanced(&*disk).await;
}

/// Victims go in order up to the first that was hit: what comes after it stays, since its turn may not have come.
/// [CAP-2, CAP-3]
pub async fn victims_after_one_that_was_hit_are_spared(bench: &Bench) {
    let disk = bench.disk().await;
    for number in 0..5 {
        bench.store(&*disk, &bench.key(&number), "body").await;
    }
    let mut victims = Vec::new();
    for number in 0..5 {
        let brief = bench.brief(&*disk, &bench.key(&number)).await.expect("it is stored");
        victims.push(brief.idle_victim());
    }
    let _ = bench.remove(&*disk, &bench.key(&0)).await;
    bench.pass(1);
    let hit = bench.must(disk.get(&bench.key(&2), Access::Hit(bench.now())).await, "hitting");
    assert!(hit.is_some(), "{bench}: a hit finds its entry");
    let fates = evict(bench, &*disk, &victims).await;
    let as_told =
        matches!(fates[..], [Fate::Absent, Fate::Gone, Fate::Changed(_), Fate::Spared, Fate::Spared]);
    assert!(as_told, "{bench}: one gone before, one that goes, one hit, two after it: {fates:?}");
    for (number, there) in [(1, false), (2, true), (3, true), (4, true)] {
        let found = bench.body(&*disk, &bench.key(&number)).await.is_some();
        assert_eq!(found, there, "{bench}: whether the victim {number} is there");
    }
    bench.balanced(&*disk).await;
}

/// A victim that was overwritten, or removed and stored again, since it was surveyed is spared.
/// [CAP-2]
pub async fn a_victim_that_was_written_is_spared(bench: &Bench) {
    let disk = bench.disk().await;
    for removed in [false, true] {
        let key = bench.key(&removed);
        bench.store(&*disk, &key, "old").await;
        let victim = bench.brief(&*disk, &key).await.expect("it is stored").victim();
        if removed {
            let _ = bench.remove(&*disk, &key).await;
        }
        bench.store(&*disk, &key, "new").await;
        let fates = evict(bench, &*disk, &[victim]).await;
        assert_eq!(fates, [Fate::Absent], "{bench}: a victim of another version");
        let body = bench.body(&*disk, &key).await;
        assert_eq!(body.as_deref(), Some(&b"new"[..]), "{bench}: the entry that was written since");
    }
    bench.balanced(&*disk).await;
}

/// A victim that somebody is overwriting is busy and stays; it stops nothing, so those after it go.
/// [CAP-2, CAP-3, SET-6]
pub async fn a_victim_that_is_being_written_is_busy(bench: &Bench) {
    let disk = bench.disk().await;
    let (written, other) = (bench.key("written"), bench.key("other"));
    let mut victims = Vec::new();
    for key in [&written, &other] {
        bench.store(&*disk, key, "old").await;
        victims.push(bench.brief(&*disk, key).await.expect("it is stored").victim());
    }
    let (pause, source) = Pause::after(vec![pattern(70_000, 2)]);
    let draft = Draft { source, ..bench.draft(bench.meta(), "") };
    let mut writing = disk.put(&written, draft, Condition::Always, &NoRoom);
    let ended = pause.reached(&mut writing).await;
    assert!(ended.is_none(), "{bench}: a write ended before its stream: {ended:?}");
    let fates = evict(bench, &*disk, &victims).await;
    assert_eq!(fates, [Fate::Busy, Fate::Gone], "{bench}: a victim that is being written, and one after it");
    let body = bench.body(&*disk, &written).await;
    assert_eq!(body.as_deref(), Some(&b"old"[..]), "{bench}: the old entry while it is overwritten");
    pause.end();
    bench.stored(bench.must(writing.await, "putting a stream"));
    let body = bench.body(&*disk, &written).await;
    assert!(body == Some(pattern(70_000, 2)), "{bench}: the entry that was written meanwhile");
    bench.balanced(&*disk).await;
}
