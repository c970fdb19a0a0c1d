//! Entries of a cache as a survey of its disk finds them, page by page; no value is read.

use std::sync::Arc;

use larder::disk::{Page, Scope};
use larder::entry::Meta;
use larder::key::Key;
use pollster::block_on;

use crate::failure::Failure;
use crate::opened::Opened;

/// How many entries are asked for at once.
const PAGE: usize = 1000;

/// An entry of a cache.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) key: Key,
    pub(crate) meta: Arc<Meta>,
    /// What it adds to the volume, in bytes.
    pub(crate) size: u64,
}

/// Hands the entries of `scope` that are the cache's to `take`, until it has enough.
///
/// # Errors
///
/// Those of the disk, and of `take`.
pub(crate) fn each(
    opened: &Opened,
    scope: &Scope,
    mut take: impl FnMut(Listed) -> Result<More, Failure>,
) -> Result<(), Failure> {
    let disk = opened.store.larder().disk();
    let mut page = Page::first(scope.clone(), PAGE);
    loop {
        let survey = block_on(disk.survey(&page))?;
        let ids: Vec<_> = survey.briefs.iter().map(|brief| brief.id).collect();
        let entries = block_on(disk.list(&ids))?;
        for (brief, entry) in survey.briefs.iter().zip(entries) {
            // One that is gone or damaged meanwhile is none of the cache's.
            let Some((key, meta)) = entry.filter(|(key, _)| key.is_in(&opened.namespace)) else { continue };
            if take(Listed { key, meta, size: brief.size })? == More::No {
                return Ok(());
            }
        }
        match survey.next {
            Some(next) => page = page.then(next),
            None => return Ok(()),
        }
    }
}

/// Whether more is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum More {
    /// It is.
    Yes,
    /// It is not.
    No,
}
