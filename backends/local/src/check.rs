//! Looking over everything that lies in the directory.
//!
//! Slots are looked at one by one without a lock, each against its record; what looks wrong is looked at again in a
//! section before anything is said or done. Sums are added up in one section, a few tens of milliseconds a million
//! entries.

use std::collections::{HashMap, HashSet};
use std::io;

use larder_core::disk::{Checked, Finding, Fixed, Flaw, Repair};
use larder_core::entry::Body;
use larder_core::frame::Frame;
use larder_core::{ErrorKind, Result};

use crate::aside::{CheckNews, Teller};
use crate::chains::{self, Found};
use crate::head::Word;
use crate::inner::Inner;
use crate::log::{address, known, row};
use crate::reclaim::Rights;
use crate::section::Section;
use crate::slot::{Look, Slot};
use crate::tables::{self, Address};
use crate::tidy::Unknown;
use crate::{apart, count, seal, segment};

/// How many slots are looked at between two reports of progress.
const STRIDE: usize = 1024;

/// A sum that is wrong: its word, what a finding says of it with its present value, and the right value.
type WrongSum = (Address, (Flaw, String, u64), u64);

/// What is wrong with an entry.
#[derive(Debug)]
struct Wrong {
    flaw: Flaw,
    why: String,
}

impl Wrong {
    fn new(flaw: Flaw, why: impl Into<String>) -> Self {
        Self { flaw, why: why.into() }
    }
}

impl Inner {
    pub(crate) async fn look_over(&self, repair: Repair, teller: &Teller<CheckNews>) -> Result<Checked> {
        self.check_process()?;
        if repair == Repair::Fix {
            self.writer()?;
        }
        let mut checked = Checked::default();
        if self.handle.is_some() {
            self.look_at_structure(repair, teller).await?;
        }
        let used = self.tables.used() as u64;
        for index in 0..usize::try_from(used).unwrap_or(0) {
            if index.is_multiple_of(STRIDE) {
                teller.tell(CheckNews::Looked(index as u64, used))?;
            }
            let Some(slot) = self.slot(index)? else { continue };
            match self.verify(&slot).await? {
                None => checked.entries += 1,
                Some(wrong) => self.judge(index, slot, wrong, repair, teller, &mut checked).await?,
            }
        }
        teller.tell(CheckNews::Looked(used, used))?;
        if self.handle.is_some() {
            self.add_up(repair, teller).await?;
        }
        self.look_at_files(repair, teller).await?;
        Ok(checked)
    }

    /// Walks the chains of the index. One that is inconsistent is rebuilt, if it is to be repaired.
    async fn look_at_structure(&self, repair: Repair, teller: &Teller<CheckNews>) -> Result<()> {
        let mut inconsistency = None;
        self.within(|section| {
            let found = seal::inconsistency(section.tables);
            let found = found.map_err(|error| self.failed("reading the lengths of the index", error))?;
            inconsistency = inconsistency.or(found);
            if let Some(why) = found.filter(|_| repair == Repair::Fix) {
                section.condemn(why);
            }
            Ok(())
        })
        .await?;
        let Some(why) = inconsistency else { return Ok(()) };
        let finding = Finding::new(Flaw::Index, tables::HEAD, why);
        teller.tell(CheckNews::Found(finding.then(repair, Fixed::Repaired)))
    }

