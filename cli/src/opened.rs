//! The cache that a command is about: a configuration, opened, and a name.

use clap::Args;
use larder::blocking::Cache;
use larder::codec::Limits;
use larder::disk::{Precedence, SettingsChange};
use larder::entry::{Fingerprint, Meta};
use larder::key::{Key, KeyValue, Namespace};
use larder::{Bytes, Format, OnError, Settings, Store};
use pollster::block_on;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::{Failure, say};
use crate::json_text::{JsonCodec, JsonText};
use crate::source::Source;

/// Which cache a command is about.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    #[command(flatten)]
    source: Source,
    /// The name of the cache [default: the one in the configuration, or `default`]
    #[arg(long, value_name = "NAME")]
    cache: Option<String>,
}

/// What a command wants of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    /// To see what is there: a directory that is not there is a mistake.
    Look,
    /// To change what is there: a directory that is not there is a mistake.
    Change,
    /// To put something there: a directory that is not there is made.
    Fill,
}

/// An opened disk, and the name of a cache on it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) namespace: Namespace,
    name: String,
}

impl Place {
    /// The cache in the configuration at `source`.
    pub(crate) const fn of(source: Source) -> Self {
        Self { source, cache: None }
    }

    /// What the configuration says.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] for a file that cannot be read or says what nobody knows.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        self.source.settings()
    }

    /// Opens the disk.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] for a wrong configuration, and for a directory that is not there if it is to be looked
    /// into: nothing is created. [`Failure::Disk`] for a disk that does not open.
    pub(crate) fn open(&self, mut settings: Settings, intent: Intent) -> Result<Opened, Failure> {
        for tier in &mut settings.tiers {
            // Only `larder limit` changes recorded limits: an entry too much is easily evicted, and never comes back.
            tier.limits.precedence = Precedence::Recorded;
            // Nothing is recorded, made or swept up by who only looks.
            tier.read_only |= intent == Intent::Look;
            let path = tier.kind.path()?;
            if let Some(path) = path.filter(|path| intent != Intent::Fill && !path.exists()) {
                let message = format!("nothing was ever stored: {} is not there", path.display());
                return Err(Failure::Call(message));
            }
        }
        let name = self.cache.clone().unwrap_or_else(|| settings.cache.name.clone());
        // A command tells what fails; a miss would hide it.
        settings.cache.on_error = OnError::Fail;
        let store = block_on(settings.open())?;
        let disk = store.larder().disk();
        if let Some(change) = store.limits_change() {
            warn_of_other_limits(change, disk.location());
        }
        if !disk.capabilities().durable {
            say(format_args!(
                "larder: note: {} ends with this command: nothing outlives it",
                disk.location()
            ));
        }
        Ok(Opened { store, namespace: Namespace::named(&name), name })
    }
}

/// Warns that the configuration has other limits than those recorded with the disk, which stay in effect.
fn warn_of_other_limits(change: &SettingsChange, location: &str) {
    let options = change.differences().map(|(name, _, configured)| {
        let option = match name {
            "size_limit" => "size",
            "max_entries" => "entries",
            other => other,
        };
        format!(" --{option} {configured}")
    });
    say(format_args!(
        "larder: warning: the limits recorded with {location} stay in effect; the configuration has others \
         (recorded -> configured): {change}; to change what is recorded: larder limit '{location}'{}",
        options.collect::<String>()
    ));
}

impl Opened {
    /// The name of the cache.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The cache, writing values in `format`.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] where the format does not fit the values.
    pub(crate) fn cache<V>(&self, format: Format) -> Result<Cache<KeyValue, V>, Failure>
    where
        V: Serialize + DeserializeOwned + Send + Sync + 'static,
    {
        Ok(self.store.builder(&self.name).format(format).build()?.into())
    }

    /// The cache of JSON text that is stored with `codec`; it reads no other entries.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] where the settings of the cache do not fit.
    pub(crate) fn json(&self, codec: JsonCodec) -> Result<Cache<KeyValue, JsonText>, Failure> {
        Ok(self.store.builder(&self.name).build_with(codec)?.into())
    }

    /// The cache of bytes that are streamed: a command never decodes them, so they have no limit.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] where the settings of the cache do not fit.
    pub(crate) fn streams(&self) -> Result<Cache<KeyValue, Bytes>, Failure> {
        let limits = Limits { max_decoded: u64::MAX, ..Limits::default() };
        Ok(self.store.builder(&self.name).format(Format::Raw).limits(limits).build()?.into())
    }

    /// Whether entries of this schema are those of the cache.
    pub(crate) fn reads(&self, meta: &Meta) -> bool {
        let schema = self.store.cache_settings().schema.as_ref();
        meta.schema == schema.map(|schema| Fingerprint::of(schema))
    }

    /// Returns once what was stored is as durable as the disk makes it.
    ///
    /// # Errors
    ///
    /// [`Failure::Disk`], with what is not yet durable.
    pub(crate) fn sync(&self) -> Result<(), Failure> {
        Ok(block_on(self.store.larder().sync())?)
    }

    /// The whole key of `key` in the cache.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] for what is no key.
    pub(crate) fn key(&self, key: &KeyValue) -> Result<Key, Failure> {
        Ok(Key::new(&self.namespace, key)?)
    }
}
