//! What checks do over and over with a disk: drafts, writes that must succeed, looks at all it holds.

use std::sync::Arc;

use larder_core::Bytes;
use larder_core::disk::{
    Access, Brief, Cause, Condition, Direction, Disk, NoRoom, Page, Put, Removed, Replaced, Scope,
};
use larder_core::entry::{Draft, Entry, Meta, Source};
use larder_core::error::{Error, ErrorKind, Result};
use larder_core::frame;
use larder_core::key::Key;

use super::Bench;

impl Bench {
    /// Metadata of a new write now, to be changed as a check wants it.
    pub fn meta(&self) -> Meta {
        Meta::new(self.random(), self.now(), "raw".into(), "none".into())
    }

    /// A draft of `body` with these metadata.
    pub fn draft(&self, meta: Meta, body: impl Into<Bytes>) -> Draft {
        Draft { meta: Arc::new(meta), source: Source::Whole(body.into()), word: 0 }
    }

    /// A draft whose body is streamed in these chunks.
    pub fn stream(&self, meta: Meta, chunks: Vec<Result<Bytes>>) -> Draft {
        let stream = Box::pin(futures_util::stream::iter(chunks));
        Draft { meta: Arc::new(meta), source: Source::Stream(stream), word: 0 }
    }

    /// Puts `body` at `key` under `condition`, without room.
    ///
    /// # Errors
    ///
    /// What the disk answers.
    pub async fn put(
        &self,
        disk: &dyn Disk,
        key: &Key,
        body: impl Into<Bytes>,
        condition: Condition,
    ) -> Result<Put> {
        put_either_way(disk, key, self.draft(self.meta(), body), condition).await
    }

    /// Stores `body` at `key`; answers the entry as the disk tells it.
    ///
    /// # Panics
    ///
    /// When the disk does not store it.
    pub async fn store(&self, disk: &dyn Disk, key: &Key, body: impl Into<Bytes>) -> Brief {
        self.store_draft(disk, key, self.draft(self.meta(), body)).await
    }

    /// Stores a draft at `key`.
    ///
    /// # Panics
    ///
    /// When the disk does not store it.
    pub async fn store_draft(&self, disk: &dyn Disk, key: &Key, draft: Draft) -> Brief {
        let put = put_either_way(disk, key, draft, Condition::Always).await;
        self.stored(self.must(put, "putting an entry")).0
    }

    /// What is told of an entry that must be stored.
    ///
    /// # Panics
    ///
    /// When it is not.
    #[track_caller]
    pub fn stored(&self, put: Put) -> (Brief, Replaced) {
        match put {
            Put::Stored { brief, replaced } => (brief, replaced),
            other => panic!("{self}: the entry was not stored: {other:?}"),
        }
    }

    /// The entry at `key`, looked at without a hit.
    pub async fn peek(&self, disk: &dyn Disk, key: &Key) -> Option<Entry> {
        self.must(disk.get(key, Access::Peek).await, "getting an entry")
    }

    /// The body at `key`, looked at without a hit.
    pub async fn body(&self, disk: &dyn Disk, key: &Key) -> Option<Bytes> {
        match self.peek(disk, key).await {
            Some(entry) => Some(self.must(entry.body.bytes().await, "reading a body")),
            None => None,
        }
    }

    /// Removes what is at `key`.
    pub async fn remove(&self, disk: &dyn Disk, key: &Key) -> Removed {
        self.must(disk.remove(key, Condition::Always, Cause::Removed).await, "removing an entry")
    }

    /// The briefs of all entries, read in pages of `most`.
    pub async fn survey(&self, disk: &dyn Disk, scope: Scope, most: usize) -> Vec<Brief> {
        self.survey_from(disk, scope, Direction::Forward, most).await
    }

