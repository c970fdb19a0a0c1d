//! The disk: what it knows, and which part of it answers what.

use std::sync::Arc;

use async_trait::async_trait;
use larder_core::books::Books;
use larder_core::disk::{
    Access, Capabilities, Cause, Checked, Condition, Disk, Fate, Findings, Id, Note, Page, Put, Removed,
    Repair, Revised, Revision, Room, Settings, SettingsChange, Survey, Usage, Victim,
};
use larder_core::entry::{Draft, Entry, Meta, Version};
use larder_core::key::{Digest, Key, Namespace};
use larder_core::random::Random;
use larder_core::{Error, ErrorKind, Result};

use crate::bucket::Bucket;
use crate::carrier::Carrier;
use crate::deadline::Deadline;
use crate::files::Files;
use crate::open::Sharing;
use crate::recorded;
use crate::requests::Requests;
use crate::stamps::{Stamp, Stamps};

/// Entries in an object store. Cheap to clone; clones are the same disk.
///
/// Its [`location`](Disk::location), limits and capabilities depend on [where](crate::Location) it was opened;
/// the docs of this crate tell what each can do.
///
/// Dropping an operation midway leaves the old entry or the new one, and books that are right: a write that was
/// begun is carried to its end by a thread of the disk. Works in any runtime and in none. Files are read and written
/// by threads of the disk, never by the blocking pool of the caller's runtime; outside of tokio, by the calling
/// thread.
///
/// ```
/// use larder_core::disk::{Disk, Settings};
/// use larder_object_store::ObjectStoreDisk;
///
/// let disk = ObjectStoreDisk::memory(Settings::limited(1 << 20));
/// assert_eq!(disk.location(), "memory:///");
/// ```
#[derive(Clone, Debug)]
pub struct ObjectStoreDisk {
    pub(crate) inner: Arc<Inner>,
    pub(crate) settings_change: Option<Arc<SettingsChange>>,
}

/// What the clones of a disk, and writes that are carried to their end, share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) location: String,
    pub(crate) bucket: Bucket,
    pub(crate) books: Books<Digest>,
    pub(crate) capabilities: Capabilities,
    /// Whether others write to the store, so that the books may not know all.
    pub(crate) sharing: Sharing,
    /// The store itself, if it is a directory.
    pub(crate) files: Option<Files>,
    pub(crate) carrier: Arc<Carrier>,
    pub(crate) deadline: Deadline,
    pub(crate) stamps: Stamps,
    pub(crate) random: Arc<dyn Random>,
}

impl Inner {
    /// Whether others may write to the store, so that the books may not know all.
    pub(crate) fn is_shared(&self) -> bool {
        self.sharing == Sharing::Shared
    }

    /// Whether the store itself compares: where nobody else writes, the books do.
    pub(crate) fn store_compares(&self) -> bool {
        self.is_shared() && self.capabilities.compare
    }

    /// Remembers how the store names a version of an entry, where that is of use.
    pub(crate) fn remember(&self, digest: &Digest, version: Version, stamp: Stamp) {
        if self.store_compares() {
            self.stamps.remember(digest, version, stamp);
        }
    }

    /// Refuses a condition that the store cannot keep.
    pub(crate) fn check(&self, condition: Condition) -> Result<()> {
        match condition {
            Condition::Is(_) if !self.capabilities.compare => Err(unsupported("comparing versions")),
            Condition::Absent if !self.capabilities.create => Err(unsupported("creating where nothing is")),
            _ => Ok(()),
        }
    }

    async fn settings(self: &Arc<Self>, change: Option<Settings>) -> Result<Settings> {
        let Some(change) = change else { return Ok(self.books.settings(None)) };
        let inner = Arc::clone(self);
        let recording = async move {
            if inner.capabilities.durable {
                inner.bucket.record(recorded::write(&change)).await?;
            }
            Ok(inner.books.settings(Some(change)))
        };
        self.carrier.run(recording).await
    }
}

impl ObjectStoreDisk {
    /// The settings that this disk was opened with and that were recorded before, if they differed.
    pub fn settings_change(&self) -> Option<&SettingsChange> {
        self.settings_change.as_deref()
    }

    /// How many requests the disk made since it was opened.
    pub fn requests(&self) -> Requests {
        self.inner.bucket.requests()
    }

    /// Says where an error happened.
    fn here(&self, error: Error) -> Error {
        error.on(&self.inner.location)
    }
}

pub(crate) fn unsupported(what: &'static str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{what}: this store, which others write to, cannot do it"))
}

#[async_trait]
impl Disk for ObjectStoreDisk {
    fn location(&self) -> &str {
        &self.inner.location
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities
    }

    async fn get(&self, key: &Key, access: Access) -> Result<Option<Entry>> {
        let got = self.inner.deadline.within("reading an entry", self.inner.get(key, access));
        got.await.map_err(|error| self.here(error.of(key)))
    }

    async fn peek(&self, key: &Key) -> Result<Option<Arc<Meta>>> {
        let peeked = self.inner.deadline.within("reading the head of an entry", self.inner.peek(key));
        peeked.await.map_err(|error| self.here(error.of(key)))
    }

    async fn put(&self, key: &Key, draft: Draft, condition: Condition, room: &dyn Room) -> Result<Put> {
        let put = self.inner.put(key, draft, condition, room).await;
        put.map_err(|error| self.here(error.of(key)))
    }

    async fn revise(&self, key: &Key, at: Version, revision: Revision) -> Result<Revised> {
        let revised = self.inner.deadline.within("touching an entry", self.inner.revise(key, at, revision));
        revised.await.map_err(|error| self.here(error.of(key)))
    }

    async fn remove(&self, key: &Key, condition: Condition, _: Cause) -> Result<Removed> {
        let removed = self.inner.deadline.within("removing an entry", self.inner.remove(key, condition));
        removed.await.map_err(|error| self.here(error.of(key)))
    }

    async fn evict(&self, victims: &[Victim], _: Cause) -> Result<Vec<Fate>> {
        let evicted = self.inner.deadline.within("removing entries", self.inner.evict(victims));
        evicted.await.map_err(|error| self.here(error))
    }

    async fn survey(&self, page: &Page) -> Result<Survey> {
        Ok(self.inner.books.survey(page))
    }

    async fn list(&self, ids: &[Id]) -> Result<Vec<Option<(Key, Arc<Meta>)>>> {
        let listed = self.inner.deadline.within("reading heads of entries", self.inner.list(ids));
        listed.await.map_err(|error| self.here(error))
    }

    async fn record(&self, notes: &[Note]) -> Result<()> {
        self.inner.books.record(notes);
        Ok(())
    }

    async fn count(&self, namespace: &Namespace) -> Result<u64> {
        if self.inner.capabilities.counted {
            return Ok(self.inner.books.count(namespace));
        }
        Err(self.here(unsupported("counting the entries of a cache")))
    }

    async fn usage(&self) -> Result<Usage> {
        Ok(self.inner.books.usage())
    }

    async fn settings(&self, change: Option<Settings>) -> Result<Settings> {
        let settings = self.inner.deadline.within("recording the settings", self.inner.settings(change));
        settings.await.map_err(|error| self.here(error))
    }

    async fn check(&self, repair: Repair, findings: &mut dyn Findings) -> Result<Checked> {
        self.inner.look_over(repair, findings).await.map_err(|error| self.here(error))
    }

    async fn sync(&self) -> Result<()> {
        // A store that answered a write has it; a path leaves it to the operating system to make it durable.
        Ok(())
    }
}
