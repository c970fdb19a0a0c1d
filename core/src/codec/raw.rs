//! Bytes and text as they are.
//!
//! The types are known by `Any`, without specialization and without unsafe; the price is that the list is closed.

use std::any::{Any, TypeId};

use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};

/// Whether a `V` is bytes or text.
pub(super) fn holds<V: 'static>() -> bool {
    let known =
        [TypeId::of::<Bytes>(), TypeId::of::<Vec<u8>>(), TypeId::of::<Box<[u8]>>(), TypeId::of::<String>()];
    known.contains(&TypeId::of::<V>())
}

/// The bytes of `value`: shared if it is [`Bytes`], copied otherwise.
pub(super) fn encode<V: 'static>(value: &V) -> Result<Bytes> {
    let value: &dyn Any = value;
    if let Some(bytes) = value.downcast_ref::<Bytes>() {
        return Ok(bytes.clone());
    }
    let slice = value
        .downcast_ref::<Vec<u8>>()
        .map(Vec::as_slice)
        .or_else(|| value.downcast_ref::<Box<[u8]>>().map(|bytes| &bytes[..]))
        .or_else(|| value.downcast_ref::<String>().map(String::as_bytes));
    slice.map(Bytes::copy_from_slice).ok_or_else(|| other(ErrorKind::Encode))
}

/// The value whose bytes these are: the same if it is [`Bytes`], a copy otherwise.
#[inline]
pub(super) fn decode<V: 'static>(body: Bytes) -> Result<V> {
    let mut value: Option<V> = None;
    let slot: &mut dyn Any = &mut value;
    if let Some(slot) = slot.downcast_mut::<Option<Bytes>>() {
        *slot = Some(body);
    } else if let Some(slot) = slot.downcast_mut::<Option<Vec<u8>>>() {
        *slot = Some(body.to_vec());
    } else if let Some(slot) = slot.downcast_mut::<Option<Box<[u8]>>>() {
        *slot = Some(body[..].into());
    } else if let Some(slot) = slot.downcast_mut::<Option<String>>() {
        let text = std::str::from_utf8(&body)
            .map_err(|error| Error::new(ErrorKind::Decode, "the bytes are no text").because(error))?;
        *slot = Some(text.to_owned());
    }
    value.ok_or_else(|| other(ErrorKind::Decode))
}

fn other(kind: ErrorKind) -> Error {
    Error::new(kind, "raw holds bytes and text, and the value is neither")
}
