//! The disk over a place of frames.

use std::sync::Arc;

use async_trait::async_trait;

use super::Frames;
use super::doubts::Doubts;
use super::state::{NAME, State};
use crate::books::{Books, Found, Intake, Writing};
use crate::disk::{
    Access, Capabilities, Cause, Checked, Condition, Disk, Fate, Fence, Findings, Id, Invalidation, Note,
    Page, Put, Removed, Repair, Revised, Revision, Room, Settings, Survey, Usage, Victim,
};
use crate::entry::{Draft, Entry, Meta, Version};
use crate::error::{ErrorKind, Result};
use crate::frame::{self, Frame};
use crate::key::{Digest, Key, Namespace};

/// A disk that keeps its entries as frames in a place.
///
/// `examples/shelf-disk` keeps them as files of a directory, in about sixty lines.
#[derive(Debug)]
pub struct FramedDisk<F> {
    pub(super) frames: F,
    pub(super) books: Books<Digest>,
    pub(super) doubts: Doubts,
}

impl<F: Frames> FramedDisk<F> {
    /// Opens a place: reads every frame once. Frames that are damaged are deleted.
    ///
    /// Order of insertion, insertion numbers, hits, last access and the state of the policy are those of the
    /// last [`sync`](Disk::sync). Entries that were inserted later come after the others in the order of
    /// their times, for equal times in that of their names, and their hits begin at 0.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) when the place cannot be read.
    pub async fn open(frames: F, settings: Settings) -> Result<Self> {
        let state = match frames.read(&NAME).await? {
            None => State::default(),
            Some(bytes) => State::decode(&bytes).unwrap_or_else(|| {
                tracing::warn!(
                    disk = frames.location(),
                    "the order of insertion and hits are lost: corrupt state"
                );
                State::default()
            }),
        };
        let mut found = Vec::new();
        for name in frames.names().await? {
            if name == *NAME {
                continue;
            }
            let Some(bytes) = frames.read(&name).await? else { continue };
            let frame =
                Frame::decode(&bytes).and_then(|frame| Ok((Key::from_bytes(&frame.key)?, frame.meta)));
            match frame {
                Ok((key, meta)) => {
                    let size = (bytes.len() as u64).saturating_add(frame::OVERHEAD);
                    found.push((name, state.restore(&name, Found::new(&key, &meta, size, 0))));
                }
                // A cache may always forget: a damaged frame is no entry. One of a newer version is left alone.
                Err(error) if error.kind() == ErrorKind::Corrupt => frames.delete(&name).await?,
                Err(error) => return Err(error.on(frames.location())),
            }
        }
        // Entries that the state does not know are newer than all that it knows.
        let insertion = |name: &Digest| state.insertion(name).unwrap_or(u64::MAX);
        found.sort_by_key(|(name, found)| (insertion(name), found.stored, *name.as_bytes()));
        let books = Books::new(settings);
        for (name, found) in found {
            if let Some(insertion) = state.insertion(&name) {
                books.enter_at(&name, found, insertion);
            } else {
                books.number_after(state.last);
                books.enter(&name, found);
            }
        }
        books.number_after(state.last);
        Ok(Self { frames, books, doubts: Doubts::default() })
    }

    /// The place.
    pub fn frames(&self) -> &F {
        &self.frames
    }

    /// The frame at `key`, checked; one of another key with the same digest is none.
    async fn read(&self, key: &Key) -> Result<Option<Frame>> {
        let Some(bytes) = self.frames.read(key.digest()).await? else { return Ok(None) };
        let frame = Frame::decode(&bytes).map_err(|error| error.of(key).on(self.frames.location()))?;
        Ok((frame.key == key.as_bytes()).then_some(frame))
    }

    /// Whether the frame that the books have at `key` is its own, and not another key's with the same digest; `None`
    /// if somebody took it away.
    async fn is_own(&self, key: &Key) -> Result<Option<bool>> {
        let Some(bytes) = self.frames.read(key.digest()).await? else { return Ok(None) };
        // What cannot be read is whatever the books say that it is.
        Ok(Some(Frame::decode(&bytes).map_or(true, |frame| frame.key == key.as_bytes())))
    }

