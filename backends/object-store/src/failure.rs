//! What an error of the store means.

use std::borrow::Cow;
use std::error::Error as _;

use larder_core::{Error, ErrorKind};
use object_store::Error as StoreError;

use crate::remote::{Fault, Told};

/// An error of larder, with the store's as its cause.
pub(crate) fn failed(doing: impl Into<Cow<'static, str>>, cause: StoreError) -> Error {
    let kind = match &cause {
        StoreError::NotImplemented { .. } | StoreError::NotSupported { .. } => ErrorKind::Unsupported,
        StoreError::AlreadyExists { .. } | StoreError::Precondition { .. } => ErrorKind::Conflict,
        StoreError::InvalidPath { .. } | StoreError::UnknownConfigurationKey { .. } => ErrorKind::Invalid,
        // Permissions and credentials are repaired outside of the program, like a network.
        _ => ErrorKind::Unavailable,
    };
    let doing = doing.into();
    let doing = match told(&cause).and_then(Told::advice) {
        Some(advice) => Cow::Owned(format!("{doing}: {advice}")),
        None => doing,
    };
    Error::new(kind, doing).because(cause)
}

/// An error met while a disk is opened: there, what the settings have wrong is the caller's to change.
pub(crate) fn opening(error: Error) -> Error {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<StoreError>());
    match cause.and_then(fault) {
        Some(fault) if fault.is_of_settings() => error.with_kind(ErrorKind::Invalid),
        _ => error,
    }
}

/// What the store said.
fn told(error: &StoreError) -> Option<&Told> {
    error.source()?.downcast_ref()
}

/// What the settings have wrong, if that is what the store said.
fn fault(error: &StoreError) -> Option<Fault> {
    told(error)?.fault
}

/// Whether a conditional write met an entry.
pub(crate) const fn is_taken(error: &StoreError) -> bool {
    matches!(error, StoreError::AlreadyExists { .. } | StoreError::Precondition { .. })
}

/// Whether nothing is stored under the name. Where there is not even a bucket, that is a failure.
pub(crate) fn is_missing(error: &StoreError) -> bool {
    // Some clients hide the kind, and the status of the answer tells.
    let is_told = told(error).is_some_and(|told| told.status == Some(404));
    (matches!(error, StoreError::NotFound { .. }) || is_told) && fault(error).is_none()
}

/// An error met while the bytes of an entry came in.
pub(crate) fn cut_short(cause: StoreError) -> Error {
    // The client has no kind for them: bytes that end early, and a rest that is not there when it asks for it.
    let words = cause.to_string();
    let is_cut = ["end of file before message length", "InvalidRange"].iter().any(|cut| words.contains(cut));
    if is_cut || is_gone(&cause) {
        return Error::new(ErrorKind::Corrupt, "an entry came cut").because(cause);
    }
    failed("reading an entry", cause)
}

/// Whether the object was there no more when its rest was asked for.
fn is_gone(error: &StoreError) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if matches!(error.downcast_ref(), Some(StoreError::NotFound { .. })) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Whether the store answered a range with the whole object.
pub(crate) fn is_not_partial(error: &StoreError) -> bool {
    // The client has no kind for it.
    error.to_string().contains("non-partial response")
}

/// Whether the store does not know what it was asked for: it says so, or finds the request itself wrong.
pub(crate) fn is_unknown(error: &StoreError) -> bool {
    let answered = told(error).filter(|told| told.fault.is_none()).and_then(|told| told.status);
    matches!(error, StoreError::NotImplemented { .. } | StoreError::NotSupported { .. })
        || matches!(answered, Some(400 | 405 | 411 | 501))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error as the client makes one while it asks for the rest of an object.
    fn hidden(source: StoreError) -> StoreError {
        StoreError::Generic { store: "HTTP", source: Box::new(source) }
    }

    #[test]
    fn an_object_that_goes_while_it_is_read_comes_cut() {
        let gone = StoreError::NotFound { path: "ca/fe".to_owned(), source: "404 Not Found".into() };
        assert_eq!(cut_short(hidden(gone)).kind(), ErrorKind::Corrupt, "it is asked for again");
        let broken = StoreError::Generic { store: "HTTP", source: "connection reset".into() };
        assert_eq!(cut_short(hidden(broken)).kind(), ErrorKind::Unavailable);
    }
}
