//! The formats that are built in: each turns a serde value into bytes and back.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};

use super::branches::Trace;
use super::limited::{Budget, DEEPEST, Seed};
use super::strict::{self, Strict};
use super::verified::Refused;
use super::{Codec, Limits, raw, verified};
use crate::error::{Error, ErrorKind, Result};
use crate::near;

/// A built-in format.
///
/// A value that a format cannot give back is refused when it is written: JSON has no NaN, no infinities and only text
/// as keys of maps; JSON and `MessagePack` have no option within an option; postcard and bincode have no skipped
/// fields and no untagged, internally tagged or flattened types. [`encode`](Codec::encode) decodes and compares each
/// value. A cache does so for the first values of a handle, a sample of later ones, and those of a new form.
///
/// ```
/// use larder_core::codec::{Codec, Format, Limits};
///
/// let format: Format = "json".parse()?;
/// let body = format.encode(&vec![1, 2, 3])?;
/// assert_eq!(&body[..], b"[1,2,3]");
/// let value: Vec<u32> = format.decode(&body, &Limits::default())?;
/// assert_eq!(value, [1, 2, 3]);
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Text that people and other programs read; nested at most 127 deep.
    Json,
    /// Binary, with the names of fields.
    MessagePack,
    /// Binary and compact, without the names of fields: needs a schema fingerprint.
    Postcard,
    /// The bytes of [`Bytes`], `Vec<u8>`, `Box<[u8]>` or `String`, untouched; without a copy for [`Bytes`].
    Raw,
    /// Binary, without the names of fields: needs a schema fingerprint. Version 2 of the format, its standard
    /// configuration.
    #[cfg(feature = "bincode")]
    Bincode,
}

impl Format {
    /// Every format of this build.
    pub const ALL: &[Self] = &[
        Self::Json,
        Self::MessagePack,
        Self::Postcard,
        Self::Raw,
        #[cfg(feature = "bincode")]
        Self::Bincode,
    ];

