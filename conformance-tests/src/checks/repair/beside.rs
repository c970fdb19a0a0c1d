//! A check beside those who go on.

use larder_core::disk::{Condition, NoRoom, Repair, Settings};
use larder_core::entry::Draft;

use super::super::concurrency::threads;
use super::super::size_caps::{name, value};
use super::super::values::pattern;
use super::check;
use crate::Bench;
use crate::bench::Pause;

/// A write that is under way is no finding, and a fix neither ends it nor takes away the entry that it replaces; when
/// it has ended there is nothing to find either.
/// [CHK-3]
pub async fn what_is_being_written_is_left_alone(bench: &Bench) {
    let disk = bench.disk().await;
    let (written, new) = (bench.key("written"), bench.key("new"));
    bench.store(&*disk, &written, "old").await;
    for key in [&written, &new] {
        let body = pattern(70_000, 2);
        let (pause, source) = Pause::after(vec![body.clone()]);
        let draft = Draft { source, ..bench.draft(bench.meta(), "") };
        let mut writing = disk.put(key, draft, Condition::Always, &NoRoom);
        let ended = pause.reached(&mut writing).await;
        assert!(ended.is_none(), "{bench}: a write ended before its stream: {ended:?}");
        let old = bench.body(&*disk, key).await;
        for repair in [Repair::Tell, Repair::Fix] {
            let (findings, checked) = check(bench, &*disk, repair).await;
            assert_eq!(findings, [], "{bench}: findings while an entry is written");
            assert_eq!(
                (checked.adopted, checked.struck),
                (0, 0),
                "{bench}: a check changed a write under way"
            );
        }
        assert_eq!(bench.body(&*disk, key).await, old, "{bench}: what was there before the write");
        pause.end();
        let _ = bench.stored(bench.must(writing.await, "writing while the disk is checked"));
        assert_eq!(bench.body(&*disk, key).await, Some(body), "{bench}: what was written meanwhile");
        assert_eq!(check(bench, &*disk, Repair::Tell).await.0, [], "{bench}: findings after the write");
    }
    bench.balanced(&*disk).await;
}

/// While one thread checks and fixes over and over, others set, read, remove and evict: nothing is found, no entry is
/// lost that nobody removed, and the books balance.
/// [CHK-3]
pub async fn others_go_on_while_a_disk_is_checked(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache = bench.texts(&larder);
    for number in 0..20 {
        bench.set(&cache, &format!("stays {number}"), "value").await;
    }
    let _ = threads(bench, 4, async |thread| {
        for round in 0..30 {
            let key = name((round * 7 + thread * 13) % 40);
            match thread {
                0 => {
                    let mut findings = Vec::new();
                    bench.must(larder.check(Repair::Fix, &mut findings).await, "checking");
                    findings.retain(|finding: &larder_core::disk::Finding| !finding.flaw.is_left_alone());
                    assert_eq!(findings, [], "{bench}: findings while others write");
                }
                1 if round % 10 == 9 => drop(bench.must(cache.evict("tag").await, "evicting")),
                1 => drop(bench.must(cache.remove(&key).await, "removing")),
                _ => {
                    let options = larder_core::cache::WriteOptions::default().tag("tag");
                    let _ = bench.must(cache.set_with(&key, &value(), &options).await, "setting");
                    let _ = bench.get(&cache, &key).await;
                }
            }
        }
    });
    for number in 0..20 {
        let found = bench.get(&cache, &format!("stays {number}")).await;
        assert_eq!(found.as_deref(), Some("value"), "{bench}: an entry that nobody removed");
    }
    assert_eq!(check(bench, &**larder.disk(), Repair::Tell).await.0, [], "{bench}: findings afterwards");
    bench.books_balance(&larder).await;
}
