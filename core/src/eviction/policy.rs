//! Policies: in which order entries go.

use std::fmt::Debug;
use std::sync::Arc;

use crate::disk::Brief;
use crate::error::{Error, ErrorKind, Result};
use crate::time::Time;

/// The policy of a disk that was given none.
pub const DEFAULT_POLICY: &str = "lru";

/// How many queues a policy may keep its entries in.
pub const MOST_QUEUES: usize = 2;

/// Bytes of volume in each queue of a policy.
pub type Queues = [u64; MOST_QUEUES];

/// What a policy says of an entry whose turn has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It goes.
    Evict,
    /// It stays, with this word; its turn comes again by its new rank.
    Spare {
        /// The new [word](Brief::word).
        word: u64,
    },
}

/// What a policy says of an entry that is about to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// It enters with this [word](Brief::word).
    Enter {
        /// The word.
        word: u64,
    },
    /// It is refused, and only remembered by the policy.
    Refuse,
}

/// An entry that is about to be stored, as a policy sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newcomer {
    /// The [hash](Brief::hash) of its key.
    pub hash: u64,
    /// What it will add to the volume; 0 for a stream, whose length nobody knows yet.
    pub size: u64,
    /// Nanoseconds that its value took to compute; 0 where unknown.
    pub cost: u64,
    /// The limit of the disk, in bytes of volume.
    pub limit: Option<u64>,
    /// The time of the write.
    pub now: Time,
}

/// An entry whose turn has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The [hash](Brief::hash) of its key.
    pub hash: u64,
    /// What it adds to the volume.
    pub size: u64,
    /// Hits since it was stored.
    pub hits: u32,
    /// The [word](Brief::word) that it carries.
    pub word: u64,
    /// The [rank](Policy::rank) by which its turn came.
    pub rank: u64,
}

/// What a policy looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heeds {
    /// A hit changes an entry's turn; otherwise an entry goes though it was hit since it was surveyed.
    pub hits: bool,
    /// Entries lie in more than one queue; otherwise neither [`queue`](Policy::queue) nor [`turn`](Policy::turn) is
    /// asked.
    pub queues: bool,
    /// It [judges](Policy::judge) entries and is told of the [evicted](Policy::evicted); otherwise every entry whose
    /// turn has come goes.
    pub victims: bool,
}

impl Heeds {
    /// All of it.
    pub const ALL: Self = Self { hits: true, queues: true, victims: true };
    /// Nothing but ranks, which hits change.
    pub const RANKS: Self = Self { hits: true, queues: false, victims: false };
}

/// An order over briefs, and for policies with a memory of their own the hooks to keep it.
///
/// A simple policy is a name and a [`rank`](Policy::rank). A policy with queues (S3-FIFO) keeps an entry's queue and
/// place in its [word](Brief::word), chooses the [queue](Policy::turn) to look into and may spare the entry that
/// it finds. What it remembers of entries that are gone it keeps itself, behind `&self`.
pub trait Policy: Debug + Send + Sync + 'static {
    /// Its name in settings.
    fn name(&self) -> &str;

    /// Whose turn comes first within a queue: the smallest rank, of equal ones the first inserted. `None` for
    /// an entry that must not go now.
    ///
    /// Only hits and writes may change a rank, and a hit never lowers it: no disk lets the last access go back.
    fn rank(&self, brief: &Brief, now: Time) -> Option<u64>;

    /// The queue that an entry with this word is in, less than [`MOST_QUEUES`].
    fn queue(&self, word: u64) -> usize {
        let _ = word;
        0
    }

    /// The queue to look into next.
    fn turn(&self, queues: &Queues, limit: Option<u64>) -> usize {
        let _ = (queues, limit);
        0
    }

    /// Whether the entry whose turn has come goes. A spared entry's turn must come after all others of its queue,
    /// and one that is never hit again must be let go in the end.
    fn judge(&self, standing: &Standing, now: Time) -> Judgement {
        let _ = (standing, now);
        Judgement::Evict
    }

    /// Whether and how an entry may enter. Called for every write, so it must be quick.
    fn entrance(&self, newcomer: &Newcomer) -> Entrance {
        let _ = newcomer;
        Entrance::Enter { word: 0 }
    }

    /// Is told of each entry that was evicted to make room, perhaps more than once.
    fn evicted(&self, standing: &Standing, now: Time) {
        let _ = (standing, now);
    }

    /// What it looks at: what it does not heed costs nothing.
    fn heeds(&self) -> Heeds {
        Heeds::ALL
    }

    /// Whether anything is ever evicted.
    fn evicts(&self) -> bool {
        true
    }
}

