//! The local disk.

use std::sync::Arc;

use async_trait::async_trait;
use larder_core::disk::{
    Access, Capabilities, Cause, Checked, Condition, Disk, Fate, Fence, Findings, Id, Invalidation, Note,
    Page, Put, Removed, Repair, Revised, Revision, Room, Settings, SettingsChange, Space, Survey, Usage,
    Victim,
};
use larder_core::entry::{Draft, Entry, Meta, Version};
use larder_core::key::{Key, Namespace};
use larder_core::{ErrorKind, Result};

use crate::head::Word;
use crate::inner::Inner;
use crate::log::emptied;
use crate::options::Durability;
use crate::read::Read;
use crate::tend::Tended;
use crate::write::Terms;
use crate::{aside, count, fences, recorded};

/// How often an entry is looked for while its place changes, or an index is damaged.
const READS: u32 = 100;

/// A disk in a local directory. Clones are the same handle; other handles, in this process and in others, see what it
/// writes at once.
#[derive(Clone, Debug)]
pub struct LocalDisk {
    /// Goes first, so that nobody else is at work when the disk is closed. `None` where it only reads.
    pub(crate) _tended: Option<Arc<Tended>>,
    pub(crate) inner: Arc<Inner>,
    pub(crate) settings_change: Option<Arc<SettingsChange>>,
}

/// What was written to the log of a directory since it was made, by all processes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// All records.
    pub appended: u64,
    /// Those of them that cleaning wrote again.
    pub moved: u64,
}

impl Written {
    /// How many bytes were written for each that was asked for.
    #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
    pub fn amplification(&self) -> f64 {
        self.appended as f64 / self.appended.saturating_sub(self.moved).max(1) as f64
    }
}

impl LocalDisk {
    /// The settings that this disk was opened with and that were recorded before, if they differed.
    pub fn settings_change(&self) -> Option<&SettingsChange> {
        self.settings_change.as_deref()
    }

    /// What was written to the log since the directory was made, or since its index was made anew.
    pub fn written(&self) -> Written {
        let head = &self.inner.tables.head;
        Written { appended: Word::Appended.get(head), moved: Word::Moved.get(head) }
    }

    /// Returns once what was written is as durable as it is to be before that is told.
    async fn settled(&self) -> Result<()> {
        match self.inner.options.durability {
            Durability::EveryWrite => self.sync().await,
            // Files of replaced values take space until then.
            _ if self.inner.replaced.is_full() => self.sync().await,
            Durability::None | Durability::Interval(_) => Ok(()),
        }
    }
}

#[async_trait]
impl Disk for LocalDisk {
    fn location(&self) -> &str {
        &self.inner.location
    }

    fn capabilities(&self) -> Capabilities {
        Inner::capabilities()
    }

    fn get_now(&self, key: &Key, access: Access) -> Option<Result<Option<Entry>>> {
        match self.inner.read(key, access) {
            Ok(Read::Done(entry)) => Some(Ok(entry)),
            Ok(Read::Unsure) => None,
            Err(error) => Some(Err(error)),
        }
    }

    async fn get(&self, key: &Key, access: Access) -> Result<Option<Entry>> {
        for _ in 0..READS {
            if let Read::Done(entry) = self.inner.read(key, access)? {
                return Ok(entry);
            }
            if self.inner.handle.is_none() {
                // Who only reads cannot finish what a dead writer began.
                return Ok(None);
            }
            // Whoever enters a section finishes what a dead holder of the lock left half done.
            self.inner
                .within_soon(|section| {
                    self.inner.verify_entry(section, key);
                    Ok(())
                })
                .await
                .map_err(|error| error.of(key))?;
        }
        Err(self
            .inner
            .error(ErrorKind::Corrupt, "the index leads nowhere; `larder check --fix` mends it")
            .of(key))
    }

    async fn put(&self, key: &Key, draft: Draft, condition: Condition, room: &dyn Room) -> Result<Put> {
        let put = self.inner.put(key, draft, condition.into(), room).await;
        if let Ok(Put::Stored { .. }) = &put {
            self.settled().await?;
        }
        put
    }

    fn put_now(&self, key: &Key, draft: &Draft, condition: Condition) -> Option<Result<Put>> {
        // What must be on the medium first is waited for.
        let waits = self.inner.options.durability == Durability::EveryWrite;
        if waits { None } else { self.inner.put_now(key, draft, condition) }
    }

    fn fence(&self) -> Option<Fence> {
        self.inner.handle.as_ref().map(|_| Fence(Word::Sequence.get(&self.inner.tables.head)))
    }

    fn is_invalidated(&self, invalidations: &[Invalidation], since: Fence) -> bool {
        fences::are_invalidated(&self.inner.tables, invalidations, since)
    }

    async fn invalidate(&self, what: Invalidation) -> Result<()> {
        let failed = |error| self.inner.failed("invalidating computations", error);
        self.inner.within(|section| fences::invalidate(section, what).map_err(failed)).await
    }

    async fn put_since(
        &self,
        key: &Key,
        draft: Draft,
        condition: Condition,
        since: Fence,
        room: &dyn Room,
    ) -> Result<Put> {
        let put = self.inner.put(key, draft, Terms { condition, since: Some(since) }, room).await;
        if let Ok(Put::Stored { .. }) = &put {
            self.settled().await?;
        }
        put
    }

