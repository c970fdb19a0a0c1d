//! Entries of a cache as a survey of its disk finds them, page by page; no value is read.
//!
//! A list can be broken off and gone on with in another process, so a place in it is named by what another process
//! finds again: the number of insertion where the disk has one, and elsewhere when an entry was written, with a part of
//! its digest. The price there is that all briefs are gathered and sorted first, 128 bytes an entry.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use larder::disk::{Brief, Direction, Page, Scope};
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
    /// Where it stands.
    pub(crate) place: Cursor,
}

/// A place in a list, behind one of its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cursor {
    /// This insertion number.
    Inserted(u64),
    /// Written at this time, in nanoseconds, under a key with this hash.
    Written(i64, u64),
}

/// Whether a list may be broken off and gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// It is read to its end.
    Whole,
    /// It begins behind this place, if any, and may end anywhere.
    Parts(Option<Cursor>),
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inserted(number) => write!(f, "n{number}"),
            Self::Written(nanos, hash) => write!(f, "w{nanos}.{hash:016x}"),
        }
    }
}

impl FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = match text.split_at_checked(1) {
            Some(("n", number)) => number.parse().ok().map(Self::Inserted),
            Some(("w", rest)) => rest.split_once('.').and_then(|(nanos, hash)| {
                Some(Self::Written(nanos.parse().ok()?, u64::from_str_radix(hash, 16).ok()?))
            }),
            _ => None,
        };
        parsed.ok_or_else(|| format!("`{text}` is no cursor: give one that `larder ls` wrote"))
    }
}

/// Hands the entries of `scope` that are the cache's to `take`, until it has enough. Of those that are not `wanted`
/// nothing is read.
///
/// # Errors
///
/// [`Failure::Call`] for a place in the list of another kind of disk. Those of the disk, and of `take`.
pub(crate) fn each(
    opened: &Opened,
    scope: &Scope,
    paging: Paging,
    wanted: impl Fn(&Brief) -> bool,
    mut take: impl FnMut(Listed) -> Result<More, Failure>,
) -> Result<(), Failure> {
    let disk = opened.store.larder().disk();
    let ordered = disk.capabilities().ordered;
    let place = |brief: &Brief| {
        if ordered {
            Cursor::Inserted(brief.insertion)
        } else {
            Cursor::Written(brief.stored.nanos(), brief.hash)
        }
    };
    let after = match paging {
        Paging::Parts(Some(after)) if matches!(after, Cursor::Inserted(_)) != ordered => {
            return Err(Failure::Call(format!("`{after}` is a cursor of another kind of disk")));
        }
        Paging::Parts(after) => after,
        Paging::Whole => None,
    };
    let is_ahead = |brief: &Brief| after.is_none_or(|after| place(brief) > after);
    let mut hand_out = |briefs: Vec<Brief>| {
        let briefs: Vec<Brief> =
            briefs.into_iter().filter(|brief| is_ahead(brief) && wanted(brief)).collect();
        let ids: Vec<_> = briefs.iter().map(|brief| brief.id).collect();
        let entries = block_on(disk.list(&ids))?;
        for (brief, entry) in briefs.iter().zip(entries) {
            // One that is gone or damaged meanwhile is none of the cache's.
            let Some((key, meta)) = entry.filter(|(key, _)| key.is_in(&opened.namespace)) else { continue };
            if take(Listed { key, meta, size: brief.size, place: place(brief) })? == More::No {
                return Ok(More::No);
            }
        }
        Ok::<_, Failure>(More::Yes)
    };
    if paging == Paging::Whole || ordered {
        return each_page(opened, Page::first(scope.clone(), PAGE), hand_out);
    }
    let mut all = Vec::new();
    let gather = |briefs: Vec<Brief>| {
        all.extend(briefs.into_iter().filter(is_ahead));
        Ok(More::Yes)
    };
    each_page(opened, Page { direction: Direction::Any, ..Page::first(scope.clone(), PAGE) }, gather)?;
    all.sort_unstable_by_key(place);
    // A survey may tell an entry twice.
    all.dedup_by_key(|brief| place(brief));
    for briefs in all.chunks(PAGE) {
        if hand_out(briefs.to_vec())? == More::No {
            break;
        }
    }
    Ok(())
}

/// Hands out the pages of a survey from `page` on.
fn each_page(
    opened: &Opened,
    mut page: Page,
    mut take: impl FnMut(Vec<Brief>) -> Result<More, Failure>,
) -> Result<(), Failure> {
    let disk = opened.store.larder().disk();
    loop {
        let survey = block_on(disk.survey(&page))?;
        if take(survey.briefs)? == More::No {
            return Ok(());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_that_was_shown_can_be_given_back() {
        for cursor in [Cursor::Inserted(0), Cursor::Inserted(u64::MAX), Cursor::Written(-5, 0xAB)] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for wrong in ["", "n", "nx", "w5", "w5.x", "5", "é"] {
            assert!(wrong.parse::<Cursor>().unwrap_err().contains("no cursor"), "{wrong}");
        }
    }
}
