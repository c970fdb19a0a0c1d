//! From a draft to a frame in memory, admitted chunk by chunk.

use bytes::Bytes;
use larder_core::Result;
use larder_core::books::{Admission, Writing};
use larder_core::disk::{Condition, Put, Room};
use larder_core::entry::{Meta, Source};
use larder_core::frame::{self, Writer};
use larder_core::key::{Digest, Key};
use object_store::PutPayload;

/// The frame of an entry that is admitted, or the answer to its put.
///
/// A stream is admitted before each chunk is kept, so that one without end stops at the limit.
///
/// # Errors
///
/// Those of the source and of the room.
pub(super) async fn frame(
    key: &Key,
    meta: &Meta,
    source: &mut Source,
    writing: &mut Writing<Digest>,
    room: &dyn Room,
) -> Result<Result<PutPayload, Put>> {
    let mut length = source.len().unwrap_or(0);
    if let Some(refused) = refusal(writing, frame::weight(key.as_bytes(), meta, length), room).await? {
        return Ok(Err(refused));
    }
    if let Source::Whole(body) = source {
        return Ok(Ok(frame::encode(key.as_bytes(), meta, body).into()));
    }
    let (mut writer, head) = Writer::new(key.as_bytes(), meta);
    let mut pieces: Vec<Bytes> = vec![head];
    while let Some(chunk) = source.chunk().await? {
        length = length.saturating_add(chunk.len() as u64);
        if let Some(refused) = refusal(writing, frame::weight(key.as_bytes(), meta, length), room).await? {
            return Ok(Err(refused));
        }
        let mut rest = &chunk[..];
        while let Some(piece) = writer.feed(&mut rest) {
            pieces.push(piece);
        }
    }
    pieces.push(writer.finish());
    Ok(Ok(pieces.into_iter().collect()))
}

/// What a put of `size` is refused with, if it is. The condition was checked before.
async fn refusal(writing: &mut Writing<Digest>, size: u64, room: &dyn Room) -> Result<Option<Put>> {
    match writing.admit(size, Condition::Always, room).await? {
        Admission::Granted => Ok(None),
        Admission::Not(refused) => Ok(Some(refused)),
    }
}
