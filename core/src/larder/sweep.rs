//! Removing many entries, page by page.
//!
//! A brief often tells whether its entry is meant; where it cannot (tags are only a filter, and a disk may not
//! have read an entry yet) the metadata are asked for.

use std::sync::Arc;

use super::Larder;
use crate::disk::{Brief, Cause, Condition, Fate, Id, Page, Removed, Scope, Victim};
use crate::entry::Meta;
use crate::error::Result;
use crate::key::Key;

/// How many entries a batch looks at before others get a turn.
pub(crate) const BATCH: usize = 100;

/// How often an entry that is written over and over is looked at again.
const CHASES: usize = 100;

/// What a brief tells of whether its entry is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guess {
    No,
    Yes,
    /// Key and metadata decide.
    Ask,
}

impl Larder {
    /// Removes the entries in `scope` that are meant; returns how many went, and the error that stopped it.
    ///
    /// Entries that are inserted meanwhile stay.
    pub(crate) async fn sweep(
        &self,
        scope: Scope,
        cause: Cause,
        guess: impl Fn(&Brief) -> Guess + Send + Sync,
        is: impl Fn(&Key, &Meta) -> bool + Send + Sync,
    ) -> (u64, Result<()>) {
        let mut page = Page::first(scope, BATCH);
        let mut removed = 0;
        let mut until = None;
        loop {
            let survey = match self.inner.disk.survey(&page).await {
                Ok(survey) => survey,
                Err(error) => return (removed, Err(error.after(removed))),
            };
            let until = *until.get_or_insert(survey.seen.0);
            let old: Vec<Brief> =
                survey.briefs.into_iter().filter(|brief| brief.insertion <= until).collect();
            let struck = match self.meant(&old, &guess, &is).await {
                Ok(meant) => self.strike(&meant, cause, &is, &mut removed).await,
                Err(error) => Err(error),
            };
            if let Err(error) = struck {
                return (removed, Err(error.after(removed)));
            }
            let Some(next) = survey.next else { return (removed, Ok(())) };
            page = page.then(next);
        }
    }

    /// The entries that are meant, with the versions that were seen.
    async fn meant(
        &self,
        briefs: &[Brief],
        guess: impl Fn(&Brief) -> Guess,
        is: impl Fn(&Key, &Meta) -> bool,
    ) -> Result<Vec<Brief>> {
        let mut meant = Vec::new();
        let mut asked = Vec::new();
        for brief in briefs {
            match guess(brief) {
                Guess::No => {}
                Guess::Yes => meant.push(*brief),
                Guess::Ask => asked.push(brief),
            }
        }
        if asked.is_empty() {
            return Ok(meant);
        }
        let ids: Vec<_> = asked.iter().map(|brief| brief.id).collect();
        let listed: Vec<Option<(Key, Arc<Meta>)>> = self.inner.disk.list(&ids).await?;
        for (brief, listed) in asked.into_iter().zip(listed) {
            // An entry that is gone or damaged meanwhile is nobody's.
            let Some((key, meta)) = listed else { continue };
            if is(&key, &meta) {
                // The brief of an unread entry has no version yet; the metadata that was just read has.
                meant.push(Brief { version: meta.version, ..*brief });
            }
        }
        Ok(meant)
    }

    /// Removes the entry of this brief if nobody wrote it since, and counts it; says whether it went.
    pub(crate) async fn strike_out(&self, brief: &Brief, cause: Cause) -> Result<bool> {
        let fates = self.inner.disk.evict(&[brief.victim()], cause).await?;
        let gone = fates.first() == Some(&Fate::Gone);
        if gone {
            self.inner.counts.went(cause, 1);
            self.inner.evictor.gone(brief);
        }
        Ok(gone)
    }

    /// Removes these entries and adds to `removed` how many went.
    async fn strike(
        &self,
        meant: &[Brief],
        cause: Cause,
        is: impl Fn(&Key, &Meta) -> bool,
        removed: &mut u64,
    ) -> Result<()> {
        if meant.is_empty() {
            return Ok(());
        }
        let victims: Vec<Victim> = meant.iter().map(Brief::victim).collect();
        let fates = self.inner.disk.evict(&victims, cause).await?;
        let mut missed = Vec::new();
        for (brief, fate) in meant.iter().zip(fates) {
            if fate == Fate::Gone {
                self.inner.counts.went(cause, 1);
                self.inner.evictor.gone(brief);
                *removed += 1;
            } else {
                missed.push(brief.id);
            }
        }
        for id in missed {
            *removed += u64::from(self.chase(id, cause, &is).await?);
        }
        Ok(())
    }

    /// Removes an entry that somebody was writing, if it is meant still: a touch must not save it. Says whether it
    /// went.
    async fn chase(&self, id: Id, cause: Cause, is: impl Fn(&Key, &Meta) -> bool) -> Result<bool> {
        let disk = &self.inner.disk;
        if !disk.capabilities().compare {
            // What was written meanwhile may stay, and such a disk knows no touch.
            return Ok(false);
        }
        for _ in 0..CHASES {
            let listed = disk.list(&[id]).await?.pop().flatten();
            let Some((key, meta)) = listed.filter(|(key, meta)| is(key, meta)) else { return Ok(false) };
            match self.remove(&key, Condition::Is(meta.version), cause).await? {
                Removed::Gone(_) => return Ok(true),
                Removed::Nothing => return Ok(false),
                Removed::Conflict(_) => {}
            }
        }
        // It was written anew each time.
        Ok(false)
    }
}
