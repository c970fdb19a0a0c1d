//! From a table to settings, and what must hold of settings wherever they come from.

use larder_core::cache::OnError;
use larder_core::codec::{Compression, Format};
use larder_core::entry::Name;
use larder_core::eviction::{DEFAULT_POLICY, Policies};
use larder_core::{ErrorKind, disk, near};
use serde::de::{Deserialize, Deserializer, Error as _};
use toml::{Table, Value};

use super::source::{Fault, join};
use super::{CacheSettings, DiskKind, Settings, TierSettings, locate, quantity};

/// What to do when a disk fails, by its name in settings.
pub(super) const ON_ERROR: &[(&str, OnError)] = &[("miss", OnError::Miss), ("fail", OnError::Fail)];

const CACHE: &[&str] = &["name", "serializer", "compression", "life", "schema", "on_error"];

const KINDS: &[&str] = &["memory", "object_store"];

/// What is written where there is no limit.
pub(super) const UNBOUNDED: &str = "unbounded";

const SIZE: &str = "bytes with a unit such as \"5 GiB\", or \"unbounded\"";

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = Table::deserialize(deserializer)?;
        settings(&table).map_err(|fault| D::Error::custom(fault.into_error().message()))
    }
}

/// The settings that `top` says.
pub(super) fn settings(top: &Table) -> Result<Settings, Fault> {
    only(top, "", &["cache", "tier"])?;
    let cache = match top.get("cache") {
        Some(cache) => self::cache(as_table(cache, "cache")?)?,
        None => CacheSettings::default(),
    };
    let missing = "no `[[tier]]` says where entries lie";
    let tiers = match top.get("tier").ok_or_else(|| Fault::new("tier", missing))? {
        Value::Array(tiers) => tiers.iter().map(|tier| self::tier(as_table(tier, "tier")?)).collect(),
        Value::Table(_) => Err(Fault::new("tier", "tiers are a list: write `[[tier]]`")),
        other => Err(mistyped("tier", "a list of tables", other)),
    };
    Ok(Settings { cache, tiers: tiers? })
}

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
        return Err(Fault { kind: ErrorKind::Unsupported, ..Fault::new("tier", message) });
    };
    check_tier(tier, policies)
}

fn check_tier(tier: &TierSettings, policies: &Policies) -> Result<(), Fault> {
    let path = join("tier", tier.kind.name());
    let fault = |name, message: String| Fault::new(join(&path, name), message);
    let disk::Settings { size_limit, max_entries, policy } = &tier.limits;
    if *size_limit == Some(0) {
        let message = "a limit of 0 leaves room for nothing; write \"unbounded\" for no limit";
        return Err(fault("size_limit", message.into()));
    }
    if *max_entries == Some(0) {
        let message = "a limit of 0 leaves room for nothing; leave it out for no limit";
        return Err(fault("max_entries", message.into()));
    }
    policies.find(policy).map_err(|error| fault("policy", error.message().to_owned()))?;
    if let DiskKind::ObjectStore { url } = &tier.kind {
        let located = locate(url, |name| std::env::var_os(name));
        located.map_err(|error| Fault { kind: error.kind(), ..fault("url", error.message().to_owned()) })?;
    }
    Ok(())
}

fn cache(table: &Table) -> Result<CacheSettings, Fault> {
    let mut cache = CacheSettings::default();
    for (name, value) in table {
        let path = join("cache", name);
        match name.as_str() {
            "name" => cache.name = text(value, &path)?,
            "serializer" => {
                let format = text(value, &path)?.parse::<Format>();
                cache.serializer = format.map_err(|error| Fault::new(&path, error.message()))?;
            }
            "compression" => cache.compression = compression(value, &path)?,
            "life" => {
                let expected = "a span of time, such as \"1h\"";
                let text = value.as_str().ok_or_else(|| mistyped(&path, expected, value))?;
                cache.life = Some(quantity::span(text).map_err(|message| Fault::new(&path, message))?);
            }
            "schema" => cache.schema = Some(text(value, &path)?),
            "on_error" => cache.on_error = named(value, &path, "answer to errors", ON_ERROR)?,
            _ => return Err(Fault::new(path, near::unknown("setting", name, CACHE))),
        }
    }
    Ok(cache)
}

fn compression(value: &Value, path: &str) -> Result<Compression, Fault> {
    let known = [("none", Compression::None), ("lz4", Compression::Lz4), ("zstd", Compression::ZSTD)];
    match value {
        Value::String(_) => named(value, path, "compression", &known),
        Value::Table(levels) => {
            only(levels, path, &["zstd"])?;
            let path = join(path, "zstd");
            let level = levels.get("zstd").ok_or_else(|| Fault::new(&path, "the level is missing"))?;
            let number = level.as_integer().ok_or_else(|| mistyped(&path, "a level", level))?;
            let compression = format!("zstd:{number}").parse::<Compression>();
            compression.map_err(|error| Fault::new(&path, error.message()))
        }
        other => Err(mistyped(path, "\"none\", \"lz4\", \"zstd\" or { zstd = 3 }", other)),
    }
}

