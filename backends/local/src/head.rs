//! The words that a disk has once: what it is, its sums, who is writing.

use std::sync::atomic::Ordering;

use larder_mapping::Map;

/// `larder` and a byte that is no text.
pub(crate) const MAGIC: u64 = u64::from_le_bytes(*b"\x8alarder\n");
/// The version of the index that this module writes, and the only one that it reads. An index of another version is
/// rebuilt from the log.
pub(crate) const FORMAT: u64 = 2;

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
    /// How the index was closed: one of [`closed`].
    Clean = 5,
    /// Drawn when the disk is made; the checks of records depend on it.
    Salt = 6,
    /// The device of the file system: a snapshot has the same numbers on another one.
    Device = 7,
    /// Who is in the section, see [`lock`](crate::lock).
    Lock = 8,
    // What readers look at lies apart from what every write changes: else each write would take the line of eight words
    // away from all readers.
    /// Twice the number of chains, and one more while one is being split, see [`chains`](crate::chains). Without chains
    /// the index is being rebuilt.
    Shape = 16,
    /// Counts up whenever a segment comes or goes.
    Segments = 17,
    /// Odd while the settings change.
    SettingsTurn = 18,
    /// The most bytes of volume; all ones without a limit.
    SizeLimit = 19,
    /// The most entries; all ones without a limit.
    MaxEntries = 20,
    /// The name of the policy: its length in the first byte, then its text; five words.
    Policy = 24,
    /// The checksum over the limits and the policy.
    SettingsCheck = 23,
    /// Space reserved for the chains, in units of [`UNIT`](crate::area::UNIT) words.
    ChainWords = 29,
    /// Space reserved for the table of segments, likewise.
    SegmentWords = 30,
    /// Space reserved for the table of namespaces, likewise.
    NamespaceWords = 31,
    // What every write changes.
    Volume = 32,
    Entries = 33,
    /// The number of the last write.
    Sequence = 34,
    /// Bytes of writes that are under way, of all handles together.
    Reserved = 35,
    /// Slots that were ever used.
    Used = 36,
    /// The first free slot and one more; 0 if there is none.
    Free = 37,
    /// The number of the segment that is appended to.
    Segment = 38,
    /// Where the records of that segment end.
    Tail = 39,
    /// Bytes of records that are needed.
    LiveBytes = 40,
    /// The sum of the sizes of all segments.
    LogBytes = 41,
    /// The bytes that were ever appended to the log.
    Appended = 42,
    /// Those of them that cleaning moved.
    Moved = 43,
    /// The segment that is being cleaned.
    Cleaning = 44,
    /// How far it is cleaned.
    Cleaned = 45,
    /// Space reserved for the slots, in units of [`UNIT`](crate::area::UNIT) words.
    SlotWords = 46,
    /// Rows of the table of segments that were ever used.
    SegmentRows = 47,
    /// The sum of the lengths of bodies that lie apart.
    ApartBytes = 48,
    /// The number of the last body that lies apart.
    Apart = 49,
    /// How many bodies lie apart.
    Aparts = 50,
    /// Namespaces that were ever counted.
    Namespaces = 51,
    /// Segments before this one are on the medium. 0 if no sync was ever requested; a rebuilt index has 1, because it
    /// does not know.
    Synced = 52,
    /// Bodies with numbers up to this one are on the medium.
    ApartsSynced = 53,
    /// As [`Shape`](Self::Shape), of the index that is being rebuilt.
    NewShape = 54,
    /// The checksum over all used words, written at close, see [`seal`](crate::seal).
    Seal = 55,
    /// How often the index was rebuilt while it was in use.
    Rebuilds = 56,
    /// Bytes of the file that is kept in reserve; 0 if there is none.
    Spare = 57,
    /// The place in the log before which all is on the medium, as far as is known; 0 if nothing is.
    Durable = 58,
    /// The last such place of which the log has a checkpoint.
    Checkpoint = 59,
}

