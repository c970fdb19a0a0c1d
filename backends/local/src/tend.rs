//! The thread of a handle: it writes to the medium now and then, and lets go of what is not needed any more.

use std::io;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::head::Word;
use crate::inner::Inner;
use crate::options::Durability;

/// Begins the thread, if the durability of the disk needs one. It ends with the disk.
pub(crate) fn begin(inner: &Arc<Inner>) -> io::Result<()> {
    let Durability::Interval(interval) = inner.options.durability else { return Ok(()) };
    let disk = Arc::downgrade(inner);
    std::thread::Builder::new().name("larder-local".to_owned()).spawn(move || tend(&disk, interval))?;
    Ok(())
}

fn tend(disk: &Weak<Inner>, interval: Duration) {
    let mut last = 0;
    loop {
        // The medium is a matter of the machine, so this is the time of the machine and not of the injected clock.
        std::thread::sleep(interval.max(Duration::from_millis(1)));
        let Some(inner) = disk.upgrade() else { return };
        let sequence = Word::Sequence.get(&inner.tables.head);
        if sequence == last {
            continue;
        }
        match inner.sync_all() {
            Ok(()) => last = sequence,
            Err(error) => {
                tracing::warn!(%error, disk = inner.location, "writing to the medium failed; it is tried again");
                continue;
            }
        }
        if let Ok(Some(mut section)) = inner.enter() {
            inner.drop_emptied(&mut section);
        }
    }
}
