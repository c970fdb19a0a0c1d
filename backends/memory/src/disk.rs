//! The memory disk.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use larder_core::books::{Books, Found, Intake, Lack, Writing};
use larder_core::disk::{
    Access, Capabilities, Cause, Checked, Condition, Disk, Fate, Fence, Findings, Id, Invalidation, Note,
    Page, Put, Removed, Repair, Revised, Revision, Room, Settings, Survey, Usage, Victim,
};
use larder_core::entry::{Draft, Entry, Meta, Source, Version};
use larder_core::key::{Key, Namespace};
use larder_core::{Result, frame};

use crate::kept::Kept;

/// A disk in memory. Clones are the same disk; its entries live as long as any clone.
#[derive(Clone, Debug)]
pub struct MemoryDisk {
    pub(crate) entries: moka::sync::Cache<Key, Kept, foldhash::fast::RandomState>,
    pub(crate) books: Books<Key>,
}

impl MemoryDisk {
    /// An empty disk under these limits and this policy.
    pub fn new(settings: Settings) -> Self {
        let entries = moka::sync::Cache::builder().build_with_hasher(foldhash::fast::RandomState::default());
        Self { entries, books: Books::new(settings) }
    }

    /// Keeps a body whose size is counted.
    fn keep(
        &self,
        writing: Writing<Key>,
        key: &Key,
        meta: Arc<Meta>,
        body: &[u8],
        size: u64,
        word: u64,
    ) -> Put {
        let found = Found::new(key, &meta, size, word);
        // A copy of its own: the caller's bytes may be a slice of something much larger.
        let body = Bytes::copy_from_slice(body);
        self.entries.insert(key.clone(), Kept { meta, body, marks: Arc::clone(&found.marks) });
        writing.commit(found)
    }

    fn find(&self, key: &Key, access: Access) -> Option<Entry> {
        self.entries.get(key).map(|kept| kept.entry(access))
    }
}

#[async_trait]
impl Disk for MemoryDisk {
    fn location(&self) -> &'static str {
        "memory:"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { durable: false, ..Capabilities::of_process() }
    }

    fn get_now(&self, key: &Key, access: Access) -> Option<Result<Option<Entry>>> {
        Some(Ok(self.find(key, access)))
    }

    async fn get(&self, key: &Key, access: Access) -> Result<Option<Entry>> {
        Ok(self.find(key, access))
    }

    async fn put(&self, key: &Key, draft: Draft, condition: Condition, room: &dyn Room) -> Result<Put> {
        let Draft { meta, source, word } = draft;
        let mut writing = self.books.write(key).await;
        match writing.take_in(key, &meta, source, condition, room).await? {
            Intake::Granted { body, size } => Ok(self.keep(writing, key, meta, &body, size, word)),
            Intake::Not(put) => Ok(put),
        }
    }

    fn put_now(&self, key: &Key, draft: &Draft, condition: Condition) -> Option<Result<Put>> {
        let Draft { meta, source: Source::Whole(body), word } = draft else { return None };
        let mut writing = self.books.try_write(key)?;
        if let Err(stored) = writing.check(condition) {
            return Some(Ok(Put::Conflict(stored)));
        }
        let size = frame::weight(key.as_bytes(), meta, body.len() as u64);
        match writing.reserve(size) {
            Ok(()) => Some(Ok(self.keep(writing, key, Arc::clone(meta), body, size, *word))),
            Err(Lack::Refused(refusal)) => Some(Ok(Put::Refused(refusal))),
            Err(Lack::Room(_)) => None,
        }
    }

    fn fence(&self) -> Option<Fence> {
        Some(self.books.fence())
    }

    fn is_invalidated(&self, invalidations: &[Invalidation], since: Fence) -> bool {
        self.books.is_invalidated(invalidations, since)
    }

    async fn invalidate(&self, what: Invalidation) -> Result<()> {
        self.books.invalidate(what);
        Ok(())
    }

    async fn put_since(
        &self,
        key: &Key,
        draft: Draft,
        condition: Condition,
        since: Fence,
        room: &dyn Room,
    ) -> Result<Put> {
        let Draft { meta, source, word } = draft;
        let concerning = Invalidation::concerning(key, &meta);
        let mut writing = self.books.write(key).await;
        if self.books.is_invalidated(&concerning, since) {
            return Ok(Put::Conflict(writing.current().map(|brief| brief.version)));
        }
        let (body, size) = match writing.take_in(key, &meta, source, condition, room).await? {
            Intake::Granted { body, size } => (body, size),
            Intake::Not(put) => return Ok(put),
        };
        let found = Found::new(key, &meta, size, word);
        let body = Bytes::copy_from_slice(&body);
        self.entries.insert(key.clone(), Kept { meta, body, marks: Arc::clone(&found.marks) });
        writing.commit_since(found, &concerning, since).or_else(|writing| {
            // Invalidated while the bytes landed: what they replaced was expired or unreadable.
            self.entries.invalidate(key);
            let _ = writing.remove();
            Ok(Put::Conflict(None))
        })
    }

    async fn revise(&self, key: &Key, at: Version, revision: Revision) -> Result<Revised> {
        let writing = self.books.write(key).await;
        if let Err(stored) = writing.check(Condition::Is(at)) {
            return Ok(Revised::Conflict(stored));
        }
        if let Some(kept) = self.entries.get(key) {
            let meta = kept.meta.revised(revision);
            self.entries.insert(key.clone(), Kept { meta: Arc::new(meta), ..kept });
        }
        Ok(writing.revise(revision))
    }

    async fn remove(&self, key: &Key, condition: Condition, _: Cause) -> Result<Removed> {
        let writing = self.books.write(key).await;
        match writing.check(condition) {
            Ok(()) => {
                self.entries.invalidate(key);
                Ok(writing.remove())
            }
            Err(stored) => Ok(stored.map_or(Removed::Nothing, Removed::Conflict)),
        }
    }

    async fn evict(&self, victims: &[Victim], _: Cause) -> Result<Vec<Fate>> {
        Ok(self.books.evict(victims, |key| self.entries.invalidate(key)))
    }

    async fn survey(&self, page: &Page) -> Result<Survey> {
        Ok(self.books.survey(page))
    }

    async fn list(&self, ids: &[Id]) -> Result<Vec<Option<(Key, Arc<Meta>)>>> {
        let list = |id: &Id| {
            let (key, _) = self.books.find(*id)?;
            let meta = self.entries.get(&key)?.meta;
            Some((key, meta))
        };
        Ok(ids.iter().map(list).collect())
    }

    async fn record(&self, notes: &[Note]) -> Result<()> {
        self.books.record(notes);
        Ok(())
    }

    async fn count(&self, namespace: &Namespace) -> Result<u64> {
        Ok(self.books.count(namespace))
    }

    async fn usage(&self) -> Result<Usage> {
        Ok(self.books.usage())
    }

    async fn settings(&self, change: Option<Settings>) -> Result<Settings> {
        Ok(self.books.settings(change))
    }

    async fn check(&self, repair: Repair, findings: &mut dyn Findings) -> Result<Checked> {
        Ok(self.look_over(repair, findings))
    }

    async fn sync(&self) -> Result<()> {
        Ok(())
    }
}
