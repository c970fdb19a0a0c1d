//! Removing many entries, page by page.
//!
//! A brief often tells whether its entry is meant; where it cannot (tags are only a filter, and a disk may not
//! have read an entry yet) the metadata are asked for.

use std::sync::Arc;

use super::Larder;
use crate::disk::{Brief, Cause, Fate, Page, Scope, Victim};
use crate::entry::Meta;
use crate::error::Result;
use crate::key::Key;

/// How many entries a batch looks at before others get a turn.
pub(crate) const BATCH: usize = 100;

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
                Ok(victims) => self.strike(&victims, cause).await,
                Err(error) => Err(error),
            };
            match struck {
                Ok(gone) => removed += gone,
                Err(error) => return (removed, Err(error.after(removed))),
            }
            let Some(next) = survey.next else { return (removed, Ok(())) };
            page = page.then(next);
        }
    }

    async fn meant(
        &self,
        briefs: &[Brief],
        guess: impl Fn(&Brief) -> Guess,
        is: impl Fn(&Key, &Meta) -> bool,
    ) -> Result<Vec<Victim>> {
        let mut victims = Vec::new();
        let mut asked = Vec::new();
        for brief in briefs {
            match guess(brief) {
                Guess::No => {}
                Guess::Yes => victims.push(brief.victim()),
                Guess::Ask => asked.push(brief),
            }
        }
        if asked.is_empty() {
            return Ok(victims);
        }
        let ids: Vec<_> = asked.iter().map(|brief| brief.id).collect();
        let listed: Vec<Option<(Key, Arc<Meta>)>> = self.inner.disk.list(&ids).await?;
        for (brief, listed) in asked.into_iter().zip(listed) {
            // An entry that is gone or damaged meanwhile is nobody's.
            let Some((key, meta)) = listed else { continue };
            if is(&key, &meta) {
                // The brief of an unread entry has no version yet; the metadata that was just read has.
                victims.push(Victim { version: meta.version, ..brief.victim() });
            }
        }
        Ok(victims)
    }

    async fn strike(&self, victims: &[Victim], cause: Cause) -> Result<u64> {
        if victims.is_empty() {
            return Ok(0);
        }
        let fates = self.inner.disk.evict(victims, cause).await?;
        let gone = fates.iter().filter(|fate| **fate == Fate::Gone).count() as u64;
        self.inner.counts.went(cause, gone);
        Ok(gone)
    }
}
