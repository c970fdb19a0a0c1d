//! The model: a disk as plain as the promises allow, in a map, everything by looking through all of it.
//!
//! It shares no code with the disks it is compared with: no books, no index, no running sums. The price is that each
//! write costs as much as there are entries. A [`Fault`] makes it break one promise, to test the checks.

mod bodies;
mod fault;
mod handle;
mod identity;
mod state;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use larder_core::Bytes;
use larder_core::disk::{
    Access, Capabilities, Cause, Checked, Condition, Disk, Fate, Fence, Findings, Id, Invalidation, Made,
    Note, Page, Put, Refusal, Removed, Repair, Revised, Revision, Room, Settings, Survey, Usage, Victim,
};
use larder_core::entry::{Draft, Entry, Meta, Source};
use larder_core::error::{Error, ErrorKind, Result};
use larder_core::frame;
use larder_core::key::{Key, Namespace};

pub use fault::Fault;

use handle::Handle;
use state::{Admitted, State};

/// A disk that is as plain as can be. Clones are the same disk.
///
/// ```
/// use larder_conformance::model::ModelDisk;
/// use larder_core::disk::{Disk, Settings};
///
/// let disk = ModelDisk::new(Settings::limited(1 << 20));
/// assert!(disk.capabilities().compare);
/// ```
#[derive(Clone)]
pub struct ModelDisk {
    capabilities: Capabilities,
    fault: Option<Fault>,
    state: Arc<Mutex<State>>,
    handle: Arc<Handle>,
}

impl ModelDisk {
    /// An empty disk that can do all that a disk in one process can.
    pub fn new(settings: Settings) -> Self {
        Self {
            capabilities: Capabilities::of_process(),
            fault: None,
            handle: Arc::new(Handle::new(0, settings.clone())),
            state: Arc::new(Mutex::new(State::new(settings))),
        }
    }

    /// The same disk, declaring these capabilities and answering `Unsupported` where one is lacking.
    #[must_use]
    pub fn with_capabilities(self, capabilities: Capabilities) -> Self {
        let mut state = self.lock();
        (state.ordered, state.counted) = (capabilities.ordered, capabilities.counted);
        drop(state);
        Self { capabilities, ..self }
    }

    /// The same disk, breaking one promise.
    #[must_use]
    pub fn with_fault(self, fault: Fault) -> Self {
        self.lock().fault = Some(fault);
        Self { fault: Some(fault), ..self }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of others runs under this lock, so what it guards is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unsupported(&self, what: &'static str) -> Error {
        Error::new(ErrorKind::Unsupported, what).on(self.location())
    }

    fn check(&self, condition: Condition) -> Result<()> {
        match condition {
            Condition::Absent if !self.capabilities.create && !self.has(Fault::AnswersUndeclared) => {
                Err(self.unsupported("this model cannot create"))
            }
            Condition::Is(_) if !self.capabilities.compare && !self.has(Fault::AnswersUndeclared) => {
                Err(self.unsupported("this model cannot compare versions"))
            }
            _ => Ok(()),
        }
    }

    /// All bytes of `source`, reserved chunk by chunk; a refusal where they do not fit.
    async fn gather(
        &self,
        held: &mut Held<'_>,
        source: Source,
        weight: impl Fn(u64) -> u64 + Send,
        room: &dyn Room,
    ) -> Result<std::result::Result<Bytes, Refusal>> {
        let mut source = match source {
            Source::Whole(bytes) => return Ok(Ok(bytes)),
            stream @ Source::Stream(_) => stream,
        };
        let mut body = Vec::new();
        let mut chunks = Vec::new();
        loop {
            let chunk = match source.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(error) if self.has(Fault::StoresHalfStreams) => {
                    drop(error);
                    break;
                }
                Err(error) => return Err(error),
            };
            body.extend_from_slice(&chunk);
            chunks.push(chunk.len());
            let size = weight(body.len() as u64);
            if self.has(Fault::GathersStreams) {
                continue;
            }
            loop {
                let short = match self.lock().reserve(&held.identity, &mut held.bytes, size) {
                    Ok(()) => break,
                    Err(Admitted::Refused(refusal)) => return Ok(Err(refusal)),
                    Err(Admitted::Short(short)) => short,
                };
                if room.make(short).await? == Made::Nothing {
                    return Ok(Err(Refusal::Full));
                }
            }
        }
        if self.has(Fault::CutsStreams) {
            body.truncate(body.len() - chunks.last().copied().unwrap_or(0));
        }
        Ok(Ok(body.into()))
    }