    async fn revise(&self, key: &Key, at: Version, revision: Revision) -> Result<Revised> {
        let revised = self.inner.revise(key, at, revision).await?;
        if let Revised::Done(_) = revised {
            self.settled().await?;
        }
        Ok(revised)
    }

    async fn remove(&self, key: &Key, condition: Condition, _: Cause) -> Result<Removed> {
        let removed = self.inner.remove(key, condition).await?;
        if let Removed::Gone(_) = removed {
            self.settled().await?;
        }
        Ok(removed)
    }

    async fn evict(&self, victims: &[Victim], cause: Cause) -> Result<Vec<Fate>> {
        let fates = self.inner.evict(victims).await?;
        // Whoever asked for entries to go is told so once they cannot come back; what made room may.
        if !matches!(cause, Cause::Evicted | Cause::Expired) {
            self.settled().await?;
        }
        Ok(fates)
    }

    async fn survey(&self, page: &Page) -> Result<Survey> {
        self.inner.look(|| self.inner.survey(page)).await
    }

    async fn list(&self, ids: &[Id]) -> Result<Vec<Option<(Key, Arc<Meta>)>>> {
        self.inner.look(|| ids.iter().map(|id| self.inner.listed(*id)).collect()).await
    }

    async fn record(&self, notes: &[Note]) -> Result<()> {
        self.inner.note(notes).await
    }

    async fn count(&self, namespace: &Namespace) -> Result<u64> {
        self.inner.look(|| Ok(count::of(&self.inner.tables, namespace.id()))).await
    }

    async fn usage(&self) -> Result<Usage> {
        let head = &self.inner.tables.head;
        let usage = || Usage::new(Word::Volume.get(head), Word::Entries.get(head), Word::Reserved.get(head));
        self.inner.look(|| Ok(usage())).await
    }

    async fn space(&self) -> Result<Option<Space>> {
        self.inner.check_process()?;
        self.inner
            .space()
            .map(Some)
            .map_err(|error| self.inner.failed("measuring the files of the disk", error))
    }

    async fn compact(&self, progress: &mut (dyn FnMut(u64, u64) + Send)) -> Result<()> {
        aside::compact(&self.inner, progress).await
    }

    async fn settings(&self, change: Option<Settings>) -> Result<Settings> {
        if let Some(settings) = change {
            self.inner.change_settings(&settings).await?;
            return Ok(settings);
        }
        self.inner.check_process()?;
        Ok(recorded::read(&self.inner.tables))
    }

    async fn check(&self, repair: Repair, findings: &mut dyn Findings) -> Result<Checked> {
        aside::check(&self.inner, repair, findings).await
    }

    async fn sync(&self) -> Result<()> {
        self.inner.check_process()?;
        if self.inner.handle.is_none() {
            return Ok(());
        }
        let failed = |error| self.inner.failed("writing to the medium", error);
        // What is emptied later was moved later, and is not on the medium yet.
        let emptied = emptied(&self.inner.tables);
        self.inner.reach().await.map_err(failed)?;
        if emptied.is_empty() {
            return Ok(());
        }
        let removed = self.inner.unlink_emptied(&emptied);
        self.inner
            .within(|section| {
                self.inner.drop_emptied_rows(section, &removed);
                Ok(())
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use larder_core::Bytes;
    use larder_core::cache::OnError;
    use larder_core::clock::DrivenClock;
    use larder_core::codec::Format;
    use larder_core::disk::Settings;
    use larder_core::larder::Larder;

    use crate::slot::word;

    use super::*;
    use crate::OpenOptions;

    #[test]
    fn a_reader_does_not_wait_for_a_stopped_writer() {
        pollster::block_on(async {
            let directory = tempfile::tempdir().unwrap();
            // This clock never advances, so a wait up to the deadline would never end.
            let options = OpenOptions { clock: Arc::new(DrivenClock::default()), ..OpenOptions::default() };
            let settings = Settings::limited(8 << 20);
            let [writer, reader] = [options.clone(), options].map(|options| {
                pollster::block_on(LocalDisk::open_with(directory.path(), options, settings.clone())).unwrap()
            });
            let larder = Larder::open(reader).await.unwrap();
            let cache = larder.cache("tests").format(Format::Raw).on_error(OnError::Fail);
            let cache = cache.build::<u64, Bytes>().unwrap();
            let value = Bytes::from_static(b"value");
            assert!(cache.set(&1, &value).await.unwrap().is_stored());
            assert!(cache.set(&2, &value).await.unwrap().is_stored());
            // As a process leaves it that is stopped within a step that changes the first slot.
            let stopped = writer.inner.enter().unwrap().unwrap();
            let guard = writer.inner.tables.slot(0).unwrap().word(word::GUARD);
            let before = guard.fetch_or(1 << 32, std::sync::atomic::Ordering::AcqRel);
            let error = cache.get(&1).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
            assert_eq!(cache.get(&2).await.unwrap().as_ref(), Some(&value), "other entries are read");
            // It goes on.
            guard.store(before, std::sync::atomic::Ordering::Release);
            drop(stopped);
            assert_eq!(cache.get(&1).await.unwrap(), Some(value));
        });
    }
}
