//! The shared index: a head of fixed length and four tables that grow.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use larder_mapping::{Access, Map};

use crate::area::{Area, Row, UNIT, WORD};
use crate::fault;
use crate::files::DiskFile;
use crate::head::{self, Word};
use crate::place_of;
use crate::root::{Identity, Root};

/// The words of a row, by table; each is a power of two.
pub(crate) const SLOT: usize = 16;
pub(crate) const SEGMENT: usize = 4;
pub(crate) const NAMESPACE: usize = 2;
/// The words of the first chunk of each table: 64 KiB.
const BASE: usize = 8192;

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Table {
    Head = 0,
    Slots = 1,
    Chains = 2,
    Segments = 3,
    Namespaces = 4,
}

/// A word of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address(pub(crate) u64);

impl Address {
    const SHIFT: u32 = 56;

    #[inline]
    pub(crate) const fn new(table: Table, word: usize) -> Self {
        Self(((table as u64) << Self::SHIFT) | word as u64)
    }

    #[inline]
    pub(crate) const fn of(word: Word) -> Self {
        Self::new(Table::Head, word as usize)
    }

    #[inline]
    pub(crate) const fn is_of(self, table: Table) -> bool {
        self.0 >> Self::SHIFT == table as u64
    }

    /// Whoever is told a word of no table gets one of the head that nobody uses.
    #[inline]
    const fn parts(self) -> (Table, usize) {
        let word = (self.0 & ((1 << Self::SHIFT) - 1)) as usize;
        let table = match self.0 >> Self::SHIFT {
            0 => Table::Head,
            1 => Table::Slots,
            2 => Table::Chains,
            3 => Table::Segments,
            _ => Table::Namespaces,
        };
        (table, word)
    }
}

/// The tables of a disk.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) head: Map,
    /// The file of the head, whose bytes are locked by [handles](crate::handles); `None` in memory.
    pub(crate) file: Option<DiskFile>,
    /// Which file it is.
    pub(crate) identity: Option<Identity>,
    pub(crate) slots: Area,
    pub(crate) chains: Area,
    pub(crate) segments: Area,
    pub(crate) namespaces: Area,
}

/// The file of the head.
pub(crate) const HEAD: &str = "index";
/// The files of the other tables.
pub(crate) const FILES: [&str; 4] = ["slots", "chains", "segments", "namespaces"];

impl Tables {
    /// Maps the files in `root`, which are created where they are missing if `access` is for writing.
    pub(crate) fn open(root: &Root, access: Access) -> io::Result<Self> {
        let length = head::WORDS * WORD;
        let file = match access {
            Access::Write => place_of::open_mapped(root, HEAD)?,
            Access::Read => root.open_file(HEAD, access)?,
        };
        let status = file.status()?;
        if access == Access::Write && status.length < length as u64 {
            file.set_length(length as u64)?;
            file.reserve(0, length as u64)?;
        }
        let [slots, chains, segments, namespaces] = FILES.map(|name| Area::open(root, name, BASE, access));
        Ok(Self {
            head: file.map(0, length, access)?,
            file: Some(file),
            identity: Some(status.identity),
            slots: slots?,
            chains: chains?,
            segments: segments?,
            namespaces: namespaces?,
        })
    }

    /// Empty tables in the memory of this process.
    pub(crate) fn in_memory() -> io::Result<Self> {
        Ok(Self {
            head: Map::anonymous(head::WORDS * WORD)?,
            file: None,
            identity: None,
            slots: Area::in_memory(BASE),
            chains: Area::in_memory(BASE),
            segments: Area::in_memory(BASE),
            namespaces: Area::in_memory(BASE),
        })
    }

