//! What is stored where a key is to be written.

use larder_core::books::{Found, Writing};
use larder_core::disk::Condition;
use larder_core::entry::Version;
use larder_core::key::{Digest, Key};
use larder_core::{ErrorKind, Result};
use object_store::PutMode;

use crate::bucket::{Content, Seen};
use crate::disk::Inner;
use crate::read::found;
use crate::stamps::Stamp;

pub(super) enum There {
    Nothing,
    /// An entry was removed under a condition.
    Tombstone(Stamp),
    /// The key's entry.
    Entry(Found, Stamp),
    /// The entry of another key with the same digest, which a put may forget.
    Another(Stamp),
    /// No frame that can be read; its version, if the books know it.
    Damaged(Option<Version>, Stamp),
}

impl There {
    /// What `seen` is to a writer of `key`; `known` is the version that the books have.
    pub(super) fn of(key: &Key, seen: Option<Seen>, known: Option<Version>) -> Result<Self> {
        let Some(Seen { stamp, length, content, .. }) = seen else { return Ok(Self::Nothing) };
        match content {
            Ok(Content::Tombstone(_)) => Ok(Self::Tombstone(stamp)),
            Ok(Content::Entry(head)) if head.key != key.as_bytes() => Ok(Self::Another(stamp)),
            Ok(Content::Entry(head)) => Ok(Self::Entry(found(key, &head.meta, length, 0), stamp)),
            Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Format) => {
                Ok(Self::Damaged(known.filter(|known| *known != Version::from_bits(0)), stamp))
            }
            Err(error) => Err(error),
        }
    }

    /// How to write where `condition` holds, by the stamp if the store `compares`; otherwise the version that is stored.
    pub(super) fn admits(&self, condition: Condition, compares: bool) -> Result<PutMode, Option<Version>> {
        let replacing =
            |stamp: &Stamp| if compares { PutMode::Update(stamp.clone()) } else { PutMode::Overwrite };
        match (condition, self) {
            (Condition::Always, _) => Ok(PutMode::Overwrite),
            (Condition::Absent, Self::Nothing) => Ok(PutMode::Create),
            (Condition::Absent, Self::Tombstone(stamp) | Self::Another(stamp)) => Ok(replacing(stamp)),
            (Condition::Is(at), Self::Entry(_, stamp) | Self::Damaged(_, stamp))
                if self.version() == Some(at) =>
            {
                Ok(replacing(stamp))
            }
            _ => Err(self.version()),
        }
    }

    pub(super) const fn version(&self) -> Option<Version> {
        match self {
            Self::Entry(found, _) => Some(found.version),
            Self::Damaged(version, _) => *version,
            Self::Nothing | Self::Tombstone(_) | Self::Another(_) => None,
        }
    }
}

impl Inner {
    /// What is stored where `key` is to be written; the books learn it where they had not read it.
    ///
    /// Asks the store unless the books of a store of one's own know that there is nothing.
    pub(super) async fn there(&self, key: &Key, writing: &Writing<Digest>) -> Result<There> {
        let known = writing.current();
        if known.is_none() && !self.is_shared() {
            return Ok(There::Nothing);
        }
        let seen = self.bucket.head(key.digest()).await?;
        let there = There::of(key, seen, known.map(|known| known.version))?;
        if let (There::Entry(found, _), Some(known)) = (&there, known) {
            // Only what was entered unread is learnt; the place is taken, so nothing else is to be.
            self.books.learn(known.id, found.clone());
        }
        Ok(there)
    }
}
