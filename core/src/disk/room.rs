//! How a disk asks for room.

use async_trait::async_trait;

use crate::error::Result;

/// What a write lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shortage {
    /// Bytes of volume; 0 where only the number of entries is short.
    pub bytes: u64,
    /// Entries; 0 where only bytes are short.
    pub entries: u64,
}

/// Whether room was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// Entries went: try again.
    Some,
    /// There is nothing that may go: refuse the write as [`Full`](super::Refusal::Full).
    Nothing,
}

/// Makes room on a disk: core's evictor, handed to [`put`](super::Disk::put).
#[async_trait]
pub trait Room: Send + Sync {
    /// Removes dead entries, then victims of the policy, until `shortage` is covered or nothing is left that may
    /// go. Calls back into the disk: hold no lock.
    ///
    /// # Errors
    ///
    /// Those of the disk's `survey` and `evict`; the write is then not to be done.
    async fn make(&self, shortage: Shortage) -> Result<Made>;
}

/// A room that never makes any: what does not fit is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRoom;

#[async_trait]
impl Room for NoRoom {
    async fn make(&self, _: Shortage) -> Result<Made> {
        Ok(Made::Nothing)
    }
}