/// Nothing is evicted: a write that does not fit after the dead entries went is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEviction;

impl Policy for NoEviction {
    fn name(&self) -> &'static str {
        "none"
    }

    fn rank(&self, _: &Brief, _: Time) -> Option<u64> {
        None
    }

    fn heeds(&self) -> Heeds {
        Heeds { hits: false, ..Heeds::RANKS }
    }

    fn evicts(&self) -> bool {
        false
    }
}

/// Least recently stored first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lrs;

impl Policy for Lrs {
    fn name(&self) -> &'static str {
        "lrs"
    }

    fn rank(&self, brief: &Brief, _: Time) -> Option<u64> {
        Some(ordered(brief.stored))
    }

    fn heeds(&self) -> Heeds {
        Heeds { hits: false, ..Heeds::RANKS }
    }
}

/// Least recently used first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lru;

impl Policy for Lru {
    fn name(&self) -> &'static str {
        "lru"
    }

    fn rank(&self, brief: &Brief, _: Time) -> Option<u64> {
        Some(ordered(brief.accessed))
    }

    fn heeds(&self) -> Heeds {
        Heeds::RANKS
    }
}

/// Least frequently used first. On most traces worse than [`Lrs`]: what was hot once stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lfu;

impl Policy for Lfu {
    fn name(&self) -> &'static str {
        "lfu"
    }

    fn rank(&self, brief: &Brief, _: Time) -> Option<u64> {
        Some(brief.hits.into())
    }

    fn heeds(&self) -> Heeds {
        Heeds::RANKS
    }
}

/// Times as ranks: times before the epoch come first.
pub(super) const fn ordered(time: Time) -> u64 {
    time.nanos().cast_unsigned() ^ (1 << 63)
}

/// The policies that settings can name: the built-in ones and those that the program brings.
///
/// ```
/// use larder_core::eviction::Policies;
///
/// let policies = Policies::default();
/// assert_eq!(policies.find("lru")?.name(), "lru");
/// let error = policies.find("lur").unwrap_err();
/// assert!(error.to_string().contains("did you mean `lru`?"));
/// # Ok::<(), larder_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Policies(Vec<Arc<dyn Policy>>);

impl Policies {
    /// These and `policy`; one of the same name is replaced.
    #[must_use]
    pub fn and(mut self, policy: impl Policy) -> Self {
        self.0.retain(|known| known.name() != policy.name());
        self.0.push(Arc::new(policy));
        self
    }

    /// The names, in the order they were brought.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|policy| policy.name()).collect()
    }

    /// The policy of that name; `least-recently-stored` and the like are the long names of the built-in ones.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for an unknown name; the message lists the known ones.
    pub fn find(&self, name: &str) -> Result<Arc<dyn Policy>> {
        let short = match name {
            "least-recently-stored" => "lrs",
            "least-recently-used" => "lru",
            "least-frequently-used" => "lfu",
            name => name,
        };
        let found = self.0.iter().find(|policy| policy.name() == short);
        found.map(Arc::clone).ok_or_else(|| {
            Error::new(ErrorKind::Invalid, crate::near::unknown("policy", name, &self.names()))
        })
    }
}

impl Default for Policies {
    fn default() -> Self {
        Self(vec![Arc::new(NoEviction), Arc::new(Lrs), Arc::new(Lru), Arc::new(Lfu)])
    }
}
