//! What the model holds, and every rule of a disk, each by looking through all of it.

mod check;
mod fences;
mod kept;

use std::collections::BTreeMap;
use std::sync::Arc;

use larder_core::Bytes;
use larder_core::disk::{
    Brief, Condition, Cursor, Direction, Fate, Id, Invalidation, Note, Page, Put, Refusal, Removed, Replaced,
    Revised, Revision, Scope, Sequence, Settings, Shortage, Survey, Usage, Victim,
};
use larder_core::entry::{Meta, Version};
use larder_core::frame;
use larder_core::key::{Key, Namespace};
use larder_core::tag::Tag;
use larder_core::time::Time;

use super::Fault;

#[derive(Debug)]
pub(super) struct State {
    pub(super) fault: Option<Fault>,
    pub(super) settings: Settings,
    pub(super) entries: BTreeMap<Vec<u8>, Stored>,
    /// Writers under way at each key.
    pub(super) busy: BTreeMap<Vec<u8>, u32>,
    pub(super) reserved: u64,
    /// Writers that ask their room, for a model that goes wrong.
    pub(super) asking: u32,
    /// Whether surveys are in order of insertion.
    pub(super) ordered: bool,
    /// Whether a put tells what it replaced.
    pub(super) counted: bool,
    /// What a model that goes wrong counts too much.
    skew: u64,
    /// The number of the last write.
    last: u64,
    /// Every invalidation, with its number.
    invalidated: Vec<(Invalidation, u64)>,
}

#[derive(Debug)]
pub(super) struct Stored {
    pub(super) meta: Arc<Meta>,
    /// The metadata of the first write, for a model that goes wrong.
    pub(super) first: Arc<Meta>,
    pub(super) body: Bytes,
    pub(super) brief: Brief,
    key: Key,
    /// The number of the last write or touch.
    written: u64,
}

impl Stored {
    pub(super) fn hit(&mut self, now: Time) {
        if self.meta.is_live(now) {
            self.hit_anyway(now);
        }
    }

    pub(super) fn hit_anyway(&mut self, now: Time) {
        self.brief.accessed = self.brief.accessed.max(now);
        self.brief.hits = self.brief.hits.saturating_add(1);
    }
}

/// Why a write is not admitted yet, or not at all.
pub(super) enum Admitted {
    Short(Shortage),
    Refused(Refusal),
}

impl State {
    pub(super) const fn new(settings: Settings) -> Self {
        Self {
            fault: None,
            settings,
            entries: BTreeMap::new(),
            busy: BTreeMap::new(),
            reserved: 0,
            asking: 0,
            ordered: true,
            counted: true,
            skew: 0,
            last: 0,
            invalidated: Vec::new(),
        }
    }

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    pub(super) fn usage(&self) -> Usage {
        let sizes = self.entries.values().map(|stored| match self.fault {
            Some(Fault::CountsBodies) => stored.body.len() as u64,
            _ => stored.brief.size,
        });
        let volume = sizes.sum::<u64>() + self.skew;
        let reserved = if self.has(Fault::ReservesNothing) { 0 } else { self.reserved };
        let under_way = match self.fault {
            Some(Fault::CountsTheUnderWay) => {
                self.busy.keys().filter(|key| !self.entries.contains_key(*key)).count()
            }
            _ => 0,
        };
        Usage::new(volume, (self.entries.len() + under_way) as u64, reserved)
    }

    /// What a reopen changes: nothing, unless the model is to go wrong.
    pub(super) fn reopened(&mut self) {
        let last = self.last;
        if self.fault == Some(Fault::ReusesNumbersOnReopen) {
            self.last = self.entries.values().map(|stored| stored.brief.insertion).max().unwrap_or(0);
        }
        for stored in self.entries.values_mut() {
            match self.fault {
                Some(Fault::ForgetsTagsOnReopen) => {
                    let bare = Meta { tags: Vec::new(), ..(*stored.meta).clone() };
                    (stored.meta, stored.brief.tags) = (Arc::new(bare), 0);
                }
                Some(Fault::ForgetsHitsOnReopen) => {
                    (stored.brief.hits, stored.brief.accessed) = (0, stored.brief.stored);
                }
                Some(Fault::ForgetsWordsOnReopen) => stored.brief.word = 0,
                Some(Fault::ReordersOnReopen) => {
                    stored.brief.insertion = last + 1 - stored.brief.insertion;
                    stored.brief.id = Id(stored.brief.insertion);
                }
                _ => {}
            }
        }
    }

