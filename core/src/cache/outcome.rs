//! What goes into a write beside key and value, and what comes out of it.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use crate::disk::Refusal;
use crate::entry::{Name, Version};
use crate::error::ErrorKind;
use crate::tag::Tag;
use crate::time::Time;

/// How long an entry lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Life {
    /// As long as the cache's setting says.
    #[default]
    OfCache,
    /// Until it is removed or evicted.
    Endless,
    /// For this long from now; zero stores an entry that is dead at once.
    For(Duration),
    /// Until this time.
    Until(Time),
}

impl Life {
    /// When an entry stored at `now` ceases to live, given the cache's setting.
    pub(super) fn expires(self, now: Time, of_cache: Option<Duration>) -> Option<Time> {
        match self {
            Self::OfCache => of_cache.map(|life| now.after(life)),
            Self::Endless => None,
            Self::For(life) => Some(now.after(life)),
            Self::Until(time) => Some(time),
        }
    }
}

impl From<Duration> for Life {
    fn from(life: Duration) -> Self {
        Self::For(life)
    }
}

/// What a write says beside key and value.
///
/// ```
/// use larder_core::cache::WriteOptions;
/// use std::time::Duration;
///
/// let options = WriteOptions::default().life(Duration::from_secs(60)).tag("people").tag(7);
/// assert_eq!(options.tags.len(), 2);
/// ```
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// How long the entry lives.
    pub life: Life,
    /// Labels to evict by, at most [64](crate::tag::MOST_TAGS).
    pub tags: Vec<Tag>,
    /// How long the value took to compute.
    pub cost: Option<Duration>,
    /// What to keep beside the value.
    pub user: BTreeMap<String, Bytes>,
}

impl WriteOptions {
    /// Lets the entry live this long.
    #[must_use]
    pub fn life(self, life: impl Into<Life>) -> Self {
        Self { life: life.into(), ..self }
    }

    /// Adds a label.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<Tag>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Says how long the value took to compute.
    #[must_use]
    pub fn cost(self, cost: Duration) -> Self {
        Self { cost: Some(cost), ..self }
    }

    /// Keeps `value` beside the value, under `name`.
    #[must_use]
    pub fn note(mut self, name: impl Into<String>, value: impl Into<Bytes>) -> Self {
        self.user.insert(name.into(), value.into());
        self
    }
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a write may be refused: look whether the value is stored, or say that it does not matter"]
pub enum Outcome {
    /// The value is stored and can be read.
    Stored,
    /// An add found a live entry and left it.
    Kept,
    /// The value does not fit. An older entry of the key is gone: it would be a wrong answer. Where the disk failed
    /// to remove it, that is counted as an error, and returned in strict mode.
    Refused(Refusal),
    /// The disk failed, the cache goes on. The old entry stays, or the new one if only the answer was lost.
    Failed(ErrorKind),
}

impl Outcome {
    /// Whether the value is stored.
    pub const fn is_stored(self) -> bool {
        matches!(self, Self::Stored)
    }
}

/// What became of a compare-and-swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a swap that met another version stored nothing"]
pub enum Swapped {
    /// The value is stored; this is its version.
    Stored(Version),
    /// Another version is stored, or nothing. Nothing was changed.
    Conflict(Option<Version>),
    /// The value does not fit; the entry that was to be replaced is gone.
    Refused(Refusal),
}

/// A value with what is known of its entry.
#[derive(Clone, Debug, PartialEq)]
pub struct CacheEntry<V> {
    /// The value.
    pub value: V,
    /// The write that made the entry what it is: what a [swap](super::Cache::swap) compares.
    pub version: Version,
    /// When it was stored.
    pub stored: Time,
    /// When it ceases to live; never, if `None`.
    pub expires: Option<Time>,
    /// Its labels.
    pub tags: Vec<Tag>,
    /// The format of its body.
    pub format: Name,
    /// The compression of its body.
    pub compression: Name,
    /// How long the value took to compute, where known.
    pub cost: Option<Duration>,
    /// What the user keeps beside the value.
    pub user: BTreeMap<String, Bytes>,
}