    /// What is wrong with an entry, read whole.
    async fn verify(&self, slot: &Slot) -> Result<Option<Wrong>> {
        let segment = match self.shelf.get(slot.place.segment) {
            Ok(segment) => segment,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Some(Wrong::new(Flaw::Missing, "its segment is gone")));
            }
            Err(error) => {
                let error = self.unreadable("opening a segment", error);
                return flaw_of(error).map(Some);
            }
        };
        let Some(header) = segment.header(slot.place.offset, self.salt) else {
            return Ok(Some(Wrong::new(Flaw::Damaged, "no record lies where it should")));
        };
        if (header.mark, header.sequence, header.insertion) != (slot.mark, slot.sequence, slot.insertion) {
            return Ok(Some(Wrong::new(Flaw::Missing, "the record of another write lies where it should")));
        }
        let meta = if slot.place.is_apart {
            let apart = self.apart(slot).map_err(|error| self.unreadable("opening a segment", error))?;
            let opened = match apart {
                None => return Ok(Some(Wrong::new(Flaw::Damaged, "its record cannot be read"))),
                Some(apart) => self.open_apart(&apart, slot.length),
            };
            match opened {
                Ok(None) => return Ok(Some(Wrong::new(Flaw::Missing, "the file of its body is gone"))),
                Ok(Some((head, body))) => {
                    let length = larder_core::entry::Ranges::len(&*body);
                    let body = Body::Ranged(body);
                    for start in (0..length).step_by(8 << 20) {
                        if let Err(error) = body.read(start..length.min(start + (8 << 20))).await {
                            return flaw_of(error).map(Some);
                        }
                    }
                    head.meta
                }
                Err(error) => return flaw_of(error).map(Some),
            }
        } else {
            match Frame::decode(&self.frame(slot)?) {
                Ok(frame) => frame.meta,
                Err(error) => return flaw_of(error).map(Some),
            }
        };
        let differs = meta.version.bits() != slot.version || meta.expires != slot.expires;
        Ok(differs.then(|| Wrong::new(Flaw::Differing, "the index tells another write or life")))
    }

    /// Looks again, alone, and tells what is wrong if it still is.
    async fn judge(
        &self,
        index: usize,
        slot: Slot,
        wrong: Wrong,
        repair: Repair,
        teller: &Teller<CheckNews>,
        checked: &mut Checked,
    ) -> Result<()> {
        if self.slot(index)?.is_none_or(|now| (now.place, now.sequence) != (slot.place, slot.sequence)) {
            // It was written, moved or removed meanwhile.
            return Ok(());
        }
        let name = format!("{:016x}{:08x}", slot.mark.hash.swap_bytes(), slot.mark.more.swap_bytes());
        let mut finding = Finding::new(wrong.flaw, name, wrong.why).of(slot.length);
        if repair == Repair::Fix && !wrong.flaw.is_left_alone() {
            let struck = self.within(|section| self.strike_slot(section, index, &slot));
            if struck.await? {
                finding.fixed = Fixed::Removed;
                checked.struck += 1;
            }
        }
        teller.tell(CheckNews::Found(finding))?;
        Ok(())
    }

    /// Removes an entry that is damaged, if it is still there.
    fn strike_slot(&self, section: &mut Section<'_>, index: usize, slot: &Slot) -> Result<bool> {
        let Some(Look::Slot(now, guard)) = section.tables.slot(index).map(Slot::look) else {
            return Ok(false);
        };
        if (now.place, now.sequence) != (slot.place, slot.sequence) {
            return Ok(false);
        }
        let Some(link) = chains::link_to(section, now.mark, index) else { return Ok(false) };
        let found = Found { index, slot: now, guard };
        let struck =
            self.with_segment(section, Rights::REMOVAL, |section| self.strike(section, &found, link));
        struck.map(|_| true).map_err(|stuck| self.failed("removing a damaged entry", stuck.into_error()))
    }

    /// Compares the sums with what the slots add up to.
    async fn add_up(&self, repair: Repair, teller: &Teller<CheckNews>) -> Result<()> {
        let mut found = Vec::new();
        self.within(|section| {
            found = self.sums(section).map_err(|error| self.failed("adding up the entries", error))?;
            if repair == Repair::Fix && !found.is_empty() {
                section.forget();
                for (address, _, right) in &found {
                    section.set(*address, *right);
                }
                let _ = section.commit();
            }
            Ok(())
        })
        .await?;
        for (_, (flaw, at, is), right) in found {
            let finding = Finding::new(flaw, at, format!("it is {is} and should be {right}"));
            teller.tell(CheckNews::Found(finding.then(repair, Fixed::Repaired)))?;
        }
        Ok(())
    }

    /// The sums that are wrong: where they stand, what they are, what they should be.
    pub(crate) fn sums(&self, section: &Section<'_>) -> io::Result<Vec<WrongSum>> {
        let (mut volume, mut entries, mut apart, mut aparts) = (0, 0, 0, 0);
        let mut namespaces: HashMap<u64, u64> = HashMap::new();
        let mut live: HashMap<u32, u64> = HashMap::new();
        for index in 0..section.tables.used() {
            let Some(Look::Slot(slot, _)) = section.tables.slot(index).map(Slot::look) else { continue };
            volume = slot.size().wrapping_add(volume);
            entries += 1;
            apart = if slot.place.is_apart { slot.length } else { 0 }.wrapping_add(apart);
            aparts += u64::from(slot.place.is_apart);
            *namespaces.entry(slot.namespace).or_default() += 1;
            *live.entry(slot.place.segment).or_default() += self.record_length(slot.place, slot.length)?;
        }
        let mut wrong = Vec::new();
        let mut compare = |address: Address, flaw, at: String, right: u64| {
            let is = section.get(address);
            if is != right {
                wrong.push((address, (flaw, at, is), right));
            }
        };
        compare(Address::of(Word::Volume), Flaw::Volume, "volume".to_owned(), volume);
        compare(Address::of(Word::Entries), Flaw::Count, "entries".to_owned(), entries);
        compare(Address::of(Word::ApartBytes), Flaw::Volume, "bodies apart".to_owned(), apart);
        compare(Address::of(Word::Aparts), Flaw::Count, "bodies apart".to_owned(), aparts);
        compare(Address::of(Word::LiveBytes), Flaw::Volume, "needed bytes".to_owned(), live.values().sum());
        for (namespace_row, (namespace, _)) in count::all(section.tables).enumerate() {
            let right = namespaces.get(&namespace).copied().unwrap_or(0);
            compare(
                count::address(namespace_row, 1),
                Flaw::Count,
                format!("namespace {namespace:016x}"),
                right,
            );
        }
        for known in known(section.tables) {
            let right = live.get(&known.number).copied().unwrap_or(0);
            compare(address(known.row, row::LIVE), Flaw::Volume, format!("segment {}", known.number), right);
        }
        Ok(wrong)
    }

    /// Looks for files that nobody needs, and for those that are not the disk's.
    async fn look_at_files(&self, repair: Repair, teller: &Teller<CheckNews>) -> Result<()> {
        let tables = ["larder.json", "lock", "log", "apart", "handles", tables::HEAD];
        for name in self.names("")? {
            if !tables.contains(&name.as_str()) && !tables::FILES.contains(&name.as_str()) {
                teller.tell(CheckNews::Found(self.foreign("", &name)))?;
            }
        }
        for name in self.names("handles")? {
            if name.parse::<usize>().is_err() {
                teller.tell(CheckNews::Found(self.foreign("handles", &name)))?;
            }
        }
        for name in self.names(segment::DIRECTORY)? {
            let Some(number) = segment::number_of(&name) else {
                if name != "reserve" {
                    teller.tell(CheckNews::Found(self.foreign(segment::DIRECTORY, &name)))?;
                }
                continue;
            };
            if !crate::log::numbers(&self.tables).contains(&number) && self.handle.is_some() {
                self.look_at_unknown(number, &name, repair, teller).await?;
            }
        }
        self.look_at_aparts(repair, teller).await
    }

    /// Looks at the file of a segment that the index does not know.
    async fn look_at_unknown(
        &self,
        number: u32,
        name: &str,
        repair: Repair,
        teller: &Teller<CheckNews>,
    ) -> Result<()> {
        let unknown = self.within(|section| {
            if crate::log::numbers(section.tables).contains(&number) {
                return Ok(None);
            }
            let unknown = self.unknown_segment(number)?;
            match (unknown, repair) {
                (Unknown::Unused, Repair::Fix) => {
                    self.remove_segment(number);
                }
                (Unknown::Used, Repair::Fix) => section.condemn("a segment with records is not in the index"),
                _ => {}
            }
            Ok(Some(unknown))
        });
        let finding = match unknown.await? {
            Some(Unknown::Unused) => {
                Finding::new(Flaw::Unfinished, format!("log/{name}"), "a segment that is not in use")
                    .then(repair, Fixed::Removed)
            }
            Some(Unknown::Used) => {
                Finding::new(Flaw::Unindexed, format!("log/{name}"), "a segment that the index does not know")
                    .then(repair, Fixed::Repaired)
            }
            Some(Unknown::Foreign) => self.foreign(segment::DIRECTORY, name),
            None => return Ok(()),
        };
        teller.tell(CheckNews::Found(finding))
    }

    /// Looks for files of bodies that no entry names.
    async fn look_at_aparts(&self, repair: Repair, teller: &Teller<CheckNews>) -> Result<()> {
        let mut unnamed: Vec<u64> = Vec::new();
        for name in self.names(apart::DIRECTORY)? {
            match apart::number_of(&name) {
                Some(number) => unnamed.push(number),
                None if name == "unfinished" => {}
                None => teller.tell(CheckNews::Found(self.foreign(apart::DIRECTORY, &name)))?,
            }
        }
        if unnamed.is_empty() || self.handle.is_none() {
            return Ok(());
        }
        // In a section: what is about to become an entry is locked by its writer until it is one.
        let left = self.within(|section| {
            let named = self.named_aparts(section);
            let Some(named) = named.map_err(|error| self.failed("opening a segment", error))? else {
                return Ok(Vec::new());
            };
            let mut left = Vec::new();
            for number in unnamed.iter().filter(|number| !named.contains(number)) {
                let name = apart::file(*number);
                let opened = apart::left(&self.root, &name);
                let opened = opened.map_err(|error| self.failed("opening the file of a body", error))?;
                if let Some(_locked) = opened {
                    if repair == Repair::Fix {
                        let removed = self.check_place().and_then(|()| self.root.remove(&name));
                        removed.map_err(|error| self.failed("removing the file of a body", error))?;
                    }
                    left.push(name);
                }
            }
            Ok(left)
        });
        for name in left.await? {
            let finding =
                Finding::new(Flaw::Unfinished, self.root.path(&name).display(), "the body of no entry");
            teller.tell(CheckNews::Found(finding.then(repair, Fixed::Removed)))?;
        }
        Ok(())
    }

    /// The numbers of all bodies that entries name; `None` if the record of an entry is damaged, so that any of them may be
    /// its body.
    ///
    /// # Errors
    ///
    /// A segment cannot be opened.
    pub(crate) fn named_aparts(&self, section: &Section<'_>) -> io::Result<Option<HashSet<u64>>> {
        let mut named = HashSet::new();
        for index in 0..section.tables.used() {
            if let Some(Look::Slot(slot, _)) = section.tables.slot(index).map(Slot::look)
                && slot.place.is_apart
            {
                let Some(apart) = self.apart(&slot)? else { return Ok(None) };
                named.insert(apart.number);
            }
        }
        Ok(Some(named))
    }

    fn names(&self, directory: &str) -> Result<Vec<String>> {
        let names =
            self.root.names(directory).map_err(|error| self.failed("listing the directory", error))?;
        Ok(names.into_iter().map(|name| name.to_string_lossy().into_owned()).collect())
    }

    fn foreign(&self, directory: &str, name: &str) -> Finding {
        let path = self.root.path(directory).join(name);
        Finding::new(Flaw::Foreign, path.display(), "it is not the disk's")
    }
}

/// What is wrong with an entry that cannot be read.
///
/// # Errors
///
/// Any error but one of the entry itself: nothing is known of it then.
fn flaw_of(error: larder_core::Error) -> Result<Wrong> {
    let flaw = match error.kind() {
        ErrorKind::Format => Flaw::Newer,
        ErrorKind::Corrupt => Flaw::Damaged,
        _ => return Err(error),
    };
    Ok(Wrong::new(flaw, error.message()))
}
