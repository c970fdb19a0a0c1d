//! Traces of requests, as files.
//!
//! A trace is a zstd frame of little-endian records without a header: `NAME.k8.zst` holds keys of eight bytes, and
//! every entry weighs 1; `NAME.k8s4.zst` holds keys of eight bytes and sizes of four, and an entry weighs its size.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// One request: a read that stores the entry if it misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which entry.
    pub key: u64,
    /// What it weighs.
    pub size: u64,
}

/// The requests of a trace, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The name of the file without its endings.
    pub name: String,
    /// Whether entries weigh their sizes; otherwise each weighs 1.
    pub sized: bool,
    /// The requests.
    pub requests: Vec<Request>,
}

impl Trace {
    /// Reads a trace from a file whose name tells its format.
    ///
    /// # Errors
    ///
    /// The file cannot be read, its name has no known ending, or it ends within a record.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file_name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let (name, sized) = if let Some(name) = file_name.strip_suffix(".k8.zst") {
            (name, false)
        } else if let Some(name) = file_name.strip_suffix(".k8s4.zst") {
            (name, true)
        } else {
            let message = format!("{}: a trace is called NAME.k8.zst or NAME.k8s4.zst", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        };
        let mut bytes = Vec::new();
        zstd::stream::read::Decoder::new(fs::File::open(path)?)?.read_to_end(&mut bytes)?;
        Ok(Self { name: name.to_owned(), sized, requests: parse(&bytes, sized)? })
    }

    /// The capacity that is `fraction` of the [footprint](Trace::footprint), rounded down.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        reason = "a share of a sum that a float holds exactly"
    )]
    pub fn share(&self, fraction: f64) -> u64 {
        (self.footprint() as f64 * fraction).floor() as u64
    }

    /// What all distinct entries weigh together.
    pub fn footprint(&self) -> u64 {
        let mut keys: Vec<(u64, u64)> =
            self.requests.iter().map(|request| (request.key, request.size)).collect();
        keys.sort_unstable();
        keys.dedup_by_key(|(key, _)| *key);
        keys.iter().map(|(_, size)| size).sum()
    }
}

fn parse(bytes: &[u8], sized: bool) -> io::Result<Vec<Request>> {
    let (keys, rest) = if sized {
        let (records, rest) = bytes.as_chunks::<12>();
        let request = |[a, b, c, d, e, f, g, h, size @ ..]: &[u8; 12]| Request {
            key: u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
            size: u32::from_le_bytes(*size).into(),
        };
        (records.iter().map(request).collect(), rest)
    } else {
        let (records, rest) = bytes.as_chunks::<8>();
        (records.iter().map(|key| Request { key: u64::from_le_bytes(*key), size: 1 }).collect(), rest)
    };
    if rest.is_empty() {
        Ok(keys)
    } else {
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the trace ends within a record"))
    }
}
