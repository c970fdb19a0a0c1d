//! How the model hands out bodies: whole, unless it is to go wrong.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use larder_core::Bytes;
use larder_core::disk::Access;
use larder_core::entry::{Body, Entry, Meta, Ranges};
use larder_core::error::{Error, ErrorKind, Result};
use larder_core::key::Key;

use super::{Fault, ModelDisk, identity};

impl ModelDisk {
    pub(super) fn read(&self, key: &Key, access: Access) -> Option<Entry> {
        let is_first = self.handle.number <= 1;
        let access = if is_first || !self.has(Fault::HitsOfTheFirst) { access } else { Access::Peek };
        if self.has(Fault::ReadsOfItsOwn) {
            return self.handle.read(key, || self.read_now(key, access));
        }
        self.read_now(key, access)
    }

    fn read_now(&self, key: &Key, access: Access) -> Option<Entry> {
        let identity = identity::of(key, self.fault);
        let mut state = self.lock();
        let Some(stored) = state.entries.get_mut(&identity) else {
            return self.has(Fault::InventsEntries).then(|| invented(key));
        };
        match (access, self.fault) {
            (Access::Hit(now), Some(Fault::HitsTheDead)) => stored.hit_anyway(now),
            (Access::Hit(_), Some(Fault::RecordsNoHits)) => {}
            (Access::Hit(now), _) => stored.hit(now),
            (Access::Peek, Some(Fault::HitsOnPeek)) => stored.hit(stored.brief.accessed),
            (Access::Peek, _) => {}
        }
        if let Access::Hit(now) = access
            && self.has(Fault::ReadsRemoveTheDead)
            && !stored.meta.is_live(now)
        {
            state.entries.remove(&identity);
            return None;
        }
        if self.has(Fault::ReadsEvict) && state.is_above_limit() {
            state.entries.pop_last();
            return None;
        }
        let stored = state.entries.get(&identity)?;
        let whole = stored.body.clone();
        let body = match self.fault {
            Some(Fault::CutsBodies) => whole.slice(..whole.len().saturating_sub(1)).into(),
            Some(Fault::CutsLongBodies) => whole.slice(..whole.len().min(1 << 20)).into(),
            Some(Fault::ShiftsRanges) => Body::Ranged(Arc::new(Shifted(whole))),
            Some(Fault::LiveBodies) => {
                Body::Ranged(Arc::new(Live { disk: self.clone(), identity, length: whole.len() as u64 }))
            }
            _ => whole.into(),
        };
        Some(Entry { meta: Arc::clone(&stored.meta), body })
    }
}

fn invented(key: &Key) -> Entry {
    let nonce = u64::from(key.digest().as_bytes()[0]);
    let random = larder_core::random::Seeded::new(nonce);
    let meta = Meta::new(&random, larder_core::time::Time::EPOCH, "json".into(), "none".into());
    Entry { meta: Arc::new(meta), body: Bytes::from_static(b"0").into() }
}

/// The bytes of `range`, or why there are none.
fn slice(bytes: &Bytes, range: Range<u64>) -> Result<Bytes> {
    let leaves = || Error::new(ErrorKind::Invalid, "a range that leaves the body");
    let (start, end) = (usize::try_from(range.start), usize::try_from(range.end));
    let (Ok(start), Ok(end)) = (start, end) else { return Err(leaves()) };
    if start > end || end > bytes.len() { Err(leaves()) } else { Ok(bytes.slice(start..end)) }
}

/// Whole reads are right, ranges are one byte late.
#[derive(Debug)]
struct Shifted(Bytes);

#[async_trait]
impl Ranges for Shifted {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        let late = u64::from(range.start > 0 && range.end < self.len());
        slice(&self.0, range.start + late..range.end + late)
    }
}

/// Reads what is stored when it is asked.
#[derive(Debug)]
struct Live {
    disk: ModelDisk,
    identity: Vec<u8>,
    length: u64,
}

#[async_trait]
impl Ranges for Live {
    fn len(&self) -> u64 {
        self.length
    }

    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        let body = self.disk.lock().entries.get(&self.identity).map(|stored| stored.body.clone());
        let body = body.unwrap_or_default();
        let end = range.end.min(body.len() as u64);
        slice(&body, range.start.min(end)..end)
    }
}
