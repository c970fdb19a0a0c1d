//! The disk over a place of frames.

use std::sync::Arc;

use async_trait::async_trait;

use super::Frames;
use crate::books::{Books, Found, Intake};
use crate::disk::{
    Access, Capabilities, Cause, Condition, Disk, Fate, Id, Note, Page, Put, Removed, Revised, Revision,
    Room, Settings, Survey, Usage, Victim,
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
    frames: F,
    books: Books<Digest>,
}

impl<F: Frames> FramedDisk<F> {
    /// Opens a place: reads every frame once. Frames that are damaged are deleted; the order of insertion is that
    /// of their times, for equal times that of their names.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) when the place cannot be read.
    pub async fn open(frames: F, settings: Settings) -> Result<Self> {
        let mut found = Vec::new();
        for name in frames.names().await? {
            let Some(bytes) = frames.read(&name).await? else { continue };
            let frame =
                Frame::decode(&bytes).and_then(|frame| Ok((Key::from_bytes(&frame.key)?, frame.meta)));
            match frame {
                Ok((key, meta)) => {
                    let size = (bytes.len() as u64).saturating_add(frame::OVERHEAD);
                    found.push((name, Found::new(&key, &meta, size, 0)));
                }
                // A cache may always forget: a damaged frame is no entry. One of a newer version is left alone.
                Err(error) if error.kind() == ErrorKind::Corrupt => frames.delete(&name).await?,
                Err(error) => return Err(error.on(frames.location())),
            }
        }
        found.sort_by_key(|(name, found)| (found.stored, *name.as_bytes()));
        let books = Books::new(settings);
        for (name, found) in found {
            books.enter(&name, found);
        }
        Ok(Self { frames, books })
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

    async fn meta(&self, id: Id) -> Result<Option<(Key, Arc<Meta>)>> {
        let Some((name, _)) = self.books.find(id) else { return Ok(None) };
        let Some(bytes) = self.frames.read(&name).await? else { return Ok(None) };
        let frame = Frame::decode(&bytes).and_then(|frame| Ok((Key::from_bytes(&frame.key)?, frame.meta)));
        // A damaged frame is one that the disk no longer has.
        Ok(frame.ok().map(|(key, meta)| (key, Arc::new(meta))))
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
        let Draft { meta, source, word } = draft;
        let mut writing = self.books.write(key.digest()).await;
        let (body, size) = match writing.take_in(key, &meta, source, condition, room).await? {
            Intake::Granted { body, size } => (body, size),
            Intake::Not(put) => return Ok(put),
        };
        self.frames.write(key.digest(), frame::encode(key.as_bytes(), &meta, &body)).await?;
        Ok(writing.commit(Found::new(key, &meta, size, word)))
    }

    async fn revise(&self, key: &Key, at: Version, revision: Revision) -> Result<Revised> {
        let writing = self.books.write(key.digest()).await;
        if let Err(stored) = writing.check(Condition::Is(at)) {
            return Ok(Revised::Conflict(stored));
        }
        let Some(frame) = self.read(key).await? else { return Ok(Revised::Conflict(None)) };
        let meta = Meta { version: revision.version, expires: revision.expires, ..frame.meta };
        self.frames.write(key.digest(), frame::encode(key.as_bytes(), &meta, &frame.body)).await?;
        Ok(writing.revise(revision))
    }

    async fn remove(&self, key: &Key, condition: Condition, _: Cause) -> Result<Removed> {
        let writing = self.books.write(key.digest()).await;
        if let Err(stored) = writing.check(condition) {
            return Ok(stored.map_or(Removed::Nothing, Removed::Conflict));
        }
        self.frames.delete(key.digest()).await?;
        Ok(writing.remove())
    }

    async fn evict(&self, victims: &[Victim], _: Cause) -> Result<Vec<Fate>> {
        let mut fates = Vec::with_capacity(victims.len());
        for claim in self.books.claim(victims) {
            fates.push(match claim {
                Ok(writing) => match self.frames.delete(writing.identity()).await {
                    Ok(()) => writing.remove().into(),
                    Err(error) if fates.is_empty() => return Err(error),
                    // Those that went must be told; this one and the rest are there still.
                    Err(_) => Fate::Spared,
                },
                Err(fate) => fate,
            });
        }
        Ok(fates)
    }

    async fn survey(&self, page: &Page) -> Result<Survey> {
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
        Ok(self.books.count(namespace))
    }

    async fn usage(&self) -> Result<Usage> {
        Ok(self.books.usage())
    }

    async fn settings(&self, change: Option<Settings>) -> Result<Settings> {
        Ok(self.books.settings(change))
    }

    async fn sync(&self) -> Result<()> {
        Ok(())
    }
}
