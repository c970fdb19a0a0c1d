//! An opened disk, with all that works on it as a whole.
//!
//! The [`Larder`] owns what is one for a disk however many caches use it: the evictor, the clock, the counts by
//! which the books balance. Caches are views of it under a name.

mod computations;
mod counts;
mod room;
mod sweep;

use std::sync::Arc;

use futures_util::future::{BoxFuture, Either, Ready, ready};

use crate::clock::{Clock, Steady, SystemClock};
use crate::disk::{
    Brief, Cause, Checked, Condition, Disk, Fence, Findings, NoRoom, Put, Refusal, Removed, Repair, Replaced,
    Scope, Settings, Space, Usage,
};
use crate::entry::Draft;
use crate::error::{Error, ErrorKind, Result};
use crate::eviction::{Entrance, Evictor, Newcomer, Policies};
use crate::frame;
use crate::key::Key;
use crate::random::{Random, SystemRandom};
use crate::time::Time;

pub(crate) use computations::{Base, Class, Computations, Ending, Lead, Part, Request};
pub use counts::Balance;
use room::Making;
pub(crate) use sweep::{BATCH, Guess};

use counts::Counts;

/// What a larder is built from beside its disk.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Tells the time of every operation.
    pub clock: Arc<dyn Clock>,
    /// Draws versions.
    pub random: Arc<dyn Random>,
    /// The policies that settings can name.
    pub policies: Policies,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom::new()),
            policies: Policies::default(),
        }
    }
}

/// Where the room for a write comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Others go where they must.
    WithRoom,
    /// Nobody goes: there is what there is.
    AsItIs,
}

/// What was begun when it was asked for: it is done already, or is waited for. So a write that waits for nothing makes no
/// future that is moved about, and the others pay for a box.
pub(crate) type Begun<'a, T> = Either<Ready<Result<T>>, BoxFuture<'a, Result<T>>>;

/// An opened disk. Cheap to clone; clones are the same larder.
#[derive(Clone, Debug)]
pub struct Larder {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    disk: Arc<dyn Disk>,
    parts: Parts,
    steady: Steady,
    evictor: Evictor,
    counts: Counts,
    computations: Computations,
}

impl Larder {
    /// Opens `disk` with the system's clock and randomness and the built-in policies.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the disk is set to a policy that nobody knows; what the disk answers
    /// otherwise.
    pub async fn open(disk: impl Disk) -> Result<Self> {
        Self::assemble(Arc::new(disk), Parts::default()).await
    }

    /// Opens `disk` with these parts.
    ///
    /// # Errors
    ///
    /// As for [`open`](Larder::open).
    pub async fn assemble(disk: Arc<dyn Disk>, parts: Parts) -> Result<Self> {
        let settings = disk.settings(None).await?;
        let policy = parts.policies.find(&settings.policy).map_err(|error| error.on(disk.location()))?;
        let held = disk.usage().await?.entries;
        let evictor = Evictor::new(policy);
        evictor.bound(settings.size_limit);
        let (steady, counts) = (Steady::default(), Counts::new(held));
        let computations = Computations::default();
        Ok(Self { inner: Arc::new(Inner { disk, parts, steady, evictor, counts, computations }) })
    }

    /// Whether this is the same opened disk as `other`: a clone of it, and not the same place opened again.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// The disk.
    pub fn disk(&self) -> &Arc<dyn Disk> {
        &self.inner.disk
    }

    /// Returns the time by which entries are stored and judged: that of the clock, which
    /// [never steps back](crate::clock::Steady) while the disk is open.
    pub fn now(&self) -> Time {
        self.inner.parts.clock.steady(&self.inner.steady)
    }

