//! Values on a disk: serialization and persistence together, for those who need no cache.

use std::future::Future;
use std::sync::Arc;

use super::{Access, Condition, Disk, Put, Room};
use crate::codec::Codecs;
use crate::entry::{Draft, Meta, Source};
use crate::error::Result;
use crate::key::Key;
use crate::random::Random;
use crate::time::Time;

/// Typed values on any disk, `dyn Disk` included.
pub trait DiskExt: Disk {
    /// The value at `key`, live or dead, with its metadata.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Disk::get), and [`Decode`](crate::ErrorKind::Decode) or [`Format`](crate::ErrorKind::Format)
    /// for an entry that these codecs do not read.
    fn load<V: Send + Sync + 'static>(
        &self,
        key: &Key,
        codecs: &Codecs<V>,
        access: Access,
    ) -> impl Future<Output = Result<Option<(V, Arc<Meta>)>>> + Send {
        async move {
            let Some(entry) = self.get(key, access).await? else { return Ok(None) };
            let body = entry.body.into_bytes().await?;
            let value =
                codecs.decode(&entry.meta, body).map_err(|unreadable| unreadable.into_error().of(key))?;
            Ok(Some((value, entry.meta)))
        }
    }

    /// Keeps `value` at `key` where `condition` holds, with an endless life and no tags.
    ///
    /// # Errors
    ///
    /// Those of [`put`](Disk::put), and [`Encode`](crate::ErrorKind::Encode) for a value that the codec cannot hold:
    /// nothing is changed.
    fn store<V: Send + Sync + 'static>(
        &self,
        key: &Key,
        value: &V,
        codecs: &Codecs<V>,
        stamp: Stamp<'_>,
        condition: Condition,
    ) -> impl Future<Output = Result<Put>> + Send {
        async move {
            let encoded = codecs.encode(value).map_err(|error| error.of(key))?;
            let meta = Arc::new(encoded.meta(stamp.random, stamp.now));
            let draft = Draft { meta, source: Source::Whole(encoded.body), word: 0 };
            self.put(key, draft, condition, stamp.room).await
        }
    }
}

impl<D: Disk + ?Sized> DiskExt for D {}

/// What a write is stamped with, and where its room comes from.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "a room has nothing to show")]
pub struct Stamp<'a> {
    /// The time of the write.
    pub now: Time,
    /// Draws its version.
    pub random: &'a dyn Random,
    /// Makes room for it.
    pub room: &'a dyn Room,
}
