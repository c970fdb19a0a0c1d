//! The store as this disk uses it: a few requests, each counted, by the digest of an entry.
//!
//! Errors come out as the store gave them where the caller has to look into them, and as larder's otherwise.

mod deletion;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use larder_core::frame::Head;
use larder_core::key::Digest;
use larder_core::time::Time;
use larder_core::{Error, ErrorKind, Result};
use object_store::path::{self, Path};
use object_store::{
    Error as StoreError, GetOptions, GetRange, GetResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};

use crate::failure::{failed, is_missing, is_not_partial, is_taken};
use crate::naming::Names;
use crate::requests::{Counter, Kind, Requests};
use crate::stamps::{self, Stamp};
use crate::tombstone::Tombstone;

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
    /// The store was seen to answer a range with the whole object, which its client takes for an error.
    ignores_ranges: AtomicBool,
}

/// An object of which the first bytes were read.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) stamp: Stamp,
    /// The length of the object.
    pub(crate) length: u64,
    /// What it is; damaged, or of a later version, if it is an error.
    pub(crate) content: Result<Content>,
    /// Whether it begins as an entry does, or has no content at all, so that removing it loses nothing foreign.
    pub(crate) is_marked: bool,
}

/// What an object is.
#[derive(Debug)]
pub(crate) enum Content {
    Entry(Head),
    Tombstone(Tombstone),
}

impl Seen {
    /// Whether larder wrote it. A name found in a listing does not prove that.
    pub(crate) const fn is_ours(&self) -> bool {
        self.content.is_ok() || self.is_marked
    }

    /// The head of the entry, if it is one.
    pub(crate) const fn entry(&self) -> Option<&Head> {
        match &self.content {
            Ok(Content::Entry(head)) => Some(head),
            _ => None,
        }
    }
}

/// An object that is about to be read.
pub(crate) struct Opened {
    pub(crate) stamp: Stamp,
    /// The length of the object.
    pub(crate) length: u64,
    pub(crate) bytes: BoxStream<'static, object_store::Result<Bytes>>,
}

/// An entry as a listing tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listed {
    pub(crate) modified: Time,
    pub(crate) digest: Digest,
    pub(crate) length: u64,
}

/// What lies below a prefix.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Objects with names of entries, the least recently written first. Tombstones are left out.
    pub(crate) entries: Vec<Listed>,
    /// Names that larder gives no object.
    pub(crate) foreign: Vec<String>,
    /// The number of objects with a name that larder gives: entries, tombstones and settings.
    others: u64,
}

impl Listing {
    /// Whether there is nothing, or nothing but what an opening that did not end left.
    pub(crate) const fn is_empty(&self) -> bool {
        self.foreign.is_empty() && self.others == 0
    }
}

