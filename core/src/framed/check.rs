//! Looking over a place of frames: each frame once, against what the books say of it.
//!
//! Each look takes the writers' place at its name, so a name that somebody is writing is passed over: that writer sets
//! the books right. The price is that a writer may wait for one read. What lies in the place and is no frame the place
//! does not tell.

use super::state::NAME;
use super::{FramedDisk, Frames};
use crate::books::{Found, Writing};
use crate::disk::{Brief, Checked, Finding, Findings, Fixed, Flaw, Page, Repair, Scope};
use crate::error::{Error, ErrorKind, Result};
use crate::frame::{self, Frame};
use crate::key::{Digest, Key};

/// How many briefs are asked for at once.
const PAGE: usize = 1000;

impl<F: Frames> FramedDisk<F> {
    pub(super) async fn look_over(&self, repair: Repair, findings: &mut dyn Findings) -> Result<Checked> {
        self.settle_all().await?;
        let mut checked = Checked::default();
        let mut names = self.frames.names().await?;
        names.retain(|name| name != &*NAME);
        names.sort_unstable_by_key(|name| *name.as_bytes());
        let of = names.len() as u64;
        for (looked, name) in (0..).zip(&names) {
            findings.looked(looked, of);
            let looked_at = self.look_at(name, repair, findings, &mut checked).await;
            looked_at.map_err(|error| error.after(looked))?;
        }
        findings.looked(of, of);
        let mut page = Page::any(Scope::All, PAGE);
        loop {
            let survey = self.books.survey(&page);
            for (name, _) in survey.briefs.iter().filter_map(|brief| self.books.find(brief.id)) {
                if names.binary_search_by_key(name.as_bytes(), |name| *name.as_bytes()).is_err() {
                    let looked_at = self.look_at(&name, repair, findings, &mut checked).await;
                    looked_at.map_err(|error| error.after(of))?;
                }
            }
            match survey.next {
                Some(next) => page = page.then(next),
                None => break,
            }
        }
        self.books.audit(repair).into_iter().for_each(|finding| findings.add(finding));
        Ok(checked)
    }

    /// Compares what lies at `name` with what the books say of it.
    async fn look_at(
        &self,
        name: &Digest,
        repair: Repair,
        findings: &mut dyn Findings,
        checked: &mut Checked,
    ) -> Result<()> {
        let Some(writing) = self.books.try_write(name) else { return Ok(()) };
        if self.doubts.contains(name) {
            // A write that failed meanwhile: it is settled as ever, and is no finding.
            return self.settle(writing).await;
        }
        let known = writing.current();
        let Some(bytes) = self.frames.read(name).await? else {
            if known.is_some() {
                let finding = Finding::new(Flaw::Missing, name, "the books know it, and it is not there");
                findings.add(finding.then(repair, Fixed::Removed));
                if repair == Repair::Fix {
                    let _ = writing.remove();
                    checked.struck += 1;
                }
            }
            return Ok(());
        };
        let size = bytes.len() as u64;
        let found = match read(name, &bytes) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::Format => {
                findings.add(Finding::new(Flaw::Newer, name, error).of(size));
                return Ok(());
            }
            Err(error) => {
                if repair == Repair::Fix {
                    self.discard(writing, known, checked).await?;
                }
                findings.add(Finding::new(Flaw::Damaged, name, error).of(size).then(repair, Fixed::Removed));
                return Ok(());
            }
        };
        checked.entries += 1;
        let finding = match known {
            None => Finding::new(Flaw::Unindexed, name, "it lies there, and the books do not know it"),
            Some(known) => match difference(&known, &found) {
                Some(why) => Finding::new(Flaw::Differing, name, why),
                None => return Ok(()),
            },
        };
        findings.add(finding.of(size).then(repair, Fixed::Repaired));
        if repair == Repair::Fix {
            checked.adopted += u64::from(known.is_none());
            let word = known.map_or(0, |known| known.word);
            let _ = writing.commit(Found { word, ..found });
        }
        Ok(())
    }

    /// Deletes a frame that is none, and strikes out what the books say of it.
    async fn discard(
        &self,
        writing: Writing<Digest>,
        known: Option<Brief>,
        checked: &mut Checked,
    ) -> Result<()> {
        let doubt = self.doubts.of(writing.identity());
        self.frames.delete(writing.identity()).await?;
        doubt.done();
        if known.is_some() {
            checked.struck += 1;
        }
        let _ = writing.remove();
        Ok(())
    }
}

/// What the books should say of the frame in `bytes`, if it is the one of its name.
fn read(name: &Digest, bytes: &bytes::Bytes) -> Result<Found> {
    let frame = Frame::decode(bytes)?;
    let key = Key::from_bytes(&frame.key)?;
    if key.digest() != name {
        return Err(Error::new(ErrorKind::Corrupt, "the frame of another key"));
    }
    Ok(Found::new(&key, &frame.meta, (bytes.len() as u64).saturating_add(frame::OVERHEAD), 0))
}

/// What the books say otherwise than `found`, if anything.
fn difference(known: &Brief, found: &Found) -> Option<&'static str> {
    if known.version != found.version {
        return Some("the books know another write of it");
    }
    if known.size != found.size {
        return Some("the books know another size");
    }
    let same = (known.expires, known.namespace, known.hash) == (found.expires, found.namespace, found.hash);
    (!same).then_some("the books know another expiry, cache or key")
}
