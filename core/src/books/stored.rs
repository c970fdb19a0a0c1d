//! What the books hold of one entry.

use std::sync::Arc;

use super::ledger::Share;
use super::{Found, Marks};
use crate::disk::{Brief, Id};
use crate::entry::Version;
use crate::tag::Tag;
use crate::time::Time;

/// What is known of an entry, in as few bytes as it goes: a victim is looked at once it is long out of the processor's
/// caches.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) version: Version,
    pub(super) marks: Arc<Marks>,
    hash: u64,
    pub(super) insertion: u64,
    size: u64,
    namespace: u64,
    /// When it was stored.
    at: Time,
    life: Life,
    cost: u64,
    pub(super) word: u64,
    /// Nothing, if there are none.
    labels: Option<Box<Labels>>,
}

/// How long an entry lives.
#[derive(Clone, Copy, Debug)]
enum Life {
    /// Nobody knows, nor its tags, until it is read.
    Unread,
    Endless,
    Until(Time),
}

#[derive(Debug)]
struct Labels {
    bits: u64,
    tags: Box<[Tag]>,
}

impl Stored {
    pub(super) fn new(insertion: u64, found: Found) -> Self {
        let Found { hash, size, namespace, version, stored, expires, tags, cost, word, marks, read } = found;
        let life = if read { expires.map_or(Life::Endless, Life::Until) } else { Life::Unread };
        let labelled = read && !tags.is_empty();
        let labels = labelled.then(|| {
            let bits = tags.iter().fold(0, |bits, tag| bits | tag.bits());
            Box::new(Labels { bits, tags })
        });
        Self { version, marks, hash, insertion, size, namespace, at: stored, life, cost, word, labels }
    }

    /// The entry as it is now, access data included; `id` tells where it is.
    pub(super) fn brief(&self, id: Id) -> Brief {
        let Self { version, hash, insertion, size, namespace, at: stored, cost, word, .. } = *self;
        let tags = match self.life {
            Life::Unread => u64::MAX,
            Life::Endless | Life::Until(_) => self.labels.as_ref().map_or(0, |labels| labels.bits),
        };
        Brief {
            id,
            hash,
            version,
            size,
            stored,
            accessed: self.marks.accessed(),
            expires: self.expires(),
            hits: self.marks.hits(),
            insertion,
            tags,
            namespace,
            cost,
            word,
        }
    }

    pub(super) const fn hash(&self) -> u64 {
        self.hash
    }

    pub(super) const fn share(&self) -> Share {
        Share { size: self.size, namespace: self.namespace }
    }

    /// What the index has of it: tags and expiry, or that it is unread.
    pub(super) fn indexed(&self) -> Option<(&[Tag], Option<Time>)> {
        let tags = || self.labels.as_ref().map_or(&[][..], |labels| &*labels.tags);
        (!self.is_unread()).then(|| (tags(), self.expires()))
    }

    pub(super) const fn is_unread(&self) -> bool {
        matches!(self.life, Life::Unread)
    }

    const fn expires(&self) -> Option<Time> {
        match self.life {
            Life::Unread | Life::Endless => None,
            Life::Until(expires) => Some(expires),
        }
    }

    /// Gives an entry that was read another end, or none.
    pub(super) fn expire(&mut self, expires: Option<Time>) {
        self.life = expires.map_or(Life::Endless, Life::Until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_takes_no_more_bytes_than_it_must() {
        // Thirteen words, none of them padding; that there is an entry takes none.
        assert_eq!(size_of::<Option<Stored>>(), 13 * 8);
    }
}
