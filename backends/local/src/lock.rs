//! The writers' lock: one word that all processes share, and a lock of the system that ends with its holder.
//!
//! Whoever writes swaps its token into the word; that costs no system call. The token names a [handle](crate::handles),
//! which has a byte of the index locked for as long as its process lives, whatever way it ends. So whoever waits too long
//! looks for that lock: if it is gone the holder is dead, and the lock is taken over. What a dead holder left half done the
//! [journal](crate::journal) tells.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use larder_mapping::Map;

use crate::handles::{self, Token};
use crate::head::Word;
use crate::tables::Tables;

/// How often the word is looked at before the thread gives way to others.
const SPINS: u32 = 64;

/// What became of an attempt to take the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It was free.
    Free,
    /// Its holder was dead, and may have left something half done.
    FromTheDead,
    /// Somebody who lives has it.
    Not,
}

/// Takes the lock. Whoever has it is waited for up to `patience`, and then looked after.
#[inline]
pub(crate) fn take(tables: &Tables, own: Token, patience: Duration) -> Taken {
    let word = tables.head.word(Word::Lock as usize);
    if word.compare_exchange(0, own.0, Ordering::Acquire, Ordering::Relaxed).is_ok() {
        return Taken::Free;
    }
    wait(tables, own, patience)
}

#[cold]
fn wait(tables: &Tables, own: Token, patience: Duration) -> Taken {
    let word = tables.head.word(Word::Lock as usize);
    let free = |holder| word.compare_exchange(holder, own.0, Ordering::Acquire, Ordering::Relaxed).is_ok();
    for _ in 0..SPINS {
        std::hint::spin_loop();
        if word.load(Ordering::Relaxed) == 0 && free(0) {
            return Taken::Free;
        }
    }
    let began = Instant::now();
    loop {
        let holder = word.load(Ordering::Relaxed);
        if holder == 0 && free(0) {
            return Taken::Free;
        }
        if holder != 0 && began.elapsed() > patience {
            // A dead holder does not come back, so nobody but another who waits can have changed the word meanwhile. Threads
            // of this handle take turns, so its own token is the word of no holder either: the word is damaged.
            let is_dead = holder == own.0 || handles::is_dead(tables, Token(holder));
            if is_dead && free(holder) {
                tracing::warn!("a process ended while it was writing; what it began is completed or undone");
                return Taken::FromTheDead;
            }
            return Taken::Not;
        }
        std::thread::yield_now();
    }
}

/// Gives the lock up.
#[inline]
pub(crate) fn release(head: &Map) {
    head.word(Word::Lock as usize).store(0, Ordering::Release);
}
