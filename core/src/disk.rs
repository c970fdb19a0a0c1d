//! What a disk must be.
//!
//! A [`Disk`] keeps entries under keys and admits writes within its size limit. *The disk admits, core
//! chooses*: a disk never picks a victim. When a write does not fit it asks the [`Room`] it was handed, holding
//! no lock, and tries again; the room surveys the disk, ranks what it finds by the policy and tells the disk what
//! to [evict](Disk::evict). So every policy works the same on every disk, and a disk stays small. The price is
//! that a victim may change between survey and eviction, hence [`Fate::Changed`].
//!
//! What is the same for all disks stands above the trait: codecs in [`DiskExt`], liveness, counters and one
//! computation per key in [`Cache`](crate::cache::Cache). What in-process disks share stands beside it:
//! [`Books`](crate::books::Books) keeps sizes, order, tags and expiries, admits writes and serializes the writers
//! of one key, so that a disk is left with moving bytes.
//!
//! # The traps
//!
//! - A digest only finds; the stored key decides. An entry of another key is a miss.
//! - Count a write before its bytes land and give the count back when it fails.
//! - A write that is dropped midway leaves the old entry or the new one.
//! - Never call the room under a lock: it calls back into [`survey`](Disk::survey) and [`evict`](Disk::evict).
//! - What a disk cannot do it declares in [`Capabilities`] and answers with
//!   [`Unsupported`](crate::ErrorKind::Unsupported). The conformance suite tests both ways.

mod brief;
mod capabilities;
mod check;
mod ext;
mod fence;
mod mode;
mod outcome;
mod read_only;
mod room;
mod settings;
mod settings_change;
mod survey;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::entry::{Draft, Entry, Meta, Version};
use crate::error::Result;
use crate::key::{Key, Namespace};
use crate::time::Time;

pub use brief::{Brief, Id, Victim};
pub use capabilities::{Capabilities, Reach};
pub use check::{Checked, Finding, Findings, Fixed, Flaw, Repair};
pub use ext::{DiskExt, Stamp};
pub use fence::{Fence, Invalidation, PLACES};
pub use mode::Mode;
pub use outcome::{Cause, Fate, Put, Refusal, Removed, Replaced, Revised};
pub use read_only::ReadOnly;
pub use room::{Made, NoRoom, Room, Shortage};
pub use settings::{Limit, Requested, Settings, Space, Usage};
pub use settings_change::{Precedence, SettingsChange};
pub use survey::{Cursor, Direction, Note, Page, Scope, Sequence, Survey};

/// How a read counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A hit at this time, if the entry is live then: the probe that finds the entry records it, without a
    /// write request and without waiting. The last access never goes back.
    Hit(Time),
    /// Nothing is recorded.
    Peek,
}

/// What must hold of the key for a write to happen.
///
/// ```
/// use larder_core::disk::Condition;
/// use larder_core::entry::Version;
///
/// let stored = Some(Version::from_bits(7));
/// assert!(Condition::Is(Version::from_bits(7)).holds(stored));
/// assert!(!Condition::Absent.holds(stored));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing: the write replaces whatever is there.
    Always,
    /// Nothing is stored. A dead entry is stored still: replacing it is [`Is`](Condition::Is).
    Absent,
    /// This very version is stored.
    Is(Version),
}

impl Condition {
    /// Whether it holds where `stored` is the version that is stored.
    pub fn holds(self, stored: Option<Version>) -> bool {
        match self {
            Self::Always => true,
            Self::Absent => stored.is_none(),
            Self::Is(version) => stored == Some(version),
        }
    }
}

/// What a touch makes of an entry: its body stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The version of the touched entry.
    pub version: Version,
    /// Its new expiry; never, if `None`.
    pub expires: Option<Time>,
}