    pub(super) fn is_above_limit(&self) -> bool {
        self.settings.size_limit.is_some_and(|limit| self.usage().volume > limit)
    }

    pub(super) fn count(&self, namespace: &Namespace) -> u64 {
        let all = self.has(Fault::CountsEverybody);
        self.entries.values().filter(|stored| all || stored.key.is_in(namespace)).count() as u64
    }

    /// Whether `condition` holds; otherwise what version is stored.
    pub(super) fn holds(&self, identity: &[u8], condition: Condition) -> Result<(), Option<Version>> {
        let stored = self.entries.get(identity);
        let version = stored.map(|stored| stored.meta.version);
        let holds = match condition {
            Condition::Always => true,
            Condition::Absent if self.has(Fault::IgnoresAbsent) => true,
            Condition::Absent if self.has(Fault::AbsentOverDead) => {
                stored.is_none_or(|stored| stored.meta.expires == Some(stored.meta.stored))
            }
            Condition::Absent => version.is_none(),
            Condition::Is(_) if self.has(Fault::IgnoresIs) => true,
            Condition::Is(at) => version == Some(at),
        };
        if holds { Ok(()) } else { Err(version) }
    }

    /// Lets what a write holds grow to what `size` bytes over the old entry need.
    pub(super) fn reserve(&mut self, identity: &[u8], held: &mut u64, size: u64) -> Result<(), Admitted> {
        let more = self.lacking(identity, *held, size)?;
        *held += more;
        self.reserved += more;
        Ok(())
    }

    /// How many bytes a write needs beyond what it holds, if they fit.
    fn lacking(&self, identity: &[u8], held: u64, size: u64) -> Result<u64, Admitted> {
        let mut limit = self.settings.size_limit.unwrap_or(u64::MAX);
        let mut most = self.settings.max_entries.unwrap_or(u64::MAX);
        let mut old = self.entries.get(identity).map(|stored| stored.brief.size);
        match self.fault {
            Some(Fault::Overshoots) => limit = limit.saturating_add(limit / 10),
            Some(Fault::RefusesTheExact) => limit -= 1,
            Some(Fault::IgnoresMaxEntries) => most = u64::MAX,
            Some(Fault::CountsOverwritesWhole) => old = old.map(|_| 0),
            _ => {}
        }
        if size > limit || most == 0 {
            if self.has(Fault::CallsTheLargeFull) {
                return Err(Admitted::Refused(Refusal::Full));
            }
            return Err(Admitted::Refused(Refusal::TooLarge { size, limit }));
        }
        let usage = self.usage();
        let more = size.saturating_sub(old.unwrap_or(0)).saturating_sub(held);
        let bytes = (usage.volume + usage.reserved).saturating_add(more).saturating_sub(limit);
        let entries = (usage.entries + u64::from(old.is_none())).saturating_sub(most);
        let short = Shortage {
            bytes: if more > 0 { bytes } else { 0 },
            entries: if old.is_none() { entries } else { 0 },
        };
        match short {
            Shortage { bytes: 0, entries: 0 } => Ok(more),
            _ if self.has(Fault::AsksForTooMuch) => {
                Err(Admitted::Short(Shortage { bytes: 2 * short.bytes, ..short }))
            }
            _ => Err(Admitted::Short(short)),
        }
    }

