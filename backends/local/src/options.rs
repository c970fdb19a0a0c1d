//! How a directory is opened.

use std::sync::Arc;
use std::time::Duration;

use larder_core::clock::{Clock, SystemClock};
pub use larder_core::disk::Mode;
use serde::{Deserialize, Serialize};

/// The longest that an operation waits for other processes unless it is told otherwise.
pub const DEADLINE: Duration = Duration::from_mins(1);
/// How long a write may be lost in a crash of the operating system unless it is told otherwise.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// What a crash of the operating system, or of the machine, may take. The death of a process takes nothing that was
/// reported stored, whatever is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Everything since the last [sync](larder_core::disk::Disk::sync): the operating system writes when it likes.
    None,
    /// What was written in the last moments: everything is written to the medium once every so long.
    Interval(Duration),
    /// Nothing: a write is on the medium before it is reported stored. Writes that wait at the same time share one
    /// request.
    EveryWrite,
}

impl Default for Durability {
    fn default() -> Self {
        Self::Interval(INTERVAL)
    }
}

/// Which users may use a disk: it sets the modes of its files and directories and overrides the umask.
///
/// Every user of a disk can change and remove all of its entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Share {
    /// The user who owns the directory: modes 600 and 700.
    #[default]
    Owner,
    /// All users of the group of the directory: modes 660 and 770. New files belong to that group.
    Group,
    /// All users: modes 666 and 777.
    World,
}

/// How a disk is opened beside its settings, which are recorded with it. Processes that share a directory may open it
/// differently.
///
/// ```
/// use larder_local::{Durability, OpenOptions};
///
/// let options = OpenOptions { durability: Durability::EveryWrite, ..OpenOptions::default() };
/// assert_eq!(options.utilization, 125);
/// ```
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Whether the disk may write.
    pub mode: Mode,
    /// How long a write waits for other processes. A process that is stopped (SIGSTOP) while it writes holds up other
    /// writers for this long; readers do not wait for it.
    pub deadline: Duration,
    /// What a crash of the operating system may take.
    pub durability: Durability,
    /// The most that the files take beside two segments, in hundredths of the size limit, or of what is stored where there
    /// is no limit: 110 cleans much and wastes little, 150 the other way round.
    pub utilization: u32,
    /// Which users may use the disk. `None` leaves it as it is recorded, [`Share::Owner`] for a new disk. Another one than
    /// the recorded one is recorded, and set on all files that are there, which only their owner can do; handles that
    /// are open already create files as before.
    pub share: Option<Share>,
    /// Bytes that are to stay free on the file system. A write that would leave less reuses space of the disk: dead space
    /// first, then that of entries which the policy evicts, as few as it needs. If that is not enough, it fails.
    pub free_space: u64,
    /// Whether values are handed out as they lie in the mapped file, in place of a copy. They keep the space of what was
    /// removed meanwhile.
    pub mapped: bool,
    /// Whether every byte of a value is checked each time it is read. Without it key and metadata are, and a value that
    /// was damaged on the medium is handed out as it is: for values that check themselves, and media that do.
    pub checked: bool,
    /// The bytes of removed segments that mapped values may keep; beyond it values are copied.
    pub most_pinned: u64,
    /// What deadlines and intervals are measured with.
    pub clock: Arc<dyn Clock>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            deadline: DEADLINE,
            durability: Durability::default(),
            utilization: 125,
            share: None,
            free_space: 0,
            mapped: false,
            checked: true,
            most_pinned: 256 << 20,
            clock: Arc::new(SystemClock),
        }
    }
}
