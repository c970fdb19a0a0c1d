//! Sizes and spans of time as settings write them, for programs that take them as arguments.

use std::time::Duration;

use larder_core::{Error, ErrorKind, Result};

use crate::settings::quantity;

/// The bytes that `text` says: a number and a unit.
///
/// ```
/// assert_eq!(larder::units::size("1.5 KiB")?, 1536);
/// # Ok::<(), larder::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Invalid`] for anything else, with the units that are known.
pub fn size(text: &str) -> Result<u64> {
    quantity::size(text).map_err(|message| Error::new(ErrorKind::Invalid, message))
}

/// The span of time that `text` says: a number and a unit.
///
/// ```
/// # use std::time::Duration;
/// assert_eq!(larder::units::span("90s")?, Duration::from_secs(90));
/// # Ok::<(), larder::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Invalid`] for anything else, with the units that are known.
pub fn span(text: &str) -> Result<Duration> {
    quantity::span(text).map_err(|message| Error::new(ErrorKind::Invalid, message))
}
