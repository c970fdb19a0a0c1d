//! Surveys and listings, page by page.

use std::time::Duration;

use larder_core::disk::{Brief, Direction, Page, Revised, Revision, Scope};
use larder_core::entry::Version;

use crate::Bench;

/// A survey has every entry once, in pages of any length, in both directions; a disk with an order keeps it.
/// [ITR-1, ITR-6]
pub async fn pages_of_any_length_have_every_entry(bench: &Bench) {
    let disk = bench.disk().await;
    for number in 0..50 {
        bench.store(&*disk, &bench.key(&number), "body").await;
    }
    for number in (0..50).step_by(7) {
        let _ = bench.remove(&*disk, &bench.key(&number)).await;
    }
    let whole = bench.survey(&*disk, Scope::All, 1_000).await;
    assert_eq!(whole.len(), 42, "{bench}: a survey in one page");
    for most in [1, 2, 7, 41, 42, 43] {
        for direction in [Direction::Forward, Direction::Backward] {
            let mut paged = bench.survey_from(&*disk, Scope::All, direction, most).await;
            if bench.declared().ordered {
                if direction == Direction::Backward {
                    paged.reverse();
                }
                assert!(
                    paged.is_sorted_by_key(|brief| brief.insertion),
                    "{bench}: {direction:?} by insertion in pages of {most}"
                );
            } else {
                paged.sort_by_key(|brief| brief.insertion);
            }
            let mut expected = whole.clone();
            expected.sort_by_key(|brief| brief.insertion);
            assert_eq!(paged, expected, "{bench}: {direction:?} in pages of {most}");
        }
    }
}

/// A survey since a point has all that was written or touched after it.
/// [CFG-4, CAP-9]
pub async fn a_survey_since_a_point_has_all_later_writes(bench: &Bench) {
    let disk = bench.disk().await;
    for number in 0..10 {
        bench.store(&*disk, &bench.key(&number), "body").await;
    }
    let seen = bench.must(disk.survey(&Page::first(Scope::All, 1)).await, "surveying").seen;
    let mut later = Vec::new();
    later.push(bench.store(&*disk, &bench.key(&3), "again").await);
    later.push(bench.store(&*disk, &bench.key(&10), "new").await);
    if bench.declared().touch {
        let key = bench.key(&5);
        let at = bench.peek(&*disk, &key).await.expect("it is stored").meta.version;
        let expires = Some(bench.now().after(Duration::from_secs(1)));
        let revision = Revision { version: Version::draw(bench.random()), expires };
        match bench.must(disk.revise(&key, at, revision).await, "touching") {
            Revised::Done(brief) => later.push(brief),
            revised @ Revised::Conflict(_) => panic!("{bench}: a touch: {revised:?}"),
        }
    }
    let found = bench.survey(&*disk, Scope::Since(seen), 100).await;
    for brief in &later {
        assert!(found.contains(brief), "{bench}: a later write is not in the survey: {brief:?}");
    }
}

/// A listing answers for each id in turn, and `None` for one that is gone.
/// [ITR-5]
pub async fn a_listing_answers_each_id_in_turn(bench: &Bench) {
    let disk = bench.disk().await;
    let mut briefs: Vec<Brief> = Vec::new();
    for number in 0..6 {
        briefs.push(bench.store(&*disk, &bench.key(&number), "body").await);
    }
    let _ = bench.remove(&*disk, &bench.key(&2)).await;
    let order = [5, 2, 0, 4];
    let ids: Vec<_> = order.iter().map(|number| briefs[*number].id).collect();
    let listed = bench.must(disk.list(&ids).await, "listing");
    assert_eq!(listed.len(), ids.len(), "{bench}: one answer for each id");
    for (number, listed) in order.into_iter().zip(listed) {
        match listed {
            Some((key, meta)) => {
                assert_eq!(key, bench.key(&number), "{bench}: the key of the entry {number}");
                assert_eq!(
                    meta.version, briefs[number].version,
                    "{bench}: the version of the entry {number}"
                );
            }
            None => assert_eq!(number, 2, "{bench}: the entry {number} is stored and not listed"),
        }
    }
    assert!(bench.must(disk.list(&[]).await, "listing nothing").is_empty(), "{bench}: nothing is asked");
}
