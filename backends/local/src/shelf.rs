//! The segments that this process has open.
//!
//! Readers load the list without a lock. It is replaced when a segment is first met and when others report that
//! segments went: then their files are let go, and with them the space that they still take.

use std::io;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::{ArcSwap, Guard};
use larder_mapping::Access;

use crate::files::DiskFile;
use crate::head::Word;
use crate::root::Root;
use crate::segment::{self, Segment};
use crate::tables::Tables;

/// How many files of segments are kept open for writing and syncing; reading needs none.
const MAX_OPEN_FILES: usize = 8;

/// Segments in the order of their numbers.
pub(crate) type Segments = Vec<Arc<Segment>>;

#[derive(Debug)]
pub(crate) struct Shelf {
    root: Arc<Root>,
    access: Access,
    segments: ArcSwap<Segments>,
    /// Files of segments that were written or synced last, by number; the last one was used last.
    files: Mutex<Vec<(u32, Arc<DiskFile>)>>,
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
    pub(crate) fn new(root: &Arc<Root>, access: Access) -> Self {
        Self {
            root: Arc::clone(root),
            access,
            segments: ArcSwap::default(),
            files: Mutex::default(),
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
    pub(crate) fn add(&self, segment: Segment, file: DiskFile) -> Arc<Segment> {
        self.keep_open(segment.number, Arc::new(file));
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let segment = Arc::new(segment);
        self.put(Arc::clone(&segment));
        segment
    }

    /// The file of a segment, for writing and syncing.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] if its file has no name any more.
    pub(crate) fn file(&self, segment: &Segment) -> io::Result<Arc<DiskFile>> {
        let is_it = |(number, _): &&(u32, Arc<DiskFile>)| *number == segment.number;
        let kept = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, file)) = kept.iter().find(is_it) {
            return Ok(Arc::clone(file));
        }
        drop(kept);
        let file = self.root.open_file(&segment::file(segment.number), self.access)?;
        if file.status()?.identity != segment.identity {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the file of a segment was replaced"));
        }
        let file = Arc::new(file);
        self.keep_open(segment.number, Arc::clone(&file));
        Ok(file)
    }

    fn keep_open(&self, number: u32, file: Arc<DiskFile>) {
        let mut kept = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(other, _)| *other != number);
        if kept.len() == MAX_OPEN_FILES {
            kept.remove(0);
        }
        kept.push((number, file));
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
        let mut kept = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(number, _)| known.binary_search(number).is_ok());
        drop(kept);
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
