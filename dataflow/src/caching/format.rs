//! The names of formats that results are asked to be stored in.

use std::any::TypeId;

use larder::{Bytes, Format};

use crate::error::{Error, ErrorKind, Result};
use crate::kind::Kind;

const KNOWN: [(&str, Format); 5] = [
    ("json", Format::Json),
    ("messagepack", Format::MessagePack),
    ("postcard", Format::Postcard),
    ("raw", Format::Raw),
    ("bytes", Format::Raw),
];

/// The format of larder that has this name, for values of this type.
///
/// # Errors
///
/// [`Graph`](ErrorKind::Graph) for another name, with those that are known, and for a type that it does not hold, with both.
pub(super) fn format_of(name: &str, kind: Kind) -> Result<Format> {
    let found = KNOWN.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
    let format = found.ok_or_else(|| unknown(name, &KNOWN.map(|(known, _)| known)))?;
    if holds(format, kind) { Ok(format) } else { Err(unsupported(name, kind)) }
}

/// Whether values of this type can be written in this format.
pub(super) fn holds(format: Format, kind: Kind) -> bool {
    let is_raw = || {
        let raw = [
            TypeId::of::<Bytes>(),
            TypeId::of::<Vec<u8>>(),
            TypeId::of::<Box<[u8]>>(),
            TypeId::of::<String>(),
        ];
        raw.contains(&kind.id())
    };
    kind.is_kept() && (format != Format::Raw || is_raw())
}

pub(super) fn unknown(name: &str, known: &[&str]) -> Error {
    let mut message = larder_core::near::unknown("format of results", name, known);
    if ["csv", "parquet", "feather"].contains(&name) {
        message.push_str("; that of a file is there with `CachingBuilder::files` and the feature `arrow`");
    }
    Error::new(ErrorKind::Graph, message)
}

pub(super) fn unsupported(name: &str, kind: Kind) -> Error {
    Error::new(ErrorKind::Graph, format!("the format `{name}` does not hold values of type {}", kind.name()))
}
