//! Making room: the evictor and the disk, round after round.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use super::Larder;
use crate::disk::{Cause, Fate, Made, Page, Reach, Room, Scope, Settings, Shortage, Usage};
use crate::error::Result;
use crate::eviction::{Pick, Settled};
use crate::time::Time;

/// Briefs a page when the whole disk is looked over.
const PAGE: usize = 256;

/// How many victims an operation may have before it is asked how many entries there are at all.
const UNASKED: u64 = 1024;

/// Makes room for one operation, at the time of that operation.
#[derive(Debug)]
pub(crate) struct Making<'a> {
    larder: &'a Larder,
    now: Time,
    /// Victims of this operation that went, as the disk says.
    gone: AtomicU64,
    /// How many may go before the disk must have lied; unknown until many have gone.
    most: AtomicU64,
}

impl<'a> Making<'a> {
    pub(crate) const fn new(larder: &'a Larder, now: Time) -> Self {
        Self { larder, now, gone: AtomicU64::new(0), most: AtomicU64::new(UNASKED) }
    }

    /// Evicts one round of victims towards `shortage`; `None` if nothing is left that may go.
    pub(crate) async fn round(&self, shortage: Shortage) -> Result<Option<Settled>> {
        let inner = &*self.larder.inner;
        let settings = inner.disk.settings(None).await?;
        if !inner.evictor.obeys(&settings.policy) {
            let policy = inner.parts.policies.find(&settings.policy)?;
            // Settings may call it by its long name; otherwise somebody else changed it for all.
            if !inner.evictor.obeys(policy.name()) {
                inner.evictor.obey(policy);
            }
        }
        if inner.disk.capabilities().reach > Reach::Process {
            self.catch_up().await?;
        }
        inner.evictor.bound(settings.size_limit);
        let mut just_surveyed = false;
        let mut round = inner.evictor.round();
        loop {
            match round.pick(shortage, self.now, just_surveyed) {
                Pick::Victims => {
                    let cause = if round.is_dead() { Cause::Expired } else { Cause::Evicted };
                    let fates = inner.disk.evict(&round.victims(), cause).await?;
                    let all_busy = fates.iter().all(|fate| *fate == Fate::Busy);
                    let settled = round.settle(fates);
                    inner.counts.went(cause, settled.gone);
                    if settled.gone > 0 {
                        return self
                            .is_credible(settled.gone)
                            .await
                            .map(|credible| credible.then_some(settled));
                    }
                    // Others were quicker, so what the survey found is out of date; whoever is busy will be done.
                    just_surveyed &= all_busy;
                }
                Pick::Spare(notes) => {
                    inner.disk.record(&notes).await?;
                    // What is spared may go later in its queue, which only another survey shows.
                    just_surveyed = false;
                }
                Pick::Survey => {
                    just_surveyed = self.survey().await?;
                }
                Pick::Nothing => return Ok(None),
            }
        }
    }

    /// Whether `gone` more victims may have gone. A disk that says so and keeps them would be asked for ever.
    async fn is_credible(&self, gone: u64) -> Result<bool> {
        let sum = self.gone.fetch_add(gone, Ordering::Relaxed) + gone;
        let most = self.most.load(Ordering::Relaxed);
        if sum <= most || most > UNASKED {
            return Ok(sum <= most);
        }
        // All that is there now may still go, and as much again may be written meanwhile.
        let entries = self.larder.inner.disk.usage().await?.entries;
        let most = sum.saturating_add(entries.saturating_mul(2)).saturating_add(UNASKED);
        self.most.store(most, Ordering::Relaxed);
        Ok(true)
    }

    /// Merges in what other processes wrote since the last look.
    async fn catch_up(&self) -> Result<()> {
        let inner = &*self.larder.inner;
        let Some(seen) = inner.evictor.seen() else { return Ok(()) };
        let mut first = None;
        let mut page = Page::any(Scope::Since(seen), PAGE);
        loop {
            let survey = inner.disk.survey(&page).await?;
            // What was written behind the first page while the others were read is asked for again next time.
            let first = *first.get_or_insert(survey.seen);
            let until = if survey.next.is_some() { seen } else { first };
            inner.evictor.merge(&survey.briefs, until, self.now);
            let Some(next) = survey.next else { return Ok(()) };
            page = page.then(next);
        }
    }

    /// Surveys the disk for the evictor; says whether it may pick from what was found.
    async fn survey(&self) -> Result<bool> {
        let inner = &*self.larder.inner;
        let entries = inner.disk.usage().await?.entries;
        let mut surveying = inner.evictor.survey(entries);
        let mut page = Page::any(Scope::All, PAGE);
        let mut began = None;
        loop {
            let survey = inner.disk.survey(&page).await?;
            began.get_or_insert(survey.seen);
            survey.briefs.iter().for_each(|brief| surveying.see(brief, self.now));
            let Some(next) = survey.next else { break };
            page = page.then(next);
        }
        Ok(surveying.finish(began, self.now))
    }
}

#[async_trait]
impl Room for Making<'_> {
    async fn make(&self, shortage: Shortage) -> Result<Made> {
        Ok(if self.round(shortage).await?.is_some() { Made::Some } else { Made::Nothing })
    }
}

/// What a disk holds above its limits, if anything.
pub(super) fn excess(usage: &Usage, settings: &Settings) -> Option<Shortage> {
    let short = Shortage {
        bytes: usage.volume.saturating_sub(settings.size_limit.unwrap_or(u64::MAX)),
        entries: usage.entries.saturating_sub(settings.max_entries.unwrap_or(u64::MAX)),
    };
    (short != Shortage::default()).then_some(short)
}
