//! Codecs: how values become the bodies of entries, and back.
//!
//! A codec is a format and a compression; both are recorded by name in each entry, so entries of several codecs
//! live side by side and stay readable after the configuration changes. Reading is limited in size and depth, and
//! what a codec cannot hold is refused when it is written: never read back as another value.

mod branches;
mod canonical;
mod compression;
mod format;
mod limited;
mod raw;
mod strict;
mod verified;

use std::any::TypeId;
use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::entry::{Fingerprint, Meta, Name};
use crate::error::{Error, ErrorKind, Result};
use crate::random::Random;
use crate::time::Time;

pub use compression::Compression;
pub use format::Format;

use verified::Verified;

/// Turns values into bytes and back, under a name that entries record.
///
/// Implement it to bring a format of your own, and give it to [`Codecs::only`] or [`Codecs::also_reads`]. What
/// `decode` makes of the bytes that `encode` made must equal the value; bytes that it does not know, from a damaged
/// or hostile entry, must be an error and never a panic.
pub trait Codec<V>: Debug + Send + Sync + 'static {
    /// The name that entries record; it must not change, nor be that of another format.
    fn name(&self) -> &str;

    /// The bytes of `value`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Encode`] for a value that this format cannot hold.
    fn encode(&self, value: &V) -> Result<Bytes>;

    /// The bytes of `value`, if [`decode`](Codec::decode) reads them within `limits`. Caches write with this.
    ///
    /// By default it looks at the number of bytes. A codec that also limits the depth or the number of elements
    /// when it decodes checks these here.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Encode`] for a value that this format cannot hold, or one beyond the limits.
    fn encode_within(&self, value: &V, limits: &Limits) -> Result<Bytes> {
        limits.fit(self.encode(value)?)
    }

    /// The value whose bytes these are.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] when they are no such value, or one beyond the limits.
    fn decode(&self, body: &Bytes, limits: &Limits) -> Result<V>;
}

/// How much a body may become when it is decoded. A value beyond the limits is refused when it is written, so what a
/// cache stores it can also read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes after decompression, and elements of sequences and maps: 1 GiB unless told otherwise.
    pub max_decoded: u64,
    /// Levels of sequences, maps, options, newtypes and enums within each other: 128 at most, and
    /// no built-in format writes more.
    pub max_depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_decoded: 1 << 30, max_depth: limited::DEEPEST }
    }
}

impl Limits {
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] when `bytes` are more than the limit.
    fn admit(&self, bytes: u64) -> Result<()> {
        if bytes <= self.max_decoded {
            return Ok(());
        }
        let message = format!("a value of {bytes} bytes and more, which may have {}", self.max_decoded);
        Err(Error::new(ErrorKind::Decode, message))
    }

    /// Returns `body` if it is short enough to be read.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Encode`] when it is longer than the limit.
    fn fit(&self, body: Bytes) -> Result<Bytes> {
        if body.len() as u64 <= self.max_decoded {
            return Ok(body);
        }
        Err(self.too_large(body.len() as u64))
    }

    /// The error for a value of `bytes`, which may be more than were counted.
    pub(crate) fn too_large(&self, bytes: u64) -> Error {
        let message = format!(
            "the value has {bytes} bytes or more, and this cache reads at most {}: raise `max_decoded` in the \
             `limits` of the cache to store it",
            self.max_decoded
        );
        Error::new(ErrorKind::Encode, message)
    }

    /// The error for a value with too many elements.
    fn too_many(&self) -> Error {
        let message = format!(
            "the value has more than the {} elements that this cache reads: raise `max_decoded` in the `limits` of \
             the cache to store it",
            self.max_decoded
        );
        Error::new(ErrorKind::Encode, message)
    }

    /// The error for a value that is nested in more than `levels`.
    fn too_deep(&self, levels: u32) -> Error {
        let message = format!("the value is nested in more than {levels} levels, which would not be read");
        let hint = if self.max_depth < limited::DEEPEST {
            ": raise `max_depth` in the `limits` of the cache"
        } else {
            ""
        };
        Error::new(ErrorKind::Encode, message + hint)
    }
}

/// A value as an entry keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The name of the format.
    pub format: Name,
    /// The name of the compression: `none` where it would not have shrunk the body.
    pub compression: Name,
    /// The shape of the type, where one was given.
    pub schema: Option<Fingerprint>,
    /// The bytes.
    pub body: Bytes,
}