    /// The name that settings and entries give it.
    // By value it would lose to `Codec::name` where the receiver is a `&Format`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::MessagePack => "messagepack",
            Self::Postcard => "postcard",
            Self::Raw => "raw",
            #[cfg(feature = "bincode")]
            Self::Bincode => "bincode",
        }
    }

    /// Whether the bytes tell the names of fields, so that another type is seen without a fingerprint.
    pub const fn has_field_names(self) -> bool {
        match self {
            Self::Json | Self::MessagePack => true,
            // Raw bytes are the same whatever they are taken for.
            Self::Raw => true,
            Self::Postcard => false,
            #[cfg(feature = "bincode")]
            Self::Bincode => false,
        }
    }

    /// How many levels this format reads at most.
    fn max_depth(self) -> u32 {
        match self {
            // serde_json refuses to read its 128th level.
            Self::Json => DEEPEST - 1,
            _ => DEEPEST,
        }
    }

    /// The bytes of `value`, which are neither more nor deeper than `limits` allow to read; `trace` keeps which
    /// branches it takes.
    ///
    /// # Errors
    ///
    /// [`Refused`] for a value that this format does not hold, or one beyond the limits.
    pub(super) fn write<V>(self, value: &V, limits: &Limits, trace: &Trace<'_>) -> Result<Bytes, Refused>
    where
        V: Serialize + 'static,
    {
        let depth = self.max_depth().min(limits.max_depth);
        let levels = u8::try_from(depth).expect("no format has more than 128 levels");
        let refused = |error: Box<dyn std::error::Error + Send + Sync>| match trace.refusal() {
            Some(strict::TOO_DEEP) => Refused::Limits(limits.too_deep(depth)),
            Some(reason) => Refused::Format(self.refuses(reason)),
            None => Refused::Format(self.refuses("the serializer failed").because(error)),
        };
        let body = match self {
            Self::Json => serde_json::to_vec(&Strict::<strict::Json, _>::new(value, levels, trace))
                .map_err(|error| refused(error.into()))?
                .into(),
            Self::MessagePack => {
                rmp_serde::to_vec_named(&Strict::<strict::OneNull, _>::new(value, levels, trace))
                    .map_err(|error| refused(error.into()))?
                    .into()
            }
            Self::Postcard => {
                postcard::to_stdvec(&Strict::<strict::Positional, _>::new(value, levels, trace))
                    .map_err(|error| refused(error.into()))?
                    .into()
            }
            Self::Raw => raw::encode(value).map_err(Refused::Format)?,
            #[cfg(feature = "bincode")]
            Self::Bincode => bincode::serde::encode_to_vec(
                Strict::<strict::Positional, _>::new(value, levels, trace),
                bincode::config::standard(),
            )
            .map_err(|error| refused(error.into()))?
            .into(),
        };
        limits.fit(body).map_err(Refused::Limits)
    }

    /// The error for a value that this format does not hold.
    pub(super) fn refuses(self, reason: impl fmt::Display) -> Error {
        Error::new(ErrorKind::Encode, format!("the value cannot be written as {self}: {reason}"))
    }

    /// The value whose bytes these are, within `budget`.
    pub(super) fn read<V: DeserializeOwned + 'static>(self, body: &Bytes, budget: &Budget) -> Result<V> {
        let seed = Seed::<V>::new(budget);
        match self {
            Self::Json => {
                let mut json = serde_json::Deserializer::from_slice(body);
                let value = seed.deserialize(&mut json).map_err(|error| damaged(self, error))?;
                json.end().map_err(|error| damaged(self, error))?;
                Ok(value)
            }
            Self::MessagePack => {
                let mut pack = rmp_serde::Deserializer::new(std::io::Cursor::new(&body[..]));
                pack.set_max_depth(usize::MAX);
                let value = seed.deserialize(&mut pack).map_err(|error| damaged(self, error))?;
                ended(self, body.len() as u64 == pack.position()).map(|()| value)
            }
            Self::Postcard => {
                let mut card = postcard::Deserializer::from_bytes(body);
                let value = seed.deserialize(&mut card).map_err(|error| damaged(self, error))?;
                let rest = card.finalize().map_err(|error| damaged(self, error))?;
                ended(self, rest.is_empty()).map(|()| value)
            }
            Self::Raw => raw::decode(body.clone()),
            #[cfg(feature = "bincode")]
            Self::Bincode => {
                let config = bincode::config::standard();
                let (value, read) = bincode::serde::seed_decode_from_slice(seed, body, config)
                    .map_err(|error| damaged(self, error))?;
                ended(self, read == body.len()).map(|()| value)
            }
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for an unknown name, with what is known and what is near.
    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|format| format.name() == text);
        found.copied().ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(Self::name).collect();
            let mut message = near::unknown("serializer", text, &known);
            if text == "bincode" {
                message.push_str("; `bincode` is a feature that this build does not have");
            }
            Error::new(ErrorKind::Invalid, message)
        })
    }
}

impl<V: Serialize + DeserializeOwned + 'static> Codec<V> for Format {
    fn name(&self) -> &str {
        Self::name(self)
    }

    fn encode(&self, value: &V) -> Result<Bytes> {
        self.encode_within(value, &Limits::default())
    }

    fn encode_within(&self, value: &V, limits: &Limits) -> Result<Bytes> {
        verified::encode(*self, value, limits)
    }

    fn decode(&self, body: &Bytes, limits: &Limits) -> Result<V> {
        limits.admit(body.len() as u64)?;
        self.read(body, &Budget::new(*limits))
    }
}

fn damaged(format: Format, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Decode, format!("the bytes are no such value in {format}")).because(error)
}

fn ended(format: Format, ended: bool) -> Result<()> {
    if ended {
        Ok(())
    } else {
        Err(Error::new(ErrorKind::Decode, format!("bytes behind the value in {format}")))
    }
}