    /// Stores a whole entry if the condition holds and it fits, and gives back what the write held.
    #[expect(clippy::too_many_arguments, reason = "one call, from the one place that has them all")]
    pub(super) fn admit(
        &mut self,
        key: &Key,
        identity: &[u8],
        meta: &Arc<Meta>,
        body: &Bytes,
        word: u64,
        condition: Condition,
        held: &mut u64,
    ) -> Result<Put, Admitted> {
        if let Err(version) = self.holds(identity, condition) {
            return Ok(Put::Conflict(version));
        }
        let size = frame::weight(key.as_bytes(), meta, body.len() as u64);
        self.lacking(identity, *held, size)?;
        self.reserved -= std::mem::take(held);
        self.last += 1;
        let old = self.entries.remove(identity);
        let meta = self.kept(meta, old.as_ref(), condition);
        let insertion = match &old {
            Some(old) if !self.has(Fault::MovesOverwrites) => old.brief.insertion,
            None if self.has(Fault::ReusesNumbers) => {
                self.entries.values().map(|stored| stored.brief.insertion).max().unwrap_or(0) + 1
            }
            _ => self.last,
        };
        let before = old.as_ref().filter(|_| self.has(Fault::KeepsHits)).map(|old| old.brief);
        let brief = Brief {
            // The insertion number is never used again, so it names the entry.
            id: Id(insertion),
            hash: if self.has(Fault::HashesBackward) { hash_of(key).swap_bytes() } else { hash_of(key) },
            version: meta.version,
            size,
            stored: meta.stored,
            accessed: before.map_or(meta.stored, |old| old.accessed),
            expires: meta.expires,
            hits: before.map_or(0, |old| old.hits),
            insertion,
            tags: meta.tags.iter().map(Tag::bits).fold(0, |all, bits| all | bits),
            namespace: key.namespace_id(),
            cost: meta.cost.map_or(0, |cost| u64::try_from(cost.as_nanos()).unwrap_or(u64::MAX)),
            word: if self.has(Fault::DropsWords) { 0 } else { word },
        };
        let stored = Stored {
            first: old.as_ref().map_or_else(|| Arc::clone(&meta), |old| Arc::clone(&old.first)),
            body: self.kept_body(body, old.as_ref()),
            meta,
            brief,
            key: key.clone(),
            written: self.last,
        };
        if self.has(Fault::KeepsOneKey) {
            self.entries.clear();
        }
        let forgets = match self.fault {
            Some(Fault::ForgetsTheMortal) => stored.meta.expires.is_some(),
            Some(Fault::ForgetsSomeWrites) => self.last.is_multiple_of(5),
            _ => false,
        };
        if !forgets {
            self.entries.insert(identity.to_vec(), stored);
        }
        let told = if self.has(Fault::TellsBodySize) { body.len() as u64 } else { size };
        let replaced = match old {
            _ if !self.counted => Replaced::Unknown,
            Some(_) if self.has(Fault::TellsNewAsReplaced) => Replaced::Entry(brief),
            Some(old) if !self.has(Fault::TellsNoReplaced) => Replaced::Entry(old.brief),
            _ => Replaced::Nothing,
        };
        Ok(Put::Stored { brief: Brief { size: told, ..brief }, replaced })
    }

    pub(super) fn revise(&mut self, identity: &[u8], at: Version, revision: Revision) -> Revised {
        let (any, nothing, anew) = (
            self.has(Fault::TouchesAnyVersion),
            self.has(Fault::TouchesNothing),
            self.has(Fault::TouchStoresAnew),
        );
        let (untagged, counts) = (self.has(Fault::TouchDropsTags), self.has(Fault::TouchCounts));
        let wordless = self.has(Fault::TouchDropsWord);
        let Some(stored) = self.entries.get_mut(identity) else { return Revised::Conflict(None) };
        if stored.meta.version != at && !any {
            return Revised::Conflict(Some(stored.meta.version));
        }
        let Revision { version, expires } = revision;
        if nothing {
            return Revised::Done(Brief { version, expires, ..stored.brief });
        }
        self.last += 1;
        stored.written = self.last;
        stored.meta = Arc::new(Meta { version, expires, ..(*stored.meta).clone() });
        stored.brief = Brief { version, expires, ..stored.brief };
        if untagged {
            let bare = Meta { tags: Vec::new(), ..(*stored.meta).clone() };
            (stored.meta, stored.brief.tags) = (Arc::new(bare), 0);
        }
        if wordless {
            stored.brief.word = 0;
        }
        if counts {
            stored.brief.hits += 1;
        }
        if anew {
            stored.brief.accessed = stored.brief.stored;
            stored.brief.hits = 0;
        }
        Revised::Done(stored.brief)
    }

