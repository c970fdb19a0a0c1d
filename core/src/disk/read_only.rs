//! A disk that is read and never changed.
//!
//! It refuses before the disk beneath is asked, so no backend has to be trusted with it: not a hit is recorded. The
//! price is that nothing is learned either: reading through it does not keep an entry from being evicted by others.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    Access, Capabilities, Cause, Checked, Condition, Disk, Fate, Fence, Findings, Id, Invalidation, Note,
    Page, Put, Removed, Repair, Revised, Revision, Room, Settings, Space, Survey, Usage, Victim,
};
use crate::entry::{Draft, Entry, Meta, Version};
use crate::error::{Error, ErrorKind, Result};
use crate::key::{Key, Namespace};

/// A disk that is read and never changed: every write, touch, removal, eviction, note and change of settings answers
/// [`ErrorKind::ReadOnly`]. Reads record no hits. What the disk beneath can do is declared as it declares it.
#[derive(Clone, Debug)]
pub struct ReadOnly {
    disk: Arc<dyn Disk>,
}

impl ReadOnly {
    /// A view of `disk` that does not change it.
    pub fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk }
    }

    fn refused(&self, what: &'static str) -> Error {
        Error::new(ErrorKind::ReadOnly, what).on(self.disk.location())
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Disk for ReadOnly {
    fn location(&self) -> &str {
        self.disk.location()
    }

    fn capabilities(&self) -> Capabilities {
        self.disk.capabilities()
    }

    fn get_now(&self, key: &Key, _: Access) -> Option<Result<Option<Entry>>> {
        self.disk.get_now(key, Access::Peek)
    }

    async fn get(&self, key: &Key, _: Access) -> Result<Option<Entry>> {
        self.disk.get(key, Access::Peek).await
    }

    async fn peek(&self, key: &Key) -> Result<Option<Arc<Meta>>> {
        self.disk.peek(key).await
    }

    async fn put(&self, key: &Key, _: Draft, _: Condition, _: &dyn Room) -> Result<Put> {
        Err(self.refused("storing an entry").of(key))
    }

    fn put_now(&self, key: &Key, _: &Draft, _: Condition) -> Option<Result<Put>> {
        Some(Err(self.refused("storing an entry").of(key)))
    }

    fn fence(&self) -> Option<Fence> {
        None
    }

    fn is_invalidated(&self, invalidations: &[Invalidation], since: Fence) -> bool {
        self.disk.is_invalidated(invalidations, since)
    }

    async fn invalidate(&self, _: Invalidation) -> Result<()> {
        Err(self.refused("invalidating computations"))
    }

    async fn put_since(&self, key: &Key, _: Draft, _: Condition, _: Fence, _: &dyn Room) -> Result<Put> {
        Err(self.refused("storing an entry").of(key))
    }

    async fn revise(&self, key: &Key, _: Version, _: Revision) -> Result<Revised> {
        Err(self.refused("touching an entry").of(key))
    }

    async fn remove(&self, key: &Key, _: Condition, _: Cause) -> Result<Removed> {
        Err(self.refused("removing an entry").of(key))
    }

    async fn evict(&self, _: &[Victim], _: Cause) -> Result<Vec<Fate>> {
        Err(self.refused("evicting entries"))
    }

    async fn survey(&self, page: &Page) -> Result<Survey> {
        self.disk.survey(page).await
    }

    async fn list(&self, ids: &[Id]) -> Result<Vec<Option<(Key, Arc<Meta>)>>> {
        self.disk.list(ids).await
    }

    async fn record(&self, _: &[Note]) -> Result<()> {
        Err(self.refused("recording what is known of entries"))
    }

    async fn count(&self, namespace: &Namespace) -> Result<u64> {
        self.disk.count(namespace).await
    }

    async fn usage(&self) -> Result<Usage> {
        self.disk.usage().await
    }

    async fn space(&self) -> Result<Option<Space>> {
        self.disk.space().await
    }

    async fn compact(&self, _: &mut (dyn FnMut(u64, u64) + Send)) -> Result<()> {
        Err(self.refused("compacting the disk"))
    }

    async fn settings(&self, change: Option<Settings>) -> Result<Settings> {
        match change {
            None => self.disk.settings(None).await,
            Some(_) => Err(self.refused("changing the settings")),
        }
    }

    async fn check(&self, repair: Repair, findings: &mut dyn Findings) -> Result<Checked> {
        match repair {
            Repair::Tell => self.disk.check(repair, findings).await,
            Repair::Fix => Err(self.refused("fixing what a check finds")),
        }
    }

    async fn sync(&self) -> Result<()> {
        self.disk.sync().await
    }
}
