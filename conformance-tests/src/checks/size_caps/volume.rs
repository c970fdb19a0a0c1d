//! Volume: the sum of the weights of what is stored, on every disk the same.

use std::collections::BTreeMap;
use std::time::Duration;

use larder_core::Bytes;
use larder_core::disk::{Disk, Revised, Revision};
use larder_core::entry::{Fingerprint, Version};
use larder_core::frame;
use larder_core::key::Key;

use crate::Bench;

/// An empty disk has no volume, and so has one that was emptied.
/// [VOL-1, VOL-6]
pub async fn an_empty_disk_has_no_volume(bench: &Bench) {
    let disk = bench.disk().await;
    assert_eq!(bench.volume(&*disk).await, 0, "{bench}: the volume of an empty disk");
    for number in 0..10 {
        bench.store(&*disk, &bench.key(&number), vec![0; 1_000]).await;
    }
    for number in 0..10 {
        assert!(bench.volume(&*disk).await > 0, "{bench}: the volume of a disk with entries");
        let _ = bench.remove(&*disk, &bench.key(&number)).await;
    }
    assert_eq!(bench.volume(&*disk).await, 0, "{bench}: the volume of an emptied disk");
    bench.balanced(&*disk).await;
}

/// After each of hundreds of random writes, removals and touches the volume is the sum of the weights.
/// [VOL-1, VOL-2, VOL-3, VOL-4]
pub async fn the_volume_is_the_sum_of_the_weights(bench: &Bench) {
    let disk = bench.disk().await;
    let mut weights: BTreeMap<Key, u64> = BTreeMap::new();
    for step in 0..400 {
        let key = bench.key(&bench.below(25));
        match bench.below(10) {
            0..=5 => {
                let mut meta = bench.meta();
                meta.tags = (0..bench.below(4)).map(|tag| format!("tag {tag}").into()).collect();
                meta.expires = (bench.below(2) == 0).then(|| bench.now().after(Duration::from_mins(1)));
                let body = vec![0; usize::try_from(bench.below(70_000)).expect("small")];
                let weight = frame::weight(key.as_bytes(), &meta, body.len() as u64);
                bench.store_draft(&*disk, &key, bench.draft(meta, body)).await;
                weights.insert(key, weight);
            }
            6 | 7 => {
                let _ = bench.remove(&*disk, &key).await;
                weights.remove(&key);
            }
            _ if bench.declared().touch => touch(bench, &*disk, &key).await,
            _ => {}
        }
        let sum: u64 = if bench.declared().touch {
            // A touch may add an expiry to the head of an entry, or take it.
            weigh(bench, &*disk, &weights).await
        } else {
            weights.values().sum()
        };
        assert_eq!(bench.volume(&*disk).await, sum, "{bench}: the volume after {step} steps");
    }
    bench.balanced(&*disk).await;
}

async fn touch(bench: &Bench, disk: &dyn Disk, key: &Key) {
    let Some(entry) = bench.peek(disk, key).await else { return };
    // The expiry moves and is neither added nor taken away, so the head keeps its length.
    let expires = entry.meta.expires.map(|expires| expires.after(Duration::from_secs(1)));
    let revision = Revision { version: Version::draw(bench.random()), expires };
    let revised = bench.must(disk.revise(key, entry.meta.version, revision).await, "touching");
    assert!(matches!(revised, Revised::Done(_)), "{bench}: a touch: {revised:?}");
}

/// What the stored entries weigh by what is told of them.
async fn weigh(bench: &Bench, disk: &dyn Disk, weights: &BTreeMap<Key, u64>) -> u64 {
    let mut sum = 0;
    for (key, weight) in weights {
        let Some(entry) = bench.peek(disk, key).await else {
            panic!("{bench}: the entry {key} is lost");
        };
        let told = frame::weight(key.as_bytes(), &entry.meta, entry.body.len());
        assert_eq!(told, *weight, "{bench}: a touch that moves an expiry changed the weight");
        sum += told;
    }
    sum
}

/// Six written-out entries have the volumes that they have on every disk.
/// [VOL-8, VOL-1]
pub async fn golden_entries_have_golden_volumes(bench: &Bench) {
    let disk = bench.disk().await;
    let mut volume = 0;
    let mut rich = bench.meta();
    rich.expires = Some(rich.stored.after(Duration::from_mins(1)));
    rich.tags = vec!["tag".into(), 7.into()];
    rich.schema = Some(Fingerprint::of("schema"));
    rich.cost = Some(Duration::from_millis(5));
    rich.user.insert("name".into(), Bytes::from_static(b"value"));
    let plain = bench.meta();
    let golden = [
        (bench.key("a"), plain.clone(), 0, GOLDEN[0]),
        (bench.key(&42), plain.clone(), 5, GOLDEN[1]),
        (bench.key(&b"bytes"[..]), plain.clone(), 65_536, GOLDEN[2]),
        (bench.key(&("tuple", 1)), plain.clone(), 65_537, GOLDEN[3]),
        (bench.key(&"k".repeat(1_000)), plain, 200_000, GOLDEN[4]),
        (bench.key("rich"), rich, 1_000, GOLDEN[5]),
    ];
    for (key, meta, body, weight) in golden {
        bench.store_draft(&*disk, &key, bench.draft(meta, vec![0; body])).await;
        volume += weight;
        assert_eq!(bench.volume(&*disk).await, volume, "{bench}: the volume with the entry {key}");
    }
}

/// The volumes of the six entries, computed once from the layout of a frame.
const GOLDEN: [u64; 6] = [265, 286, 65_813, 65_827, 201_273, 1_331];
