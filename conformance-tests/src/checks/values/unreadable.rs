//! What `get` cannot read is absent for every other operation, and the next write replaces it.

use std::time::Duration;

use larder_core::cache::{Cache, WriteOptions};
use larder_core::disk::Settings;
use larder_core::entry::Fingerprint;
use larder_core::error::Error;
use larder_core::larder::Larder;

use crate::Bench;
use crate::bench::Texts;

/// Why `get` cannot read the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Schema,
    Undecodable,
    Expired,
}

impl Why {
    const ALL: [Self; 3] = [Self::Schema, Self::Undecodable, Self::Expired];

    /// Stores an entry at the key `key` of the cache `numbers` that a cache of numbers cannot read.
    async fn store(self, bench: &Bench, larder: &Larder) {
        let other: Texts = match self {
            Self::Schema => bench.strict(larder.cache("numbers").schema(Fingerprint::of("other"))),
            Self::Undecodable | Self::Expired => bench.strict(larder.cache("numbers")),
        };
        let options = WriteOptions::default().tag("old").note("old", "old");
        let options = if self == Self::Expired { options.life(Duration::ZERO) } else { options };
        bench.set_with(&other, "key", "text", &options).await;
    }
}

/// An entry of another schema, one that cannot be decoded and one that is expired are absent: `get` finds nothing,
/// and `add`, `update`, `increment`, `get_or_insert_with` and `pop` do not either. The writes replace it, with all
/// its metadata.
/// [GET-9, ADD-3, INC-3, VAL-10]
pub async fn what_get_cannot_read_is_absent(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache: Cache<String, i64> = bench.must(larder.cache("numbers").build(), "making a cache");
    for why in Why::ALL {
        let is_live = async || {
            let entry = bench.must(cache.get_entry("key").await, "getting").expect("it was stored");
            assert_eq!((entry.tags.len(), entry.user.len()), (0, 0), "{bench}: {why:?}: what is left of it");
            entry.value
        };
        why.store(bench, &larder).await;
        assert_eq!(bench.must(cache.get("key").await, "getting"), None, "{bench}: {why:?}: `get`");
        assert!(
            bench.must(cache.get_entry("key").await, "getting").is_none(),
            "{bench}: {why:?}: `get_entry`"
        );
        let added = bench.must(cache.add("key", &1).await, "adding");
        assert!(added.is_stored(), "{bench}: {why:?}: `add` found it: {added:?}");
        assert_eq!(is_live().await, 1, "{bench}: {why:?}: what `add` stored");

        why.store(bench, &larder).await;
        let updated = cache.update("key", |old| Ok(old.map_or(2, |_| 0))).await;
        assert_eq!(bench.must(updated, "updating"), 2, "{bench}: {why:?}: `update` found it");
        assert_eq!(is_live().await, 2, "{bench}: {why:?}: what `update` stored");

        why.store(bench, &larder).await;
        let sum = bench.must(cache.increment("key", 3).await, "incrementing");
        assert_eq!((sum, is_live().await), (3, 3), "{bench}: {why:?}: `increment`");

        why.store(bench, &larder).await;
        let computed = cache.get_or_insert_with("key", async || Ok::<_, Error>(4)).await;
        assert_eq!(bench.must(computed, "computing"), 4, "{bench}: {why:?}: `get_or_insert_with` found it");
        assert_eq!(is_live().await, 4, "{bench}: {why:?}: what `get_or_insert_with` stored");

        why.store(bench, &larder).await;
        assert!(bench.must(cache.pop("key").await, "popping").is_none(), "{bench}: {why:?}: `pop` found it");
    }
    bench.books_balance(&larder).await;
}

/// `contains`, `touch` and `remove` do not read the value: they judge by expiry, codec and schema.
/// [CON-1, TCH-1, DEL-1]
pub async fn what_the_metadata_exclude_is_absent(bench: &Bench) {
    let larder = bench.larder(Settings::unbounded()).await;
    let cache: Cache<String, i64> = bench.must(larder.cache("numbers").build(), "making a cache");
    for why in [Why::Schema, Why::Expired] {
        why.store(bench, &larder).await;
        assert!(!bench.must(cache.contains("key").await, "asking"), "{bench}: {why:?}: `contains` found it");
        let touched = bench.must(cache.touch("key", Duration::from_secs(9)).await, "touching");
        assert!(!touched, "{bench}: {why:?}: `touch` found it");
        let removed = bench.must(cache.remove("key").await, "removing");
        assert!(!removed, "{bench}: {why:?}: `remove` found it");
    }
}