/// Where the handles begin: two words each, see [`handles`](crate::handles).
pub(crate) const HANDLES: usize = 64;
/// How many handles a disk may have open at once, of all processes together.
pub(crate) const MOST_HANDLES: usize = 1024;
/// Where the fences begin, see [`fences`](crate::fences): one word for each place, up to the journal.
pub(crate) const FENCES: usize = JOURNAL - larder_core::disk::PLACES;
/// Where the journal begins, see [`journal`](crate::journal).
pub(crate) const JOURNAL: usize = 4096;
/// Pairs that the journal has room for.
pub(crate) const MOST_CHANGES: usize = 2000;
/// Where the memory of recent writes begins, see [`recent`](crate::recent).
pub(crate) const RECENT: usize = 8192;
/// How many recent writes are remembered.
pub(crate) const MOST_RECENT: u64 = 32768;
const _: () = assert!(HANDLES + 2 * MOST_HANDLES <= FENCES, "the fences lie behind the handles");
/// The words of the head.
pub(crate) const WORDS: usize = RECENT + 32768;

/// The values of [`Word::Clean`].
pub(crate) mod closed {
    /// Some handle is open, or its process was killed.
    pub(crate) const NOT: u64 = 0;
    /// Closed, and the index and the log are on the medium: valid after a crash of the machine.
    pub(crate) const ON_THE_MEDIUM: u64 = 1;
    /// Closed without a sync: valid in the same boot of the machine.
    pub(crate) const IN_THIS_BOOT: u64 = 2;
}

/// A number of 32 bits with its complement in the upper half, so that a damaged word is detected without another load.
#[inline]
pub(crate) const fn pack(value: u64) -> u64 {
    let low = value & 0xffff_ffff;
    (!low << 32) | low
}

/// The number in a [packed](pack) word; `None` if the word is damaged.
#[inline]
pub(crate) const fn unpack(word: u64) -> Option<u64> {
    let low = word & 0xffff_ffff;
    if pack(low) == word { Some(low) } else { None }
}

impl Word {
    /// The words that are used as an index, a count, an offset or a segment number. Their values have 32 bits, and are
    /// [packed](pack).
    pub(crate) const PACKED: [Self; 16] = [
        Self::Shape,
        Self::NewShape,
        Self::ChainWords,
        Self::SegmentWords,
        Self::NamespaceWords,
        Self::SlotWords,
        Self::Used,
        Self::Free,
        Self::Segment,
        Self::Tail,
        Self::Cleaning,
        Self::Cleaned,
        Self::SegmentRows,
        Self::Namespaces,
        Self::Synced,
        Self::Spare,
    ];

    /// Whether the word is [packed](pack). Constant for a constant word.
    #[inline]
    pub(crate) const fn is_packed(self) -> bool {
        matches!(
            self,
            Self::Shape
                | Self::NewShape
                | Self::ChainWords
                | Self::SegmentWords
                | Self::NamespaceWords
                | Self::SlotWords
                | Self::Used
                | Self::Free
                | Self::Segment
                | Self::Tail
                | Self::Cleaning
                | Self::Cleaned
                | Self::SegmentRows
                | Self::Namespaces
                | Self::Synced
                | Self::Spare
        )
    }

    /// The value of the word; 0 if it is packed and damaged.
    #[inline]
    pub(crate) fn get(self, head: &Map) -> u64 {
        self.value_in(head.load(self as usize, Ordering::Relaxed)).unwrap_or(0)
    }

    /// The value in `stored`; `None` if it is packed and damaged.
    #[inline]
    pub(crate) const fn value_in(self, stored: u64) -> Option<u64> {
        if self.is_packed() { unpack(stored) } else { Some(stored) }
    }

    /// What is stored for `value`.
    #[inline]
    pub(crate) const fn stored(self, value: u64) -> u64 {
        if self.is_packed() { pack(value) } else { value }
    }

    /// Sets it outside of any section: while nobody else has the disk open.
    pub(crate) fn put(self, head: &Map, value: u64) {
        head.word(self as usize).store(self.stored(value), Ordering::Relaxed);
    }
}
