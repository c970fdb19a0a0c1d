//! The thread of a handle: it writes to the medium when it is asked to and now and then, and lets go of what is not
//! needed any more.

use std::io;
use std::sync::{Arc, Weak};

use crate::head::Word;
use crate::inner::Inner;
use crate::log::emptied;
use crate::options::Durability;
use crate::sync::{Synced, Woken};

/// Begins the thread, if the durability of the disk needs one. It ends with the disk.
pub(crate) fn begin(inner: &Arc<Inner>) -> io::Result<()> {
    if inner.options.durability == Durability::None {
        return Ok(());
    }
    let (disk, synced) = (Arc::downgrade(inner), Arc::clone(&inner.synced));
    let patience = match inner.options.durability {
        Durability::Interval(interval) => Some(interval),
        Durability::None | Durability::EveryWrite => None,
    };
    let thread = std::thread::Builder::new().name("larder-local".to_owned());
    // The medium is a matter of the machine, so it waits by the time of the machine and not by the injected clock.
    thread.spawn(move || {
        let mut last = 0;
        loop {
            match synced.wait(patience) {
                Woken::Closed => return,
                woken => match tend(&disk, woken, last) {
                    Some(reached) => last = reached,
                    None => return,
                },
            }
        }
    })?;
    inner.synced.serve();
    Ok(())
}

/// Writes to the medium, if something was appended since `last`; what was ever appended then. `None` if the disk is gone.
fn tend(disk: &Weak<Inner>, woken: Woken, last: u64) -> Option<u64> {
    let inner = disk.upgrade()?;
    let appended = Word::Appended.get(&inner.tables.head);
    // What is emptied later was moved later, and is not on the medium yet.
    let emptied = emptied(&inner.tables);
    if woken == Woken::Late && appended == last && emptied.is_empty() {
        return Some(last);
    }
    if let Err(error) = inner.sync_all() {
        tracing::warn!(%error, disk = inner.location, "writing to the medium failed; it is tried again");
        return Some(last);
    }
    if let Ok(Some(mut section)) = inner.enter() {
        inner.drop_emptied(&mut section, &emptied);
    }
    Some(appended)
}

/// Ends the thread of a disk that is gone.
pub(crate) fn end(synced: &Synced) {
    synced.close();
}
