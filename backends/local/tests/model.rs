//! The protocols between readers without a lock and the writer who has it, tried in every order that the memory model
//! allows.
//!
//! The words of the disk lie in mapped files, where the model cannot look, so these are twins: the same loads and stores
//! with the same orders, as `slot.rs` (`look`, `hit`, `write`, `clear`) and `chains.rs` (`walk`, `insert`, `remove`,
//! `split`) have them, on fewer words. Writers store as `tables.rs` does (`apply`): in their order, each with `Release`.
//! Whoever changes those changes these. Each model is tried with a fault planted too, which it must find.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::cast_possible_truncation, reason = "words are numbers of a few slots")]

use std::panic::catch_unwind;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering, fence};
use loom::thread;

/// How often a thread may be stopped between two others: with three, loom's authors say, nearly all faults are found.
const PREEMPTIONS: usize = 3;

fn try_all(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.check(model);
}

/// That the model fails.
fn require_fault(model: impl Fn() + Sync + Send + 'static) {
    let found = catch_unwind(std::panic::AssertUnwindSafe(|| try_all(model)));
    assert!(found.is_err(), "the planted fault was not found");
}

/// A slot: `word` of `slot.rs`, less what is of no matter here. The key stands for the hash and its rest.
#[derive(Default)]
struct Slot {
    guard: AtomicU64,
    key: AtomicU64,
    next: AtomicU64,
    place: AtomicU64,
    accessed: AtomicU64,
}

const fn turn(guard: u64) -> u64 {
    guard >> 32
}

impl Slot {
    /// `Slot::write`, then `apply`.
    fn write(&self, key: u64, next: u64, place: u64, accessed: u64, is_guarded: bool) {
        let guard = self.guard.load(Ordering::Relaxed);
        let odd = turn(guard) + 1;
        if is_guarded {
            self.change(odd);
        }
        self.key.store(key, Ordering::Release);
        self.next.store(next, Ordering::Release);
        self.place.store(place, Ordering::Release);
        // A swap for a store, as in `change`.
        self.accessed.swap(accessed, Ordering::Release);
        self.guard.store((odd + 1) << 32, Ordering::Release);
    }

    /// A swap stands for the store of the disk. Loom would let a store land before a compare-and-swap that read what was
    /// there before it, which no machine does.
    fn change(&self, odd: u64) {
        self.guard.swap(odd << 32, Ordering::Release);
    }

    /// `Slot::clear`, then `apply`.
    fn clear(&self, next: u64) {
        let guard = self.guard.load(Ordering::Relaxed);
        self.change(turn(guard) + 1);
        self.place.store(0, Ordering::Release);
        self.next.store(next, Ordering::Release);
        self.guard.store((turn(guard) + 2) << 32, Ordering::Release);
    }

    /// `Slot::look`: key, place and guard; `None` while it changes or is free.
    fn look(&self) -> Option<(u64, u64, u64)> {
        let guard = self.guard.load(Ordering::Acquire);
        if !turn(guard).is_multiple_of(2) {
            return None;
        }
        let key = self.key.load(Ordering::Relaxed);
        let place = self.place.load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        let again = self.guard.load(Ordering::Relaxed);
        (turn(again) == turn(guard) && place != 0).then_some((key, place, again))
    }

    /// `hit`. With the fault the time is stored whatever the slot has become, as it once was.
    fn hit(&self, seen: u64, now: u64, is_checked: bool) {
        let mut current = seen;
        while let Err(found) =
            self.guard.compare_exchange(current, current + 1, Ordering::Relaxed, Ordering::Relaxed)
        {
            if turn(found) != turn(seen) {
                return;
            }
            current = found;
        }
        let mut last = self.accessed.load(Ordering::Relaxed);
        while last < now {
            if !is_checked {
                self.accessed.store(now, Ordering::Relaxed);
                return;
            }
            fence(Ordering::Acquire);
            if turn(self.guard.load(Ordering::Relaxed)) != turn(seen) {
                return;
            }
            match self.accessed.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return,
                Err(found) => last = found,
            }
        }
    }
}

/// One slot, that is given from key 1 at place 10 to key 2 at place 20 while a reader looks and hits.
fn reuse(is_guarded: bool, is_checked: bool) {
    let slot = Arc::new(Slot::default());
    slot.write(1, 0, 10, 100, true);
    let reader = {
        let slot = Arc::clone(&slot);
        thread::spawn(move || {
            if let Some((key, place, guard)) = slot.look() {
                assert_eq!(place, key * 10, "a mixture of two entries");
                if key == 1 {
                    slot.hit(guard, 300, is_checked);
                }
            }
        })
    };
    slot.write(2, 0, 20, 200, is_guarded);
    reader.join().unwrap();
    let hits = slot.guard.load(Ordering::Relaxed) & u64::from(u32::MAX);
    assert_eq!((hits, slot.accessed.load(Ordering::Relaxed)), (0, 200), "a hit of another entry");
}

