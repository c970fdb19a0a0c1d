//! Looking over a store: one listing, and every entry read once.
//!
//! Only a whole read proves an entry, so a check costs a GET for each and the transfer of all bytes, though no more than
//! a block of each is in memory at once; that is its price. Where others write to the store, what the books do not know yet is no
//! flaw: they learn of it, as by any read. An object that is damaged when it is read is replaced by a tombstone where
//! the store compares. Where it does not it is deleted, and what somebody puts in its place at that very moment may go
//! with it, which a cache may always forget.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use larder_core::books::{Found, Writing};
use larder_core::disk::{Brief, Checked, Finding, Findings, Fixed, Flaw, Page, Reach, Repair, Scope};
use larder_core::entry::Version;
use larder_core::key::{Digest, Key};
use larder_core::{Error, ErrorKind, Result};
use object_store::path;
use object_store::{Error as StoreError, ObjectMeta, PutMode};

use crate::bucket::{LONGEST, Opened};
use crate::disk::Inner;
use crate::failure::{failed, is_missing, is_taken};
use crate::files::GRACE;
use crate::probe::is_probe;
use crate::read::{RETRIES, is_unread, whole};
use crate::stamps::Stamp;
use crate::tombstone::Tombstone;
use crate::{ranges, read, recorded};

/// How many entries are read at once.
const AT_ONCE: usize = 8;

/// How many briefs are asked for at once.
const PAGE: usize = 1000;

/// What a look at one name came to.
#[derive(Debug, Default)]
struct Looked {
    finding: Option<Finding>,
    checked: Checked,
}

/// A name, and what is called so.
#[derive(Clone, Debug)]
struct Named {
    digest: Digest,
    at: String,
    /// When it was last written, as it was listed.
    modified: SystemTime,
}

/// What lies at a name.
enum There {
    Entry(Found),
    Tombstone,
    /// No entry, for this reason.
    Damaged(Error),
}

impl Inner {
    pub(crate) async fn look_over(
        self: &Arc<Self>,
        repair: Repair,
        findings: &mut dyn Findings,
    ) -> Result<Checked> {
        let mut checked = Checked::default();
        let mut listed = HashSet::new();
        let mut entries = Vec::new();
        let mut looked = 0;
        let mut objects = self.bucket.objects();
        loop {
            let object = objects.next().await;
            let is_last = object.is_none();
            match object {
                Some(Ok(object)) => {
                    if let Some(digest) = self.bucket.names().digest(&object.location) {
                        listed.insert(digest);
                        let at = object.location.to_string();
                        entries.push(Named { digest, at, modified: object.last_modified.into() });
                    } else {
                        let looked_at = self.look_at_other(&object, repair, findings).await;
                        looked_at.map_err(|error| error.after(looked))?;
                    }
                }
                // Listed, and gone before it was looked at.
                Some(Err(cause)) if is_missing(&cause) => {}
                // A foreign file that has no name of an object, or that can hold no data.
                Some(Err(StoreError::InvalidPath { source })) => findings.add(unlistable(&source)),
                Some(Err(cause)) => return Err(failed("listing the entries", cause).after(looked)),
                None => {}
            }
            if entries.len() == PAGE || is_last {
                let batch = std::mem::take(&mut entries);
                self.look_at_all(batch, repair, findings, &mut checked, &mut looked).await?;
            }
            if is_last {
                break;
            }
        }
        drop(objects);
        self.look_for_missing(&listed, repair, findings, &mut checked, &mut looked).await?;
        let settings = self.look_at_settings(repair).await.map_err(|error| error.after(looked))?;
        settings.into_iter().for_each(|finding| findings.add(finding));
        let leftovers = self.look_for_leftovers(repair).await.map_err(|error| error.after(looked))?;
        leftovers.into_iter().for_each(|finding| findings.add(finding));
        self.books.audit(repair).into_iter().for_each(|finding| findings.add(finding));
        Ok(checked)
    }

