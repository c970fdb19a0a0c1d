//! A disk that fails, delays or lies on the n-th call, around any disk.
//!
//! It is for tests: of caches, of tiers, of programs that must go on when their disk does not.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use larder_core::Bytes;
use larder_core::clock::Clock;
use larder_core::disk::{
    Access, Capabilities, Cause, Checked, Condition, Disk, Fate, Fence, Findings, Id, Invalidation, Note,
    Page, Put, Removed, Repair, Replaced, Revised, Revision, Room, Settings, Survey, Usage, Victim,
};
use larder_core::entry::{Draft, Entry, Meta, Version};
use larder_core::error::{Error, ErrorKind, Result};
use larder_core::key::{Key, Namespace};

/// A method of a disk that trouble can be planned for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Call {
    /// [`Disk::get`]; while trouble is planned nothing is answered at once.
    Get,
    /// [`Disk::peek`].
    Peek,
    /// [`Disk::put`].
    Put,
    /// [`Disk::revise`].
    Revise,
    /// [`Disk::remove`].
    Remove,
    /// [`Disk::evict`].
    Evict,
    /// [`Disk::survey`].
    Survey,
    /// [`Disk::list`].
    List,
    /// [`Disk::count`].
    Count,
    /// [`Disk::usage`].
    Usage,
    /// [`Disk::settings`].
    Settings,
    /// [`Disk::check`].
    Check,
    /// [`Disk::sync`].
    Sync,
}

/// What goes wrong.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Trouble {
    /// Nothing is done, and this is the error.
    Fail(ErrorKind),
    /// All is done, and the answer is lost: this is the error.
    LoseAnswer(ErrorKind),
    /// It is done after the clock has moved this far.
    Delay(Duration),
    /// A put or removal says that it was done, and does nothing; a get or peek finds nothing. Other calls are done.
    Pretend,
    /// A get answers this entry, a stale one or another key's. Other calls are done.
    Answer(Entry),
    /// A get answers an entry the first byte of whose body is another. Other calls are done.
    Damage,
}

/// A disk around another one, with trouble planned. Clones are the same disk.
///
/// ```
/// use std::sync::Arc;
///
/// use larder_conformance::faulty::{Call, Faulty, Trouble};
/// use larder_conformance::model::ModelDisk;
/// use larder_core::clock::DrivenClock;
/// use larder_core::disk::{Disk, Settings};
/// use larder_core::ErrorKind;
///
/// let disk = Faulty::new(Arc::new(ModelDisk::new(Settings::unbounded())), Arc::new(DrivenClock::default()));
/// disk.plan(Call::Usage, 2, Trouble::Fail(ErrorKind::Unavailable));
/// assert!(pollster::block_on(disk.usage()).is_ok());
/// assert!(pollster::block_on(disk.usage()).is_err());
/// assert!(pollster::block_on(disk.usage()).is_ok());
/// ```
pub struct Faulty<D: ?Sized> {
    disk: Arc<D>,
    clock: Arc<dyn Clock>,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Debug, Default)]
struct Plan {
    calls: HashMap<Call, u64>,
    troubles: Vec<(Call, Which, Trouble)>,
}

#[derive(Clone, Copy, Debug)]
enum Which {
    Every,
    Number(u64),
}

impl<D: Disk + ?Sized> Faulty<D> {
    /// `disk` without trouble so far; delays wait on `clock`.
    pub fn new(disk: Arc<D>, clock: Arc<dyn Clock>) -> Self {
        Self { disk, clock, plan: Arc::default() }
    }

    /// Plans trouble for the `number`-th of these calls from now on, 1 for the next.
    pub fn plan(&self, call: Call, number: u64, trouble: Trouble) {
        let mut plan = self.lock();
        let so_far = plan.calls.get(&call).copied().unwrap_or(0);
        plan.troubles.push((call, Which::Number(so_far + number), trouble));
    }

    /// Plans trouble for all of these calls from now on.
    pub fn always(&self, call: Call, trouble: Trouble) {
        self.lock().troubles.push((call, Which::Every, trouble));
    }

    /// Forgets all trouble that is planned.
    pub fn heal(&self) {
        self.lock().troubles.clear();
    }