    /// Stores an entry; with a fence, only if nothing that concerns it was invalidated since.
    async fn store(
        &self,
        key: &Key,
        draft: Draft,
        condition: Condition,
        since: Option<Fence>,
        room: &dyn Room,
    ) -> Result<Put> {
        self.check(condition)?;
        frame::check(key.as_bytes(), &draft.meta)?;
        let concerning = Invalidation::concerning(key, &draft.meta);
        let mut held = Held::new(self, key);
        if self.has(Fault::RefusesTheBusy) && self.lock().busy.get(&held.identity) > Some(&1) {
            return Ok(Put::Refused(Refusal::Full));
        }
        let Draft { meta, source, word } = draft;
        if let Err(version) = self.lock().holds(&held.identity, condition) {
            return Ok(Put::Conflict(version));
        }
        let weight = |body| frame::weight(key.as_bytes(), &meta, body);
        let body = match self.gather(&mut held, source, weight, room).await? {
            Ok(body) => body,
            Err(refusal) => return Ok(Put::Refused(refusal)),
        };
        loop {
            let admitted = {
                let mut state = self.lock();
                if since.is_some_and(|since| state.is_invalidated(&concerning, since)) {
                    return Ok(Put::Conflict(state.version(&held.identity)));
                }
                state.admit(key, &held.identity, &meta, &body, word, condition, &mut held.bytes)
            };
            let short = match admitted {
                Ok(put) => return Ok(put),
                Err(Admitted::Refused(refusal)) => return Ok(Put::Refused(refusal)),
                Err(Admitted::Short(short)) => short,
            };
            self.lock().asking += 1;
            let made = room.make(short).await;
            self.lock().asking -= 1;
            match made {
                Ok(Made::Some) => {}
                Ok(Made::Nothing) if self.lock().evicts_by_itself(&held.identity) => {}
                Ok(Made::Nothing) => return Ok(Put::Refused(Refusal::Full)),
                Err(_) if self.has(Fault::IgnoresRoomErrors) => return Ok(Put::Refused(Refusal::Full)),
                Err(error) => return Err(error),
            }
        }
    }
}

/// A write under way: its key is busy, and what it reserved is given back when it ends.
struct Held<'a> {
    disk: &'a ModelDisk,
    identity: Vec<u8>,
    bytes: u64,
}

impl<'a> Held<'a> {
    fn new(disk: &'a ModelDisk, key: &Key) -> Self {
        let identity = identity::of(key, disk.fault);
        *disk.lock().busy.entry(identity.clone()).or_default() += 1;
        Self { disk, identity, bytes: 0 }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut state = self.disk.lock();
        if !state.has(Fault::KeepsReservation) {
            state.reserved -= self.bytes;
        }
        if let Some(writers) = state.busy.get_mut(&self.identity) {
            *writers -= 1;
            if *writers == 0 {
                state.busy.remove(&self.identity);
            }
        }
    }
}

#[async_trait]
impl Disk for ModelDisk {
    fn location(&self) -> &'static str {
        "model:"
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn get_now(&self, key: &Key, access: Access) -> Option<Result<Option<Entry>>> {
        if self.has(Fault::MissesAtOnce) {
            return Some(Ok(None));
        }
        if self.has(Fault::MissesTheBusyAtOnce) && self.lock().busy.contains_key(key.as_bytes()) {
            return Some(Ok(None));
        }
        // Every other key is left to `get`, so that both ways are walked.
        key.digest().as_bytes()[0].is_multiple_of(2).then(|| Ok(self.read(key, access)))
    }

    async fn get(&self, key: &Key, access: Access) -> Result<Option<Entry>> {
        Ok(self.read(key, access))
    }

    async fn peek(&self, key: &Key) -> Result<Option<Arc<Meta>>> {
        let identity = identity::of(key, self.fault);
        let state = self.lock();
        let found = state.entries.get(&identity);
        if self.has(Fault::PeeksStale) {
            return Ok(found.map(|stored| Arc::clone(&stored.first)));
        }
        Ok(found.map(|stored| Arc::clone(&stored.meta)))
    }

    async fn put(&self, key: &Key, draft: Draft, condition: Condition, room: &dyn Room) -> Result<Put> {
        self.store(key, draft, condition, None, room).await
    }

    fn fence(&self) -> Option<Fence> {
        Some(self.lock().fence())
    }

    fn is_invalidated(&self, invalidations: &[Invalidation], since: Fence) -> bool {
        self.lock().is_invalidated(invalidations, since)
    }

    async fn invalidate(&self, what: Invalidation) -> Result<()> {
        self.lock().invalidate(what);
        Ok(())
    }

    async fn put_since(
        &self,
        key: &Key,
        draft: Draft,
        condition: Condition,
        since: Fence,
        room: &dyn Room,
    ) -> Result<Put> {
        self.store(key, draft, condition, Some(since), room).await
    }