    pub(super) fn remove(&mut self, identity: &[u8], condition: Condition) -> Removed {
        let Some(stored) = self.entries.get(identity) else {
            let gone =
                if self.has(Fault::RemovesNothingLoudly) { self.entries.values().next() } else { None };
            return gone.map_or(Removed::Nothing, |stored| Removed::Gone(stored.brief));
        };
        let (brief, version) = (stored.brief, stored.meta.version);
        let holds = match condition {
            Condition::Always => true,
            Condition::Absent => self.has(Fault::RemovesOnAbsent),
            Condition::Is(at) => at == version || self.has(Fault::RemovesAnyVersion),
        };
        if !holds {
            return Removed::Conflict(version);
        }
        if self.has(Fault::RemovesTheEndless) && brief.expires.is_some() {
            return Removed::Nothing;
        }
        if !self.has(Fault::RemovesNothingQuietly) {
            self.forget_entry(identity);
        }
        if self.has(Fault::TellsNoExpiryOfTheGone) {
            return Removed::Gone(Brief { expires: None, ..brief });
        }
        Removed::Gone(brief)
    }

    fn forget_entry(&mut self, identity: &[u8]) {
        let gone = self.entries.remove(identity);
        if let Some(gone) = &gone {
            self.note_removal(Invalidation::key(&gone.key), gone.brief.insertion);
        }
        if let Some(gone) = gone.filter(|_| self.has(Fault::CountsTheRemoved)) {
            self.skew += gone.brief.size;
        }
    }

    /// Removes some other entry, in a model that goes wrong so; says whether it did.
    pub(super) fn evicts_by_itself(&mut self, written: &[u8]) -> bool {
        let other = self.entries.keys().find(|identity| *identity != written).cloned();
        let other = other.filter(|_| self.has(Fault::EvictsByItself));
        if let Some(other) = &other {
            self.forget_entry(other);
        }
        other.is_some()
    }

    /// Removes victims in order, up to the first that was hit.
    pub(super) fn evict(&mut self, victims: &[Victim]) -> Vec<Fate> {
        let mut fates = Vec::new();
        let mut stopped = false;
        for victim in victims {
            let fate = if stopped { Fate::Spared } else { self.evict_one(victim) };
            stopped |= match fate {
                Fate::Changed(_) => !self.has(Fault::EvictsOn),
                Fate::Busy => self.has(Fault::BusyStops),
                _ => false,
            };
            fates.push(fate);
        }
        fates
    }

    fn evict_one(&mut self, victim: &Victim) -> Fate {
        let found = self.entries.iter().find(|(_, stored)| stored.brief.id == victim.id);
        let Some((identity, stored)) = found else { return Fate::Absent };
        let identity = identity.clone();
        if stored.meta.version != victim.version && !self.has(Fault::EvictsAnyVersion) {
            return Fate::Absent;
        }
        if self.busy.contains_key(&identity) && !self.has(Fault::EvictsTheWritten) {
            return if self.has(Fault::BusyIsAbsent) { Fate::Absent } else { Fate::Busy };
        }
        let any = self.has(Fault::EvictsTheHit) || self.has(Fault::EvictsAnyVersion);
        if !victim.is(&stored.brief) && !any {
            return Fate::Changed(stored.brief);
        }
        if !self.has(Fault::EvictsNothing) {
            self.forget_entry(&identity);
        }
        Fate::Gone
    }

