//! The store as this disk uses it: four requests, each counted, by the digest of an entry.
//!
//! Errors come out as the store gave them where the caller has to look into them, and as larder's otherwise.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use larder_core::frame::Head;
use larder_core::key::Digest;
use larder_core::time::Time;
use larder_core::{Error, ErrorKind, Result};
use object_store::path::Path;
use object_store::{
    Error as StoreError, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
    PutPayload,
};

use crate::failure::{failed, is_missing};
use crate::naming::Names;
use crate::requests::{Counter, Kind, Requests};

/// The first bytes of an object in which a head is looked for: nearly every head is shorter.
const HEAD: u64 = 4096;

/// The longest object that is taken for an entry, a tebibyte: no length that a store tells makes sums or memory overflow.
pub(crate) const LONGEST: u64 = 1 << 40;

/// How often a head is read again because it is longer than was thought, or was replaced by a longer one.
const TRIES: usize = 4;

#[derive(Debug)]
pub(crate) struct Bucket {
    store: Arc<dyn ObjectStore>,
    names: Names,
    requests: Counter,
}

/// An entry's head as the store has it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) head: Head,
    /// The length of the object.
    pub(crate) length: u64,
}

/// An entry as a listing tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listed {
    pub(crate) modified: Time,
    pub(crate) digest: Digest,
    pub(crate) length: u64,
}