    /// What is no entry: settings are looked at by themselves, probes may be left over, and all else is not the disk's.
    async fn look_at_other(
        &self,
        object: &ObjectMeta,
        repair: Repair,
        findings: &mut dyn Findings,
    ) -> Result<()> {
        let (name, names) = (&object.location, self.bucket.names());
        if names.is_probe(name) {
            if is_old(object.last_modified.into()) {
                let content = self.bucket.read(name).await;
                let content = content.map_err(|cause| failed("reading a probe", cause))?;
                if !content.is_some_and(|content| is_probe(&content)) {
                    let why = "it has the name of a probe and another content";
                    findings.add(Finding::new(Flaw::Foreign, name, why).of(object.size));
                    return Ok(());
                }
                let why = "a disk left it that was opened, an hour ago or more";
                let finding = Finding::new(Flaw::Unfinished, name, why).of(object.size);
                if repair == Repair::Fix {
                    let deleted = self.bucket.delete_named(name).await;
                    deleted.map_err(|cause| failed("deleting a probe", cause))?;
                }
                findings.add(finding.then(repair, Fixed::Removed));
            }
        } else if *name != names.settings() {
            let why = "larder gives no such name";
            findings.add(Finding::new(Flaw::Foreign, name, why).of(object.size));
        }
        Ok(())
    }

    /// Looks at each of these names, some of them at once.
    async fn look_at_all(
        self: &Arc<Self>,
        names: Vec<Named>,
        repair: Repair,
        findings: &mut dyn Findings,
        checked: &mut Checked,
        looked: &mut u64,
    ) -> Result<()> {
        let looks: Vec<_> = names
            .into_iter()
            .map(|named| {
                let inner = Arc::clone(self);
                // Carried to its end, so that an object and what the books say of it go together.
                self.carrier.run(async move { inner.look_at(named, repair).await })
            })
            .collect();
        let mut looks = stream::iter(looks).buffered(AT_ONCE);
        while let Some(found) = looks.next().await {
            let Looked { finding, checked: by_it } = found.map_err(|error| error.after(*looked))?;
            finding.into_iter().for_each(|finding| findings.add(finding));
            checked.entries += by_it.entries;
            checked.adopted += by_it.adopted;
            checked.struck += by_it.struck;
            *looked += 1;
            findings.looked(*looked, self.books.usage().entries.max(*looked));
        }
        Ok(())
    }

    /// Looks at names that the books know and the listing did not show.
    async fn look_for_missing(
        self: &Arc<Self>,
        listed: &HashSet<Digest>,
        repair: Repair,
        findings: &mut dyn Findings,
        checked: &mut Checked,
        looked: &mut u64,
    ) -> Result<()> {
        let mut page = Page::any(Scope::All, PAGE);
        loop {
            let survey = self.books.survey(&page);
            let known = survey.briefs.iter().filter_map(|brief| Some((self.books.find(brief.id)?.0, brief)));
            let unlisted = known.filter(|(digest, _)| !listed.contains(digest));
            let names = unlisted.map(|(digest, _)| Named {
                digest,
                at: self.bucket.names().entry(&digest).to_string(),
                modified: SystemTime::now(),
            });
            self.look_at_all(names.collect(), repair, findings, checked, looked).await?;
            match survey.next {
                Some(next) => page = page.then(next),
                None => return Ok(()),
            }
        }
    }

    /// Compares what lies at a name with what the books say of it.
    async fn look_at(&self, named: Named, repair: Repair) -> Result<Looked> {
        // Whoever has the writers' place sets the books right himself.
        let Some(writing) = self.books.try_write(&named.digest) else { return Ok(Looked::default()) };
        let known = writing.current();
        let mut looked = Looked::default();
        match self.read_whole(&named.digest).await? {
            None if known.is_some() => self.forget_missing(&named, writing, repair, &mut looked),
            None => {}
            Some((_, _, There::Tombstone)) => {
                if known.is_some() {
                    self.forget_missing(&named, writing, repair, &mut looked);
                }
                self.look_at_tombstone(&named, repair, &mut looked).await?;
            }
            Some((_, size, There::Entry(found))) => {
                looked.checked.entries = 1;
                self.compare(&named, writing, known, (size, found), repair, &mut looked);
            }
            Some((_, size, There::Damaged(error))) if error.kind() == ErrorKind::Format => {
                looked.finding = Some(Finding::new(Flaw::Newer, &named.at, error).of(size));
            }
            Some((_, size, There::Damaged(_))) if self.is_foreign_to(&named, known.as_ref()).await? => {
                let why = "it has the name of an entry and another content";
                looked.finding = Some(Finding::new(Flaw::Foreign, &named.at, why).of(size));
                if repair == Repair::Fix && known.is_some() {
                    // It takes no part in the volume, and eviction must not choose it.
                    looked.checked.struck = 1;
                    let _ = writing.remove();
                }
            }
            Some((stamp, size, There::Damaged(error))) => {
                let finding = Finding::new(Flaw::Damaged, &named.at, error).of(size);
                if repair == Repair::Fix {
                    if !self.discard(&named.digest, stamp).await? {
                        // Somebody wrote there meanwhile, and it is damaged no more.
                        return Ok(looked);
                    }
                    looked.checked.struck = u64::from(known.is_some());
                    let _ = writing.remove();
                }
                looked.finding = Some(finding.then(repair, Fixed::Removed));
            }
        }
        Ok(looked)
    }

