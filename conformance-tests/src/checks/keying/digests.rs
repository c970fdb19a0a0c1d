//! Digests: they find, and decide nothing.

use std::collections::BTreeMap;

use larder_core::disk::{Condition, Disk, Put, Removed};
use larder_core::key::{Digest, Key};

use crate::Bench;

/// The key with all but the first four bits of its digest cut off.
fn cut(key: Key) -> Key {
    let mut bytes = [0; 32];
    bytes[0] = key.digest().as_bytes()[0] & 0xF0;
    key.with_digest(Digest::from_bytes(bytes))
}

async fn write(bench: &Bench, disk: &dyn Disk, key: &Key, body: String) -> bool {
    // A disk whose entries are named by the digest may refuse, or replace the other key's entry: both are honest.
    matches!(bench.put(disk, key, body, Condition::Always).await, Ok(Put::Stored { .. }))
}

/// With digests of four bits, every one of 2,000 keys has its own value or none.
/// [KEY-31]
pub async fn colliding_digests_give_no_wrong_value(bench: &Bench) {
    let disk = bench.disk().await;
    let mut found = 0;
    for number in 0..2_000 {
        let key = cut(bench.key(&number));
        if write(bench, &*disk, &key, format!("value {number}")).await {
            let body = bench.body(&*disk, &key).await;
            assert_eq!(body, Some(format!("value {number}").into()), "{bench}: a stored entry is read back");
        }
    }
    for number in 0..2_000 {
        let body = bench.body(&*disk, &cut(bench.key(&number))).await;
        let expected = format!("value {number}");
        assert!(
            body.as_deref().is_none_or(|body| body == expected.as_bytes()),
            "{bench}: the key {number} has the value {body:?}"
        );
        found += u32::from(body.is_some());
    }
    assert!(found >= 1, "{bench}: nothing that was stored is found");
}

/// Under one digest for all keys, writes, removals and listings never take one key for another.
/// [KEY-31]
pub async fn a_write_under_a_colliding_digest_leaves_no_wrong_answer(bench: &Bench) {
    let disk = bench.disk().await;
    let one = Digest::from_bytes([7; 32]);
    let keys: Vec<Key> = (0..20).map(|number| bench.key(&number).with_digest(one)).collect();
    let mut stored: BTreeMap<&Key, String> = BTreeMap::new();
    for round in 0..3 {
        for (number, key) in keys.iter().enumerate() {
            let body = format!("{number} in round {round}");
            if write(bench, &*disk, key, body.clone()).await {
                stored.insert(key, body);
            }
        }
        require_own(bench, &*disk, &keys, &stored).await;
        for (number, key) in keys.iter().enumerate().filter(|(number, _)| number % 7 == round) {
            let removed = bench.remove(&*disk, key).await;
            let left = bench.body(&*disk, key).await;
            assert!(left.is_none(), "{bench}: {number} was removed ({removed:?}) and is found");
            if matches!(removed, Removed::Gone(_)) {
                stored.remove(key);
            }
        }
        require_own(bench, &*disk, &keys, &stored).await;
    }
    bench.balanced(&*disk).await;
}

/// Requires that each key has its own value or none.
async fn require_own(bench: &Bench, disk: &dyn Disk, keys: &[Key], stored: &BTreeMap<&Key, String>) {
    for key in keys {
        let body = bench.body(disk, key).await;
        let own = stored.get(key);
        assert!(
            body.is_none() || body.as_deref() == own.map(String::as_bytes),
            "{bench}: the key {key} has {body:?}, its own is {own:?}"
        );
    }
}
