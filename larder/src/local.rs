//! The local disk, for programs that open it by themselves.
//!
//! [`LocalSettings`] say the same in a file. Here a path is taken as it is, and need be no Unicode.

use std::sync::Arc;

use larder_core::Result;
use larder_core::clock::Clock;
use larder_core::disk::{Precedence, Requested};
pub use larder_local::{DEADLINE, Durability, INTERVAL, LocalDisk, Mode, OpenOptions, Share};

use crate::settings::LocalSettings;

/// Opens the disk that settings name.
pub(crate) async fn open(
    local: &LocalSettings,
    limits: Requested,
    mode: Mode,
    clock: Arc<dyn Clock>,
) -> Result<LocalDisk> {
    // A reader records nothing, so the recorded limits stay in effect; opening with others would be an error.
    let precedence = if mode == Mode::ReadOnly { Precedence::Recorded } else { limits.precedence };
    let limits = Requested { precedence, ..limits };
    let options = OpenOptions { mode, clock, ..local.options() };
    // Boxed, so that whoever opens a store does not carry the whole of a disk that is being opened in its future.
    Box::pin(LocalDisk::open_with(local.expanded()?, options, limits)).await
}