    /// The clock, for deadlines.
    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.inner.parts.clock
    }

    /// The source of randomness.
    pub(crate) fn random(&self) -> &dyn Random {
        &*self.inner.parts.random
    }

    /// What the disk holds.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the disk cannot be reached.
    pub async fn usage(&self) -> Result<Usage> {
        self.inner.disk.usage().await
    }

    /// The sum of the sizes of all entries, dead ones included, in bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the disk cannot be reached.
    pub async fn volume(&self) -> Result<u64> {
        Ok(self.usage().await?.volume)
    }

    /// Limit and policy of the disk.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the disk cannot be reached.
    pub async fn settings(&self) -> Result<Settings> {
        self.inner.disk.settings(None).await
    }

    /// Changes limit and policy, for everybody who has the disk open. A lower limit evicts at the next write or
    /// [`cull`](Larder::cull).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for an unknown policy: nothing is changed. [`ErrorKind::ReadOnly`] on a read-only
    /// disk.
    pub async fn change(&self, settings: Settings) -> Result<Settings> {
        let policy = self.inner.parts.policies.find(&settings.policy)?;
        let settings = self.inner.disk.settings(Some(settings)).await?;
        self.inner.evictor.obey(policy);
        self.inner.evictor.bound(settings.size_limit);
        Ok(settings)
    }

    /// What went in and what became of it, since this larder was opened.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the disk cannot tell what it holds.
    pub async fn balance(&self) -> Result<Balance> {
        let entries = self.usage().await?.entries;
        Ok(self.inner.counts.balance(entries))
    }

    /// Returns once everything that was reported stored is as durable as the disk makes it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`], with what is not yet durable.
    pub async fn sync(&self) -> Result<()> {
        self.inner.disk.sync().await
    }

    /// What the disk takes of its medium, as far as it knows.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the disk cannot be reached.
    pub async fn space(&self) -> Result<Option<Space>> {
        self.inner.disk.space().await
    }

    /// Gives back all space that the disk does not need. `progress` hears how much of how much is done, in bytes.
    ///
    /// # Errors
    ///
    /// Those of [`Disk::compact`].
    pub async fn compact(&self, progress: &mut (dyn FnMut(u64, u64) + Send)) -> Result<()> {
        self.inner.disk.compact(progress).await
    }

    /// Looks at everything that lies on the disk, all caches together, and hands what is wrong with it to `findings`:
    /// a vector, or whoever shows them as they come. Others go on meanwhile.
    ///
    /// With [`Repair::Fix`] a check afterwards finds nothing but what is
    /// [left alone](crate::disk::Flaw::is_left_alone). Entries that went by it count as removed, entries that were
    /// found beside the books as held at open.
    ///
    /// ```
    /// use larder_core::disk::{Finding, Repair};
    /// # async fn example(larder: larder_core::larder::Larder) -> larder_core::Result<()> {
    /// let mut findings: Vec<Finding> = Vec::new();
    /// let checked = larder.check(Repair::Fix, &mut findings).await?;
    /// println!("{} entries are whole, {} findings", checked.entries, findings.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Disk::check`].
    pub async fn check(&self, repair: Repair, findings: &mut dyn Findings) -> Result<Checked> {
        let checked = self.inner.disk.check(repair, findings).await?;
        self.inner.counts.checked(&checked);
        Ok(checked)
    }

    /// Removes all dead entries, then entries in the order of the policy while the volume is above the limit.
    /// Returns how many were removed.
    ///
    /// # Errors
    ///
    /// Those of the disk, with how many entries were [done](Error::done) by then.
    pub async fn cull(&self) -> Result<u64> {
        let now = self.now();
        let guess = |brief: &Brief| match brief {
            Brief { namespace: 0, .. } => Guess::Ask,
            brief if brief.is_live(now) => Guess::No,
            _ => Guess::Yes,
        };
        let (mut removed, swept) =
            self.sweep(Scope::Dead(now), Cause::Expired, guess, |_, meta| !meta.is_live(now)).await;
        swept?;
        let making = Making::new(self, now);
        loop {
            let usage = self.usage().await.map_err(|error| error.after(removed))?;
            let settings = self.settings().await.map_err(|error| error.after(removed))?;
            let Some(short) = room::excess(&usage, &settings) else { return Ok(removed) };
            match making.round(short).await.map_err(|error| error.after(removed))? {
                Some(settled) => removed += settled.gone,
                None => return Ok(removed),
            }
        }
    }

    /// Keeps `draft` at `key` where `condition` holds: with the word of the policy, with room made by it, and
    /// counted. The time of the write is `now`.
    ///
    /// # Errors
    ///
    /// Those of [`Disk::put`].
    pub async fn put(&self, key: &Key, draft: Draft, condition: Condition, now: Time) -> Result<Put> {
        self.put_in(key, draft, condition, now, Admission::WithRoom, |put| put).await
    }

    /// As [`put`](Larder::put), with this admission; answers with what `end` makes of it, for a put is large to hand on.
    pub(crate) fn put_in<'a, T: Send + 'a>(
        &'a self,
        key: &'a Key,
        mut draft: Draft,
        condition: Condition,
        now: Time,
        admission: Admission,
        end: impl FnOnce(Put) -> T + Send + 'a,
    ) -> Begun<'a, T> {
        let inner = &*self.inner;
        inner.computations.touch(key);
        if let Err(refused) = self.enter(key, &mut draft, now) {
            return Begun::Left(ready(Ok(end(refused))));
        }
        if let Some(put) = inner.disk.put_now(key, &draft, condition) {
            return Begun::Left(ready(self.ended(put, now, end)));
        }
        Begun::Right(Box::pin(async move {
            let put = match admission {
                Admission::WithRoom => inner.disk.put(key, draft, condition, &Making::new(self, now)).await,
                Admission::AsItIs => inner.disk.put(key, draft, condition, &NoRoom).await,
            };
            self.ended(put, now, end)
        }))
    }

    /// Asks the policy for the admission of `draft`, and writes its state down in it; the answer to the put if it
    /// is refused.
    #[inline]
    fn enter(&self, key: &Key, draft: &mut Draft, now: Time) -> std::result::Result<(), Put> {
        let newcomer = Newcomer {
            hash: key.digest().hash(),
            size: draft
                .source
                .length()
                .map_or(0, |length| frame::weight(key.as_bytes(), &draft.meta, length)),
            cost: draft.meta.cost_nanos(),
            limit: None,
            now,
        };
        match self.inner.evictor.entrance(newcomer) {
            Entrance::Enter { word } => {
                draft.word = word;
                Ok(())
            }
            Entrance::Refuse => Err(Put::Refused(Refusal::NotAdmitted)),
        }
    }

    /// Stores a computed value where `condition` holds and nothing that concerns it was invalidated since the fence.
    ///
    /// # Errors
    ///
    /// Those of [`Disk::put_since`].
    pub(crate) async fn put_computed(
        &self,
        key: &Key,
        mut draft: Draft,
        condition: Condition,
        since: Option<Fence>,
        now: Time,
    ) -> Result<Put> {
        if let Err(refused) = self.enter(key, &mut draft, now) {
            return Ok(refused);
        }
        let (disk, room) = (&self.inner.disk, Making::new(self, now));
        let put = match since {
            Some(since) => disk.put_since(key, draft, condition, since, &room).await,
            None => disk.put(key, draft, condition, &room).await,
        };
        self.ended(put, now, |put| put)
    }

    /// Marks the computations of `key` as invalidated: it is about to be changed.
    pub(crate) fn touch(&self, key: &Key) {
        self.inner.computations.touch(key);
    }

    /// Counts what became of a put.
    #[inline]
    fn ended<T>(&self, put: Result<Put>, now: Time, end: impl FnOnce(Put) -> T) -> Result<T> {
        match put {
            Ok(put) => {
                self.account(&put, now);
                Ok(end(put))
            }
            Err(error) => Err(error),
        }
    }

    /// Removes the entry at `key` where `condition` holds, and counts it.
    ///
    /// # Errors
    ///
    /// Those of [`Disk::remove`].
    pub async fn remove(&self, key: &Key, condition: Condition, cause: Cause) -> Result<Removed> {
        self.inner.computations.touch(key);
        let removed = self.inner.disk.remove(key, condition, cause).await?;
        self.account_removed(&removed, cause);
        Ok(removed)
    }

    /// Counts what became of a put, and tells the evictor.
    fn account(&self, put: &Put, now: Time) {
        if let Put::Stored { brief, replaced } = put {
            self.inner.counts.stored(replaced);
            self.inner.evictor.offer(brief, replaced, now);
        }
    }

    /// Counts what became of a removal, and tells the evictor.
    fn account_removed(&self, removed: &Removed, cause: Cause) {
        if let Removed::Gone(brief) = removed {
            self.inner.counts.went(cause, 1);
            self.inner.evictor.gone(brief);
        }
    }

    /// Tells the evictor of a touched entry.
    pub(crate) fn account_touched(&self, brief: &Brief, now: Time) {
        self.inner.evictor.offer(brief, &Replaced::Entry(*brief), now);
    }

    /// An error of this larder's disk.
    pub(crate) fn error(&self, kind: ErrorKind, message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
        Error::new(kind, message).on(self.inner.disk.location())
    }
}