    /// Takes the writers' place at `name`, where the books then tell what is there.
    async fn write(&self, name: &Digest) -> Result<Writing<Digest>> {
        loop {
            let writing = self.books.write(name).await;
            if !self.doubts.contains(name) {
                return Ok(writing);
            }
            self.settle(writing).await?;
        }
    }

    /// Settles all doubts, but for names that somebody is writing: that writer does it.
    pub(super) async fn settle_all(&self) -> Result<()> {
        for name in self.doubts.all() {
            if let Some(writing) = self.books.try_write(&name) {
                self.settle(writing).await?;
            }
        }
        Ok(())
    }

    /// Makes the books tell what is at a name in doubt.
    pub(super) async fn settle(&self, writing: Writing<Digest>) -> Result<()> {
        let name = *writing.identity();
        if !self.doubts.contains(&name) {
            return Ok(());
        }
        let bytes = self.frames.read(&name).await?;
        let known = writing.current().map(|brief| brief.version);
        let frame = bytes.as_ref().map(|bytes| (Frame::decode(bytes), bytes.len() as u64));
        self.doubts.settle(&name);
        match frame {
            Some((Ok(frame), _)) if Some(frame.meta.version) == known => {}
            Some((Ok(frame), length)) => {
                let size = length.saturating_add(frame::OVERHEAD);
                let _ = writing.commit(Found::new(&Key::from_bytes(&frame.key)?, &frame.meta, size, 0));
            }
            // A damaged frame in the place of an entry is found out by whoever reads it.
            Some((Err(_), _)) => {}
            None => {
                let _ = writing.remove();
            }
        }
        Ok(())
    }

    async fn meta(&self, id: Id) -> Result<Option<(Key, Arc<Meta>)>> {
        let Some((name, _)) = self.books.find(id) else { return Ok(None) };
        let Some(bytes) = self.frames.read(&name).await? else { return Ok(None) };
        let frame = Frame::decode(&bytes).and_then(|frame| Ok((Key::from_bytes(&frame.key)?, frame.meta)));
        // A damaged frame is one that the disk no longer has.
        Ok(frame.ok().map(|(key, meta)| (key, Arc::new(meta))))
    }

    /// Stores an entry; with a fence, only if nothing that concerns it was invalidated since.
    async fn store(
        &self,
        key: &Key,
        draft: Draft,
        condition: Condition,
        since: Option<Fence>,
        room: &dyn Room,
    ) -> Result<Put> {
        let Draft { meta, source, word } = draft;
        frame::check(key.as_bytes(), &meta)?;
        let mut writing = self.write(key.digest()).await?;
        let concerning = since.map(|_| Invalidation::concerning(key, &meta)).unwrap_or_default();
        if since.is_some_and(|since| self.books.is_invalidated(&concerning, since)) {
            return Ok(Put::Conflict(writing.current().map(|brief| brief.version)));
        }
        let condition = match condition {
            Condition::Absent if writing.current().is_some() && self.is_own(key).await? != Some(true) => {
                // Under one name there is one frame: the other key's entry is forgotten.
                Condition::Always
            }
            condition => condition,
        };
        let (body, size) = match writing.take_in(key, &meta, source, condition, room).await? {
            Intake::Granted { body, size } => (body, size),
            Intake::Not(put) => return Ok(put),
        };
        let doubt = self.doubts.of(key.digest());
        self.frames.write(key.digest(), frame::encode(key.as_bytes(), &meta, &body)).await?;
        doubt.done();
        let found = Found::new(key, &meta, size, word);
        let Some(since) = since else { return Ok(writing.commit(found)) };
        match writing.commit_since(found, &concerning, since) {
            Ok(put) => Ok(put),
            Err(writing) => {
                // Invalidated while the bytes landed: what they replaced was expired or unreadable.
                let doubt = self.doubts.of(key.digest());
                self.frames.delete(key.digest()).await?;
                doubt.done();
                let _ = writing.remove();
                Ok(Put::Conflict(None))
            }
        }
    }
}

#[async_trait]
impl<F: Frames> Disk for FramedDisk<F> {
    fn location(&self) -> &str {
        self.frames.location()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { durable: self.frames.is_durable(), ..Capabilities::of_process() }
    }

