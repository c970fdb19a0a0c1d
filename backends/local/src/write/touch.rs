//! Touching: another expiry, with the body where it is or as it is.

use larder_core::disk::{Revised, Revision};
use larder_core::entry::Version;
use larder_core::frame::Head;
use larder_core::key::Key;
use larder_core::{ErrorKind, Result};

use crate::apart::{Apart, LONGEST_HEAD};
use crate::chains::{self, Found};
use crate::inner::Inner;
use crate::reclaim::{Goal, MAX_RECLAIMS, Rights, is_full};
use crate::record::Kind;
use crate::section::Section;
use crate::slot::Mark;
use crate::steps::Stuck;

impl Inner {
    pub(crate) async fn revise(&self, key: &Key, at: Version, revision: Revision) -> Result<Revised> {
        let mark = Mark::of(key.digest());
        let (mut rights, mut reclaims) = (Rights::WRITE, 0);
        loop {
            self.writers.wait(mark).await;
            let revised = self
                .within(|section| {
                    if self.writers.is_held(mark) {
                        return Ok(None);
                    }
                    self.revise_in(section, key, mark, at, revision, rights).map(Some)
                })
                .await
                .map_err(|error| error.of(key))?;
            match revised {
                Some(Ok(revised)) => return Ok(revised),
                Some(Err(Stuck::Reclaim)) => {
                    let gained = self.reclaim(Goal::Bound).await?;
                    rights = if gained { rights } else { Rights::EXCEEDING_WRITE };
                }
                Some(Err(stuck)) => {
                    reclaims += 1;
                    let error = stuck.into_error();
                    let may_help = is_full(&error) && reclaims <= MAX_RECLAIMS;
                    if !may_help || !self.reclaim(self.goal_when_full()).await? {
                        return Err(self.failed("touching an entry", error).of(key));
                    }
                }
                None => {}
            }
        }
    }

    /// Touches an entry in a section; the inner error says why that cannot be done now.
    fn revise_in(
        &self,
        section: &mut Section<'_>,
        key: &Key,
        mark: Mark,
        at: Version,
        revision: Revision,
        rights: Rights,
    ) -> Result<Result<Revised, Stuck>> {
        let Some((found, _)) = chains::find(section, mark) else { return Ok(Ok(Revised::Conflict(None))) };
        let stored = Version::from_bits(found.slot.version);
        if stored != at {
            return Ok(Ok(Revised::Conflict(Some(stored))));
        }
        let head = self.head(&found.slot);
        if !head.as_ref().is_ok_and(|head| head.as_ref().is_some_and(|head| head.meta.version == stored)) {
            self.verify_entry(section, key);
        }
        let head = head?;
        let Some(head) = head.filter(|head| head.key == key.as_bytes()) else {
            return Ok(Ok(Revised::Conflict(None)));
        };
        let meta = head.meta.revised(revision);
        let new = head.with(&meta);
        let (kind, payload) = match self.behind(&found, &head)? {
            Behind::Here(rest) => (Kind::Frame, vec![new, rest]),
            Behind::Apart(apart) => (Kind::Apart, vec![Apart { touched: new, ..apart }.encode().into()]),
        };
        let parts: Vec<&[u8]> = payload.iter().map(|part| &part[..]).collect();
        if let Err(error) = self.check_reserve() {
            return Ok(Err(Stuck::Failed(error)));
        }
        let restored =
            self.with_segment(section, rights, |section| self.restore(section, &meta, kind, &found, &parts));
        Ok(restored.map(Revised::Done))
    }

    /// What stands behind the head of the entry that was found.
    fn behind(&self, found: &Found, head: &Head) -> Result<Behind> {
        if !found.slot.place.is_apart {
            let frame = self.frame(&found.slot)?;
            if frame.len() < head.length {
                return Err(self.error(ErrorKind::Corrupt, "the frame is cut"));
            }
            return Ok(Behind::Here(frame.slice(head.length..)));
        }
        if head.length > LONGEST_HEAD {
            let message =
                "an entry with a key and metadata of more than 64 KiB and a large value is not touched";
            return Err(self.error(ErrorKind::Unsupported, message));
        }
        let apart = self.apart(&found.slot);
        let apart = apart.map_err(|error| self.unreadable("opening a segment", error))?;
        apart.map(Behind::Apart).ok_or_else(|| self.error(ErrorKind::Corrupt, "the record is damaged"))
    }
}

/// What stands behind a head.
enum Behind {
    /// These bytes, in the log.
    Here(bytes::Bytes),
    /// What lies in a file.
    Apart(Apart),
}