impl Bucket {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, prefix: Path) -> Self {
        let (names, requests) = (Names::under(prefix), Counter::default());
        Self { store, names, requests, ignores_ranges: AtomicBool::new(false) }
    }

    pub(crate) const fn names(&self) -> &Names {
        &self.names
    }

    pub(crate) fn requests(&self) -> Requests {
        self.requests.snapshot()
    }

    /// Begins to read the object; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`] for one that is longer than any entry.
    pub(crate) async fn open(&self, digest: &Digest) -> Result<Option<Opened>> {
        match self.open_any(digest).await? {
            Some(opened) if opened.length > LONGEST => {
                let message = format!("an object of {} bytes is no entry", opened.length);
                Err(Error::new(ErrorKind::Corrupt, message))
            }
            opened => Ok(opened),
        }
    }

    /// Begins to read the object, however long it is.
    pub(crate) async fn open_any(&self, digest: &Digest) -> Result<Option<Opened>> {
        self.requests.add(Kind::Get, 1);
        match self.store.get_opts(&self.names.entry(digest), GetOptions::default()).await {
            Ok(got) => Ok(Some(Opened {
                stamp: stamps::of(&got.meta),
                length: got.meta.size,
                bytes: got.into_stream(),
            })),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(failed("reading an entry", error)),
        }
    }

    /// A range of the object, if it is still the one with this stamp. A store that ignores ranges sends all before it too.
    pub(crate) async fn range(
        &self,
        digest: &Digest,
        stamp: &Stamp,
        range: std::ops::Range<u64>,
    ) -> object_store::Result<Bytes> {
        let name = self.names.entry(digest);
        let whole = GetOptions {
            if_match: stamp.e_tag.clone(),
            version: stamp.version.clone(),
            ..GetOptions::default()
        };
        if !self.ignores_ranges.load(Ordering::Relaxed) {
            self.requests.add(Kind::Get, 1);
            let options = GetOptions { range: Some(GetRange::Bounded(range.clone())), ..whole.clone() };
            match self.store.get_opts(&name, options).await {
                Err(error) if is_not_partial(&error) => self.ignores_ranges.store(true, Ordering::Relaxed),
                answer => return answer?.bytes().await,
            }
        }
        self.requests.add(Kind::Get, 1);
        let mut stream = self.store.get_opts(&name, whole).await?.into_stream();
        let (mut bytes, mut at) = (BytesMut::new(), 0);
        while at < range.end {
            let Some(chunk) = stream.try_next().await? else { break };
            let end = at + chunk.len() as u64;
            let within = range.start.clamp(at, end) - at..range.end.clamp(at, end) - at;
            // Both lie in the chunk, so they fit.
            let [from, to] = [within.start, within.end].map(|place| usize::try_from(place).unwrap_or(0));
            bytes.extend_from_slice(&chunk[from..to]);
            at = end;
        }
        Ok(bytes.freeze())
    }

    /// The first bytes of the object, read as what they are; `None` if there is no object.
    pub(crate) async fn head(&self, digest: &Digest) -> Result<Option<Seen>> {
        let name = self.names.entry(digest);
        let mut most = HEAD;
        for _ in 0..TRIES {
            let (bytes, stamp, length) = match self.start(&name, most).await {
                Ok(found) => found,
                Err(cause) if is_missing(&cause) => return Ok(None),
                Err(cause) => return self.head_of_nothing(&name, cause).await,
            };
            let is_marked = Head::has_magic(&bytes) || bytes.iter().all(|byte| *byte == 0);
            let seen = |content| Ok(Some(Seen { stamp, length, content, is_marked }));
            if let Some(tombstone) = Tombstone::decode(&bytes).filter(|_| length == bytes.len() as u64) {
                return seen(Ok(Content::Tombstone(tombstone)));
            }
            let longer = match Head::length_of(&bytes) {
                Ok(longer) => longer as u64,
                Err(damaged) => return seen(Err(damaged)),
            };
            if longer <= bytes.len() as u64 || length <= bytes.len() as u64 {
                return seen(Head::decode(&bytes).map(Content::Entry));
            }
            // All of it again, not the rest: another frame may have taken its place.
            most = longer;
        }
        Err(Error::new(ErrorKind::Unavailable, "reading the head of an entry that others keep writing"))
    }

    /// The first `most` bytes of an object, with its stamp and length.
    async fn start(&self, name: &Path, most: u64) -> object_store::Result<(Bytes, Stamp, u64)> {
        if !self.ignores_ranges.load(Ordering::Relaxed) {
            self.requests.add(Kind::Head, 1);
            let range = GetOptions { range: Some(GetRange::Bounded(0..most)), ..GetOptions::default() };
            match self.bytes(name, range).await {
                Err(error) if is_not_partial(&error) => self.ignores_ranges.store(true, Ordering::Relaxed),
                answer => return answer,
            }
        }
        self.requests.add(Kind::Head, 1);
        let answer = self.store.get_opts(name, GetOptions::default()).await?;
        let (stamp, length) = (stamps::of(&answer.meta), answer.meta.size);
        let (mut stream, mut bytes) = (answer.into_stream(), BytesMut::new());
        while (bytes.len() as u64) < most {
            let Some(chunk) = stream.try_next().await? else { break };
            bytes.extend_from_slice(&chunk);
        }
        Ok((bytes.freeze(), stamp, length))
    }

    /// No range can be read of an empty object, which is a damaged entry and no failure of the store.
    async fn head_of_nothing(&self, name: &Path, cause: StoreError) -> Result<Option<Seen>> {
        self.requests.add(Kind::Head, 1);
        match self.store.head(name).await {
            Ok(meta) if meta.size == 0 => Ok(Some(Seen {
                stamp: stamps::of(&meta),
                length: 0,
                is_marked: true,
                content: Err(Error::new(ErrorKind::Corrupt, "an entry without bytes")),
            })),
            Err(missing) if is_missing(&missing) => Ok(None),
            _ => Err(failed("reading the head of an entry", cause)),
        }
    }

    /// Stores an object whole, or leaves what was there.
    pub(crate) async fn put(
        &self,
        digest: &Digest,
        bytes: PutPayload,
        mode: PutMode,
    ) -> object_store::Result<Stamp> {
        self.write(&self.names.entry(digest), bytes, mode).await.map(stamps::of_written)
    }

    /// Begins to store an object in parts; nothing is there until it is completed.
    pub(crate) async fn upload(&self, digest: &Digest) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.requests.add(Kind::Put, 1);
        self.store.put_multipart_opts(&self.names.entry(digest), PutMultipartOptions::default()).await
    }

    /// Counts a request of an upload.
    pub(crate) fn count_part(&self) {
        self.requests.add(Kind::Put, 1);
    }

    /// All that lies below the prefix, foreign objects too.
    pub(crate) fn objects(&self) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.requests.add(Kind::List, 1);
        self.store.list(self.names.prefix())
    }

    /// Lists everything below the prefix.
    pub(crate) async fn list(&self) -> Result<Listing> {
        let mut objects = self.objects();
        let mut listing = Listing::default();
        loop {
            match objects.try_next().await {
                Ok(Some(object)) => self.enter(&object, &mut listing),
                Ok(None) => break,
                // It can hold no data: a broken link, a socket.
                Err(StoreError::InvalidPath { source: path::Error::InvalidPath { .. } }) => {}
                Err(StoreError::InvalidPath { source }) => listing.foreign.push(source.to_string()),
                Err(cause) if is_missing(&cause) => {}
                Err(cause) => return Err(failed("listing the entries", cause)),
            }
        }
        listing.entries.sort_unstable();
        Ok(listing)
    }

    fn enter(&self, object: &ObjectMeta, listing: &mut Listing) {
        let (name, names) = (&object.location, &self.names);
        // The console of a store makes an empty object with the name of a "folder".
        let is_folder = object.size == 0 && Some(name) == names.prefix();
        if names.digest(name).is_some() {
            listing.entries.extend(self.listed(object));
            listing.others += 1;
        } else if *name == names.settings() {
            listing.others += 1;
        } else if !names.is_probe(name) && !is_folder {
            listing.foreign.push(name.to_string());
        }
    }

    fn listed(&self, object: &ObjectMeta) -> Option<Listed> {
        let is_entry = object.size <= LONGEST && object.size != Tombstone::LENGTH as u64;
        let digest = self.names.digest(&object.location).filter(|_| is_entry)?;
        let modified = SystemTime::from(object.last_modified).into();
        Some(Listed { modified, digest, length: object.size })
    }

    /// The recorded settings as they were written; `None` if there are none.
    pub(crate) async fn recorded(&self) -> Result<Option<Bytes>> {
        let name = self.names.settings();
        self.read(&name).await.map_err(|cause| failed("reading the recorded settings", cause))
    }

    /// Records settings, in place of what is recorded.
    pub(crate) async fn record(&self, settings: Bytes) -> Result<()> {
        let written = self.write(&self.names.settings(), settings.into(), PutMode::Overwrite).await;
        written.map(drop).map_err(|cause| failed("recording the settings", cause))
    }

    /// Records settings where none are. Returns whether there were none.
    pub(crate) async fn record_first(&self, settings: Bytes) -> Result<bool> {
        match self.write(&self.names.settings(), settings.into(), PutMode::Create).await {
            Ok(_) => Ok(true),
            Err(cause) if is_taken(&cause) => Ok(false),
            Err(cause) => Err(failed("recording the settings", cause)),
        }
    }

    /// The object called `name`, whole.
    pub(crate) async fn read(&self, name: &Path) -> object_store::Result<Option<Bytes>> {
        self.requests.add(Kind::Get, 1);
        match self.bytes(name, GetOptions::default()).await {
            Ok((bytes, ..)) => Ok(Some(bytes)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The bytes asked for, the stamp, and the length of the whole object.
    async fn bytes(&self, name: &Path, options: GetOptions) -> object_store::Result<(Bytes, Stamp, u64)> {
        let answer: GetResult = self.store.get_opts(name, options).await?;
        let (stamp, length) = (stamps::of(&answer.meta), answer.meta.size);
        // Nothing as long as that is an entry, and what follows finds no frame in no bytes.
        let bytes = if length > LONGEST { Bytes::new() } else { answer.bytes().await? };
        Ok((bytes, stamp, length))
    }

    /// Stores the object called `name`.
    pub(crate) async fn write(
        &self,
        name: &Path,
        bytes: PutPayload,
        mode: PutMode,
    ) -> object_store::Result<PutResult> {
        self.requests.add(Kind::Put, 1);
        let options = PutOptions { mode, ..PutOptions::default() };
        self.store.put_opts(name, bytes, options).await
    }
}
