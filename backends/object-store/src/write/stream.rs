//! Storing a body of unknown length: in parts as it comes, with one part in memory.
//!
//! Nothing is there until the last request completes the upload; an upload that does not get there is aborted, also when
//! whoever stores it stops waiting. A store that takes no parts gets the stream whole, gathered in memory. No store completes an upload under a condition, so a stream with a condition is
//! gathered in memory instead and stored whole.

use std::sync::Arc;

use bytes::Bytes;
use larder_core::books::Writing;
use larder_core::disk::{Condition, Put, Room};
use larder_core::entry::{Draft, Meta};
use larder_core::frame::{self, Writer};
use larder_core::key::{Digest, Key};
use larder_core::spawn::Spawn;
use larder_core::{Error, ErrorKind, Result};
use object_store::{Error as StoreError, MultipartUpload, PutMode};

use super::land::Landing;
use crate::disk::Inner;
use crate::failure::failed;
use crate::read::found;
use crate::stamps;

/// The bytes of a part. Stores take 10,000 parts, all but the last of one size and of 5 MiB at least.
const PART: usize = 16 << 20;

impl Inner {
    pub(super) async fn put_stream(
        self: &Arc<Self>,
        key: &Key,
        draft: Draft,
        room: &dyn Room,
        mut writing: Writing<Digest>,
    ) -> Result<Put> {
        let Draft { meta, mut source, word } = draft;
        let weigh = |body: u64| frame::weight(key.as_bytes(), &meta, body);
        if let Err(refusal) = writing.admit(weigh(0), room).await? {
            return Ok(Put::Refused(refusal));
        }
        let (mut framer, head) = Writer::new(key.as_bytes(), &meta);
        let mut parts = Parts::new(self, key);
        parts.push(head).await?;
        while let Some(chunk) = source.chunk().await? {
            // What is on the way counts before it is sent.
            if let Err(refusal) = writing.admit(weigh(framer.body() + chunk.len() as u64), room).await? {
                return Ok(Put::Refused(refusal));
            }
            let mut rest = &chunk[..];
            while let Some(piece) = framer.feed(&mut rest) {
                parts.push(piece).await?;
            }
        }
        parts.push(framer.finish()).await?;
        let (inner, key) = (Arc::clone(self), key.clone());
        let finishing = async move {
            if parts.upload.is_none() {
                let frame = std::mem::take(&mut parts.pending).into_iter().collect();
                let (condition, mode) = (Condition::Always, PutMode::Overwrite);
                return inner.land(Landing { key, meta, frame, condition, mode, word }, writing).await;
            }
            parts.complete(&meta).await?;
            let found = found(&key, &meta, parts.length, word);
            Ok(inner.enter_written(found, Condition::Always, writing))
        };
        let finished = self.carrier.run(finishing);
        self.deadline.within("completing an upload", finished).await
    }
}

/// What was made of a stream until now.
struct Parts {
    inner: Arc<Inner>,
    digest: Digest,
    /// Begun with the first part that is full.
    upload: Option<Box<dyn MultipartUpload>>,
    /// The store takes no parts, so all of the stream is gathered.
    gathers: bool,
    pending: Vec<Bytes>,
    /// The bytes that are pending.
    held: usize,
    /// All bytes until now.
    length: u64,
}

impl Parts {
    fn new(inner: &Arc<Inner>, key: &Key) -> Self {
        let (inner, digest) = (Arc::clone(inner), *key.digest());
        Self { inner, digest, upload: None, gathers: false, pending: Vec::new(), held: 0, length: 0 }
    }

    /// Takes bytes, and sends what fills a part.
    async fn push(&mut self, mut bytes: Bytes) -> Result<()> {
        self.length += bytes.len() as u64;
        while !self.gathers && self.held + bytes.len() >= PART {
            let rest = bytes.split_off(PART - self.held);
            self.pending.push(bytes);
            bytes = rest;
            self.held = 0;
            self.send().await?;
        }
        self.held += bytes.len();
        self.pending.push(bytes);
        Ok(())
    }

    /// Sends what is pending as a part, unless the store turns out to take none.
    async fn send(&mut self) -> Result<()> {
        let inner = Arc::clone(&self.inner);
        let sending = async {
            if self.upload.is_none() {
                match inner.bucket.upload(&self.digest).await {
                    Ok(upload) => self.upload = Some(upload),
                    Err(StoreError::NotImplemented { .. } | StoreError::NotSupported { .. }) => {
                        self.gathers = true;
                        return Ok(());
                    }
                    Err(cause) => return Err(failed("beginning an upload", cause)),
                }
            }
            let upload = self.upload.as_mut().expect("it was begun above");
            inner.bucket.count_part();
            let part = std::mem::take(&mut self.pending).into_iter().collect();
            upload.put_part(part).await.map_err(|cause| failed("sending a part of an entry", cause))
        };
        inner.deadline.within("sending a part of an entry", sending).await
    }

    /// Sends the last part and makes the object appear.
    async fn complete(&mut self, meta: &Meta) -> Result<()> {
        if self.held > 0 {
            self.send().await?;
        }
        let upload = self.upload.as_mut().ok_or_else(|| {
            Error::new(ErrorKind::Unavailable, "an upload that was never begun cannot be completed")
        })?;
        self.inner.bucket.count_part();
        let cause = match upload.complete().await {
            Ok(put) => {
                self.upload = None;
                self.inner.remember(&self.digest, meta.version, stamps::of_written(put));
                return Ok(());
            }
            Err(cause) => cause,
        };
        // The answer may have been lost on the way: the version that is there tells.
        match self.inner.bucket.head(&self.digest).await {
            Ok(Some(seen)) if seen.entry().is_some_and(|head| head.meta.version == meta.version) => {
                self.upload = None;
                Ok(())
            }
            _ => Err(failed("completing an upload", cause)),
        }
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        if let Some(mut upload) = self.upload.take() {
            let inner = Arc::clone(&self.inner);
            self.inner.carrier.spawn(Box::pin(async move {
                // Where it cannot be aborted, a rule of the store for unfinished uploads removes it.
                let _ = upload.abort().await;
                // The threads of the disk end with it, so it stays until then.
                drop(inner);
            }));
        }
    }
}