    pub(super) fn survey(&self, page: &Page) -> Survey {
        let fault = self.fault;
        let direction = match fault {
            Some(Fault::SurveysForward) => Direction::Forward,
            _ => page.direction,
        };
        let mut found: Vec<&Stored> =
            self.entries.values().filter(|stored| self.is_in(stored, &page.scope)).collect();
        found.sort_by_key(|stored| self.place(stored));
        if direction == Direction::Backward {
            found.reverse();
        }
        if let Some(Cursor(after)) = page.after {
            if fault == Some(Fault::PagesByCount) {
                found = found.split_off(found.len().min(usize::try_from(after).unwrap_or(usize::MAX)));
            } else {
                found.retain(|stored| match direction {
                    Direction::Forward | Direction::Any => self.place(stored) > after,
                    Direction::Backward => self.place(stored) < after,
                });
            }
        }
        let more = found.len() > page.most && fault != Some(Fault::EndsEarly);
        found.truncate(page.most);
        let next = match fault {
            Some(Fault::PagesByCount) => page.after.map_or(0, |after| after.0) + found.len() as u128,
            _ => found.last().map_or(0, |stored| self.place(stored)),
        };
        let briefs = found.iter().map(|stored| match fault {
            Some(Fault::HidesHits) => Brief { hits: 0, accessed: stored.brief.stored, ..stored.brief },
            _ => stored.brief,
        });
        let seen = if fault == Some(Fault::SeesTooFar) { u64::MAX } else { self.last };
        Survey::new(briefs.collect(), more.then_some(Cursor(next)), Sequence(seen))
    }

    /// Where an entry stands in a survey.
    fn place(&self, stored: &Stored) -> u128 {
        let insertion = stored.brief.insertion;
        if self.ordered && !self.has(Fault::SurveysUnordered) {
            insertion.into()
        } else {
            // Some order that is not that of insertion; the multiplier is odd, so no two places are one.
            insertion.wrapping_mul(0x9E37_79B9_7F4A_7C15).into()
        }
    }

    fn is_in(&self, stored: &Stored, scope: &Scope) -> bool {
        match scope {
            Scope::Since(_) if self.has(Fault::NeverSince) => false,
            Scope::Since(point) => stored.written > point.0,
            Scope::Dead(_) if self.has(Fault::NeverDead) => false,
            // By the expiry alone: an entry from the future is not surveyed as expired.
            Scope::Dead(now) => stored.meta.expires.is_some_and(|expires| !now.is_before(expires)),
            Scope::Tagged(_) if self.has(Fault::NeverTagged) => false,
            Scope::Tagged(tag) => stored.meta.tags.contains(tag),
            _ => !(self.has(Fault::SurveysTheEndless) && stored.meta.expires.is_some()),
        }
    }

    pub(super) fn listed(&self, id: Id) -> Option<(Key, Arc<Meta>)> {
        let stored = self.entries.values().find(|stored| stored.brief.id == id)?;
        let key = if self.has(Fault::ListsOtherKeys) {
            let bytes = stored.key.as_bytes();
            Key::from_bytes(&bytes[..bytes.len() - 1]).ok()?
        } else {
            stored.key.clone()
        };
        Some((key, Arc::clone(&stored.meta)))
    }

    pub(super) fn record(&mut self, note: &Note) {
        if self.has(Fault::DropsNotes) {
            return;
        }
        let (id, version) = match note {
            Note::Hits { id, version, .. } | Note::Word { id, version, .. } => (*id, *version),
            _ => return,
        };
        let any = self.has(Fault::TakesAnyNotes);
        let mut all = self.entries.values_mut();
        let found = all.find(|stored| stored.brief.id == id && (any || stored.brief.version == version));
        let Some(stored) = found else { return };
        match note {
            Note::Hits { at, hits, .. } => {
                stored.brief.accessed = stored.brief.accessed.max(*at);
                stored.brief.hits = stored.brief.hits.saturating_add(*hits);
            }
            Note::Word { word, .. } => stored.brief.word = *word,
            _ => {}
        }
    }
}

/// The first eight bytes of the key's digest.
fn hash_of(key: &Key) -> u64 {
    key.digest().as_bytes()[..8].iter().rev().fold(0, |hash, byte| (hash << 8) | u64::from(*byte))
}