#[test]
fn a_reader_sees_one_entry_and_hits_no_other() {
    try_all(|| reuse(true, true));
}

#[test]
fn a_slot_without_a_guard_is_found() {
    require_fault(|| reuse(false, true));
}

#[test]
fn a_time_that_is_stored_unchecked_is_found() {
    require_fault(|| reuse(true, false));
}

/// Two hits at once are both counted, and the later time stays.
#[test]
fn hits_at_once_both_count() {
    try_all(|| {
        let slot = Arc::new(Slot::default());
        slot.write(1, 0, 10, 100, true);
        let (_, _, guard) = slot.look().unwrap();
        let other = Arc::clone(&slot);
        let reader = thread::spawn(move || other.hit(guard, 300, true));
        slot.hit(guard, 200, true);
        reader.join().unwrap();
        let (guard, accessed) = (slot.guard.load(Ordering::Relaxed), slot.accessed.load(Ordering::Relaxed));
        assert_eq!((guard & u64::from(u32::MAX), accessed), (2, 300));
    });
}

/// Chains of slots: `chains` of them; odd keys are of chain 1 where there are two, else all are of chain 0.
struct Index {
    /// The number of chains, doubled, and one more while one is split.
    shape: AtomicU64,
    heads: [AtomicU64; 2],
    slots: [Slot; 2],
}

enum Search {
    Found(u64),
    Nothing,
    Unsure,
}

const fn chain_of(key: u64, chains: u64) -> u64 {
    key % chains
}

impl Index {
    /// Slot 1 (key 5) leads to slot 0 (key 1), in chain 0 or 1.
    fn new(chains: u64) -> Self {
        let index =
            Self { shape: AtomicU64::new(chains << 1), heads: Default::default(), slots: Default::default() };
        index.slots[0].write(1, 0, 10, 0, true);
        index.slots[1].write(5, 1, 50, 0, true);
        index.heads[chain_of(1, chains) as usize].store(2, Ordering::Release);
        index
    }

    /// `walk`.
    fn walk(&self, wanted: u64, is_checked: bool) -> Search {
        let shape = self.shape.load(Ordering::Acquire);
        let chains = shape >> 1;
        let number = chain_of(wanted, chains);
        let mut next = self.heads[number as usize].load(Ordering::Acquire);
        for _ in 0..3 {
            let Some(index) = next.checked_sub(1) else {
                fence(Ordering::Acquire);
                let same = self.shape.load(Ordering::Relaxed) == shape;
                return if same && shape.is_multiple_of(2) { Search::Nothing } else { Search::Unsure };
            };
            let slot = &self.slots[index as usize];
            let guard = slot.guard.load(Ordering::Acquire);
            let key = slot.key.load(Ordering::Relaxed);
            next = slot.next.load(Ordering::Relaxed);
            if key == wanted {
                return match slot.look() {
                    Some((key, place, _)) if key == wanted => Search::Found(place),
                    _ => Search::Unsure,
                };
            }
            let is_free = slot.place.load(Ordering::Relaxed) == 0;
            fence(Ordering::Acquire);
            let again = slot.guard.load(Ordering::Relaxed);
            let is_same = !is_free
                && turn(guard).is_multiple_of(2)
                && turn(guard) == turn(again)
                && chain_of(key, chains) == number;
            if is_checked && !is_same {
                return Search::Unsure;
            }
        }
        Search::Unsure
    }

    /// `remove`, then `apply`: slot 1 is the head of its chain.
    fn remove_first(&self, chain: usize) {
        self.heads[chain].store(1, Ordering::Release);
        self.slots[1].clear(0);
    }

    /// `insert` into the slot that was freed, then `apply`.
    fn insert(&self, key: u64, chain: usize) {
        let next = self.heads[chain].load(Ordering::Relaxed);
        self.slots[1].write(key, next, key * 10, 0, true);
        self.heads[chain].store(2, Ordering::Release);
    }