    /// The briefs of all entries in a direction, read in pages of `most`.
    ///
    /// # Panics
    ///
    /// When a page has more than `most` briefs, or the pages do not end.
    pub async fn survey_from(
        &self,
        disk: &dyn Disk,
        scope: Scope,
        direction: Direction,
        most: usize,
    ) -> Vec<Brief> {
        let mut page = Page { direction, ..Page::first(scope, most) };
        let mut briefs = Vec::new();
        for _ in 0..100_000 {
            let survey = self.must(disk.survey(&page).await, "surveying");
            assert!(
                survey.briefs.len() <= most,
                "{self}: a page of {most} has {} briefs",
                survey.briefs.len()
            );
            briefs.extend(survey.briefs);
            let Some(next) = survey.next else { return briefs };
            page = page.then(next);
        }
        panic!("{self}: a survey does not end")
    }

    /// The brief of the entry at `key`, found by a survey and a listing.
    pub async fn brief(&self, disk: &dyn Disk, key: &Key) -> Option<Brief> {
        let briefs = self.survey(disk, Scope::All, 100).await;
        let ids: Vec<_> = briefs.iter().map(|brief| brief.id).collect();
        let listed = self.must(disk.list(&ids).await, "listing");
        let place = listed.iter().position(|listed| listed.as_ref().is_some_and(|(found, _)| found == key));
        place.map(|place| briefs[place])
    }

    /// All keys on the disk, sorted.
    pub async fn keys(&self, disk: &dyn Disk) -> Vec<Key> {
        let ids: Vec<_> = self.survey(disk, Scope::All, 100).await.iter().map(|brief| brief.id).collect();
        let listed = self.must(disk.list(&ids).await, "listing");
        assert_eq!(listed.len(), ids.len(), "{self}: one answer for each listed id");
        let mut keys: Vec<Key> = listed.into_iter().flatten().map(|(key, _)| key).collect();
        keys.sort();
        keys
    }

    /// The volume that the disk tells.
    pub async fn volume(&self, disk: &dyn Disk) -> u64 {
        self.must(disk.usage().await, "asking for the usage").volume
    }

    /// The size of a whole entry with plain metadata under `key`.
    pub fn weight(&self, key: &Key, body: u64) -> u64 {
        frame::weight(key.as_bytes(), &self.meta(), body)
    }

    /// Requires that the volume is the sum of the sizes of what is stored, and nothing is under way.
    ///
    /// # Panics
    ///
    /// When it is not.
    pub async fn balanced(&self, disk: &dyn Disk) {
        let usage = self.must(disk.usage().await, "asking for the usage");
        let briefs = self.survey(disk, Scope::All, 100).await;
        let sum: u64 = briefs.iter().map(|brief| brief.size).sum();
        assert_eq!(usage.volume, sum, "{self}: the volume is not the sum of the sizes");
        assert_eq!(usage.entries, briefs.len() as u64, "{self}: the count is not the number of entries");
        assert_eq!(usage.reserved, 0, "{self}: something is reserved though nothing is under way");
    }

    /// Requires that `result` is an error of `kind`.
    ///
    /// # Panics
    ///
    /// When it is not.
    #[track_caller]
    pub fn fails<T>(&self, result: Result<T>, kind: ErrorKind, doing: &str) -> Error {
        match result {
            Ok(_) => panic!("{self}: {doing}: it succeeded, and should be {kind}"),
            Err(error) => {
                assert_eq!(error.kind(), kind, "{self}: {doing}: {error:?}");
                error
            }
        }
    }
}

/// Puts a draft without room. Every other key is tried at once first, as a larder tries all, so that both ways are walked.
async fn put_either_way(disk: &dyn Disk, key: &Key, draft: Draft, condition: Condition) -> Result<Put> {
    let is_tried = key.digest().as_bytes()[0].is_multiple_of(2);
    match is_tried.then(|| disk.put_now(key, &draft, condition)).flatten() {
        Some(put) => put,
        None => disk.put(key, draft, condition, &NoRoom).await,
    }
}