    /// How many of these calls there were.
    pub fn calls(&self, call: Call) -> u64 {
        self.lock().calls.get(&call).copied().unwrap_or(0)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call; what is left to be done about it once delays and failures are over.
    async fn enter(&self, call: Call) -> Result<Option<Trouble>> {
        let trouble = {
            let mut plan = self.lock();
            let number = plan.calls.entry(call).or_default();
            *number += 1;
            let number = *number;
            let mut planned = plan.troubles.iter();
            let found = planned.find(|(planned, which, _)| {
                *planned == call
                    && matches!(which, Which::Every) | matches!(which, Which::Number(at) if *at == number)
            });
            found.map(|(_, _, trouble)| trouble.clone())
        };
        match trouble {
            Some(Trouble::Fail(kind)) => Err(self.error(kind)),
            Some(Trouble::Delay(span)) => {
                self.clock.sleep(span).await;
                Ok(None)
            }
            trouble => Ok(trouble),
        }
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, "planned trouble").on(self.disk.location())
    }

    /// `answer`, unless it is to be lost.
    fn leave<T>(&self, trouble: Option<&Trouble>, answer: T) -> Result<T> {
        match trouble {
            Some(Trouble::LoseAnswer(kind)) => Err(self.error(*kind)),
            _ => Ok(answer),
        }
    }
}

#[async_trait]
impl<D: Disk + ?Sized> Disk for Faulty<D> {
    fn location(&self) -> &str {
        self.disk.location()
    }

    fn capabilities(&self) -> Capabilities {
        self.disk.capabilities()
    }

    fn get_now(&self, key: &Key, access: Access) -> Option<Result<Option<Entry>>> {
        if self.lock().troubles.iter().any(|(call, ..)| *call == Call::Get) {
            return None;
        }
        self.disk.get_now(key, access)
    }

    async fn get(&self, key: &Key, access: Access) -> Result<Option<Entry>> {
        let trouble = self.enter(Call::Get).await?;
        let found = match &trouble {
            Some(Trouble::Pretend) => None,
            Some(Trouble::Answer(entry)) => Some(entry.clone()),
            Some(Trouble::Damage) => match self.disk.get(key, access).await? {
                Some(entry) => Some(damaged(entry).await?),
                None => None,
            },
            _ => self.disk.get(key, access).await?,
        };
        self.leave(trouble.as_ref(), found)
    }

    async fn peek(&self, key: &Key) -> Result<Option<Arc<Meta>>> {
        let trouble = self.enter(Call::Peek).await?;
        if matches!(trouble, Some(Trouble::Pretend)) {
            return Ok(None);
        }
        let found = self.disk.peek(key).await?;
        self.leave(trouble.as_ref(), found)
    }

    // No `put_now`: every put is a call of this, and counts.
    async fn put(&self, key: &Key, draft: Draft, condition: Condition, room: &dyn Room) -> Result<Put> {
        let trouble = self.enter(Call::Put).await?;
        if matches!(trouble, Some(Trouble::Pretend)) {
            return Ok(Put::Stored { brief: pretended(key, &draft), replaced: Replaced::Nothing });
        }
        let put = self.disk.put(key, draft, condition, room).await?;
        self.leave(trouble.as_ref(), put)
    }

    fn fence(&self) -> Option<Fence> {
        self.disk.fence()
    }

    fn is_invalidated(&self, invalidations: &[Invalidation], since: Fence) -> bool {
        self.disk.is_invalidated(invalidations, since)
    }

    async fn invalidate(&self, what: Invalidation) -> Result<()> {
        self.disk.invalidate(what).await
    }

    async fn put_since(
        &self,
        key: &Key,
        draft: Draft,
        condition: Condition,
        since: Fence,
        room: &dyn Room,
    ) -> Result<Put> {
        let trouble = self.enter(Call::Put).await?;
        if matches!(trouble, Some(Trouble::Pretend)) {
            return Ok(Put::Stored { brief: pretended(key, &draft), replaced: Replaced::Nothing });
        }
        let put = self.disk.put_since(key, draft, condition, since, room).await?;
        self.leave(trouble.as_ref(), put)
    }

