//! What is set for a disk as a whole, and what it holds.

use crate::entry::Name;

/// Limits and policy of a disk, recorded with it and shared by all who have it open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The most volume, in bytes; without a limit, if `None`.
    pub size_limit: Option<u64>,
    /// The most entries; without a limit, if `None`.
    pub max_entries: Option<u64>,
    /// The name of the [policy](crate::eviction::Policy) by which room is made.
    pub policy: Name,
}

impl Settings {
    /// A limit of `bytes` of volume under the default policy.
    pub fn limited(bytes: u64) -> Self {
        Self { size_limit: Some(bytes), ..Self::unbounded() }
    }

    /// No limits.
    pub const fn unbounded() -> Self {
        Self { size_limit: None, max_entries: None, policy: Name::Borrowed(crate::eviction::DEFAULT_POLICY) }
    }

    /// The same under another policy.
    #[must_use]
    pub fn policy(self, policy: impl Into<Name>) -> Self {
        Self { policy: policy.into(), ..self }
    }
}

/// What a disk holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// The sum of the sizes of all entries, dead ones included, in bytes.
    pub volume: u64,
    /// The number of entries, dead ones included.
    pub entries: u64,
    /// Bytes of writes that are under way; they count towards the limit.
    pub reserved: u64,
}

impl Usage {
    /// A disk that holds this much, with this much under way.
    pub const fn new(volume: u64, entries: u64, reserved: u64) -> Self {
        Self { volume, entries, reserved }
    }
}
