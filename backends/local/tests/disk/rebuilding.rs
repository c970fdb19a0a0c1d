//! The index is made anew from the log.

use std::collections::BTreeMap;

use larder_core::disk::{Direction, Disk, Page, Scope, Settings};

use super::bench::{cache_on, harm, open, value};

/// All that a survey tells of the entries, but for hits and accesses.
async fn told(disk: &dyn Disk) -> Vec<(u128, u64, u64, i64)> {
    let mut all = Vec::new();
    let mut page = Page { scope: Scope::All, direction: Direction::Forward, after: None, most: 1000 };
    loop {
        let survey = disk.survey(&page).await.expect("the disk is there");
        all.extend(
            survey
                .briefs
                .iter()
                .map(|brief| (brief.version.bits(), brief.insertion, brief.size, brief.stored.nanos())),
        );
        let Some(next) = survey.next else { return all };
        page = page.then(next);
    }
}

fn lose_index(path: &std::path::Path) {
    for name in ["index", "slots", "chains", "segments", "namespaces"] {
        std::fs::remove_file(path.join(name)).expect("it is there");
    }
}

#[test]
fn a_rebuilt_index_tells_the_same_and_raises_nobody_from_the_dead() {
    pollster::block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let settings = Settings::limited(6 << 20);
        let mut kept: BTreeMap<u64, u64> = BTreeMap::new();
        let mut random = 1_u64;
        for round in 0..6 {
            let disk = open(directory.path(), settings.clone()).await;
            let (larder, cache) = cache_on(&disk).await;
            for turn in 0..6000 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(round + 1);
                let key = (random >> 33) % 3000;
                match (random >> 20) % 10 {
                    0..=2 => {
                        cache.remove(&key).await.unwrap();
                        kept.remove(&key);
                    }
                    3 => {
                        cache.touch(&key, std::time::Duration::from_hours(1)).await.unwrap();
                    }
                    _ => {
                        let turn = round * 100_000 + turn;
                        assert!(cache.set(&key, &value(key, turn, 1000)).await.unwrap().is_stored());
                        kept.insert(key, turn);
                    }
                }
            }
            let before =
                (told(&disk).await, larder.usage().await.unwrap(), disk.settings(None).await.unwrap());
            drop((cache, larder, disk));
            lose_index(directory.path());

            let disk = open(directory.path(), settings.clone()).await;
            let (larder, cache) = cache_on(&disk).await;
            let after =
                (told(&disk).await, larder.usage().await.unwrap(), disk.settings(None).await.unwrap());
            assert_eq!(before, after, "round {round}");
            assert_eq!(harm(&disk).await, []);
            for key in 0..3000 {
                // It may have been evicted; it may not be another's or an older one.
                let found = cache.get(&key).await.unwrap();
                let right = kept.get(&key).map(|turn| value(key, *turn, 1000));
                assert!(found.is_none() || found == right, "key {key} in round {round}");
            }
        }
    });
}
