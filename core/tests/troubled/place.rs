//! A place of frames that waits before and after each call does its work, and fails when it is told to.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use async_trait::async_trait;
use larder_core::cache::{Cache, OnError};
use larder_core::disk::Settings;
use larder_core::framed::{FramedDisk, Frames};
use larder_core::key::Digest;
use larder_core::larder::Larder;
use larder_core::{Bytes, Error, ErrorKind, Result};

/// Clones are one place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    frames: Arc<Mutex<HashMap<Digest, Bytes>>>,
    shut: Arc<AtomicBool>,
}

/// Waits for one poll.
async fn hesitate() {
    let mut waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Place {
    /// While it is shut every call fails, a write or a deletion after it was done.
    pub(crate) fn shut(&self, shut: bool) {
        self.shut.store(shut, Ordering::SeqCst);
    }

    /// Every frame as it lies there.
    pub(crate) fn frames(&self) -> HashMap<Digest, Bytes> {
        self.frames.lock().unwrap().clone()
    }

    /// Puts bytes there, or takes away what is there, past the disk.
    pub(crate) fn plant(&self, name: &Digest, frame: Option<Bytes>) {
        let mut frames = self.frames.lock().unwrap();
        match frame {
            Some(frame) => frames.insert(*name, frame),
            None => frames.remove(name),
        };
    }

    /// Changes the last byte of every frame.
    pub(crate) fn damage(&self) {
        for frame in self.frames.lock().unwrap().values_mut() {
            let mut bytes = frame.to_vec();
            *bytes.last_mut().unwrap() ^= 1;
            *frame = bytes.into();
        }
    }

    pub(crate) async fn larder(&self, settings: Settings) -> Larder {
        Larder::open(FramedDisk::open(self.clone(), settings).await.unwrap()).await.unwrap()
    }

    async fn call<T>(&self, act: impl FnOnce(&mut HashMap<Digest, Bytes>) -> T) -> Result<T> {
        hesitate().await;
        let done = act(&mut self.frames.lock().unwrap());
        hesitate().await;
        if self.shut.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Unavailable, "the place is shut"));
        }
        Ok(done)
    }
}

#[async_trait]
impl Frames for Place {
    fn location(&self) -> &'static str {
        "place:"
    }

    fn is_durable(&self) -> bool {
        true
    }

    async fn read(&self, name: &Digest) -> Result<Option<Bytes>> {
        self.call(|frames| frames.get(name).cloned()).await
    }

    async fn write(&self, name: &Digest, frame: Bytes) -> Result<()> {
        self.call(|frames| drop(frames.insert(*name, frame))).await
    }

    async fn delete(&self, name: &Digest) -> Result<()> {
        self.call(|frames| drop(frames.remove(name))).await
    }

    async fn names(&self) -> Result<Vec<Digest>> {
        Ok(self.frames.lock().unwrap().keys().copied().collect())
    }
}

/// A cache of numbers that returns every error.
pub(crate) fn strict(larder: &Larder) -> Cache<u64, i64> {
    larder.cache("numbers").on_error(OnError::Fail).build().unwrap()
}
