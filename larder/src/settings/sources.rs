//! The places that settings come from, and which of them wins.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use larder_core::Result;
use larder_core::eviction::Policies;
use larder_core::larder::Parts;

use super::node::{At, Node, Table, Value};
use super::origin::{Origin, origins};
use super::source::{Fault, Source};
use super::values::shown_name;
use super::words::{self, Address, Word};
use super::{Settings, check, file, known, place, query, read, variables};
use crate::store::Store;

/// The places that settings come from. What an argument or the url says wins over the environment, that over the file,
/// and that over the default.
///
/// [`larder::open`](crate::open) takes a file or a url, and the environment of the process; this is for programs that
/// have arguments of their own, that want another environment or none, or that tell where a setting comes from.
///
/// ```
/// use larder::{Format, Sources};
///
/// let settings = Sources::at("memory:?size_limit=1GiB&serializer=messagepack")
///     .environment([("LARDER_CACHE_SERIALIZER", "json"), ("LARDER_CACHE_LIFE", "1h")])
///     .argument("tier.policy", "lfu")
///     .settings()?;
/// assert_eq!(settings.cache.serializer, Format::MessagePack);
/// assert!(settings.cache.life.is_some());
/// assert_eq!(settings.tiers[0].limits.policy.as_deref(), Some("lfu"));
/// # Ok::<(), larder::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Sources {
    place: Option<PathBuf>,
    variables: Vec<(OsString, OsString)>,
    arguments: Vec<(String, String)>,
}

/// What sources say, before and after it was understood.
struct Resolved {
    settings: Settings,
    tree: Node,
    text: String,
}

impl Sources {
    /// A settings file, TOML or JSON, or a url with settings behind its `?`.
    pub fn at(place: impl AsRef<Path>) -> Self {
        Self { place: Some(place.as_ref().to_owned()), ..Self::default() }
    }

    /// Variables of the environment, such as [`std::env::vars_os`]; those that begin with `LARDER_` are read.
    #[must_use]
    pub fn environment<N: Into<OsString>, V: Into<OsString>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let prefix = variables::PREFIX.as_bytes();
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        self.variables.extend(variables.filter(|(name, _)| name.as_encoded_bytes().starts_with(prefix)));
        self
    }

    /// A setting by itself, such as `cache.life`, `tier.size_limit`, `tier.options.region`, and its value as text. The
    /// same setting again is replaced.
    #[must_use]
    pub fn argument(mut self, setting: impl Into<String>, value: impl Into<String>) -> Self {
        self.arguments.push((setting.into(), value.into()));
        self
    }

    /// What all of them together say.
    ///
    /// # Errors
    ///
    /// As for [`Settings::read`]; also for a variable that begins with `LARDER_` and that nobody knows, for a setting
    /// that a url or the environment has twice, and for an argument that names no setting.
    pub fn settings(&self) -> Result<Settings> {
        self.settings_knowing(&Policies::default())
    }

    /// Where each setting that holds comes from, those of the cache first.
    ///
    /// # Errors
    ///
    /// As for [`settings`](Sources::settings).
    pub fn explain(&self) -> Result<Vec<Origin>> {
        let Resolved { settings, tree, text } = self.resolve(&Policies::default())?;
        Ok(origins(&settings, &tree, &self.source(&text)))
    }

    /// Opens what they say.
    ///
    /// # Errors
    ///
    /// As for [`settings`](Sources::settings): nothing is created then. As for [`Settings::open`].
    pub async fn open(self) -> Result<Store> {
        self.open_with(Parts::default()).await
    }

    /// As [`open`](Sources::open), with these parts; settings can name their policies.
    ///
    /// # Errors
    ///
    /// As for [`open`](Sources::open).
    pub async fn open_with(self, parts: Parts) -> Result<Store> {
        self.settings_knowing(&parts.policies)?.open_with(parts).await
    }

    pub(super) fn settings_knowing(&self, policies: &Policies) -> Result<Settings> {
        self.resolve(policies).map(|resolved| resolved.settings)
    }

    fn resolve(&self, policies: &Policies) -> Result<Resolved> {
        let text = self.file().map(file::read).transpose()?.unwrap_or_default();
        let source = self.source(&text);
        let mut tree = match (source.file, self.url()) {
            (Some(_), _) => source.parse()?,
            (None, Some(_)) => Node::new(Value::Table(Table::new()), At::Url),
            (None, None) => Node::new(Value::Table(Table::new()), At::Nowhere),
        };
        let layers = self.layers().map_err(|fault| source.error(&tree, &fault))?;
        words::lay_over(&mut tree, &layers).map_err(|fault| source.error(&tree, &fault))?;
        let settings = understood(&tree, policies).map_err(|fault| source.error(&tree, &fault))?;
        Ok(Resolved { settings, tree, text })
    }

    /// What is laid over the file, the weakest first.
    fn layers(&self) -> Result<Vec<Vec<Word>>, Fault> {
        let url = self.url().map(query::words).transpose()?.unwrap_or_default();
        Ok(vec![variables::words(&self.variables)?, url, self.argued()?])
    }

    fn argued(&self) -> Result<Vec<Word>, Fault> {
        let word = |(name, value): &(String, String)| {
            let address = Address::parse(name, '.').map_err(|stray| {
                words::stray("setting", name, &stray, &Address::names('.')).at(At::Argument)
            })?;
            Ok(Word { address, text: value.clone(), at: At::Argument })
        };
        self.arguments.iter().map(word).collect()
    }

    fn url(&self) -> Option<&str> {
        self.place.as_deref()?.to_str().filter(|place| query::is_url(place))
    }

    fn file(&self) -> Option<&Path> {
        self.place.as_deref().filter(|_| self.url().is_none())
    }

    fn source<'a>(&'a self, text: &'a str) -> Source<'a> {
        Source { file: self.file(), text }
    }
}

/// The settings that `tree` says, if a store can be opened with them.
pub(super) fn understood(tree: &Node, policies: &Policies) -> Result<Settings, Fault> {
    let settings = read::settings(tree)?;
    check::check(&settings, policies)?;
    Ok(settings)
}

/// Names, not values: these may be secrets.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.url() {
            Some(url) if url.starts_with(words::MEMORY) && !url.contains("://") => {
                Some(words::MEMORY.to_owned())
            }
            Some(url) => Some(place::shown(url.split('?').next().unwrap_or_default())),
            None => self.file().map(|path| file::shown(path).unwrap_or_else(|| known::SECRET.to_owned())),
        };
        f.debug_struct("Sources")
            .field("place", &place)
            .field(
                "variables",
                &self
                    .variables
                    .iter()
                    .map(|(name, _)| shown_name(&name.to_string_lossy()).to_owned())
                    .collect::<Vec<_>>(),
            )
            .field("arguments", &self.arguments.iter().map(|(name, _)| shown_name(name)).collect::<Vec<_>>())
            .finish()
    }
}
