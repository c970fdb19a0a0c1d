//! Where each setting that holds comes from, as data.

use larder_core::codec::Compression;
use larder_core::disk::Limit;
use larder_core::eviction::DEFAULT_POLICY;
use serde::Serialize;

use super::DiskKind;
use super::node::{At, Node, join};
use super::read::ON_ERROR;
use super::source::Source;
use super::spot::Spot;
use super::values::{UNBOUNDED, name_of};
use super::{CacheSettings, Settings, TierSettings, quantity};

/// A setting that holds, and where it comes from.
///
/// ```
/// use larder::{Sources, Spot};
///
/// let origins = Sources::at("memory:?size_limit=1GiB").argument("cache.life", "1h").explain()?;
/// let told: Vec<String> = origins.iter().map(ToString::to_string).collect();
/// assert!(told.contains(&"cache.life = 1 h (argument)".to_owned()), "{told:?}");
/// assert!(told.contains(&"tier.memory.size_limit = 1 GiB (url)".to_owned()), "{told:?}");
/// assert!(told.contains(&"tier.memory.policy = lru (default)".to_owned()), "{told:?}");
/// # Ok::<(), larder::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Origin {
    /// Names from the top to the setting, joined by dots: `cache.life`, `tier.object_store.options.region`.
    pub path: String,
    /// Its value as a file would say it, `***` for what may be a secret; `None` for what is not set, or is as it is
    /// recorded with the disk.
    pub value: Option<String>,
    /// Where it comes from.
    pub from: Spot,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{} = {value} ({})", self.path, self.from),
            None => write!(f, "{} is not set ({})", self.path, self.from),
        }
    }
}

/// Where each of `settings` comes from, which `tree` was read to.
pub(super) fn origins(settings: &Settings, tree: &Node, source: &Source<'_>) -> Vec<Origin> {
    let list = List { tree, source, origins: Vec::new() };
    let list = settings.tiers.iter().fold(list.cache(&settings.cache), List::tier);
    list.origins
}

struct List<'a> {
    tree: &'a Node,
    source: &'a Source<'a>,
    origins: Vec<Origin>,
}

impl List<'_> {
    fn cache(mut self, settings: &CacheSettings) -> Self {
        let CacheSettings { name, serializer, compression, life, schema, on_error, compute_deadline } =
            settings;
        let mut say = |name: &str, value: Option<String>| self.say("cache", name, value, Spot::Default);
        say("name", Some(name.clone()));
        say("serializer", Some(serializer.name().to_owned()));
        say(
            "compression",
            Some(match compression {
                Compression::Zstd { level } => format!("zstd:{level}"),
                other => other.name().to_owned(),
            }),
        );
        say("life", life.map(quantity::show_span));
        say("schema", schema.clone());
        say("on_error", Some(name_of(ON_ERROR, on_error).to_owned()));
        say("compute_deadline", Some(quantity::show_span(*compute_deadline)));
        self
    }

    fn tier(mut self, settings: &TierSettings) -> Self {
        let TierSettings { kind, limits, read_only } = settings;
        let path = &join("tier", kind.name());
        let limit =
            |limit: Limit, show: fn(u64) -> String| limit.number().map_or_else(|| UNBOUNDED.to_owned(), show);
        let records = kind.records();
        let otherwise = if records { Spot::Recorded } else { Spot::Default };
        let policy = limits.policy.as_deref().or((!records).then_some(DEFAULT_POLICY));
        let mut say = |name: &str, value: Option<String>| self.say(path, name, value, otherwise.clone());
        say("size_limit", limits.size_limit.map(|size| limit(size, quantity::show_size)));
        say("max_entries", limits.max_entries.map(|most| limit(most, |number| number.to_string())));
        say("policy", policy.map(str::to_owned));
        self.say(path, "read_only", Some(read_only.to_string()), Spot::Default);
        match kind {
            DiskKind::Memory => {}
            #[cfg(feature = "local")]
            DiskKind::Local(local) => {
                for (name, value) in super::local::said(local) {
                    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    self.say(path, name, Some(value), Spot::Default);
                }
            }
            #[cfg(feature = "object-store")]
            DiskKind::ObjectStore(store) => self.object_store(store, path),
        }
        self
    }

    #[cfg(feature = "object-store")]
    fn object_store(&mut self, store: &super::ObjectStoreSettings, path: &str) {
        use super::objects::{CONDITIONAL_WRITES, ObjectStoreSettings};
        use super::{options, place};

        let ObjectStoreSettings { url, options, deadline, conditional_writes } = store;
        self.say(path, "url", Some(place::shown(url)), Spot::Default);
        self.say(path, "deadline", Some(quantity::show_span(*deadline)), Spot::Default);
        let writes = name_of(CONDITIONAL_WRITES, conditional_writes).to_owned();
        self.say(path, "conditional_writes", Some(writes), Spot::Default);
        let below = join(path, "options");
        let written = self.tree.find(&below).and_then(|node| super::values::table(node, &below).ok());
        let written = written.and_then(|table| options::chosen(table, &below, url).ok()).unwrap_or_default();
        for (name, value) in options.iter() {
            let from = written.get(name).and_then(|node| self.source.spot(&node.at)).unwrap_or(Spot::Default);
            let value = Some(options::shown(name, value));
            self.origins.push(Origin { path: join(&below, name), value, from });
        }
    }

    /// Adds the setting `name`, which was written where the tree says, or comes from `otherwise`.
    fn say(&mut self, above: &str, name: &str, value: Option<String>, otherwise: Spot) {
        let path = join(above, name);
        let written = self.tree.find(&path).filter(|node| node.at != At::Nowhere);
        let from = written.and_then(|node| self.source.spot(&node.at)).unwrap_or(otherwise);
        self.origins.push(Origin { path, value, from });
    }
}
