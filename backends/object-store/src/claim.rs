//! Whether a place is larder's to use.
//!
//! A place belongs to larder if larder's settings are recorded there, if entries prove it whose settings were lost,
//! or if nothing is there. Anything else is refused before anything is written, so that no foreign object is ever
//! overwritten, counted or removed. Names alone prove nothing: other programs lay out their files as `ab/abcd…` too.

use futures_util::{StreamExt, stream};
use larder_core::disk::{Requested, Settings};
use larder_core::key::{Digest, Key};
use larder_core::{Error, ErrorKind, Result};

use crate::bucket::{Bucket, Content, Listing, Seen};
use crate::recorded;

/// How many objects with names of entries are read to find one that is an entry.
const SAMPLES: usize = 16;

/// What is recorded in a place.
#[derive(Debug)]
pub(crate) enum Recorded {
    Nothing,
    Settings(Settings),
    /// Settings that cannot be read. They may be replaced where entries prove that the place is larder's.
    Damaged(Error),
}

/// Reads the settings that are recorded.
///
/// # Errors
///
/// [`ErrorKind::Invalid`] for a foreign object with that name, [`ErrorKind::Format`] for a later version,
/// [`ErrorKind::Unavailable`] if the store cannot be read.
pub(crate) async fn recorded(bucket: &Bucket) -> Result<Recorded> {
    match bucket.recorded().await?.map(|bytes| recorded::read(&bytes)).transpose() {
        Ok(Some(settings)) => Ok(Recorded::Settings(settings)),
        Ok(None) => Ok(Recorded::Nothing),
        Err(error) if error.kind() == ErrorKind::Corrupt => Ok(Recorded::Damaged(error)),
        Err(error) => Err(error),
    }
}

/// The settings of a place with this listing; `None` for a place that has none and may be used.
///
/// # Errors
///
/// [`ErrorKind::Invalid`] if the place is not larder's, naming what is in the way; [`ErrorKind::Corrupt`] for damaged
/// settings that `requested` does not replace; those of [`recorded()`].
pub(crate) async fn claim(
    bucket: &Bucket,
    found: Recorded,
    listing: &Listing,
    requested: &Requested,
) -> Result<Option<Settings>> {
    let found = match found {
        Recorded::Settings(settings) => return Ok(Some(settings)),
        Recorded::Nothing if listing.is_empty() => return Ok(None),
        // Another disk may have been the first one here since the settings were looked for.
        Recorded::Nothing => recorded(bucket).await?,
        damaged @ Recorded::Damaged(_) => damaged,
    };
    let damage = match found {
        Recorded::Settings(settings) => return Ok(Some(settings)),
        Recorded::Damaged(error) if requested.size_limit.is_none() => return Err(error),
        Recorded::Damaged(error) => Some(error),
        Recorded::Nothing => None,
    };
    let candidates: Vec<Digest> = listing.entries.iter().map(|entry| entry.digest).collect();
    if has_entry(bucket, candidates.get(..SAMPLES).unwrap_or(&candidates)).await? {
        return Ok(None);
    }
    let mut names = listing.foreign.clone();
    names.extend(damage.is_some().then(|| bucket.names().settings().to_string()));
    names.extend(candidates.iter().map(|digest| bucket.names().entry(digest).to_string()));
    let error = Error::new(ErrorKind::Invalid, in_the_way(&names));
    Err(match damage {
        Some(damage) => error.because(damage),
        None => error,
    })
}

/// Whether one of these objects is an entry.
async fn has_entry(bucket: &Bucket, candidates: &[Digest]) -> Result<bool> {
    let mut heads = stream::iter(candidates).map(|digest| async move {
        let seen = bucket.head(digest).await?;
        Ok::<_, Error>(seen.is_some_and(|seen| is_entry_of(&seen, digest)))
    });
    while let Some(head) = heads.next().await {
        if head.await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether this is an entry, or the tombstone of one, that larder stored under the name of `digest`.
fn is_entry_of(seen: &Seen, digest: &Digest) -> bool {
    match &seen.content {
        Ok(Content::Entry(head)) => Key::from_bytes(&head.key).is_ok_and(|key| key.digest() == digest),
        Ok(Content::Tombstone(_)) => true,
        Err(_) => false,
    }
}

/// Names up to three of the objects that are in the way.
fn in_the_way(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = match names.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!(
        "the place is neither empty nor a larder store: {}{more} {verb} in the way; use an empty directory or another \
         prefix",
        shown.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_names_are_shown_and_the_others_counted() {
        let names = |count: usize| (0..count).map(|number| number.to_string()).collect::<Vec<_>>();
        assert!(in_the_way(&names(1)).contains("`0` is in the way"));
        assert!(in_the_way(&names(3)).contains("`0`, `1`, `2` are in the way"));
        assert!(in_the_way(&names(5)).contains("`0`, `1`, `2` and 2 more are in the way"));
    }
}
