//! The compressions that are built in.
//!
//! A body that does not shrink is kept as it is. Nothing that a compressed body claims about its size is trusted:
//! what comes out is bounded before it is made.

use std::cell::RefCell;
use std::fmt;
use std::io::Read;
use std::str::FromStr;

use bytes::Bytes;

use super::Limits;
use crate::error::{Error, ErrorKind, Result};
use crate::near;

/// How bodies are made smaller.
///
/// ```
/// use larder_core::Bytes;
/// use larder_core::codec::{Compression, Limits};
///
/// let compression: Compression = "zstd:7".parse()?;
/// let long = Bytes::from(vec![7; 10_000]);
/// let short = compression.compress(&long).expect("it shrinks");
/// assert!(short.len() < 100);
/// assert_eq!(compression.decompress(&short, &Limits::default())?, long);
/// assert_eq!(compression.compress(&Bytes::from_static(b"too short")), None);
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// Zstandard.
    Zstd {
        /// From 1, the fastest, to 22, the smallest.
        level: i32,
    },
    /// LZ4, a block behind its length: fast, and larger than zstd.
    Lz4,
}

/// The most that LZ4 and a short run of zstd make of a byte: a size beyond is a claim, not a size.
const PLAUSIBLE: usize = 255;

impl Compression {
    /// The level of zstd where none is given.
    pub const DEFAULT_LEVEL: i32 = 3;
    /// Zstandard at [`DEFAULT_LEVEL`](Self::DEFAULT_LEVEL).
    pub const ZSTD: Self = Self::Zstd { level: Self::DEFAULT_LEVEL };

    /// The name that settings and entries give it; the level is not part of it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Zstd { .. } => "zstd",
            Self::Lz4 => "lz4",
        }
    }

    /// The compression that entries with this name were written with, at any level.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::None, Self::ZSTD, Self::Lz4].into_iter().find(|compression| compression.name() == name)
    }

    /// The compressed bytes, or `None` where that is not smaller.
    pub fn compress(self, bytes: &Bytes) -> Option<Bytes> {
        let compressed = match self {
            Self::None => return None,
            // A compressor that fails leaves the body as it is, which is always right.
            Self::Zstd { level } => compress_zstd(bytes, level).ok()?,
            // The length before the block has 32 bits.
            Self::Lz4 if u32::try_from(bytes.len()).is_err() => return None,
            Self::Lz4 => lz4_flex::block::compress_prepend_size(bytes),
        };
        (compressed.len() < bytes.len()).then(|| Bytes::from(compressed))
    }

    /// The bytes that were compressed, if they are within the limits.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] when the bytes are damaged, or would be more than the limits admit.
    pub fn decompress(self, bytes: &Bytes, limits: &Limits) -> Result<Bytes> {
        match self {
            Self::None => Ok(bytes.clone()),
            Self::Zstd { .. } => decompress_zstd(bytes, limits),
            Self::Lz4 => decompress_lz4(bytes, limits),
        }
    }
}

fn damaged(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Decode, "the compressed bytes are damaged").because(error)
}

fn compress_zstd(bytes: &[u8], level: i32) -> std::io::Result<Vec<u8>> {
    thread_local! {
        // A context is some hundred kilobytes that are dear to set up: one a thread, and the level it has.
        static CONTEXT: RefCell<Option<(i32, zstd::bulk::Compressor<'static>)>> = const { RefCell::new(None) };
    }
    CONTEXT.with_borrow_mut(|context| {
        if context.as_ref().is_none_or(|(at, _)| *at != level) {
            *context = Some((level, zstd::bulk::Compressor::new(level)?));
        }
        let (_, compressor) = context.as_mut().expect("it was just made");
        compressor.compress(bytes)
    })
}

fn decompress_zstd(bytes: &Bytes, limits: &Limits) -> Result<Bytes> {
    thread_local! {
        static CONTEXT: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
    }
    let claimed = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten();
    limits.admit(claimed.unwrap_or(0))?;
    let plausible = claimed
        .and_then(|size| usize::try_from(size).ok())
        .filter(|size| *size <= bytes.len().saturating_mul(PLAUSIBLE));
    let Some(size) = plausible else { return stream_zstd(bytes, limits) };
    let out = CONTEXT.with_borrow_mut(|context| {
        if context.is_none() {
            *context = Some(zstd::bulk::Decompressor::new()?);
        }
        context.as_mut().expect("it was just made").decompress(bytes, size)
    });
    out.map(Bytes::from).map_err(damaged)
}

/// Decompresses without a size to rely on, and stops at the limit.
fn stream_zstd(bytes: &Bytes, limits: &Limits) -> Result<Bytes> {
    let mut out = Vec::new();
    let decoder = zstd::stream::read::Decoder::with_buffer(&bytes[..]).map_err(damaged)?;
    decoder.take(limits.max_decoded.saturating_add(1)).read_to_end(&mut out).map_err(damaged)?;
    limits.admit(out.len() as u64)?;
    Ok(Bytes::from(out))
}

fn decompress_lz4(bytes: &Bytes, limits: &Limits) -> Result<Bytes> {
    let (size, block) = lz4_flex::block::uncompressed_size(bytes).map_err(damaged)?;
    limits.admit(size as u64)?;
    if size > block.len().saturating_mul(PLAUSIBLE) {
        return Err(Error::new(ErrorKind::Decode, "the compressed bytes claim more than they can hold"));
    }
    let out = lz4_flex::block::decompress(block, size).map_err(damaged)?;
    if out.len() != size {
        return Err(Error::new(ErrorKind::Decode, "the compressed bytes hold less than they claim"));
    }
    Ok(Bytes::from(out))
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zstd { level } => write!(f, "zstd:{level}"),
            other => f.write_str(other.name()),
        }
    }
}

impl FromStr for Compression {
    type Err = Error;

    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for an unknown name, or a level that zstd does not have.
    fn from_str(text: &str) -> Result<Self> {
        match text.split_once(':') {
            Some(("zstd", level)) => {
                let level = level.parse().ok().filter(|level| (1..=22).contains(level));
                level.map(|level| Self::Zstd { level }).ok_or_else(|| {
                    Error::new(ErrorKind::Invalid, format!("`{text}`: levels of zstd are 1 to 22"))
                })
            }
            _ => Self::named(text).ok_or_else(|| {
                let known = ["none", "lz4", "zstd", "zstd:LEVEL"];
                Error::new(ErrorKind::Invalid, near::unknown("compression", text, &known))
            }),
        }
    }
}
