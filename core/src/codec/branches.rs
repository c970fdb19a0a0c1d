//! Remembers which branches of a type's serialization were read back already.
//!
//! A branch is a struct, an enum variant, a skipped field, or an option, sequence or map that is empty or not. A type
//! that reads back wrongly usually does so in one branch, such as a variant that only `Serialize` knows, so a value
//! with a branch that was not seen before is read back, however rare it is. The set is bounded: it costs 4 KiB for
//! each cache handle, and a branch that finds no slot counts as known.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};

/// Slots of the table, a power of two.
const SLOTS: usize = 512;

/// Slots that are tried for a branch.
const PROBES: usize = 8;

/// New branches that are kept of one value; a value with more of them is read back again.
const MAX_NEW: usize = 64;

/// The branches that were read back, as an open-addressed table of their hashes.
#[derive(Debug)]
pub(super) struct Branches(Box<[AtomicU64; SLOTS]>);

impl Branches {
    pub(super) fn new() -> Self {
        Self(Box::new([const { AtomicU64::new(0) }; SLOTS]))
    }

    fn slots(&self, branch: u64) -> impl Iterator<Item = &AtomicU64> {
        let first = first_slot(branch);
        (first..first + PROBES).map(|at| &self.0[at % SLOTS])
    }

    /// Whether `branch` is known, or has no slot.
    #[inline]
    fn has(&self, branch: u64) -> bool {
        self.0[first_slot(branch)].load(Ordering::Relaxed) == branch || self.finds(branch)
    }

    #[inline(never)]
    fn finds(&self, branch: u64) -> bool {
        for slot in self.slots(branch) {
            match slot.load(Ordering::Relaxed) {
                0 => return false,
                known if known == branch => return true,
                _ => {}
            }
        }
        true
    }

    /// Adds `branch` if it finds a slot.
    pub(super) fn add(&self, branch: u64) {
        for slot in self.slots(branch) {
            match slot.compare_exchange(0, branch, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return,
                Err(known) if known == branch => return,
                Err(_) => {}
            }
        }
    }
}

/// The slot at which the search for `branch` begins.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "as many bits as the table needs")]
fn first_slot(branch: u64) -> usize {
    (branch >> (u64::BITS - SLOTS.trailing_zeros())) as usize
}

/// Which kind of branch a hash stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Branch {
    Struct = 1,
    Tuple,
    Variant,
    Skipped,
    None,
    Some,
    Empty,
    Filled,
}

/// What one pass of serialization saw.
#[derive(Debug)]
pub(super) struct Trace<'a> {
    known: Option<&'a Branches>,
    new: RefCell<Vec<u64>>,
    hollow: Cell<u64>,
    varies: Cell<bool>,
    refusal: Cell<Option<&'static str>>,
}

impl<'a> Trace<'a> {
    /// A trace that notes the branches that are not `known`; without a set it notes none.
    pub(super) fn new(known: Option<&'a Branches>) -> Self {
        Self {
            known,
            new: RefCell::new(Vec::new()),
            hollow: Cell::new(0),
            varies: Cell::new(false),
            refusal: Cell::new(None),
        }
    }

    /// Notes a branch of kind `kind` at `scope`.
    #[inline]
    pub(super) fn branch(&self, kind: Branch, scope: u32) {
        if let Some(known) = self.known {
            let hash = hash(kind, scope);
            if !known.has(hash) {
                self.note(hash);
            }
        }
    }

    /// Notes a tuple struct or tuple variant at `scope` with `length` fields.
    ///
    /// Serde names the fields of a tuple in no call, so a skipped one only shortens it: which one is unknown, and two
    /// values of one length may have skipped different fields.
    #[inline]
    pub(super) fn tuple(&self, scope: u32, length: usize) {
        if let Some(known) = self.known {
            let length = u32::try_from(length).unwrap_or(u32::MAX).rotate_left(24);
            let sized = hash(Branch::Tuple, scope ^ length);
            if !known.has(sized) {
                self.note_tuple(known, hash(Branch::Struct, scope), sized);
            }
        }
    }

    #[cold]
    fn note_tuple(&self, known: &Branches, named: u64, sized: u64) {
        let is_new = !self.new.borrow().contains(&sized);
        if is_new && (known.has(named) || self.new.borrow().contains(&named)) {
            self.varies.set(true);
        }
        self.note(named);
        self.note(sized);
    }

    /// Whether tuples of one name were met with different lengths.
    pub(super) fn varies(&self) -> bool {
        self.varies.get()
    }

    #[cold]
    fn note(&self, branch: u64) {
        let mut new = self.new.borrow_mut();
        if new.len() < MAX_NEW && !new.contains(&branch) {
            new.push(branch);
        }
    }

    /// Counts an element that a reader counts and that may take no byte of its own.
    #[inline]
    pub(super) fn count_hollow(&self) {
        self.hollow.set(self.hollow.get() + 1);
    }

    /// Elements that may have taken no byte of their own.
    pub(super) fn hollow(&self) -> u64 {
        self.hollow.get()
    }

    /// Keeps the reason of a refusal: some formats drop the message of an error.
    #[cold]
    pub(super) fn refuse(&self, reason: &'static str) -> &'static str {
        self.refusal.set(Some(reason));
        reason
    }

    /// Why the value was refused, if it was not the format that failed.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        self.refusal.get()
    }

    /// The branches that were not known.
    pub(super) fn into_new(self) -> Vec<u64> {
        self.new.into_inner()
    }
}

#[inline]
const fn hash(kind: Branch, scope: u32) -> u64 {
    // Zero marks a free slot.
    (scope as u64 ^ (kind as u64) << 32).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1
}

/// The address of a name that serde's derive gives: literals stand still, and to look at their text would cost more.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the low half differs as well")]
pub(super) fn address(name: &'static str) -> u32 {
    name.as_ptr().addr() as u32
}