    fn put_now(&self, key: &Key, draft: &Draft, condition: Condition) -> Option<Result<Put>> {
        let Draft { meta, source: Source::Whole(body), word } = draft else { return None };
        let mut held = Held::new(self, key);
        if self.lock().busy.get(&held.identity) > Some(&1) {
            return None;
        }
        let condition = if self.has(Fault::IgnoresConditionsAtOnce) { Condition::Always } else { condition };
        if let Err(error) = self.check(condition).and_then(|()| frame::check(key.as_bytes(), meta)) {
            return Some(Err(error));
        }
        let mut state = self.lock();
        let limit = state.settings.size_limit;
        if self.has(Fault::OverfillsAtOnce) {
            state.settings.size_limit = None;
        }
        let admitted = state.admit(key, &held.identity, meta, body, *word, condition, &mut held.bytes);
        state.settings.size_limit = limit;
        drop(state);
        match admitted {
            Ok(_) if self.has(Fault::StoresQuietlyAtOnce) => None,
            Ok(put) => Some(Ok(put)),
            Err(Admitted::Refused(refusal)) => Some(Ok(Put::Refused(refusal))),
            Err(Admitted::Short(_)) if self.has(Fault::RefusesAtOnce) => {
                Some(Ok(Put::Refused(Refusal::Full)))
            }
            Err(Admitted::Short(_)) => None,
        }
    }

    async fn revise(
        &self,
        key: &Key,
        at: larder_core::entry::Version,
        revision: Revision,
    ) -> Result<Revised> {
        if !self.capabilities.touch && !self.has(Fault::AnswersUndeclared) {
            return Err(self.unsupported("this model cannot touch"));
        }
        Ok(self.lock().revise(&identity::of(key, self.fault), at, revision))
    }

    async fn remove(&self, key: &Key, condition: Condition, _: Cause) -> Result<Removed> {
        if condition != Condition::Absent {
            self.check(condition)?;
        }
        Ok(self.lock().remove(&identity::of(key, self.fault), condition))
    }

    async fn evict(&self, victims: &[Victim], _: Cause) -> Result<Vec<Fate>> {
        Ok(self.lock().evict(victims))
    }

    async fn survey(&self, page: &Page) -> Result<Survey> {
        if self.has(Fault::HoldsLockWhileAsking) && self.lock().asking > 0 {
            std::future::pending::<()>().await;
        }
        Ok(self.lock().survey(page))
    }

    async fn list(&self, ids: &[Id]) -> Result<Vec<Option<(Key, Arc<Meta>)>>> {
        let state = self.lock();
        let mut listed: Vec<_> = ids.iter().map(|id| state.listed(*id)).collect();
        if self.has(Fault::ListsWithoutGaps) {
            listed.retain(Option::is_some);
        }
        Ok(listed)
    }

    async fn record(&self, notes: &[Note]) -> Result<()> {
        let mut state = self.lock();
        notes.iter().for_each(|note| state.record(note));
        Ok(())
    }

    async fn count(&self, namespace: &Namespace) -> Result<u64> {
        if !self.capabilities.counted && !self.has(Fault::AnswersUndeclared) {
            return Err(self.unsupported("this model does not count"));
        }
        Ok(self.lock().count(namespace))
    }

    async fn usage(&self) -> Result<Usage> {
        Ok(self.lock().usage())
    }

    async fn settings(&self, change: Option<Settings>) -> Result<Settings> {
        let mut state = self.lock();
        if let Some(settings) = change.filter(|_| !self.has(Fault::KeepsSettings)) {
            state.settings = settings;
            if self.has(Fault::ForgetsMaxEntries) {
                state.settings.max_entries = None;
            }
        }
        if self.has(Fault::SettingsOfItsOwn) {
            return Ok(self.handle.settings.clone());
        }
        if self.has(Fault::ForgetsSettings) {
            return Ok(Settings {
                policy: larder_core::eviction::DEFAULT_POLICY.into(),
                ..Settings::unbounded()
            });
        }
        Ok(state.settings.clone())
    }

    async fn check(&self, repair: Repair, findings: &mut dyn Findings) -> Result<Checked> {
        if !self.capabilities.check && !self.has(Fault::AnswersUndeclared) {
            return Err(self.unsupported("this model cannot be checked"));
        }
        Ok(self.lock().check(repair, findings))
    }

    async fn sync(&self) -> Result<()> {
        Ok(())
    }
}

impl fmt::Debug for ModelDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelDisk").field("fault", &self.fault).finish_non_exhaustive()
    }
}

/// Places at which models are kept, so that a model can be opened again.
#[derive(Clone, Debug, Default)]
pub struct ModelPlaces(Arc<Mutex<BTreeMap<String, (ModelDisk, u64)>>>);

impl ModelPlaces {
    /// The model at the place of this name; the first time a new one.
    ///
    /// Settings that are given at a reopen replace those that were kept.
    pub fn open(&self, name: &str, settings: Settings) -> ModelDisk {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((disk, opened)) = places.get_mut(name) {
            *opened += 1;
            let handle = Arc::new(Handle::new(*opened, settings.clone()));
            let mut state = disk.lock();
            state.settings = settings;
            state.reopened();
            drop(state);
            return ModelDisk { handle, ..disk.clone() };
        }
        let disk = ModelDisk::new(settings);
        places.insert(name.to_owned(), (disk.clone(), 0));
        disk
    }
}
