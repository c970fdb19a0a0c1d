//! What a check finds in a disk that nothing is wrong with: nothing.

use std::time::Duration;

use larder_core::disk::{Access, Disk, Repair, Scope};

use super::super::values::pattern;
use super::check;
use crate::Bench;

/// Entries of many kinds, and some that are gone again; says how many there are.
async fn fill(bench: &Bench, disk: &dyn Disk) -> u64 {
    for number in 0..60_u64 {
        let mut meta = bench.meta();
        meta.tags = vec!["all".into(), i64::from(number % 2 == 0).into()];
        meta.expires = (number % 3 == 0).then(|| bench.now().after(Duration::from_secs(number)));
        let body = pattern(usize::try_from(number * 1_500).expect("small"), number);
        bench.store_draft(disk, &bench.key(&number), bench.draft(meta, body)).await;
    }
    for number in 0..10 {
        let _ = bench.remove(disk, &bench.key(&(number * 5))).await;
        bench.store(disk, &bench.key(&(number * 5 + 1)), "another").await;
    }
    bench.pass(20);
    50
}

/// Nothing is found on a disk that was filled, overwritten, partly emptied, and is partly dead: neither by the one who
/// only asks, nor by the one who fixes, nor after a reopen. Every entry is looked at.
/// [CHK-1]
pub async fn a_healthy_disk_has_no_findings(bench: &Bench) {
    let disk = bench.disk().await;
    let (empty, checked) = check(bench, &*disk, Repair::Tell).await;
    assert_eq!((&empty[..], checked.entries), (&[][..], 0), "{bench}: findings on an empty disk");
    let entries = fill(bench, &*disk).await;
    for repair in [Repair::Tell, Repair::Fix] {
        let (findings, checked) = check(bench, &*disk, repair).await;
        assert_eq!(findings, [], "{bench}: findings on a healthy disk");
        assert_eq!(checked.entries, entries, "{bench}: entries that were looked at");
        assert_eq!((checked.adopted, checked.struck), (0, 0), "{bench}: a healthy disk was changed");
    }
    if bench.declared().durable {
        bench.must(disk.sync().await, "syncing");
        drop(disk);
        let (findings, checked) = check(bench, &*bench.disk().await, Repair::Tell).await;
        assert_eq!((&findings[..], checked.entries), (&[][..], entries), "{bench}: findings after a reopen");
    }
}

/// A check that only tells changes nothing: neither entries nor access data, order, volume or settings.
/// [CHK-1]
pub async fn a_check_that_tells_changes_nothing(bench: &Bench) {
    changes_nothing(bench, Repair::Tell).await;
}

/// Neither does a fix of a disk that nothing is wrong with.
/// [CHK-2]
pub async fn a_fix_of_a_healthy_disk_changes_nothing(bench: &Bench) {
    changes_nothing(bench, Repair::Fix).await;
}

async fn changes_nothing(bench: &Bench, repair: Repair) {
    let disk = bench.disk().await;
    fill(bench, &*disk).await;
    for number in [2, 7, 59_u64] {
        let hit = disk.get(&bench.key(&number), Access::Hit(bench.now())).await;
        assert!(bench.must(hit, "hitting").is_some(), "{bench}: a hit finds its entry");
    }
    let before = seen(bench, &*disk).await;
    let _ = check(bench, &*disk, repair).await;
    assert!(seen(bench, &*disk).await == before, "{bench}: a check changed what is on the disk");
    bench.balanced(&*disk).await;
}

/// All that a disk tells, in words.
async fn seen(bench: &Bench, disk: &dyn Disk) -> Vec<String> {
    // Asked for first: a disk may learn of its entries when it lists them.
    let keys = bench.keys(disk).await;
    let mut seen: Vec<String> = Vec::new();
    for key in &keys {
        let entry = bench.peek(disk, key).await.expect("a listed entry is stored");
        let body = bench.must(entry.body.bytes().await, "reading a body");
        seen.push(format!("{key} {:?} {body:?}", entry.meta));
    }
    seen.push(format!("{:?}", bench.survey(disk, Scope::All, 100).await));
    seen.push(format!("{:?}", bench.must(disk.usage().await, "asking for the usage")));
    seen.push(format!("{:?}", bench.must(disk.settings(None).await, "asking for the settings")));
    seen
}
