//! Streamed values as the standard library reads and writes bytes.

use std::borrow::Borrow;
use std::io::{self, Read, Seek, SeekFrom};

use larder_core::cache::{Outcome, ValueReader, WriteOptions};
use larder_core::key::CacheKey;
use larder_core::{Bytes, Error, ErrorKind, Result};

use super::Cache;
use super::wait::block_on;

/// How many bytes are taken from a reader at once.
const CHUNK: usize = 1 << 20;

impl<K: CacheKey + ?Sized, V: Send + Sync + 'static> Cache<K, V> {
    /// Stores the bytes that `reader` gives, as [`Cache::set_stream`](crate::Cache::set_stream) does.
    ///
    /// ```
    /// use larder::blocking::{Cache, Store};
    /// use larder::{Bytes, WriteOptions};
    /// use std::io::Read;
    ///
    /// # let settings = larder::Settings::parse("[[tier]]\nmemory = { size_limit = '64 MiB' }")?;
    /// # let store = Store::open(settings)?;
    /// let films: Cache<str, Bytes> = store.cache("films")?;
    /// let film = std::io::repeat(7).take(3 << 20);
    /// assert!(films.set_reader("short", film, &WriteOptions::default())?.is_stored());
    ///
    /// let mut last = Vec::new();
    /// let mut reader = films.get_reader("short")?.expect("it was stored");
    /// reader.seek_to(reader.len() - 2);
    /// reader.read_to_end(&mut last)?;
    /// assert_eq!(last, [7, 7]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] with that of `reader` as its cause, in every mode: the old entry stays. Otherwise as
    /// there.
    pub fn set_reader<Q>(
        &self,
        key: &Q,
        reader: impl Read + Send + 'static,
        options: &WriteOptions,
    ) -> Result<Outcome>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        let mut reader = reader;
        let mut over = false;
        let chunks = std::iter::from_fn(move || {
            if over {
                return None;
            }
            let mut chunk = Vec::new();
            match reader.by_ref().take(CHUNK as u64).read_to_end(&mut chunk) {
                Ok(0) => None,
                Ok(_) => Some(Ok(Bytes::from(chunk))),
                Err(cause) => {
                    over = true;
                    let message = "reading the value that is to be stored";
                    Some(Err(Error::new(ErrorKind::Unavailable, message).because(cause)))
                }
            }
        });
        block_on(self.as_async().set_stream(key, futures_util::stream::iter(chunks), options))
    }

    /// A reader of the live entry at `key`, as [`Cache::get_reader`](crate::Cache::get_reader) gives it.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn get_reader<Q>(&self, key: &Q) -> Result<Option<Reader>>
    where
        K: Borrow<Q>,
        Q: CacheKey + ?Sized,
    {
        Ok(block_on(self.as_async().get_reader(key))?.map(Reader::new))
    }
}

/// Reads the bytes of an entry; made by [`Cache::get_reader`]. Errors of larder are the causes of its errors.
#[derive(Clone, Debug)]
pub struct Reader {
    reader: ValueReader,
    /// Bytes that were read and checked, and not handed out yet.
    pending: Bytes,
}

impl Reader {
    const fn new(reader: ValueReader) -> Self {
        Self { reader, pending: Bytes::new() }
    }

    /// The number of bytes.
    pub fn len(&self) -> u64 {
        self.reader.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.reader.is_empty()
    }

    /// Moves to byte `position`; behind the end nothing is left.
    pub fn seek_to(&mut self, position: u64) {
        self.pending.clear();
        self.reader.seek(position);
    }

    /// What reads ranges, and is to be awaited.
    pub const fn as_async(&self) -> &ValueReader {
        &self.reader
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pending.is_empty() {
            self.pending = block_on(self.reader.next_chunk()).map_err(io::Error::other)?.unwrap_or_default();
        }
        let taken = self.pending.split_to(self.pending.len().min(buffer.len()));
        buffer[..taken.len()].copy_from_slice(&taken);
        Ok(taken.len())
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let here = self.reader.position() - self.pending.len() as u64;
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => here.checked_add_signed(by),
            SeekFrom::End(by) => self.len().checked_add_signed(by),
        };
        let before = || io::Error::new(io::ErrorKind::InvalidInput, "a place before the first byte");
        let position = position.ok_or_else(before)?;
        self.seek_to(position);
        Ok(position)
    }
}