impl Encoded {
    /// Metadata for a new write of this value at `now`.
    pub fn meta(&self, random: &dyn Random, now: Time) -> Meta {
        Meta { schema: self.schema, ..Meta::new(random, now, self.format.clone(), self.compression.clone()) }
    }
}

/// Why an entry could not be turned into a value.
#[derive(Debug)]
pub enum Unreadable {
    /// The entry was written with a format or a compression of this name, which is not known here.
    Codec(Name),
    /// The entry was written for another shape of the type.
    Schema {
        /// The fingerprint that the entry has.
        found: Option<Fingerprint>,
    },
    /// The bytes are no such value.
    Damaged(Error),
}

impl Unreadable {
    /// The error that a strict cache returns: [`ErrorKind::Format`] for an unknown codec, [`ErrorKind::Decode`]
    /// otherwise.
    pub fn into_error(self) -> Error {
        match self {
            Self::Codec(name) => Error::new(
                ErrorKind::Format,
                format!("the entry has the codec `{name}`, which is not known here"),
            ),
            Self::Schema { .. } => Error::new(ErrorKind::Decode, "the entry was written for another schema"),
            Self::Damaged(error) => error,
        }
    }
}

/// What a cache writes with, and all that it can read.
///
/// ```
/// use larder_core::codec::{Codecs, Compression, Format};
/// use larder_core::entry::Meta;
/// use larder_core::random::Seeded;
/// use larder_core::time::Time;
///
/// let codecs: Codecs<Vec<u32>> = Codecs::serde(Format::Json).compressed(Compression::ZSTD);
/// codecs.check()?;
/// let encoded = codecs.encode(&vec![7; 1000])?;
/// assert_eq!((&encoded.format[..], &encoded.compression[..]), ("json", "zstd"));
///
/// let meta = Meta::new(&Seeded::new(1), Time::EPOCH, encoded.format, encoded.compression);
/// let later: Codecs<Vec<u32>> = Codecs::serde(Format::MessagePack);
/// assert_eq!(later.decode(&meta, encoded.body).map_err(|why| why.into_error())?, vec![7; 1000]);
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Codecs<V> {
    write: Arc<dyn Codec<V>>,
    built_in: Option<Format>,
    read: Vec<Arc<dyn Codec<V>>>,
    compression: Compression,
    schema: Option<Fingerprint>,
    limits: Limits,
}

// Derived, it would ask for `V: Clone`.
impl<V> Clone for Codecs<V> {
    fn clone(&self) -> Self {
        Self { write: Arc::clone(&self.write), read: self.read.clone(), ..*self }
    }
}

impl<V: Serialize + DeserializeOwned + 'static> Codecs<V> {
    /// Writes in `format` and reads every built-in format.
    pub fn serde(format: Format) -> Self {
        let read = Format::ALL.iter().map(|format| Arc::new(*format) as Arc<dyn Codec<V>>).collect();
        Self { built_in: Some(format), read, ..Self::only(Arc::new(Verified::new(format))) }
    }
}