    /// Whether another program wrote the damaged object. One that this disk read or wrote as an entry is larder's.
    async fn is_foreign_to(&self, named: &Named, known: Option<&Brief>) -> Result<bool> {
        if known.is_some_and(|known| !is_unread(known)) {
            return Ok(false);
        }
        let seen = self.deadline.within("checking an entry", self.bucket.head(&named.digest)).await?;
        Ok(seen.is_some_and(|seen| !seen.is_ours()))
    }

    /// What lies at a name, with its stamp and length; `None` if nothing does.
    async fn read_whole(&self, digest: &Digest) -> Result<Option<(Stamp, u64, There)>> {
        // Over a network bytes may come cut or changed: what is damaged only on the way is whole the next time.
        let mut left = if self.capabilities.reach == Reach::Hosts { RETRIES } else { 0 };
        loop {
            let opening = self.deadline.within("checking an entry", self.bucket.open_any(digest));
            let Some(opened) = opening.await? else { return Ok(None) };
            let (stamp, size) = (opened.stamp.clone(), opened.length);
            let there = if size > LONGEST {
                There::Damaged(Error::new(ErrorKind::Corrupt, "it is longer than any entry"))
            } else {
                match self.prove(digest, opened).await {
                    Ok(there) => there,
                    Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Format) => {
                        There::Damaged(error)
                    }
                    Err(error) => return Err(error),
                }
            };
            match there {
                There::Damaged(_) if left > 0 => left -= 1,
                there => return Ok(Some((stamp, size, there))),
            }
        }
    }

    /// Reads an object to its end, and tells what it is.
    async fn prove(&self, digest: &Digest, opened: Opened) -> Result<There> {
        let length = opened.length;
        if length == Tombstone::LENGTH as u64 {
            let bytes = self.deadline.within("checking a tombstone", whole(opened)).await?;
            let tombstone = Tombstone::decode(&bytes).map(|_| There::Tombstone);
            return tombstone
                .ok_or_else(|| Error::new(ErrorKind::Corrupt, "neither an entry nor a tombstone"));
        }
        let head = ranges::prove(opened, &self.deadline).await?;
        let key = Key::from_bytes(&head.key)?;
        if key.digest() != digest {
            return Err(Error::new(ErrorKind::Corrupt, "the entry of another key"));
        }
        Ok(There::Entry(read::found(&key, &head.meta, length, 0)))
    }

    /// Takes away the object with this stamp; says whether it was that one still.
    async fn discard(&self, digest: &Digest, stamp: Stamp) -> Result<bool> {
        if self.store_compares() {
            let tombstone = Tombstone::of(Version::from_bits(0), &*self.random).encode();
            let bytes = Bytes::copy_from_slice(&tombstone).into();
            return match self.bucket.put(digest, bytes, PutMode::Update(stamp)).await {
                Ok(_) => Ok(true),
                Err(cause) if is_taken(&cause) || is_missing(&cause) => Ok(false),
                Err(cause) => Err(failed("replacing a damaged entry", cause)),
            };
        }
        let deleted = self.bucket.delete(&[*digest]).await.pop().unwrap_or(Ok(false));
        deleted.map(|_| true).map_err(|cause| failed("deleting a damaged entry", cause))
    }

    /// A tombstone is of use to those who remember the entry that it took the place of, and to nobody after an hour.
    async fn look_at_tombstone(&self, named: &Named, repair: Repair, looked: &mut Looked) -> Result<()> {
        if !is_old(named.modified) {
            return Ok(());
        }
        if repair == Repair::Fix {
            let deleted = self.bucket.delete(&[named.digest]).await.pop().unwrap_or(Ok(false));
            deleted.map_err(|cause| failed("deleting a tombstone", cause))?;
        }
        let finding = Finding::new(Flaw::Spent, &named.at, "the tombstone of a removal, an hour ago or more");
        looked.finding = Some(finding.of(Tombstone::LENGTH as u64).then(repair, Fixed::Removed));
        Ok(())
    }

    /// What the books know is not there.
    fn forget_missing(&self, named: &Named, writing: Writing<Digest>, repair: Repair, looked: &mut Looked) {
        if self.is_shared() {
            // Somebody else removed it.
            let _ = writing.remove();
            return;
        }
        let finding = Finding::new(Flaw::Missing, &named.at, "the books know it, and it is not there");
        looked.finding = Some(finding.then(repair, Fixed::Removed));
        if repair == Repair::Fix {
            looked.checked.struck = 1;
            let _ = writing.remove();
        }
    }

    /// What lies there is whole; whether the books know it as it is.
    fn compare(
        &self,
        named: &Named,
        writing: Writing<Digest>,
        known: Option<Brief>,
        (size, found): (u64, Found),
        repair: Repair,
        looked: &mut Looked,
    ) {
        let difference = match &known {
            None => Some((Flaw::Unindexed, "it lies there, and the books do not know it")),
            // The books have it from a listing.
            Some(known) if known.version == Version::from_bits(0) && known.size == found.size => {
                self.books.learn(known.id, found);
                return;
            }
            Some(known) if (known.version, known.size) != (found.version, found.size) => {
                Some((Flaw::Differing, "the books know another write or size of it"))
            }
            Some(known) if (known.expires, known.namespace) != (found.expires, found.namespace) => {
                Some((Flaw::Differing, "the books know another expiry or cache of it"))
            }
            Some(_) => None,
        };
        let Some((flaw, why)) = difference else { return };
        if !self.is_shared() {
            looked.finding = Some(Finding::new(flaw, &named.at, why).of(size).then(repair, Fixed::Repaired));
        }
        if repair == Repair::Fix || self.is_shared() {
            looked.checked.adopted = u64::from(known.is_none());
            let word = known.map_or(0, |known| known.word);
            let _ = writing.commit(Found { word, ..found });
        }
    }

    /// Whether the settings that are recorded can be read when the disk is opened again.
    async fn look_at_settings(&self, repair: Repair) -> Result<Option<Finding>> {
        if !self.capabilities.durable {
            return Ok(None);
        }
        let at = self.bucket.names().settings();
        let (why, size) = match self.bucket.recorded().await? {
            None => ("no settings are recorded".to_owned(), 0),
            Some(bytes) => match recorded::read(&bytes) {
                Ok(_) => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Format => {
                    return Ok(Some(Finding::new(Flaw::Newer, at, error).of(bytes.len() as u64)));
                }
                // A document of another program, which is never replaced.
                Err(error) if error.kind() == ErrorKind::Invalid => {
                    return Ok(Some(Finding::new(Flaw::Settings, at, error).of(bytes.len() as u64)));
                }
                Err(error) => (error.to_string(), bytes.len() as u64),
            },
        };
        if repair == Repair::Fix {
            self.bucket.record(recorded::write(&self.books.settings(None))).await?;
        }
        Ok(Some(Finding::new(Flaw::Settings, at, why).of(size).then(repair, Fixed::Repaired)))
    }

    /// Files on the way to an entry that no living writer can be at any more. Parts of uploads to a bucket are not told by
    /// its listing; a rule of the bucket ends them.
    async fn look_for_leftovers(&self, repair: Repair) -> Result<Vec<Finding>> {
        let Some(files) = &self.files else { return Ok(Vec::new()) };
        let Some(deadline) = SystemTime::now().checked_sub(GRACE) else { return Ok(Vec::new()) };
        let found = files.leftovers(deadline).await;
        let mut findings = Vec::new();
        for leftover in found.map_err(|cause| failed("looking for leftovers", cause))? {
            let why = "a writer left it, an hour ago or more";
            let finding = Finding::new(Flaw::Unfinished, &leftover.name, why).of(leftover.size);
            let removed = repair == Repair::Fix && files.remove_leftover(leftover).await;
            findings.push(if removed { finding.then(repair, Fixed::Removed) } else { finding });
        }
        Ok(findings)
    }
}

/// The finding for a name that a listing passes over.
fn unlistable(name: &path::Error) -> Finding {
    match name {
        path::Error::InvalidPath { path } => {
            let at = path
                .file_name()
                .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
            Finding::new(Flaw::Foreign, at, "it is no file with data")
        }
        other => Finding::new(Flaw::Foreign, "a file", other),
    }
}

/// Whether what was last changed then can be nobody's work any more.
fn is_old(modified: SystemTime) -> bool {
    SystemTime::now().checked_sub(GRACE).is_some_and(|deadline| modified < deadline)
}
