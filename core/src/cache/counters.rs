//! What happened to a cache, in numbers.
//!
//! Counts lie in a few shards, each behind a lock of its own that its threads rarely share; a snapshot holds all
//! of them at once and so is one consistent value.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Reads that found nothing to hand out, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Misses {
    /// Nothing was stored.
    pub absent: u64,
    /// What was stored had ceased to live.
    pub expired: u64,
    /// What was stored is lost or damaged.
    pub corrupt: u64,
    /// What was stored has another schema.
    pub schema: u64,
    /// What was stored has a codec that this cache does not read.
    pub codec: u64,
    /// What was stored is no such value.
    pub undecodable: u64,
}

impl Misses {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.absent + self.expired + self.corrupt + self.schema + self.codec + self.undecodable
    }
}

/// Writes that stored nothing, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    /// Larger than the limit.
    pub too_large: u64,
    /// No room under the policy.
    pub full: u64,
    /// Only remembered by the policy.
    pub not_admitted: u64,
    /// The disk failed.
    pub failed: u64,
    /// Computed values that were not stored because their key was written, removed or invalidated meanwhile.
    pub invalidated: u64,
}

/// What happened to a cache since it was opened, or since its counts were reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Reads that got a value.
    pub hits: u64,
    /// Reads that got none; an error is not a miss.
    pub misses: Misses,
    /// Calls that waited for the computation of another caller; neither hits nor misses.
    pub waits: u64,
    /// Operations that the disk failed.
    pub errors: u64,
    /// Writes that stored a value.
    pub stored: u64,
    /// Writes that did not.
    pub refused: Refusals,
    /// Entries that were removed by key, tag or clearing.
    pub removed: u64,
    /// Dead entries that were removed.
    pub expired: u64,
    /// Encoded bytes of the values that were read.
    pub bytes_out: u64,
    /// Encoded bytes of the values that were stored.
    pub bytes_in: u64,
    /// The time that the values which were read had taken to compute.
    pub saved: Duration,
}

impl Stats {
    /// The share of reads that were hits; `None` before the first read.
    #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
    pub fn hit_ratio(&self) -> Option<f64> {
        let reads = self.hits + self.misses.total();
        (reads > 0).then(|| self.hits as f64 / reads as f64)
    }

    fn take_in(&mut self, other: &Self) {
        self.hits += other.hits;
        self.misses.absent += other.misses.absent;
        self.misses.expired += other.misses.expired;
        self.misses.corrupt += other.misses.corrupt;
        self.misses.schema += other.misses.schema;
        self.misses.codec += other.misses.codec;
        self.misses.undecodable += other.misses.undecodable;
        self.waits += other.waits;
        self.errors += other.errors;
        self.stored += other.stored;
        self.refused.too_large += other.refused.too_large;
        self.refused.full += other.refused.full;
        self.refused.not_admitted += other.refused.not_admitted;
        self.refused.failed += other.refused.failed;
        self.refused.invalidated += other.refused.invalidated;
        self.removed += other.removed;
        self.expired += other.expired;
        self.bytes_out += other.bytes_out;
        self.bytes_in += other.bytes_in;
        self.saved = self.saved.saturating_add(other.saved);
    }
}

const SHARDS: usize = 8;

/// A shard on cache lines of its own, so that threads do not slow each other.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<Stats>);

#[derive(Debug, Default)]
pub(super) struct Counters([Shard; SHARDS]);

impl Counters {
    /// Changes the counts of this thread's shard.
    pub(super) fn add(&self, change: impl FnOnce(&mut Stats)) {
        change(&mut lock(&self.0[shard()]));
    }

    pub(super) fn snapshot(&self) -> Stats {
        let shards = self.0.each_ref().map(lock);
        let mut sum = Stats::default();
        shards.iter().for_each(|shard| sum.take_in(shard));
        sum
    }

    pub(super) fn reset(&self) -> Stats {
        let mut shards = self.0.each_ref().map(lock);
        let mut sum = Stats::default();
        for shard in &mut shards {
            sum.take_in(&std::mem::take(&mut **shard));
        }
        sum
    }
}

fn lock(shard: &Shard) -> MutexGuard<'_, Stats> {
    shard.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The shard of this thread: threads take them in turn.
fn shard() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        // A constant costs a read less on every hit than a value that is made when it is first asked for.
        static MINE: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    let mine = MINE.get();
    if mine < SHARDS {
        return mine;
    }
    let mine = NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS;
    MINE.set(mine);
    mine
}