    async fn revise(&self, key: &Key, at: Version, revision: Revision) -> Result<Revised> {
        let trouble = self.enter(Call::Revise).await?;
        let revised = self.disk.revise(key, at, revision).await?;
        self.leave(trouble.as_ref(), revised)
    }

    async fn remove(&self, key: &Key, condition: Condition, cause: Cause) -> Result<Removed> {
        let trouble = self.enter(Call::Remove).await?;
        if matches!(trouble, Some(Trouble::Pretend)) {
            return Ok(Removed::Nothing);
        }
        let removed = self.disk.remove(key, condition, cause).await?;
        self.leave(trouble.as_ref(), removed)
    }

    async fn evict(&self, victims: &[Victim], cause: Cause) -> Result<Vec<Fate>> {
        let trouble = self.enter(Call::Evict).await?;
        let fates = self.disk.evict(victims, cause).await?;
        self.leave(trouble.as_ref(), fates)
    }

    async fn survey(&self, page: &Page) -> Result<Survey> {
        let trouble = self.enter(Call::Survey).await?;
        let survey = self.disk.survey(page).await?;
        self.leave(trouble.as_ref(), survey)
    }

    async fn list(&self, ids: &[Id]) -> Result<Vec<Option<(Key, Arc<Meta>)>>> {
        let trouble = self.enter(Call::List).await?;
        let listed = self.disk.list(ids).await?;
        self.leave(trouble.as_ref(), listed)
    }

    async fn record(&self, notes: &[Note]) -> Result<()> {
        self.disk.record(notes).await
    }

    async fn count(&self, namespace: &Namespace) -> Result<u64> {
        let trouble = self.enter(Call::Count).await?;
        let count = self.disk.count(namespace).await?;
        self.leave(trouble.as_ref(), count)
    }

    async fn usage(&self) -> Result<Usage> {
        let trouble = self.enter(Call::Usage).await?;
        let usage = self.disk.usage().await?;
        self.leave(trouble.as_ref(), usage)
    }

    async fn settings(&self, change: Option<Settings>) -> Result<Settings> {
        let trouble = self.enter(Call::Settings).await?;
        let settings = self.disk.settings(change).await?;
        self.leave(trouble.as_ref(), settings)
    }

    async fn check(&self, repair: Repair, findings: &mut dyn Findings) -> Result<Checked> {
        let trouble = self.enter(Call::Check).await?;
        let checked = self.disk.check(repair, findings).await?;
        self.leave(trouble.as_ref(), checked)
    }

    async fn sync(&self) -> Result<()> {
        let trouble = self.enter(Call::Sync).await?;
        self.disk.sync().await?;
        self.leave(trouble.as_ref(), ())
    }
}

/// `entry` with another first byte.
async fn damaged(entry: Entry) -> Result<Entry> {
    let mut bytes = entry.body.bytes().await?.to_vec();
    match bytes.first_mut() {
        Some(first) => *first ^= 0xFF,
        None => bytes.push(0xFF),
    }
    Ok(Entry { body: Bytes::from(bytes).into(), ..entry })
}

/// What a disk would tell of a draft that it stored.
fn pretended(key: &Key, draft: &Draft) -> larder_core::disk::Brief {
    let meta = &draft.meta;
    larder_core::disk::Brief {
        id: Id(u64::MAX),
        hash: 0,
        version: meta.version,
        size: larder_core::frame::weight(key.as_bytes(), meta, draft.source.length().unwrap_or(0)),
        stored: meta.stored,
        accessed: meta.stored,
        expires: meta.expires,
        hits: 0,
        insertion: u64::MAX,
        tags: u64::MAX,
        namespace: key.namespace_id(),
        cost: 0,
        word: draft.word,
    }
}

impl<D: ?Sized> Clone for Faulty<D> {
    fn clone(&self) -> Self {
        Self { disk: Arc::clone(&self.disk), clock: Arc::clone(&self.clock), plan: Arc::clone(&self.plan) }
    }
}

impl<D: Disk + ?Sized> fmt::Debug for Faulty<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty")
            .field("disk", &self.disk.location())
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}