impl<V: 'static> Codecs<V> {
    /// Writes and reads with `codec`, for values of any type.
    pub fn only(codec: Arc<dyn Codec<V>>) -> Self {
        Self {
            write: codec,
            built_in: None,
            read: Vec::new(),
            compression: Compression::None,
            schema: None,
            limits: Limits::default(),
        }
    }

    /// Reads entries of `codec` as well; of two codecs with one name, the one that writes or came first.
    #[must_use]
    pub fn also_reads(mut self, codec: Arc<dyn Codec<V>>) -> Self {
        self.read.push(codec);
        self
    }

    /// Compresses what is written; every built-in compression is read in any case.
    #[must_use]
    pub fn compressed(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Records the shape of the type, and takes entries of any other shape for unreadable.
    #[must_use]
    pub fn schema(mut self, schema: Fingerprint) -> Self {
        self.schema = Some(schema);
        self
    }

    /// The shape of the type, where one was given.
    pub const fn fingerprint(&self) -> Option<Fingerprint> {
        self.schema
    }

    /// How much is read and written at most.
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether these codecs read what is streamed, which is stored as `raw`.
    pub(crate) fn reads_streams(&self) -> bool {
        let mut codecs = std::iter::once(&self.write).chain(&self.read);
        raw::holds::<V>() && codecs.any(|codec| codec.name() == Format::Raw.name())
    }

    /// Whether the values are text.
    pub(crate) fn are_text() -> bool {
        TypeId::of::<V>() == TypeId::of::<String>()
    }

    /// Limits what is read, and what is written.
    #[must_use]
    pub fn limited(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Tells whether these codecs fit the type; ask before a cache is opened with them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for a format without field names and without a schema fingerprint, for `raw` where
    /// the values are neither bytes nor text, and for a level that zstd does not have.
    pub fn check(&self) -> Result<()> {
        let invalid = |message: String| Err(Error::new(ErrorKind::Invalid, message));
        if let Compression::Zstd { level } = self.compression
            && !(1..=22).contains(&level)
        {
            return invalid(format!("zstd has no level {level}, levels are 1 to 22"));
        }
        match self.built_in {
            Some(Format::Raw) if !raw::holds::<V>() => {
                invalid("raw holds bytes and text, and the values are neither".to_owned())
            }
            Some(format) if !format.has_field_names() && self.schema.is_none() => {
                invalid(format!("{format} has no field names, so it needs a schema fingerprint"))
            }
            _ => Ok(()),
        }
    }

    /// The value as an entry keeps it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Encode`] for a value that the format cannot hold, or one beyond the limits.
    pub fn encode(&self, value: &V) -> Result<Encoded> {
        let body = self.write.encode_within(value, &self.limits)?;
        let (compression, body) = match self.compression.compress(&body) {
            Some(compressed) => (self.compression, compressed),
            None => (Compression::None, body),
        };
        let format = self
            .built_in
            .map_or_else(|| Cow::Owned(self.write.name().to_owned()), |format| Cow::Borrowed(format.name()));
        Ok(Encoded { format, compression: Cow::Borrowed(compression.name()), schema: self.schema, body })
    }

    /// Whether the body is the value, and this is what is written here: then nobody else need be asked.
    #[inline]
    fn is_as_it_is(&self, meta: &Meta) -> bool {
        self.built_in == Some(Format::Raw)
            && meta.format == Format::Raw.name()
            && meta.compression == Compression::None.name()
            && meta.schema == self.schema
    }

    /// Checks format, compression and schema of an entry, without its body.
    ///
    /// # Errors
    ///
    /// [`Unreadable::Codec`] or [`Unreadable::Schema`] if [`decode`](Codecs::decode) would return it.
    pub fn reads(&self, meta: &Meta) -> Result<(), Unreadable> {
        let mut codecs = std::iter::once(&self.write).chain(&self.read);
        if !codecs.any(|codec| codec.name() == meta.format) {
            return Err(Unreadable::Codec(meta.format.clone()));
        }
        if Compression::named(&meta.compression).is_none() {
            return Err(Unreadable::Codec(meta.compression.clone()));
        }
        if meta.schema != self.schema {
            return Err(Unreadable::Schema { found: meta.schema });
        }
        Ok(())
    }

    /// The value of an entry.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] tells why there is none; to a cache that is a miss with a reason.
    pub fn decode(&self, meta: &Meta, body: Bytes) -> Result<V, Unreadable> {
        if self.is_as_it_is(meta) {
            let admitted = self.limits.admit(body.len() as u64);
            return admitted.and_then(|()| raw::decode(body)).map_err(Unreadable::Damaged);
        }
        let codecs = std::iter::once(&self.write).chain(&self.read);
        let codec = codecs.into_iter().find(|codec| codec.name() == meta.format);
        let codec = codec.ok_or_else(|| Unreadable::Codec(meta.format.clone()))?;
        let compression = Compression::named(&meta.compression)
            .ok_or_else(|| Unreadable::Codec(meta.compression.clone()))?;
        if meta.schema != self.schema {
            return Err(Unreadable::Schema { found: meta.schema });
        }
        let plain = match compression {
            Compression::None => body,
            compression => compression.decompress(&body, &self.limits).map_err(Unreadable::Damaged)?,
        };
        codec.decode(&plain, &self.limits).map_err(Unreadable::Damaged)
    }
}
