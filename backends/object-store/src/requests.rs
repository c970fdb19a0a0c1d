//! How many requests went to the store, by kind: what an object store bills.

use std::sync::atomic::{AtomicU64, Ordering};

/// Requests since the disk was opened; those of the opening are among them.
///
/// ```
/// # use larder_core::disk::Settings;
/// # use larder_object_store::ObjectStoreDisk;
/// let disk = ObjectStoreDisk::memory(Settings::unbounded());
/// assert_eq!(disk.requests().put, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Whole values.
    pub get: u64,
    /// Heads of frames only, a range of the first kilobytes.
    pub head: u64,
    /// Writes, conditional ones too.
    pub put: u64,
    /// Listings, however many pages a store makes of one.
    pub list: u64,
    /// Deletions, one for each entry, however many a store deletes at once.
    pub delete: u64,
}

impl Requests {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.get + self.head + self.put + self.list + self.delete
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counter {
    get: AtomicU64,
    head: AtomicU64,
    put: AtomicU64,
    list: AtomicU64,
    delete: AtomicU64,
}

/// The kind of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Get,
    Head,
    Put,
    List,
    Delete,
}

impl Counter {
    pub(crate) fn add(&self, kind: Kind, requests: usize) {
        let counter = match kind {
            Kind::Get => &self.get,
            Kind::Head => &self.head,
            Kind::Put => &self.put,
            Kind::List => &self.list,
            Kind::Delete => &self.delete,
        };
        // Each number stands for itself and guards no other memory.
        counter.fetch_add(requests as u64, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Requests {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Requests {
            get: read(&self.get),
            head: read(&self.head),
            put: read(&self.put),
            list: read(&self.list),
            delete: read(&self.delete),
        }
    }
}
