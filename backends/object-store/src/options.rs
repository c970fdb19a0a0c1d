//! How a store is reached, and what is believed of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use larder_core::clock::{Clock, SystemClock};
pub use larder_core::disk::Mode;

/// The longest that an operation takes unless it is told otherwise.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Which conditional writes of a store are used. A store that others write to is asked when the disk opens, and what
/// it turns out not to honour is never used; this says what is not to be used although it passes alone, because the
/// store breaks it in a race.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConditionalWrites {
    /// All that the store proves to honour.
    #[default]
    Proved,
    /// No more than creating where nothing is, if the store proves to honour that.
    Create,
    /// None. The store is not asked.
    Never,
}

/// The options whose values are no secrets. An option that a later version of the client brings is a secret until
/// somebody looks at it.
#[rustfmt::skip]
const HARMLESS: &[&str] = &[
    "endpoint", "aws_endpoint_url_s3", "endpoint_url_sts", "base_url", "region", "default_region",
    "virtual_hosted_style_request", "skip_signature", "unsigned_payload", "checksum_algorithm", "s3_express",
    "request_payer", "copy_if_not_exists", "conditional_put", "disable_tagging", "disable_bulk_delete",
    "account_name", "use_emulator", "use_fabric_endpoint", "use_azure_cli", "allow_http",
    "allow_invalid_certificates", "disable_system_certificates", "connect_timeout", "read_timeout", "timeout",
    "http1_only", "http2_only", "http2_keep_alive_interval", "http2_keep_alive_timeout",
    "http2_keep_alive_while_idle", "http2_max_frame_size", "pool_idle_timeout", "pool_max_idle_per_host",
    "randomize_addresses",
];

/// What may stand before the name of an option.
const PREFIXES: &[&str] = &["aws_", "google_", "azure_storage_", "azure_"];

/// How a disk is opened beside its settings, which are recorded with it.
///
/// ```
/// use larder_object_store::{ConditionalWrites, OpenOptions};
/// use std::time::Duration;
///
/// let options = OpenOptions { deadline: Duration::from_secs(5), ..OpenOptions::default() };
/// assert_eq!(options.conditional_writes, ConditionalWrites::Proved);
/// ```
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// How long an operation may take with all its waiting: throttling, retries, lost connections. Opening is one
    /// operation.
    pub deadline: Duration,
    /// Which conditional writes are used.
    pub conditional_writes: ConditionalWrites,
    /// Whether the disk may write.
    pub mode: Mode,
    /// What the deadline waits on.
    pub clock: Arc<dyn Clock>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            deadline: DEADLINE,
            conditional_writes: ConditionalWrites::default(),
            mode: Mode::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

/// What the client of a store is told, by the names that [`object_store`] has for it: `endpoint`, `region`,
/// `access_key_id`. Values may be secrets, so they are never shown.
///
/// ```
/// use larder_object_store::StoreOptions;
///
/// let options: StoreOptions = [("secret_access_key", "hunter2")].into_iter().collect();
/// assert!(!format!("{options:?}").contains("hunter2"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct StoreOptions(BTreeMap<String, String>);

impl StoreOptions {
    /// Whether the value of the option `name` is never a secret, whichever of its names it is.
    pub fn is_harmless(name: &str) -> bool {
        let short = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        HARMLESS.contains(&name) || HARMLESS.contains(&short)
    }

    /// Names and values, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Sets an option; a value that was set before is replaced.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for StoreOptions {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(options: T) -> Self {
        Self(options.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