    /// `split`, then `apply`: both slots go to the new chain, the last of them first.
    fn split(&self, is_told: bool) {
        if is_told {
            self.shape.store((1 << 1) | 1, Ordering::Release);
        }
        self.slots[1].next.store(0, Ordering::Release);
        self.slots[0].next.store(2, Ordering::Release);
        self.heads[0].store(0, Ordering::Release);
        self.heads[1].store(1, Ordering::Release);
        self.shape.store(2 << 1, Ordering::Release);
    }
}

/// Looks for key 1, which is there all the time.
fn search_while(index: Index, is_checked: bool, change: impl FnOnce(&Index)) {
    let index = Arc::new(index);
    let reader = {
        let index = Arc::clone(&index);
        thread::spawn(move || match index.walk(1, is_checked) {
            Search::Found(place) => assert_eq!(place, 10, "another entry's place"),
            Search::Nothing => panic!("an entry that is there was not found"),
            Search::Unsure => {}
        })
    };
    change(&index);
    reader.join().unwrap();
    assert!(matches!(index.walk(1, true), Search::Found(10)), "found once all is quiet");
}

fn reuse_in_another_chain(index: &Index) {
    index.remove_first(1);
    index.insert(2, 0);
}

#[test]
fn an_entry_is_found_while_the_slot_before_it_is_given_to_another_chain() {
    try_all(|| search_while(Index::new(2), true, reuse_in_another_chain));
}

#[test]
fn an_entry_is_found_while_the_slot_before_it_comes_back_into_its_chain() {
    try_all(|| {
        search_while(Index::new(2), true, |index| {
            index.remove_first(1);
            index.insert(3, 1);
        });
    });
}

#[test]
fn a_walk_that_trusts_every_slot_is_found() {
    require_fault(|| search_while(Index::new(2), false, reuse_in_another_chain));
}

#[test]
fn an_entry_is_found_while_its_chain_is_split() {
    try_all(|| search_while(Index::new(1), true, |index| index.split(true)));
}

#[test]
fn a_split_that_tells_nobody_is_found() {
    require_fault(|| search_while(Index::new(1), true, |index| index.split(false)));
}

/// What a writer of `journal.rs` (`make`) leaves who dies after so many stores, and what the next one (`redo`) makes of it.
fn die(after: u64, is_journaled: bool) {
    struct Shared {
        lock: AtomicU64,
        count: AtomicU64,
        values: [AtomicU64; 2],
        words: [AtomicU64; 2],
        /// The lock of the holder's file, which the operating system gives up.
        is_dead: AtomicU64,
    }
    let shared = Arc::new(Shared {
        // The writer has it already.
        lock: AtomicU64::new(1),
        count: AtomicU64::new(0),
        values: Default::default(),
        words: Default::default(),
        is_dead: AtomicU64::new(0),
    });
    let writer = {
        let shared = Arc::clone(&shared);
        thread::spawn(move || {
            let Shared { lock, count, values, words, is_dead } = &*shared;
            let stores = [
                (&values[0], 7, Ordering::Relaxed),
                (&values[1], 7, Ordering::Relaxed),
                (count, u64::from(is_journaled), Ordering::Release),
                (&words[0], 7, Ordering::Release),
                (&words[1], 7, Ordering::Release),
                (count, 0, Ordering::Release),
                (lock, 0, Ordering::Release),
            ];
            for (word, value, order) in stores.into_iter().take(after as usize) {
                word.store(value, order);
            }
            is_dead.store(1, Ordering::Release);
        })
    };
    // The next one: the lock is taken where it is free, or where its holder is dead.
    let Shared { lock, count, values, words, is_dead } = &*shared;
    let holder = lock.load(Ordering::Relaxed);
    let may = holder == 0 || is_dead.load(Ordering::Acquire) == 1;
    if may && lock.compare_exchange(holder, 2, Ordering::Acquire, Ordering::Relaxed).is_ok() {
        if holder == 1 {
            if count.load(Ordering::Acquire) != 0 {
                for (word, value) in words.iter().zip(values) {
                    word.store(value.load(Ordering::Relaxed), Ordering::Release);
                }
                count.store(0, Ordering::Release);
            }
            let [first, second] = [0, 1].map(|at| words[at].load(Ordering::Relaxed));
            assert_eq!(first, second, "half a step");
        }
        lock.store(0, Ordering::Release);
    }
    writer.join().unwrap();
}

#[test]
fn a_step_is_done_whole_or_not_at_all_whenever_its_writer_dies() {
    for after in 0..=7 {
        try_all(move || die(after, true));
    }
}

#[test]
fn a_step_without_a_journal_is_found() {
    require_fault(|| die(4, false));
}
