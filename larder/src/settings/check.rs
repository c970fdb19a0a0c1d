//! What must hold of settings wherever they come from, so that a store can be opened with them.

use larder_core::codec::Compression;
use larder_core::disk::{Limit, Requested};
use larder_core::eviction::Policies;

use super::known;
use super::node::join;
use super::source::Fault;
use super::values::SIZE;
use super::{DiskKind, Settings, TierSettings};

/// Whether a store can be opened with `settings`.
pub(super) fn check(settings: &Settings, policies: &Policies) -> Result<(), Fault> {
    let cache = &settings.cache;
    if cache.schema.is_none() && !cache.serializer.has_field_names() {
        let message = format!(
            "`{}` writes no names of fields, so it needs a `schema`: a text that you change with the type of the values",
            cache.serializer
        );
        return Err(Fault::new("cache.serializer", message));
    }
    let compression = cache.compression.to_string().parse::<Compression>();
    compression.map_err(|error| Fault::new("cache.compression", error.message()))?;
    let [tier] = settings.tiers.as_slice() else {
        let message = format!("{} tiers; this version knows stores of exactly one", settings.tiers.len());
        return Err(Fault::unsupported("tier", message));
    };
    let path = join("tier", tier.kind.name());
    kind(tier, &path)?;
    limits(&tier.limits, &path, policies)
}

fn limits(limits: &Requested, path: &str, policies: &Policies) -> Result<(), Fault> {
    let fault = |name, message: String| Fault::new(join(path, name), message);
    let Requested { size_limit, max_entries, policy, precedence: _ } = limits;
    if *size_limit == Some(Limit::Of(0)) {
        let message = "a limit of 0 leaves room for nothing; write \"unbounded\" for no limit";
        return Err(fault("size_limit", message.into()));
    }
    if *max_entries == Some(Limit::Of(0)) {
        let message = "a limit of 0 leaves room for nothing; write \"unbounded\" for no limit";
        return Err(fault("max_entries", message.into()));
    }
    if let Some(policy) = policy
        && policies.find(policy).is_err()
    {
        return Err(fault("policy", known::unknown("policy", policy, &policies.names())));
    }
    Ok(())
}

fn kind(tier: &TierSettings, path: &str) -> Result<(), Fault> {
    if tier.limits.size_limit.is_none() && !tier.kind.records() {
        return Err(Fault::new(join(path, "size_limit"), format!("the size limit is missing: {SIZE}")));
    }
    match &tier.kind {
        DiskKind::Memory if cfg!(feature = "memory") => Ok(()),
        DiskKind::Memory => {
            let message = "this build of larder leaves out the disk `memory`: enable its feature `memory`";
            Err(Fault::unsupported(path, message))
        }
        #[cfg(feature = "local")]
        DiskKind::Local(local) => super::local::check(local, path),
        #[cfg(feature = "object-store")]
        DiskKind::ObjectStore(store) => {
            let fault = |name, message: String| Fault::new(join(path, name), message);
            super::place::locate(&store.url, |name| std::env::var_os(name))
                .map_err(|error| Fault { kind: error.kind(), ..fault("url", error.message().to_owned()) })?;
            if store.deadline.is_zero() {
                return Err(fault("deadline", "a deadline of 0 leaves time for nothing".into()));
            }
            super::options::check(&store.options, &join(path, "options"), &store.url)
        }
    }
}