    #[inline]
    fn row(&self, table: Table, word: usize) -> Option<Row<'_>> {
        match table {
            Table::Head => None,
            Table::Slots => self.slots.row(word),
            Table::Chains => self.chains.row(word),
            Table::Segments => self.segments.row(word),
            Table::Namespaces => self.namespaces.row(word),
        }
    }

    #[inline]
    fn word(&self, address: Address) -> Option<&AtomicU64> {
        match address.parts() {
            (Table::Head, word) => (word < head::WORDS).then(|| self.head.word(word)),
            (table, word) => Some(self.row(table, word)?.word(0)),
        }
    }

    /// Whether the word is mapped, so that it can be changed.
    #[inline]
    pub(crate) fn has(&self, address: Address) -> bool {
        self.word(address).is_some()
    }

    /// The value of a word; 0 of one that cannot be mapped.
    #[inline]
    pub(crate) fn get(&self, address: Address) -> u64 {
        match address.parts() {
            (Table::Head, word) if word < head::WORDS => self.head.load(word, Ordering::Relaxed),
            (table, word) => self.row(table, word).map_or(0, |row| row.load(0, Ordering::Acquire)),
        }
    }

    /// Changes a word. Readers that see the new value see what was changed before it.
    #[inline]
    pub(crate) fn apply(&self, address: Address, value: u64) {
        if let Some(word) = self.word(address) {
            word.store(value, Ordering::Release);
        }
    }

    /// Changes words in their order. Most of the changes of a step are of one slot, whose row is looked up once.
    #[inline]
    pub(crate) fn apply_all(&self, changes: &[(Address, u64)]) {
        const ROW: u64 = SLOT as u64 - 1;
        let head = self.head.words(0, head::WORDS);
        let mut last: Option<(u64, &[AtomicU64])> = None;
        for (address, value) in changes {
            fault::moment();
            // A word of the head has no other bits in its address.
            if let Some(word) = head.get(address.0 as usize) {
                word.store(*value, Ordering::Release);
                continue;
            }
            let begin = address.0 & !ROW;
            let row = match last {
                Some((known, row)) if known == begin => row,
                _ => {
                    let (Table::Slots, word) = Address(begin).parts() else {
                        self.apply(*address, *value);
                        continue;
                    };
                    let Some(row) = self.slots.row(word) else { continue };
                    let row = row.words(SLOT);
                    last = Some((begin, row));
                    row
                }
            };
            row[(address.0 & ROW) as usize].store(*value, Ordering::Release);
        }
    }

    /// The slot `index`.
    #[inline]
    pub(crate) fn slot(&self, index: usize) -> Option<Row<'_>> {
        self.slots.row(index.checked_mul(SLOT)?)
    }

    /// The tables with the words of the head that count what is reserved for each.
    pub(crate) const fn growing(&self) -> [(&Area, Word); 4] {
        [
            (&self.slots, Word::SlotWords),
            (&self.chains, Word::ChainWords),
            (&self.segments, Word::SegmentWords),
            (&self.namespaces, Word::NamespaceWords),
        ]
    }

    /// Whether the files have all the words that the head says are reserved.
    ///
    /// # Errors
    ///
    /// The length of a file cannot be read.
    pub(crate) fn are_whole(&self) -> io::Result<bool> {
        for (table, units) in self.growing() {
            if table.words()? < units.get(&self.head) * UNIT as u64 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Maps all words that the head says are reserved.
    ///
    /// # Errors
    ///
    /// A table cannot be mapped: a word of it would read as 0, which says that an entry is absent.
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if its file is too short.
    #[inline]
    pub(crate) fn map_all(&self) -> io::Result<()> {
        for (table, units) in self.growing() {
            table.map_up_to(units.get(&self.head) * UNIT as u64)?;
        }
        Ok(())
    }

    /// The number of slots that were ever used. Never more than the file has, even if the head is damaged.
    pub(crate) fn used(&self) -> usize {
        let used = Word::Used.get(&self.head);
        let reserved = Word::SlotWords.get(&self.head) * (UNIT / SLOT) as u64;
        // A damaged word reads as 0; a caller that needs an exact value takes the writers' lock.
        used.min(reserved) as usize
    }

    /// Writes everything to the medium.
    pub(crate) fn sync(&self) -> io::Result<()> {
        [&self.slots, &self.chains, &self.segments, &self.namespaces].into_iter().try_for_each(Area::sync)?;
        self.head.sync(0, self.head.len())
    }

    /// The bytes that the index takes on the medium.
    pub(crate) fn space(&self) -> io::Result<u64> {
        let tables = [&self.slots, &self.chains, &self.segments, &self.namespaces];
        tables.into_iter().try_fold(self.head.len() as u64, |sum, table| Ok(sum + table.space()?))
    }
}