impl Bucket {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, prefix: Path) -> Self {
        Self { store, names: Names::under(prefix), requests: Counter::default() }
    }

    pub(crate) fn requests(&self) -> Requests {
        self.requests.snapshot()
    }

    /// The whole object; `None` if there is none.
    pub(crate) async fn get(&self, digest: &Digest) -> Result<Option<Bytes>> {
        self.read(&self.names.entry(digest)).await.map_err(|cause| failed("reading an entry", cause))
    }

    /// The head of the frame; `None` if there is no object.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`] and [`ErrorKind::Format`] for an object that is no frame of this version.
    pub(crate) async fn head(&self, digest: &Digest) -> Result<Option<Seen>> {
        let name = self.names.entry(digest);
        let mut most = HEAD;
        for _ in 0..TRIES {
            self.requests.add(Kind::Head, 1);
            let range = GetOptions { range: Some(GetRange::Bounded(0..most)), ..GetOptions::default() };
            let (bytes, length) = match self.bytes(&name, range).await {
                Ok(found) => found,
                Err(cause) if is_missing(&cause) => return Ok(None),
                Err(cause) => return self.head_of_nothing(&name, cause).await,
            };
            let longer = Head::length_of(&bytes)? as u64;
            if longer <= bytes.len() as u64 || length <= bytes.len() as u64 {
                return Ok(Some(Seen { head: Head::decode(&bytes)?, length }));
            }
            // All of it again, not the rest: another frame may have taken its place.
            most = longer;
        }
        Err(Error::new(ErrorKind::Unavailable, "reading the head of an entry that others keep writing"))
    }

    /// No range can be read of an empty object, which is a damaged entry and no failure of the store.
    async fn head_of_nothing(&self, name: &Path, cause: StoreError) -> Result<Option<Seen>> {
        self.requests.add(Kind::Head, 1);
        match self.store.head(name).await {
            Ok(meta) if meta.size == 0 => Err(Error::new(ErrorKind::Corrupt, "an entry without bytes")),
            Err(missing) if is_missing(&missing) => Ok(None),
            _ => Err(failed("reading the head of an entry", cause)),
        }
    }

    /// Stores an object whole, or leaves what was there.
    pub(crate) async fn put(
        &self,
        digest: &Digest,
        frame: PutPayload,
        mode: PutMode,
    ) -> object_store::Result<()> {
        self.write(&self.names.entry(digest), frame, mode).await
    }

    /// Deletes objects; tells of each whether it was there.
    ///
    /// A store may answer in another order, stop early, or not tell which deletion failed, so those that it did not
    /// confirm are looked for one by one.
    pub(crate) async fn delete(&self, digests: &[Digest]) -> Vec<object_store::Result<bool>> {
        let names: Vec<Path> = digests.iter().map(|digest| self.names.entry(digest)).collect();
        self.requests.add(Kind::Delete, names.len());
        let asked = stream::iter(names.clone()).map(Ok).boxed();
        let answers: Vec<object_store::Result<Path>> = self.store.delete_stream(asked).collect().await;
        let mut errors = Vec::new();
        let mut deleted = HashSet::new();
        for answer in answers {
            match answer {
                Ok(name) => drop(deleted.insert(name)),
                Err(error) => errors.push(error),
            }
        }
        let mut fates = Vec::with_capacity(names.len());
        for name in names {
            fates.push(if deleted.contains(&name) {
                Ok(true)
            } else {
                self.remains(&name, &mut errors).await
            });
        }
        fates
    }

    /// Deletes one object by its name; it is fine if it is not there.
    pub(crate) async fn erase(&self, name: &Path) -> object_store::Result<()> {
        self.requests.add(Kind::Delete, 1);
        match self.store.delete(name).await {
            Err(error) if !is_missing(&error) => Err(error),
            _ => Ok(()),
        }
    }

    /// Whether an object whose deletion was not confirmed is gone; an error if it is there.
    async fn remains(&self, name: &Path, errors: &mut Vec<StoreError>) -> object_store::Result<bool> {
        self.requests.add(Kind::Head, 1);
        match self.store.head(name).await {
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(error),
            Ok(_) => {
                let cause =
                    errors.iter().position(|error| !is_missing(error)).map(|at| errors.swap_remove(at));
                let unknown = || "the store did not say why".into();
                Err(cause.unwrap_or_else(|| StoreError::Generic { store: "larder", source: unknown() }))
            }
        }
    }

    /// What the objects of this disk are called.
    pub(crate) const fn names(&self) -> &Names {
        &self.names
    }

    /// All that lies below the prefix, foreign objects too.
    pub(crate) fn objects(&self) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.requests.add(Kind::List, 1);
        self.store.list(self.names.prefix())
    }

    /// All entries, the least recently written first. Foreign objects are left out.
    pub(crate) async fn list(&self) -> Result<Vec<Listed>> {
        let mut objects = self.objects();
        let mut found = Vec::new();
        loop {
            match objects.try_next().await {
                Ok(Some(object)) => found.extend(self.listed(&object)),
                Ok(None) => break,
                // A foreign file whose name the store cannot tell.
                Err(StoreError::InvalidPath { .. }) => {}
                Err(cause) if is_missing(&cause) => {}
                Err(cause) => return Err(failed("listing the entries", cause)),
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    fn listed(&self, object: &ObjectMeta) -> Option<Listed> {
        let digest = self.names.digest(&object.location).filter(|_| object.size <= LONGEST)?;
        let modified = SystemTime::from(object.last_modified).into();
        Some(Listed { modified, digest, length: object.size })
    }

    /// The recorded settings as they were written; `None` if there are none.
    pub(crate) async fn recorded(&self) -> Result<Option<Bytes>> {
        let name = self.names.settings();
        self.read(&name).await.map_err(|cause| failed("reading the recorded settings", cause))
    }

    /// Records settings.
    pub(crate) async fn record(&self, settings: Bytes) -> Result<()> {
        let written = self.write(&self.names.settings(), settings.into(), PutMode::Overwrite).await;
        written.map_err(|cause| failed("recording the settings", cause))
    }

    async fn read(&self, name: &Path) -> object_store::Result<Option<Bytes>> {
        self.requests.add(Kind::Get, 1);
        match self.bytes(name, GetOptions::default()).await {
            Ok((bytes, _)) => Ok(Some(bytes)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The bytes asked for, and the length of the whole object.
    async fn bytes(&self, name: &Path, options: GetOptions) -> object_store::Result<(Bytes, u64)> {
        let answer = self.store.get_opts(name, options).await?;
        let length = answer.meta.size;
        // Nothing as long as that is an entry, and what follows finds no frame in no bytes.
        let bytes = if length > LONGEST { Bytes::new() } else { answer.bytes().await? };
        Ok((bytes, length))
    }

    async fn write(&self, name: &Path, bytes: PutPayload, mode: PutMode) -> object_store::Result<()> {
        self.requests.add(Kind::Put, 1);
        let options = PutOptions { mode, ..PutOptions::default() };
        self.store.put_opts(name, bytes, options).await.map(drop)
    }
}
