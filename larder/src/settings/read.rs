//! From a tree to settings.

use larder_core::cache::OnError;
use larder_core::codec::{Compression, Format};
use larder_core::disk::Requested;
use larder_core::entry::Name;

use super::known::{self, CACHE, KINDS, TIER};
use super::node::{Node, Table, Value, join};
use super::source::Fault;
use super::values::{self, mistyped, named, only, shown_name, table, text};
use super::{CacheSettings, DiskKind, Settings, TierSettings};

/// What to do when a disk fails, by its name in settings.
pub(super) const ON_ERROR: &[(&str, OnError)] = &[("miss", OnError::Miss), ("fail", OnError::Fail)];

/// What a JSON file says of itself to editors.
const SCHEMA: &str = "$schema";

/// The settings that `tree` says.
pub(super) fn settings(tree: &Node) -> Result<Settings, Fault> {
    let top = table(tree, "")?;
    if let Some(schema) = top.get(SCHEMA) {
        text(schema, SCHEMA)?;
    }
    if let Some((name, node)) =
        top.iter().find(|(name, _)| !["cache", "tier", SCHEMA].contains(&name.as_str()))
    {
        let message = known::unknown("setting", name, &["cache", "tier"]);
        return Err(Fault::new(shown_name(name), message).at(node.at.clone()));
    }
    let cache = match top.get("cache") {
        Some(cache) => self::cache(table(cache, "cache")?)?,
        None => CacheSettings::default(),
    };
    let missing = "no `[[tier]]` says where entries lie";
    let node = top.get("tier").ok_or_else(|| Fault::new("tier", missing))?;
    let tiers = match &node.value {
        Value::List(tiers) => tiers.iter().map(|tier| self::tier(table(tier, "tier")?)).collect(),
        Value::Table(_) => Err(Fault::new("tier", "tiers are a list: write `[[tier]]`")),
        _ => Err(mistyped("tier", "a list of tables", node)),
    };
    Ok(Settings { cache, tiers: tiers? })
}

fn cache(table: &Table) -> Result<CacheSettings, Fault> {
    only(table, "cache", CACHE)?;
    let mut cache = CacheSettings::default();
    for (name, node) in table {
        let path = &join("cache", name);
        match name.as_str() {
            "name" => cache.name = text(node, path)?,
            "serializer" => {
                let format = values::name(node, path)?.parse::<Format>();
                cache.serializer = format.map_err(|error| Fault::new(path, error.message()))?;
            }
            "compression" => cache.compression = compression(node, path)?,
            "life" => cache.life = Some(values::span(node, path)?),
            "schema" => cache.schema = Some(text(node, path)?),
            "on_error" => cache.on_error = named(node, path, "answer to errors", ON_ERROR)?,
            "compute_deadline" => cache.compute_deadline = values::span(node, path)?,
            name => unreachable!("`{name}` is a known setting of caches"),
        }
    }
    Ok(cache)
}

fn compression(node: &Node, path: &str) -> Result<Compression, Fault> {
    let known = [("none", Compression::None), ("lz4", Compression::Lz4), ("zstd", Compression::ZSTD)];
    let leveled = |path: &str, level: &str| {
        let compression = format!("zstd:{level}").parse::<Compression>();
        compression.map_err(|error| Fault::new(path, error.message()))
    };
    match &node.value {
        Value::Text(text) | Value::Word(text) => match text.strip_prefix("zstd:") {
            // As a number, so that what is shown of it is one.
            Some(level) if level.parse::<i64>().is_ok() => leveled(path, level),
            Some(_) => Err(Fault::new(path, "a level of zstd is a number")),
            None => named(node, path, "compression", &known),
        },
        Value::Table(levels) => {
            only(levels, path, &["zstd"])?;
            let path = join(path, "zstd");
            let level = levels.get("zstd").ok_or_else(|| Fault::new(&path, "the level is missing"))?;
            let number = values::whole(level).ok_or_else(|| mistyped(&path, "a level", level))?;
            leveled(&path, &number.to_string())
        }
        _ => Err(mistyped(path, "\"none\", \"lz4\", \"zstd\" or { zstd = 3 }", node)),
    }
}

fn tier(disks: &Table) -> Result<TierSettings, Fault> {
    let mut disks_in_turn = disks.iter();
    let (Some((name, node)), None) = (disks_in_turn.next(), disks_in_turn.next()) else {
        let message =
            format!("a tier is exactly one disk, found {}; known: {}", disks.len(), KINDS.join(", "));
        return Err(Fault::new("tier", message));
    };
    let path = &join("tier", shown_name(name));
    let kind = match name.as_str() {
        "memory" => {
            only(table(node, path)?, path, TIER)?;
            DiskKind::Memory
        }
        "local" => local(table(node, path)?, path)?,
        "object_store" => object_store(table(node, path)?, path)?,
        name => return Err(Fault::new(path, known::unknown("disk", name, KINDS)).at(node.at.clone())),
    };
    let settings = table(node, path)?;
    let of = |name: &str| settings.get(name).map(|node| (node, join(path, name)));
    let limits = Requested {
        size_limit: of("size_limit").map(|(node, path)| values::size_limit(node, &path)).transpose()?,
        max_entries: of("max_entries").map(|(node, path)| values::max_entries(node, &path)).transpose()?,
        policy: of("policy").map(|(node, path)| values::name(node, &path)).transpose()?.map(Name::Owned),
        ..Requested::default()
    };
    let read_only = of("read_only").map(|(node, path)| values::flag(node, &path)).transpose()?;
    Ok(TierSettings { kind, limits, read_only: read_only.unwrap_or(false) })
}

#[cfg(not(feature = "local"))]
fn local(_: &Table, path: &str) -> Result<DiskKind, Fault> {
    Err(Fault::unsupported(
        path,
        "this build of larder leaves out the disk `local`: enable its feature `local`",
    ))
}

#[cfg(feature = "local")]
fn local(settings: &Table, path: &str) -> Result<DiskKind, Fault> {
    only(settings, path, &[known::LOCAL, TIER].concat())?;
    super::local::read(settings, path).map(DiskKind::Local)
}

#[cfg(not(feature = "object-store"))]
fn object_store(_: &Table, path: &str) -> Result<DiskKind, Fault> {
    let message =
        "this build of larder leaves out the disk `object_store`: enable its feature `object-store`";
    Err(Fault::unsupported(path, message))
}

#[cfg(feature = "object-store")]
fn object_store(settings: &Table, path: &str) -> Result<DiskKind, Fault> {
    use super::objects::{CONDITIONAL_WRITES, ObjectStoreSettings};
    use super::options;

    only(settings, path, &[known::OBJECT_STORE, TIER].concat())?;
    let below = |name: &str| join(path, name);
    let missing = || Fault::new(below("url"), "the url is missing, such as `s3://bucket/prefix`");
    let url = text(settings.get("url").ok_or_else(missing)?, &below("url"))?;
    let mut store = ObjectStoreSettings::at(url);
    if let Some(node) = settings.get("deadline") {
        store.deadline = values::span(node, &below("deadline"))?;
    }
    if let Some(node) = settings.get("conditional_writes") {
        let path = below("conditional_writes");
        store.conditional_writes = named(node, &path, "use of conditional writes", CONDITIONAL_WRITES)?;
    }
    if let Some(node) = settings.get("options") {
        let path = &below("options");
        store.options = options::read(table(node, path)?, path, &store.url)?;
    }
    Ok(DiskKind::ObjectStore(store))
}
