//! Which entries a list is about.

use clap::Args;
use larder::disk::{Brief, Scope};
use larder::key::KeyValue;
use larder::{Tag, Time, units};

use crate::failure::Failure;
use crate::listed::Listed;
use crate::moment::{self, Moment};
use crate::typed;

/// What is asked of the entries; each must have all of it.
#[derive(Args, Clone, Debug)]
pub(super) struct Filter {
    /// Only keys that are text and begin so
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,
    /// Only entries that have this tag
    #[arg(long, value_name = "TAG", value_parser = typed::tag)]
    tag: Option<Tag>,
    /// Only entries that live
    #[arg(long, conflicts_with = "dead")]
    live: bool,
    /// Only entries whose life is over
    #[arg(long)]
    dead: bool,
    /// Only entries that were stored before this time, or longer ago than this
    #[arg(long, value_name = "TIME", value_parser = moment::moment)]
    older: Option<Moment>,
    /// Only entries that were stored since this time, or not longer ago than this
    #[arg(long, value_name = "TIME", value_parser = moment::moment)]
    newer: Option<Moment>,
    /// Only entries that add more than this to the volume, such as 1MiB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    larger: Option<u64>,
    /// Only entries in this serializer, or serializer and compression, such as json or json+zstd
    #[arg(long, value_name = "NAME")]
    codec: Option<String>,
}

fn size(text: &str) -> Result<u64, String> {
    units::size(text).map_err(|error| error.message().to_owned())
}

impl Filter {
    /// Where to look for the entries.
    pub(super) fn scope(&self, now: Time) -> Scope {
        match &self.tag {
            Some(tag) => Scope::Tagged(tag.clone()),
            None if self.dead => Scope::Dead(now),
            None => Scope::All,
        }
    }

    /// Whether an entry may be meant, by what is known of it without reading it.
    pub(super) fn may_mean(&self, brief: &Brief) -> bool {
        self.larger.is_none_or(|size| brief.size > size)
    }

    /// Whether an entry is meant.
    ///
    /// # Errors
    ///
    /// [`Failure::Found`] for a key that is none.
    pub(super) fn means(&self, entry: &Listed, now: Time) -> Result<bool, Failure> {
        let Listed { key, meta, .. } = entry;
        let has_prefix = match &self.prefix {
            None => true,
            Some(prefix) => matches!(key.value()?, KeyValue::Text(text) if text.starts_with(prefix)),
        };
        let is_live = meta.is_live(now);
        let codec = super::codec(meta);
        Ok(has_prefix
            && self.tag.as_ref().is_none_or(|tag| meta.tags.contains(tag))
            && (is_live || !self.live)
            && (!is_live || !self.dead)
            && self.older.is_none_or(|older| meta.stored < older.before(now))
            && self.newer.is_none_or(|newer| meta.stored >= newer.before(now))
            && self.codec.as_ref().is_none_or(|name| *name == codec || *name == meta.format))
    }
}
