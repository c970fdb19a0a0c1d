//! The settings of an object store: where it is, how it is reached, what is believed of it.

use std::fmt;
use std::time::Duration;

use larder_object_store::{ConditionalWrites, DEADLINE, StoreOptions};

use super::place;

/// Which conditional writes are used, by their names in settings.
pub(super) const CONDITIONAL_WRITES: &[(&str, ConditionalWrites)] = &[
    ("proved", ConditionalWrites::Proved),
    ("create", ConditionalWrites::Create),
    ("never", ConditionalWrites::Never),
];

/// Where an object store is, and how it is reached.
///
/// ```
/// use larder::{DiskKind, ObjectStoreSettings, TierSettings, disk};
///
/// let mut store = ObjectStoreSettings::at("s3://bucket/prefix");
/// store.options.set("region", "us-east-1");
/// let tier = TierSettings::new(DiskKind::ObjectStore(store), disk::Settings::limited(1 << 40));
/// ```
///
/// Values of options, and what does not belong into a url, are not shown by `Debug` and not written by serde.
#[derive(Clone, PartialEq, Eq)]
pub struct ObjectStoreSettings {
    /// `memory:///`; `store+file://` and a path, in which `~` and `$NAME` are expanded when it is opened and which lies
    /// below the working directory where it is relative; or a store on a network, such as `s3://bucket/prefix`, in any
    /// spelling of a [`StoreUrl`](crate::StoreUrl).
    pub url: String,
    /// What the client of a bucket is told, by the names that the crate `object_store` has for it. What it is not told it
    /// takes from the environment variables that are usual for the store.
    pub options: StoreOptions,
    /// The longest that an operation may take with all its waiting.
    pub deadline: Duration,
    /// Which conditional writes of the store are used.
    pub conditional_writes: ConditionalWrites,
}

impl ObjectStoreSettings {
    /// The store at `url`, with defaults for all the rest.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            options: StoreOptions::default(),
            deadline: DEADLINE,
            conditional_writes: ConditionalWrites::default(),
        }
    }
}

impl fmt::Debug for ObjectStoreSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, options, deadline, conditional_writes } = self;
        f.debug_struct("ObjectStoreSettings")
            .field("url", &place::shown(url))
            .field("options", options)
            .field("deadline", deadline)
            .field("conditional_writes", conditional_writes)
            .finish()
    }
}
