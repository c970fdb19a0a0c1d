//! Touching: another expiry, with the body where it is or as it is.

use larder_core::disk::{Revised, Revision};
use larder_core::entry::Version;
use larder_core::frame::Head;
use larder_core::key::Key;
use larder_core::{ErrorKind, Result};

use crate::apart::{Apart, LONGEST_HEAD};
use crate::chains::{self, Found};
use crate::inner::Inner;
use crate::record::Kind;
use crate::section::Section;
use crate::slot::Mark;

impl Inner {
    pub(crate) async fn revise(&self, key: &Key, at: Version, revision: Revision) -> Result<Revised> {
        let mark = Mark::of(key.digest());
        loop {
            self.writers.wait(mark).await;
            let revised = self
                .within(|section| {
                    if self.writers.is_held(mark) {
                        return Ok(None);
                    }
                    self.revise_in(section, key, mark, at, revision).map(Some)
                })
                .await
                .map_err(|error| error.of(key))?;
            if let Some(revised) = revised {
                return Ok(revised);
            }
        }
    }

    fn revise_in(
        &self,
        section: &mut Section<'_>,
        key: &Key,
        mark: Mark,
        at: Version,
        revision: Revision,
    ) -> Result<Revised> {
        let Some((found, _)) = chains::find(section, mark) else { return Ok(Revised::Conflict(None)) };
        let stored = Version::from_bits(found.slot.version);
        if stored != at {
            return Ok(Revised::Conflict(Some(stored)));
        }
        let head = self.head(&found.slot);
        if !head.as_ref().is_ok_and(|head| head.as_ref().is_some_and(|head| head.meta.version == stored)) {
            self.verify_entry(section, key);
        }
        let head = head?;
        let Some(head) = head.filter(|head| head.key == key.as_bytes()) else {
            return Ok(Revised::Conflict(None));
        };
        let meta = head.meta.revised(revision);
        let new = head.with(&meta);
        let (kind, payload) = match self.behind(&found, &head)? {
            Behind::Here(rest) => (Kind::Frame, vec![new, rest]),
            Behind::Apart(apart) => (Kind::Apart, vec![Apart { touched: new, ..apart }.encode().into()]),
        };
        let parts: Vec<&[u8]> = payload.iter().map(|part| &part[..]).collect();
        let restored =
            self.with_segment(section, false, |section| self.restore(section, &meta, kind, &found, &parts));
        restored.map(Revised::Done).map_err(|error| self.failed("touching an entry", error))
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