    async fn get(&self, key: &Key, access: Access) -> Result<Option<Entry>> {
        let Some(frame) = self.read(key).await? else { return Ok(None) };
        if let Access::Hit(now) = access
            && frame.meta.is_live(now)
        {
            self.books.hit(key.digest(), now);
        }
        Ok(Some(Entry { meta: Arc::new(frame.meta), body: frame.body.into() }))
    }

    async fn put(&self, key: &Key, draft: Draft, condition: Condition, room: &dyn Room) -> Result<Put> {
        self.store(key, draft, condition, None, room).await
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
        self.store(key, draft, condition, Some(since), room).await
    }

    async fn revise(&self, key: &Key, at: Version, revision: Revision) -> Result<Revised> {
        let writing = self.write(key.digest()).await?;
        if let Err(stored) = writing.check(Condition::Is(at)) {
            return Ok(Revised::Conflict(stored));
        }
        let Some(frame) = self.read(key).await? else { return Ok(Revised::Conflict(None)) };
        let meta = Meta { version: revision.version, expires: revision.expires, ..frame.meta };
        let doubt = self.doubts.of(key.digest());
        self.frames.write(key.digest(), frame::encode(key.as_bytes(), &meta, &frame.body)).await?;
        doubt.done();
        Ok(writing.revise(revision))
    }

    async fn remove(&self, key: &Key, condition: Condition, _: Cause) -> Result<Removed> {
        let writing = self.write(key.digest()).await?;
        if writing.current().is_none() || self.is_own(key).await? == Some(false) {
            return Ok(Removed::Nothing);
        }
        if let Err(stored) = writing.check(condition) {
            return Ok(stored.map_or(Removed::Nothing, Removed::Conflict));
        }
        let doubt = self.doubts.of(key.digest());
        self.frames.delete(key.digest()).await?;
        doubt.done();
        Ok(writing.remove())
    }

    async fn evict(&self, victims: &[Victim], _: Cause) -> Result<Vec<Fate>> {
        self.settle_all().await?;
        let mut fates = Vec::with_capacity(victims.len());
        for claim in self.books.claim(victims) {
            let writing = match claim {
                Ok(writing) => writing,
                Err(fate) => {
                    fates.push(fate);
                    continue;
                }
            };
            let doubt = self.doubts.of(writing.identity());
            fates.push(match self.frames.delete(writing.identity()).await {
                Ok(()) => {
                    doubt.done();
                    writing.remove().into()
                }
                Err(error) if fates.is_empty() => return Err(error),
                // Those that went must be told; this one may be there still.
                Err(_) => Fate::Spared,
            });
        }
        Ok(fates)
    }

    async fn survey(&self, page: &Page) -> Result<Survey> {
        self.settle_all().await?;
        Ok(self.books.survey(page))
    }

    async fn list(&self, ids: &[Id]) -> Result<Vec<Option<(Key, Arc<Meta>)>>> {
        let mut listed = Vec::with_capacity(ids.len());
        for id in ids {
            listed.push(self.meta(*id).await?);
        }
        Ok(listed)
    }

    async fn record(&self, notes: &[Note]) -> Result<()> {
        self.books.record(notes);
        Ok(())
    }

    async fn count(&self, namespace: &Namespace) -> Result<u64> {
        self.settle_all().await?;
        Ok(self.books.count(namespace))
    }

    async fn usage(&self) -> Result<Usage> {
        self.settle_all().await?;
        Ok(self.books.usage())
    }

    async fn settings(&self, change: Option<Settings>) -> Result<Settings> {
        Ok(self.books.settings(change))
    }

    async fn check(&self, repair: Repair, findings: &mut dyn Findings) -> Result<Checked> {
        self.look_over(repair, findings).await.map_err(|error| error.on(self.frames.location()))
    }

    async fn sync(&self) -> Result<()> {
        if !self.frames.is_durable() {
            return Ok(());
        }
        // One at a time, so that an older state never replaces a newer one.
        let _alone = self.books.write(&NAME).await;
        self.settle_all().await?;
        let (last, entries) = self.books.entries();
        self.frames.write(&NAME, State::encode(last, &entries)).await
    }
}
