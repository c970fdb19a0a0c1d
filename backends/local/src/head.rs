//! The words that a disk has once: what it is, its sums, who is writing.

use std::sync::atomic::Ordering;

use larder_mapping::Map;

/// `larder` and a byte that is no text.
pub(crate) const MAGIC: u64 = u64::from_le_bytes(*b"\x8alarder\n");
/// The version of the index that this module writes, and the only one that it reads.
pub(crate) const FORMAT: u64 = 1;

/// The words of the head, by name. What lies between is zero and free for later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Word {
    Magic = 0,
    Format = 1,
    /// Two words: the boot of the machine in which the index was written last.
    Boot = 2,
    /// The number of the file on its file system: a copy has another.
    Inode = 4,
    /// Whether everything was written to the medium when the last handle was closed.
    Clean = 5,
    /// Drawn when the disk is made; the checks of records depend on it.
    Salt = 6,
    /// Who is in the section, see [`lock`](crate::lock).
    Lock = 8,
    /// The number of chains, and whether one is being split, see [`chains`](crate::chains).
    Shape = 16,
    Volume = 17,
    Entries = 18,
    /// The number of the last write.
    Sequence = 19,
    /// Bytes of writes that are under way, of all handles together.
    Reserved = 20,
    /// Slots that were ever used.
    Used = 21,
    /// The first free slot and one more; 0 if there is none.
    Free = 22,
    /// Words of the slots for which space is reserved.
    SlotWords = 23,
    /// Words of the chains for which space is reserved.
    ChainWords = 24,
    /// The number of the segment that is appended to, and where its records end.
    Segment = 25,
    Tail = 26,
    /// Rows of the table of segments that were ever used.
    SegmentRows = 27,
    /// Counts up whenever a segment comes or goes.
    Segments = 28,
    /// The segment that is being cleaned, and how far.
    Cleaning = 29,
    Cleaned = 30,
    /// The sum of the sizes of all segments.
    LogBytes = 31,
    /// Bytes of records that are needed.
    LiveBytes = 32,
    /// The sum of the lengths of bodies that lie apart.
    ApartBytes = 33,
    /// The number of the last body that lies apart.
    Apart = 34,
    /// Namespaces that were ever counted.
    Namespaces = 35,
    /// Segments before this one are on the medium.
    Synced = 36,
    /// Odd while the settings change.
    SettingsTurn = 37,
    SizeLimit = 38,
    MaxEntries = 39,
    /// The name of the policy: its length in the first byte, then its text; five words.
    Policy = 40,
    /// The bytes that were ever appended to the log, and those of them that cleaning moved.
    Appended = 45,
    Moved = 46,
    /// Words of the tables of segments and of namespaces for which space is reserved.
    SegmentWords = 47,
    NamespaceWords = 48,
    /// How many bodies lie apart.
    Aparts = 49,
}

/// Where the handles begin: two words each, see [`handles`](crate::handles).
pub(crate) const HANDLES: usize = 64;
/// How many handles a disk may have open at once, of all processes together.
pub(crate) const MOST_HANDLES: usize = 1024;
/// Where the journal begins, see [`journal`](crate::journal).
pub(crate) const JOURNAL: usize = 4096;
/// Pairs that the journal has room for.
pub(crate) const MOST_CHANGES: usize = 2000;
/// Where the memory of recent writes begins, see [`recent`](crate::recent).
pub(crate) const RECENT: usize = 8192;
/// How many recent writes are remembered.
pub(crate) const MOST_RECENT: u64 = 32768;
/// The words of the head.
pub(crate) const WORDS: usize = RECENT + 32768;

impl Word {
    pub(crate) fn get(self, head: &Map) -> u64 {
        head.load(self as usize, Ordering::Relaxed)
    }

    /// Sets it outside of any section: while nobody else has the disk open.
    pub(crate) fn put(self, head: &Map, value: u64) {
        head.word(self as usize).store(value, Ordering::Relaxed);
    }
}
