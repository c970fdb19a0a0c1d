//! A disk that hands out bodies in ranges, and fails while they are read.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use larder_core::disk::{
    Access, Capabilities, Cause, Checked, Condition, Disk, Fate, Findings, Id, Note, Page, Put, Removed,
    Repair, Revised, Revision, Room, Settings, Survey, Usage, Victim,
};
use larder_core::entry::{Body, Draft, Entry, Meta, Ranges, Version};
use larder_core::framed::FramedDisk;
use larder_core::key::{Key, Namespace};
use larder_core::larder::Larder;
use larder_core::{Bytes, Error, ErrorKind, Result};
use pollster::block_on;

use crate::place::{Place, strict};

/// A body that fails with this kind when it is read.
#[derive(Debug)]
struct Broken(ErrorKind);

#[async_trait]
impl Ranges for Broken {
    fn len(&self) -> u64 {
        5
    }

    async fn read(&self, _: Range<u64>) -> Result<Bytes> {
        Err(Error::new(self.0, "reading a range"))
    }
}

#[derive(Debug)]
struct Ranging(FramedDisk<Place>, ErrorKind);

#[async_trait]
impl Disk for Ranging {
    fn location(&self) -> &str {
        self.0.location()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    async fn get(&self, key: &Key, access: Access) -> Result<Option<Entry>> {
        let entry = self.0.get(key, access).await?;
        Ok(entry.map(|entry| Entry { body: Body::Ranged(Arc::new(Broken(self.1))), ..entry }))
    }

    async fn put(&self, key: &Key, draft: Draft, condition: Condition, room: &dyn Room) -> Result<Put> {
        self.0.put(key, draft, condition, room).await
    }

    async fn revise(&self, key: &Key, at: Version, revision: Revision) -> Result<Revised> {
        self.0.revise(key, at, revision).await
    }

    async fn remove(&self, key: &Key, condition: Condition, cause: Cause) -> Result<Removed> {
        self.0.remove(key, condition, cause).await
    }

    async fn evict(&self, victims: &[Victim], cause: Cause) -> Result<Vec<Fate>> {
        self.0.evict(victims, cause).await
    }

    async fn survey(&self, page: &Page) -> Result<Survey> {
        self.0.survey(page).await
    }

    async fn list(&self, ids: &[Id]) -> Result<Vec<Option<(Key, Arc<Meta>)>>> {
        self.0.list(ids).await
    }

    async fn record(&self, notes: &[Note]) -> Result<()> {
        self.0.record(notes).await
    }

    async fn count(&self, namespace: &Namespace) -> Result<u64> {
        self.0.count(namespace).await
    }

    async fn usage(&self) -> Result<Usage> {
        self.0.usage().await
    }

    async fn settings(&self, change: Option<Settings>) -> Result<Settings> {
        self.0.settings(change).await
    }

    async fn check(&self, repair: Repair, findings: &mut dyn Findings) -> Result<Checked> {
        self.0.check(repair, findings).await
    }

    async fn sync(&self) -> Result<()> {
        self.0.sync().await
    }
}

async fn larder(kind: ErrorKind) -> Larder {
    let disk = FramedDisk::open(Place::default(), Settings::unbounded()).await.unwrap();
    Larder::open(Ranging(disk, kind)).await.unwrap()
}

#[test]
fn a_disk_that_fails_halfway_through_a_body_is_a_counted_error_and_no_miss() {
    block_on(async {
        let larder = larder(ErrorKind::Unavailable).await;
        let cache = larder.cache("numbers").build::<u64, i64>().unwrap();
        assert!(cache.set(&1, &7).await.unwrap().is_stored());
        assert_eq!(cache.get(&1).await.unwrap(), None);
        assert_eq!((cache.stats().errors, cache.stats().misses.total()), (1, 0));
        assert_eq!(strict(&larder).get(&1).await.unwrap_err().kind(), ErrorKind::Unavailable);
    });
}

#[test]
fn a_body_that_is_gone_is_a_corrupt_miss() {
    block_on(async {
        let cache = larder(ErrorKind::Corrupt).await.cache("numbers").build::<u64, i64>().unwrap();
        assert!(cache.set(&1, &7).await.unwrap().is_stored());
        assert_eq!(cache.get(&1).await.unwrap(), None);
        assert_eq!((cache.stats().misses.corrupt, cache.stats().errors), (1, 0));
    });
}
