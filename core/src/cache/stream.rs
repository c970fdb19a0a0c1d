//! Values that are larger than memory should hold: written as they come, read as they are asked for.
//!
//! What is streamed passes around the codec: it is bytes, as if the cache wrote `raw`. How much memory it takes is up to the
//! disk; one that keeps entries in memory keeps these there too.

mod readable;

use std::borrow::Borrow;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::future::ready;
use futures_util::{StreamExt, stream};

use super::write::{Terms, Written};
use super::{Cache, Outcome, WriteOptions};
use crate::codec::{Codecs, Compression, Format};
use crate::disk::Condition;
use crate::entry::{Body, Entry, Meta, Source};
use crate::error::{ErrorKind, Result};
use crate::key::CacheKey;
use crate::larder::Admission;

use readable::Readable;

/// How many bytes [`ValueReader::next_chunk`] gives at most.
const CHUNK: u64 = 1 << 20;

impl<K: CacheKey + ?Sized, V: Send + Sync + 'static> Cache<K, V> {
    /// Stores the bytes of `chunks` at `key`, up to [`Limits::max_decoded`](crate::codec::Limits::max_decoded) bytes;
    /// unset `options` are cleared, not inherited.
    ///
    /// A plain [`get`](Cache::get) of such an entry finds bytes: it is for caches of bytes or text. So that it can
    /// read every stream, the limit holds here too: raise it with [`limits`](super::CacheBuilder::limits) to store
    /// longer streams.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] where the values are neither bytes nor text. That of `chunks`, and [`ErrorKind::Encode`]
    /// for a stream that exceeds the limit, or is not UTF-8 in a cache of text. All of these are returned in every
    /// mode, and the old entry stays. Otherwise as for [`set_with`](Cache::set_with).
    pub async fn set_stream<Q>(
        &self,
        key: &Q,
        chunks: impl Stream<Item = Result<Bytes>> + Send + 'static,
        options: &WriteOptions,
    ) -> Result<Outcome>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        let key = self.key(key)?;
        let now = self.inner.larder.now();
        let codecs = &self.inner.codecs;
        if !codecs.reads_streams() {
            let message =
                "a stream is stored as bytes, and the values of this cache are neither bytes nor text";
            return Err(self.inner.larder.error(ErrorKind::Invalid, message).of(&key));
        }
        let broke = Arc::new(AtomicBool::new(false));
        let breaks = Arc::clone(&broke);
        let mut readable = Readable::new(codecs.limits(), Codecs::<V>::are_text());
        let chunks = chunks.map(Some).chain(stream::iter([None])).filter_map(move |chunk| {
            let chunk = readable.take(chunk).transpose();
            if matches!(chunk, Some(Err(_))) {
                breaks.store(true, Ordering::Relaxed);
            }
            ready(chunk)
        });
        let (format, compression) = (Format::Raw.name().into(), Compression::None.name().into());
        let mut meta = Meta::new(self.inner.larder.random(), now, format, compression);
        meta.schema = self.inner.codecs.fingerprint();
        let source = Source::Stream(Box::pin(chunks));
        let terms = Terms { condition: Condition::Always, now, admission: Admission::WithRoom };
        let written = match self.draft(&key, meta, source, options, now) {
            Ok(draft) => self.put_draft(&key, draft, terms).await,
            Err(error) => Err(error),
        };
        match written {
            Ok(Written::Stored { .. }) => Ok(Outcome::Stored),
            Ok(Written::Refused(refusal)) => {
                self.supersede(&key, Condition::Always).await?;
                Ok(Outcome::Refused(refusal))
            }
            Ok(Written::Conflict(_)) => {
                let message = "storing a stream: the disk met a conflict where there was no condition";
                self.failed(self.inner.larder.error(ErrorKind::Unavailable, message), &key)
            }
            // The disk is well: whoever gave the stream wants to know what became of it.
            Err(error) if broke.load(Ordering::Relaxed) => Err(error.of(&key)),
            Err(error) => self.failed(error, &key),
        }
    }

    /// A reader of the live entry at `key`; counts as a lookup.
    ///
    /// It gives the bytes as they are stored: of a value that was [set](Cache::set) they are encoded, and
    /// compressed if [`compression`](ValueReader::compression) says so.
    ///
    /// # Errors
    ///
    /// As for [`get`](Cache::get).
    pub async fn get_reader<Q>(&self, key: &Q) -> Result<Option<ValueReader>>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        let key = self.key(key)?;
        let Some(Entry { meta, body }) = self.find(&key, self.inner.larder.now()).await? else {
            return Ok(None);
        };
        self.count_hit(&meta, body.len());
        Ok(Some(ValueReader { meta, body, position: 0 }))
    }
}

/// Reads the bytes of an entry, all or some. Each block is checked before it is handed out.
///
/// The entry may be removed, replaced or evicted meanwhile: the reader gives the whole old bytes or fails with
/// [`ErrorKind::Corrupt`], and never a mixture.
///
/// ```
/// use larder_core::Bytes;
/// use larder_core::cache::{Cache, WriteOptions};
/// # use larder_core::larder::Larder;
/// # async fn example(larder: Larder) -> larder_core::Result<()> {
/// let films: Cache<str, Bytes> = larder.cache("films").build()?;
/// let chunks = futures_util::stream::iter(["one ", "two"].map(|chunk| Ok(Bytes::from(chunk))));
/// assert!(films.set_stream("short", chunks, &WriteOptions::default()).await?.is_stored());
///
/// let mut reader = films.get_reader("short").await?.expect("it was stored");
/// assert_eq!(reader.read(4..7).await?, "two");
/// while let Some(chunk) = reader.next_chunk().await? {
///     assert_eq!(chunk, "one two");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ValueReader {
    meta: Arc<Meta>,
    body: Body,
    position: u64,
}

impl ValueReader {
    /// The number of bytes.
    pub fn len(&self) -> u64 {
        self.body.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// What is known of the entry.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The format of the bytes: `raw` for those that were streamed.
    pub fn format(&self) -> &str {
        &self.meta.format
    }

    /// How the bytes are compressed; `none` for those that were streamed.
    pub fn compression(&self) -> &str {
        &self.meta.compression
    }

    /// The bytes of `range`; moves nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the range leaves the entry, [`ErrorKind::Corrupt`] when its bytes are gone or
    /// damaged, [`ErrorKind::Unavailable`] when the disk cannot be reached.
    pub async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        self.body.read(range).await
    }

    /// Moves to byte `position`; behind the end nothing is left.
    pub fn seek(&mut self, position: u64) {
        self.position = position;
    }

    /// Where the next chunk begins.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// The next bytes, at most a mebibyte; `None` at the end.
    ///
    /// # Errors
    ///
    /// As for [`read`](ValueReader::read); the same chunk can be asked for again.
    pub async fn next_chunk(&mut self) -> Result<Option<Bytes>> {
        // Up to the next multiple, so that no block of a frame is checked twice.
        let end = (self.position / CHUNK + 1).saturating_mul(CHUNK).min(self.len());
        if self.position >= end {
            return Ok(None);
        }
        let chunk = self.read(self.position..end).await?;
        self.position = end;
        Ok(Some(chunk))
    }

    /// The bytes from here to the end, chunk by chunk.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes>> + Send {
        stream::try_unfold(self, |mut reader| async move {
            Ok(reader.next_chunk().await?.map(|chunk| (chunk, reader)))
        })
    }
}
