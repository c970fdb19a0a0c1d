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
    salt: u64,
    segments: ArcSwap<Segments>,
    /// Files of segments that were written or synced last, by number; the last one was used last.
    files: Mutex<Vec<(u32, Arc<DiskFile>)>>,
    /// Maps that left the list while they were read, and whether their segment is gone.
    replaced: Mutex<Vec<(Weak<Segment>, bool)>>,
    /// Who changes the list waits here.
    changing: Mutex<()>,
    /// The first segment that there is, when the list was last looked through.
    first: AtomicU32,
    /// The count of segments that came and went when the list was last looked through.
    seen: AtomicU64,
}

impl Shelf {
    pub(crate) fn new(root: &Arc<Root>, access: Access, salt: u64) -> Self {
        Self {
            root: Arc::clone(root),
            access,
            salt,
            segments: ArcSwap::default(),
            files: Mutex::default(),
            replaced: Mutex::default(),
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
        let segment = Arc::new(Segment::open(&self.root, number, self.access, Some(self.salt))?);
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

    /// Closes all segments, so that each is mapped as long as its file is now when it is asked for next.
    pub(crate) fn close_all(&self) {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let segments = self.segments.swap(Arc::default());
        let mut replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        replaced.extend(segments.iter().map(|segment| (Arc::downgrade(segment), false)));
    }

    /// Closes one segment, likewise.
    pub(crate) fn close(&self, number: u32) {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut segments = Segments::clone(&self.open_ones());
        let closed = segments.extract_if(.., |segment| segment.number == number);
        let closed: Vec<_> = closed.map(|segment| (Arc::downgrade(&segment), false)).collect();
        self.segments.store(Arc::new(segments));
        self.replaced.lock().unwrap_or_else(PoisonError::into_inner).extend(closed);
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
        let mut sizes: Vec<(u32, u64)> =
            crate::log::known(tables).map(|known| (known.number, known.size)).collect();
        sizes.sort_unstable();
        let known: Vec<u32> = sizes.iter().map(|(number, _)| *number).collect();
        let mut segments = Segments::clone(&self.open_ones());
        let mut replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        segments.retain(|segment| {
            // Where its empty end was given back, a map of it as it was reaches behind the end of the file.
            let place = known.binary_search(&segment.number).ok();
            let is_right =
                place.and_then(|at| sizes.get(at)).is_some_and(|(_, size)| segment.size() <= *size);
            if !is_right {
                replaced.push((Arc::downgrade(segment), false));
            }
            is_right
        });
        replaced.retain_mut(|(segment, is_gone)| {
            let segment = segment.upgrade();
            let number = segment.as_ref().map(|segment| segment.number);
            *is_gone = number.is_some_and(|number| known.binary_search(&number).is_err());
            segment.is_some()
        });
        drop(replaced);
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
        let replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = replaced.iter().filter(|(_, is_gone)| *is_gone);
        gone.filter_map(|(segment, _)| segment.upgrade()).map(|segment| segment.size()).sum()
    }
}