fn tier(table: &Table) -> Result<TierSettings, Fault> {
    let mut disks = table.iter();
    let (Some((name, value)), None) = (disks.next(), disks.next()) else {
        let message =
            format!("a tier is exactly one disk, found {}; known: {}", table.len(), KINDS.join(", "));
        return Err(Fault::new("tier", message));
    };
    let path = join("tier", name);
    let section = || as_table(value, &path);
    let (kind, limits) = match name.as_str() {
        "memory" => {
            only(section()?, &path, &["size_limit", "max_entries", "policy"])?;
            (DiskKind::Memory, section()?)
        }
        "object_store" => {
            only(section()?, &path, &["url", "size_limit", "max_entries", "policy"])?;
            let below = join(&path, "url");
            let missing = || Fault::new(&below, "the url is missing, such as `store+file:///var/cache/app`");
            let url = text(section()?.get("url").ok_or_else(missing)?, &below)?;
            (DiskKind::ObjectStore { url }, section()?)
        }
        name => return Err(Fault::new(&path, near::unknown("disk", name, KINDS))),
    };
    Ok(TierSettings { kind, limits: self::limits(limits, &path)? })
}

fn limits(table: &Table, path: &str) -> Result<disk::Settings, Fault> {
    let size = join(path, "size_limit");
    let missing = || Fault::new(&size, format!("the size limit is missing: {SIZE}"));
    let size_limit = match table.get("size_limit").ok_or_else(missing)? {
        Value::String(text) if text == UNBOUNDED => None,
        Value::String(text) if near::nearest(text, &[UNBOUNDED]).is_some() => {
            return Err(Fault::new(&size, near::unknown("limit", text, &[UNBOUNDED])));
        }
        Value::String(text) => Some(quantity::size(text).map_err(|message| Fault::new(&size, message))?),
        Value::Integer(bytes) => Some(count(*bytes, &size)?),
        other => return Err(mistyped(&size, SIZE, other)),
    };
    let most = join(path, "max_entries");
    let max_entries = match table.get("max_entries") {
        Some(Value::Integer(entries)) => Some(count(*entries, &most)?),
        Some(other) => return Err(mistyped(&most, "a number of entries", other)),
        None => None,
    };
    let policy = match table.get("policy") {
        Some(policy) => Name::Owned(text(policy, &join(path, "policy"))?),
        None => Name::Borrowed(DEFAULT_POLICY),
    };
    Ok(disk::Settings { size_limit, max_entries, policy })
}

/// The name of `value` in settings.
pub(super) fn name_of<T: PartialEq>(known: &[(&'static str, T)], value: &T) -> &'static str {
    let found = known.iter().find(|(_, one)| one == value);
    found.map_or("unnamed", |(name, _)| name)
}

/// The value with the name that `value` says, of the `known` ones.
fn named<T: Clone>(value: &Value, path: &str, thing: &str, known: &[(&str, T)]) -> Result<T, Fault> {
    let name = text(value, path)?;
    let found = known.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| value.clone()).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        Fault::new(path, near::unknown(thing, &name, &names))
    })
}

/// Refuses names in `table` that are not `known`.
fn only(table: &Table, path: &str, known: &[&str]) -> Result<(), Fault> {
    match table.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Fault::new(join(path, name), near::unknown("setting", name, known))),
        None => Ok(()),
    }
}

fn as_table<'a>(value: &'a Value, path: &str) -> Result<&'a Table, Fault> {
    value.as_table().ok_or_else(|| mistyped(path, "a table", value))
}

fn text(value: &Value, path: &str) -> Result<String, Fault> {
    value.as_str().map(str::to_owned).ok_or_else(|| mistyped(path, "text", value))
}

fn count(number: i64, path: &str) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| Fault::new(path, format!("{number} is less than nothing")))
}

fn mistyped(path: &str, expected: &str, found: &Value) -> Fault {
    let found = match found {
        Value::Array(_) => "a list".to_owned(),
        Value::Table(_) => "a table".to_owned(),
        // A url may carry credentials.
        Value::String(text) if text.contains("://") => "a url".to_owned(),
        Value::String(text) => format!("the text `{text}`"),
        other => format!("`{other}`"),
    };
    Fault::new(path, format!("expected {expected}, found {found}"))
}
