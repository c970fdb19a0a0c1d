//! The segments that this process has open.
//!
//! Readers load the list without a lock. It is replaced when a segment is first met and when others report that
//! segments went: then their files are let go, and with them the space that they still take.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::{ArcSwap, Guard};
use larder_mapping::Access;

use crate::head::Word;
use crate::segment::Segment;
use crate::tables::Tables;

/// Segments in the order of their numbers.
pub(crate) type Segments = Vec<Arc<Segment>>;

#[derive(Debug)]
pub(crate) struct Shelf {
    root: PathBuf,
    access: Access,
    segments: ArcSwap<Segments>,
    /// Segments that went while somebody still read them.
    gone: Mutex<Vec<Weak<Segment>>>,
    /// Who changes the list waits here.
    changing: Mutex<()>,
    /// The first segment that there is, when the list was last looked through.
    first: AtomicU32,
    /// The count of segments that came and went when the list was last looked through.
    seen: AtomicU64,
}

impl Shelf {
    pub(crate) fn new(root: &Path, access: Access) -> Self {
        Self {
            root: root.to_owned(),
            access,
            segments: ArcSwap::default(),
            gone: Mutex::default(),
            changing: Mutex::default(),
            first: AtomicU32::new(0),
            seen: AtomicU64::new(u64::MAX),
        }
    }

    /// What is open now.
    #[inline]
    pub(crate) fn open_ones(&self) -> Guard<Arc<Segments>> {
        self.segments.load()
    }

    /// The segment `number` among `segments`.
    #[inline]
    pub(crate) fn among(segments: &Segments, number: u32) -> Option<&Arc<Segment>> {
        // Most reads are of the newest ones.
        let index = segments.binary_search_by_key(&number, |segment| segment.number).ok()?;
        segments.get(index)
    }

    /// The segment `number`, opened if it is not open yet.
    pub(crate) fn get(&self, number: u32) -> io::Result<Arc<Segment>> {
        if let Some(segment) = Self::among(&self.open_ones(), number) {
            return Ok(Arc::clone(segment));
        }
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(segment) = Self::among(&self.open_ones(), number) {
            return Ok(Arc::clone(segment));
        }
        let segment = Arc::new(Segment::open(&self.root, number, self.access)?);
        self.put(Arc::clone(&segment));
        Ok(segment)
    }

    /// Takes in a segment that was just made.
    pub(crate) fn add(&self, segment: Segment) -> Arc<Segment> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let segment = Arc::new(segment);
        self.put(Arc::clone(&segment));
        segment
    }

    fn put(&self, segment: Arc<Segment>) {
        let mut segments = Segments::clone(&self.open_ones());
        segments.retain(|other| other.number != segment.number);
        let at = segments.partition_point(|other| other.number < segment.number);
        segments.insert(at, segment);
        self.segments.store(Arc::new(segments));
    }

    /// Lets go of segments that are gone, if any went since the last look.
    #[inline]
    pub(crate) fn refresh(&self, tables: &Tables) {
        let count = tables.head.load(Word::Segments as usize, Ordering::Acquire);
        if self.seen.load(Ordering::Relaxed) != count {
            self.look_through(tables, count);
        }
    }

    #[cold]
    fn look_through(&self, tables: &Tables, count: u64) {
        let Ok(_alone) = self.changing.try_lock() else { return };
        let known = crate::log::numbers(tables);
        let mut segments = Segments::clone(&self.open_ones());
        let mut gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        gone.retain(|segment| segment.strong_count() > 0);
        segments.retain(|segment| {
            let is_there = known.binary_search(&segment.number).is_ok();
            if !is_there {
                gone.push(Arc::downgrade(segment));
            }
            is_there
        });
        drop(gone);
        self.segments.store(Arc::new(segments));
        self.first.store(known.first().copied().unwrap_or(0), Ordering::Relaxed);
        self.seen.store(count, Ordering::Relaxed);
    }

    /// The first segment that there is; there may be none any more up to the next.
    #[inline]
    pub(crate) fn first(&self) -> u32 {
        self.first.load(Ordering::Relaxed)
    }

    /// The bytes of segments that are gone and that somebody still reads.
    pub(crate) fn pinned(&self) -> u64 {
        let gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        gone.iter().filter_map(Weak::upgrade).map(|segment| segment.size()).sum()
    }
}
