//! Settings as serde writes them: what reading them gives back, without what is the default.
//!
//! Secrets are not written: in place of each stands a mark that reading refuses, so that settings that lost one on the
//! way are an error and not a store that cannot be reached.

use larder_core::cache::{DEFAULT_DEADLINE, OnError};
use larder_core::codec::Compression;
use larder_core::disk::{Limit, Requested};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use toml::{Table, Value};

use super::read::ON_ERROR;
use super::values::{UNBOUNDED, name_of};
use super::{CacheSettings, DiskKind, Settings, TierSettings, quantity};

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tiers = self.tiers.iter().map(tier).collect::<Result<Vec<_>, _>>().map_err(S::Error::custom)?;
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("cache", &cache(&self.cache))?;
        map.serialize_entry("tier", &tiers)?;
        map.end()
    }
}

fn cache(settings: &CacheSettings) -> Table {
    let CacheSettings { name, serializer, compression, life, schema, on_error, compute_deadline } = settings;
    let mut table = Table::new();
    let mut say = |name: &str, value: Value| drop(table.insert(name.into(), value));
    say("name", name.as_str().into());
    say("serializer", serializer.name().into());
    match compression {
        Compression::None => {}
        Compression::Lz4 => say("compression", "lz4".into()),
        Compression::Zstd { level } => {
            say("compression", Table::from_iter([("zstd".to_owned(), (*level).into())]).into());
        }
    }
    if let Some(life) = life {
        say("life", quantity::show_span(*life).into());
    }
    if let Some(schema) = schema {
        say("schema", schema.as_str().into());
    }
    if *on_error != OnError::default() {
        say("on_error", name_of(ON_ERROR, on_error).into());
    }
    if *compute_deadline != DEFAULT_DEADLINE {
        say("compute_deadline", quantity::show_span(*compute_deadline).into());
    }
    table
}

fn tier(settings: &TierSettings) -> Result<Table, &'static str> {
    let TierSettings { kind, limits: Requested { size_limit, max_entries, policy, .. }, read_only } =
        settings;
    let mut table = match kind {
        DiskKind::Memory => Table::new(),
        #[cfg(feature = "local")]
        DiskKind::Local(local) => super::local::written(local),
        #[cfg(feature = "object-store")]
        DiskKind::ObjectStore(store) => object_store(store),
    };
    let mut say = |name: &str, value: Value| drop(table.insert(name.into(), value));
    if let Some(limit) = size_limit {
        say("size_limit", limit.number().map_or_else(|| UNBOUNDED.into(), quantity::show_size).into());
    }
    match max_entries {
        Some(Limit::Of(entries)) => {
            let entries = i64::try_from(*entries).map_err(|_| "more entries than TOML can say")?;
            say("max_entries", entries.into());
        }
        Some(Limit::Unbounded) => say("max_entries", UNBOUNDED.into()),
        None => {}
    }
    if let Some(policy) = policy {
        say("policy", policy.as_ref().into());
    }
    if *read_only {
        say("read_only", true.into());
    }
    Ok(Table::from_iter([(kind.name().to_owned(), table.into())]))
}

#[cfg(feature = "object-store")]
fn object_store(store: &super::ObjectStoreSettings) -> Table {
    use super::objects::{CONDITIONAL_WRITES, ObjectStoreSettings};
    use super::{options, place};

    let mut table = Table::new();
    let ObjectStoreSettings { url, options, deadline, conditional_writes } = store;
    let default = ObjectStoreSettings::at("");
    let mut say = |name: &str, value: Value| drop(table.insert(name.into(), value));
    say("url", place::shown(url).into());
    if *deadline != default.deadline {
        say("deadline", quantity::show_span(*deadline).into());
    }
    if *conditional_writes != default.conditional_writes {
        say("conditional_writes", name_of(CONDITIONAL_WRITES, conditional_writes).into());
    }
    let options: Table =
        options.iter().map(|(name, value)| (name.to_owned(), options::shown(name, value).into())).collect();
    if !options.is_empty() {
        say("options", options.into());
    }
    table
}