/// A place that keeps entries.
///
/// # Behavior
///
/// - Serve any number of callers at once. When a write has returned, later reads through this disk see it.
/// - Hand out whole entries: the old one or the new one, never a mixture, never another key's.
/// - Answer a lost or damaged entry with [`Corrupt`](crate::ErrorKind::Corrupt), an entry that is not there with
///   `None`; the cache makes a miss of both and counts them apart.
/// - Hand out dead entries like live ones: the cache knows the time.
/// - Keep `volume + size <= size_limit` at every moment, where the size of an entry is
///   [`frame::weight`](crate::frame::weight). After the limit was lowered the volume may be above it until something
///   is evicted; a write that takes nothing more, over an entry that is as large, is admitted all the same.
/// - Let one writer at a time at a key; the others wait. While a put is under way, the asking for room included, its
///   entry is [`Busy`](Fate::Busy).
/// - Name the disk in errors by [`location`](Disk::location), without credentials.
///
/// # Example
///
/// `larder_memory::MemoryDisk` is a disk on [`Books`](crate::books::Books), with nothing else to it. A place that only
/// keeps named bytes needs less: `examples/shelf-disk` is a whole disk in about sixty lines.
#[async_trait]
pub trait Disk: Debug + Send + Sync + 'static {
    /// Where the disk keeps its entries, for errors and people, without credentials: `memory:`, `s3://bucket/prefix`.
    fn location(&self) -> &str;

    /// What the disk can do. It never changes while the disk is open.
    fn capabilities(&self) -> Capabilities;

    /// Answers [`get`](Disk::get) at once, or `None`: then ask `get`.
    ///
    /// Speed only: a disk that finds entries without waiting saves its callers a boxed future.
    fn get_now(&self, key: &Key, access: Access) -> Option<Result<Option<Entry>>> {
        let _ = (key, access);
        None
    }

    /// The entry at `key`, live or dead.
    ///
    /// # Errors
    ///
    /// [`Corrupt`](crate::ErrorKind::Corrupt) for a damaged entry, [`Format`](crate::ErrorKind::Format) for one of
    /// a newer format, [`Unavailable`](crate::ErrorKind::Unavailable) when the disk cannot be reached. Nothing
    /// is changed.
    async fn get(&self, key: &Key, access: Access) -> Result<Option<Entry>>;

    /// What is known of the entry at `key`, without its value where that is cheaper. Records nothing.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Disk::get).
    async fn peek(&self, key: &Key) -> Result<Option<Arc<Meta>>> {
        Ok(self.get(key, Access::Peek).await?.map(|entry| entry.meta))
    }

    /// Keeps `draft` at `key` where `condition` holds.
    ///
    /// The entry is admitted only while volume and size together stay within the limit, and is counted before
    /// its bytes land. Where it does not fit, `room` is asked, with no lock held, and admission tried again,
    /// until the room has [nothing](Made::Nothing) to give. An overwrite keeps the insertion number and counts the
    /// difference only. Bytes land before readers or surveys see the entry.
    ///
    /// What is not declared is told before what the condition finds, and that before what does not fit. The caller
    /// has asked [`frame::check`](crate::frame::check) of key and metadata.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for a condition that is not declared: nothing is changed.
    /// The source's own error, or [`Unavailable`](crate::ErrorKind::Unavailable): the old entry stays, and
    /// nothing of the new one is counted. [`ReadOnly`](crate::ErrorKind::ReadOnly) changes nothing.
    async fn put(&self, key: &Key, draft: Draft, condition: Condition, room: &dyn Room) -> Result<Put>;

    /// Does a [`put`](Disk::put) at once, or does nothing and answers `None`: then ask `put`.
    ///
    /// `None` is the answer wherever a put would wait or ask for room. Speed only: a disk that keeps small entries without
    /// waiting saves its callers a boxed future.
    ///
    /// # Errors
    ///
    /// Those of [`put`](Disk::put).
    fn put_now(&self, key: &Key, draft: &Draft, condition: Condition) -> Option<Result<Put>> {
        let _ = (key, draft, condition);
        None
    }

    /// Returns a fence for [`put_since`](Disk::put_since); `None` if this disk keeps no fences.
    ///
    /// It is asked on every computation, so it does not wait and does no request.
    fn fence(&self) -> Option<Fence> {
        None
    }

    /// Returns whether one of these was invalidated since `fence`, as far as the disk remembers. `true` may be
    /// wrong, `false` is not.
    fn is_invalidated(&self, invalidations: &[Invalidation], since: Fence) -> bool {
        let _ = (invalidations, since);
        false
    }

    /// Makes every [`put_since`](Disk::put_since) an earlier fence fail that is concerned. For what is stored, a
    /// removal is enough; this is for keys where nothing is stored.
    ///
    /// When it has returned, a put that was admitted before is visible to reads: its caller looks again.
    ///
    /// # Errors
    ///
    /// As for `put`: nothing is changed.
    async fn invalidate(&self, what: Invalidation) -> Result<()> {
        let _ = what;
        Ok(())
    }

    /// As [`put`](Disk::put), and only if nothing that concerns the entry was invalidated since the fence: its key,
    /// one of its tags, its cache, or an entry of its key that was stored since and is gone. Otherwise the answer is
    /// [`Put::Conflict`].
    ///
    /// A disk that hands out fences implements it.
    ///
    /// # Errors
    ///
    /// As for `put`, and [`Unsupported`](crate::ErrorKind::Unsupported) on a disk without fences.
    async fn put_since(
        &self,
        key: &Key,
        draft: Draft,
        condition: Condition,
        since: Fence,
        room: &dyn Room,
    ) -> Result<Put> {
        let _ = (key, draft, condition, since, room);
        Err(Capabilities::unsupported("storing since a fence").on(self.location()))
    }

    /// Gives the entry of version `at` another expiry and version; its body, its access data and its place in the
    /// order stay. Never evicts.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where `touch` is not declared; otherwise as for `put`.
    async fn revise(&self, key: &Key, at: Version, revision: Revision) -> Result<Revised>;

    /// Removes the entry at `key`, live or dead, where `condition` holds.
    ///
    /// [`Condition::Absent`] removes nothing, ever.
    ///
    /// # Errors
    ///
    /// As for `put`; the entry is then still there and counted.
    async fn remove(&self, key: &Key, condition: Condition, cause: Cause) -> Result<Removed>;

    /// Removes `victims` in order, each if it [is](Victim::is) what was surveyed, and stops at the first that has
    /// [changed](Fate::Changed): the next victim may then be another one.
    ///
    /// The answer has one [`Fate`] for each victim, in order. An entry that somebody is writing is
    /// [`Busy`](Fate::Busy); it and one that is [gone](Fate::Absent) stop nothing.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable); what was removed until then is no longer counted.
    async fn evict(&self, victims: &[Victim], cause: Cause) -> Result<Vec<Fate>>;

    /// A page of briefs.
    ///
    /// An ordered disk answers [`Scope::All`] in order of insertion, in the direction asked for. A disk may answer with
    /// more than is in the scope, never with less: the caller looks again.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable). Nothing is changed.
    async fn survey(&self, page: &Page) -> Result<Survey>;

    /// Keys and metadata of surveyed entries, one answer for each id; `None` for one that is gone or damaged.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable). Nothing is changed.
    async fn list(&self, ids: &[Id]) -> Result<Vec<Option<(Key, Arc<Meta>)>>>;

    /// Takes down what others know of entries: hits that a faster tier answered, words of the policy.
    ///
    /// Notes on entries that are gone or of another version are dropped.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable). Some notes may have been taken.
    async fn record(&self, notes: &[Note]) -> Result<()>;

    /// How many entries `namespace` has, live and dead, without a scan.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where `counted` is not declared.
    async fn count(&self, namespace: &Namespace) -> Result<u64>;

    /// Volume and number of entries of the whole disk.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable).
    async fn usage(&self) -> Result<Usage>;

    /// What the disk takes of its medium, as far as it knows; `None` where that is nobody's business.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable).
    async fn space(&self) -> Result<Option<Space>> {
        Ok(None)
    }

    /// Gives back all space that is not needed, while others go on. `progress` hears how much of how much is done, in
    /// bytes.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where there is nothing to be given back, ever.
    /// [`ReadOnly`](crate::ErrorKind::ReadOnly) of a read-only disk. [`Unavailable`](crate::ErrorKind::Unavailable): what
    /// was given back until then is.
    async fn compact(&self, progress: &mut (dyn FnMut(u64, u64) + Send)) -> Result<()> {
        let _ = progress;
        Err(Capabilities::unsupported("compacting").on(self.location()))
    }

    /// Limit and policy, shared by all who have the disk open; `change` replaces them for everybody. Whether the
    /// policy is known is not the disk's business.
    ///
    /// # Errors
    ///
    /// [`ReadOnly`](crate::ErrorKind::ReadOnly) for a change of a read-only disk.
    async fn settings(&self, change: Option<Settings>) -> Result<Settings>;

    /// Looks at everything that lies in its place, and hands what is wrong with it to `findings`.
    ///
    /// Of a healthy disk there are none but [things that are left alone](Flaw::is_left_alone). What somebody is
    /// writing is never touched and is no finding; others go on meanwhile, and wait for no more than the look at one
    /// entry. With [`Repair::Fix`] what is found is repaired, or removed where it cannot be, and a check afterwards
    /// finds nothing but what is left alone. Nothing ever makes room for what is found: the volume may then be above
    /// the limit, as after it was lowered.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where `check` is not declared.
    /// [`ReadOnly`](crate::ErrorKind::ReadOnly) when a read-only disk is to be fixed: nothing was looked at.
    /// [`Unavailable`](crate::ErrorKind::Unavailable), with how many entries were [done](crate::Error::done); what was
    /// found and fixed until then is.
    async fn check(&self, repair: Repair, findings: &mut dyn Findings) -> Result<Checked>;

    /// Returns once everything that was reported stored is as durable as the disk makes it.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable), with what is not yet durable.
    async fn sync(&self) -> Result<()>;
}
