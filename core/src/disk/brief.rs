//! What eviction and iteration need to know of an entry, in a fixed size.

use crate::entry::Version;
use crate::time::Time;

/// How a disk finds one of its entries again: a slot, a row. Meaningless on another disk, and guarded by the
/// version wherever something is done to the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub u64);

/// An entry in a fixed size: no key, no tags, so that a million of them are surveyed in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brief {
    /// Where the disk finds it.
    pub id: Id,
    /// The first eight bytes of the key's digest: for the memory of a policy, never for identity.
    pub hash: u64,
    /// The write that made it what it is.
    pub version: Version,
    /// What it adds to the volume: [`frame::weight`](crate::frame::weight).
    pub size: u64,
    /// When it was stored.
    pub stored: Time,
    /// The last hit, or the store. A hit never moves it back, also while the clock is behind: so what is known
    /// of an order stays true.
    pub accessed: Time,
    /// When it ceases to live; never, if `None`.
    pub expires: Option<Time>,
    /// Hits since it was stored.
    pub hits: u32,
    /// Its place in the order of insertion; kept by an overwrite, never used again.
    pub insertion: u64,
    /// The [bits](crate::tag::Tag::bits) of its tags: a filter, all ones where the disk does not know.
    pub tags: u64,
    /// The [id](crate::key::Namespace::id) of its namespace; 0 where the disk does not know.
    pub namespace: u64,
    /// Nanoseconds that its value took to compute; 0 where unknown.
    pub cost: u64,
    /// What the policy wrote down about it: queue, priority. 0 when stored without a word.
    pub word: u64,
}

impl Brief {
    /// Returns whether the entry is live: see [`Time::is_within`].
    pub fn is_live(&self, now: Time) -> bool {
        self.expires.is_none_or(|expires| now.is_within(self.stored, expires))
    }

    /// The entry as a victim, whoever hit it since.
    pub const fn victim(&self) -> Victim {
        Victim { id: self.id, version: self.version, unless_hit: None }
    }

    /// The entry as a victim if nobody hits it meanwhile.
    pub const fn idle_victim(&self) -> Victim {
        Victim { unless_hit: Some((self.accessed, self.hits)), ..self.victim() }
    }
}

/// An entry that is to go if nobody wrote it since it was surveyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Victim {
    /// Where the disk finds it.
    pub id: Id,
    /// Its version when it was surveyed.
    pub version: Version,
    /// Its last access and its hits when it was surveyed, if it is to stay once it was hit.
    pub unless_hit: Option<(Time, u32)>,
}

impl Victim {
    /// Whether `brief` is the entry that was surveyed, and may go as it is now.
    pub fn is(&self, brief: &Brief) -> bool {
        let idle = self.unless_hit.is_none_or(|seen| seen == (brief.accessed, brief.hits));
        self.version == brief.version && idle
    }
}
