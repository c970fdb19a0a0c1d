//! Settings of every kind that a store can be opened with.

use std::time::Duration;

use larder_core::cache::OnError;
use larder_core::codec::{Compression, Format};
use larder_core::disk::{Limit, Requested};
use larder_local::{Durability, Share};
use larder_object_store::{ConditionalWrites, StoreOptions};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::{CacheSettings, DiskKind, LocalSettings, ObjectStoreSettings, Settings, TierSettings};

pub(super) fn settings() -> impl Strategy<Value = Settings> {
    (cache(), kind(), limits(), any::<bool>()).prop_map(|(cache, kind, mut limits, read_only)| {
        if !kind.records() && limits.size_limit.is_none() {
            limits.size_limit = Some(Limit::Unbounded);
        }
        Settings { cache, tiers: vec![TierSettings { kind, limits, read_only }] }
    })
}

fn cache() -> impl Strategy<Value = CacheSettings> {
    let compression = prop_oneof![
        Just(Compression::None),
        Just(Compression::Lz4),
        (1..=22_i32).prop_map(|level| Compression::Zstd { level }),
    ];
    let on_error = prop_oneof![Just(OnError::Miss), Just(OnError::Fail)];
    // Not empty: a variable of the environment cannot give an empty text, as it counts as not set then.
    let text = || "\\PC{1,20}";
    (text(), select(Format::ALL), compression, option::of(span()), text(), on_error, span()).prop_map(
        |(name, serializer, compression, life, schema, on_error, compute_deadline)| {
            let schema = Some(schema);
            CacheSettings { name, serializer, compression, life, schema, on_error, compute_deadline }
        },
    )
}

fn span() -> impl Strategy<Value = Duration> {
    (1..u64::MAX, 0..1_000_000_000_u32).prop_map(|(seconds, nanos)| Duration::new(seconds, nanos))
}

fn limits() -> impl Strategy<Value = Requested> {
    let limit = |most| option::of(prop_oneof![Just(Limit::Unbounded), (1..=most).prop_map(Limit::Of)]);
    let policy = option::of(select(&["none", "lrs", "lru", "lfu"][..]));
    (limit(u64::MAX), limit(u64::from(u32::MAX)), policy).prop_map(|(size_limit, max_entries, policy)| {
        Requested { size_limit, max_entries, policy: policy.map(Into::into), ..Requested::default() }
    })
}

fn kind() -> impl Strategy<Value = DiskKind> {
    // Only options that are shown: others are not written down.
    let options = |names: &'static [&'static str]| {
        proptest::collection::btree_map(select(names), "[a-z0-9 .%&=+#-]{1,12}", 0..4)
    };
    let prefix = || "(/([a-z2]|%2[0-9a-d]){1,4}){0,2}";
    let s3 = ("s3a?://[a-z]{3,8}", prefix(), options(&["endpoint", "region", "allow_http", "timeout"]));
    let aws = ("https://[a-z]{3,8}\\.s3\\.[a-z]{2}-[0-9]\\.amazonaws\\.com", prefix(), options(&["timeout"]));
    let azure = (
        "(az|abfss?)://[a-z-]{3,8}(@[a-z]{3}\\.dfs\\.core\\.windows\\.net)?",
        prefix(),
        options(&["timeout"]),
    );
    let dav =
        ("webdav\\+https?://[a-z]{1,8}(:[1-9][0-9]{1,3})?", prefix(), options(&["timeout", "allow_http"]));
    let bucket = prop_oneof![s3, aws, azure, dav].prop_map(|(place, prefix, options)| {
        (format!("{place}{prefix}"), options.into_iter().collect::<StoreOptions>())
    });
    let place = "(~/)?[a-z /%#&+=@][a-z /~%#&+=@]{0,19}"
        .prop_map(|path| (format!("store+file://{path}"), StoreOptions::default()));
    let memory = Just(("memory:///".to_owned(), StoreOptions::default()));
    let writes = prop_oneof![
        Just(ConditionalWrites::Proved),
        Just(ConditionalWrites::Create),
        Just(ConditionalWrites::Never)
    ];
    let store = (prop_oneof![bucket, place, memory], span(), writes).prop_map(
        |((url, options), deadline, conditional_writes)| {
            DiskKind::ObjectStore(ObjectStoreSettings { url, options, deadline, conditional_writes })
        },
    );
    prop_oneof![Just(DiskKind::Memory), local().prop_map(DiskKind::Local), store]
}

fn local() -> impl Strategy<Value = LocalSettings> {
    let durability = prop_oneof![
        Just(Durability::None),
        Just(Durability::EveryWrite),
        span().prop_map(Durability::Interval)
    ];
    // What no url can say: one that ends the path, and one that would be a host.
    let path = "(~/)?[a-z /%#&+=@.][a-z /~%#&+=@.]{0,19}".prop_filter("a url", |path| !path.contains("://"));
    let share =
        prop_oneof![Just(None), Just(Some(Share::Owner)), Just(Some(Share::Group)), Just(Some(Share::World))];
    (path, span(), durability, 101_u32.., share, any::<u64>(), any::<(bool, bool)>(), any::<u64>()).prop_map(
        |(path, deadline, durability, utilization, share, free_space, (mapped, checked), most_pinned)| {
            LocalSettings {
                path,
                deadline,
                durability,
                utilization,
                share,
                free_space,
                mapped,
                checked,
                most_pinned,
            }
        },
    )
}
