//! Settings as serde writes them: what reading them gives back, without what is the default.

use larder_core::codec::Compression;
use larder_core::{cache::OnError, eviction::DEFAULT_POLICY};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use toml::{Table, Value};

use super::read::{ON_ERROR, UNBOUNDED, name_of};
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
    let CacheSettings { name, serializer, compression, life, schema, on_error } = settings;
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
    table
}

fn tier(settings: &TierSettings) -> Result<Table, &'static str> {
    let TierSettings { kind, limits } = settings;
    let mut table = Table::new();
    let mut say = |name: &str, value: Value| drop(table.insert(name.into(), value));
    if let DiskKind::ObjectStore { url } = kind {
        say("url", url.as_str().into());
    }
    say("size_limit", limits.size_limit.map_or_else(|| UNBOUNDED.into(), quantity::show_size).into());
    if let Some(entries) = limits.max_entries {
        let entries = i64::try_from(entries).map_err(|_| "more entries than TOML can say")?;
        say("max_entries", entries.into());
    }
    if limits.policy != DEFAULT_POLICY {
        say("policy", limits.policy.as_ref().into());
    }
    Ok(Table::from_iter([(kind.name().to_owned(), table.into())]))
}
