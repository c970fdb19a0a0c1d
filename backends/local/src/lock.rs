//! The writers' lock: one word that all processes share, and a file lock that tells who is alive.
//!
//! Whoever writes swaps its token into the word; that costs no system call. The token names a [handle](crate::handles),
//! whose file is locked for as long as its process lives, whatever way it ends. So whoever waits too long tries that file:
//! if it is free the holder is dead, and the lock is taken over. What a dead holder left half done the
//! [journal](crate::journal) tells.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use larder_mapping::Map;

use crate::handles::{Handles, Token};
use crate::head::Word;

/// How often the word is looked at before the thread gives way to others.
const SPINS: u32 = 64;
/// How long a holder is waited for before somebody looks whether it lives, and how long between two looks.
const DOUBT: Duration = Duration::from_millis(2);

/// Takes the lock, waiting up to `patience`. Says whether it was taken.
pub(crate) fn take(head: &Map, handles: &Handles, own: Token, patience: Duration) -> bool {
    let word = head.word(Word::Lock as usize);
    let free = |holder| word.compare_exchange(holder, own.0, Ordering::Acquire, Ordering::Relaxed).is_ok();
    if free(0) {
        return true;
    }
    for _ in 0..SPINS {
        std::hint::spin_loop();
        if word.load(Ordering::Relaxed) == 0 && free(0) {
            return true;
        }
    }
    let began = Instant::now();
    let mut looked = began;
    loop {
        let holder = word.load(Ordering::Relaxed);
        if holder == 0 && free(0) {
            return true;
        }
        let now = Instant::now();
        if holder != 0 && now - looked > DOUBT {
            looked = now;
            // A dead holder does not come back, so nobody but another who waits can have changed the word meanwhile.
            if handles.is_dead(head, Token(holder)) && free(holder) {
                tracing::warn!("a process ended while it was writing; what it began is completed or undone");
                return true;
            }
        }
        if now - began > patience {
            return false;
        }
        std::thread::yield_now();
    }
}

/// Gives the lock up.
#[inline]
pub(crate) fn release(head: &Map) {
    head.word(Word::Lock as usize).store(0, Ordering::Release);
}
