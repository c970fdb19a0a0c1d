//! What an error of the store means.

use std::borrow::Cow;

use larder_core::{Error, ErrorKind};
use object_store::Error as StoreError;

/// An error of larder, with the store's as its cause.
pub(crate) fn failed(doing: impl Into<Cow<'static, str>>, cause: StoreError) -> Error {
    let kind = match &cause {
        StoreError::NotImplemented { .. } | StoreError::NotSupported { .. } => ErrorKind::Unsupported,
        StoreError::AlreadyExists { .. } | StoreError::Precondition { .. } => ErrorKind::Conflict,
        StoreError::InvalidPath { .. } | StoreError::UnknownConfigurationKey { .. } => ErrorKind::Invalid,
        // Permissions and credentials are repaired outside of the program, like a network.
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, doing).because(cause)
}

/// Whether a conditional write met an entry.
pub(crate) const fn is_taken(error: &StoreError) -> bool {
    matches!(error, StoreError::AlreadyExists { .. } | StoreError::Precondition { .. })
}

/// Whether nothing is stored under the name.
pub(crate) const fn is_missing(error: &StoreError) -> bool {
    matches!(error, StoreError::NotFound { .. })
}
