//! The thread of a handle: it writes to the medium when it is asked to and now and then, and lets go of what is not
//! needed any more.

use std::io;
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;

use larder_mapping::Forks;

use crate::head::Word;
use crate::inner::Inner;
use crate::log::emptied;
use crate::options::Durability;
use crate::reclaim::is_full;
use crate::sync::{Synced, Woken};

/// How many bytes are cleaned before others are let in.
const ROUND: u64 = 256 << 10;

/// The thread of a disk that somebody holds. Whoever lets go of it last waits for the thread, so that the disk is closed by
/// then and not some time later by a thread that was at work.
#[derive(Debug)]
pub(crate) struct Tended {
    synced: Arc<Synced>,
    forks: Forks,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Tended {
    fn drop(&mut self) {
        // A forked child has no such thread.
        if self.forks.is_same() {
            self.synced.close();
            if let Some(thread) = self.thread.take() {
                // Had it panicked, that was told when it did.
                let _ = thread.join();
            }
        }
    }
}

/// Begins the thread, if the durability of the disk needs one.
pub(crate) fn begin(inner: &Arc<Inner>) -> io::Result<Tended> {
    let tended = |thread| Tended { synced: Arc::clone(&inner.synced), forks: inner.forks, thread };
    if inner.options.durability == Durability::None {
        return Ok(tended(None));
    }
    let (disk, synced) = (Arc::downgrade(inner), Arc::clone(&inner.synced));
    let patience = match inner.options.durability {
        Durability::Interval(interval) => Some(interval),
        Durability::None | Durability::EveryWrite => None,
    };
    let thread = std::thread::Builder::new().name("larder-local".to_owned());
    // The medium is a matter of the machine, so it waits by the time of the machine and not by the injected clock.
    let thread = thread.spawn(move || {
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
    Ok(tended(Some(thread)))
}

/// Writes to the medium, if something was appended since `last`; what was ever appended then. `None` if the disk is gone.
fn tend(disk: &Weak<Inner>, woken: Woken, last: u64) -> Option<u64> {
    let inner = disk.upgrade()?;
    // A process that is idle gives back the space of segments that others have removed.
    inner.shelf.refresh(&inner.tables);
    if let Err(error) = inner.try_reclaim_dead_reservations() {
        tracing::warn!(%error, disk = inner.location, "what dead writers had reserved is not given back yet");
    }
    let appended = Word::Appended.get(&inner.tables.head);
    // What is emptied later was moved later, and is not on the medium yet.
    let emptied = emptied(&inner.tables);
    if woken == Woken::Late {
        inner.keep_recorded();
    }
    if woken == Woken::Late && appended == last && emptied.is_empty() {
        clean(&inner, appended);
        return Some(last);
    }
    if let Err(error) = inner.sync_all() {
        tracing::warn!(%error, disk = inner.location, "writing to the medium failed; it is tried again");
        return Some(last);
    }
    let removed = inner.unlink_emptied(&emptied);
    if let Ok(Some(mut section)) = inner.enter() {
        inner.drop_emptied_rows(&mut section, &removed);
    }
    Some(appended)
}

/// Cleans what was begun while nobody writes, so that whoever writes next does not have to.
fn clean(inner: &Arc<Inner>, appended: u64) {
    let mut moved = appended;
    while let Ok(Some(mut section)) = inner.enter() {
        let is_idle = section.head(Word::Appended) == moved;
        // Whoever closes the disk is not to wait for a segment.
        if !is_idle || section.head(Word::Cleaning) == 0 || inner.synced.is_closed() {
            return;
        }
        let cleaned = inner.clean(&mut section, ROUND);
        if cleaned.as_ref().is_err_and(is_full) {
            inner.abandon_cleaning(&mut section);
            return;
        }
        if let Err(error) = cleaned {
            tracing::warn!(%error, disk = inner.location, "a segment could not be cleaned; it is tried again");
            return;
        }
        moved = section.head(Word::Appended);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use larder_core::Bytes;
    use larder_core::codec::Format;
    use larder_core::disk::{Disk, Finding, Repair, Settings};
    use larder_core::larder::Larder;

    use super::*;
    use crate::log::{Known, known};
    use crate::{LocalDisk, OpenOptions};

    #[test]
    fn a_disk_is_closed_once_its_last_holder_has_let_go() {
        let directory = tempfile::tempdir().unwrap();
        for turn in 0..200 {
            pollster::block_on(async {
                let disk = LocalDisk::open(directory.path(), Settings::limited(8 << 20)).await.unwrap();
                let larder = Larder::open(disk.clone()).await.unwrap();
                let cache = larder.cache("tests").format(Format::Raw).build::<u64, Bytes>().unwrap();
                assert!(cache.set(&turn, &Bytes::from_static(b"value")).await.unwrap().is_stored());
                // The thread wakes who waits, and then waits for its turn with the disk in its hands.
                let turn = disk.inner.enter().unwrap();
                disk.sync().await.unwrap();
                drop(turn);
            });
            let head = std::fs::read(directory.path().join(crate::tables::HEAD)).unwrap();
            let (words, _) = head.as_chunks::<8>();
            assert_eq!(u64::from_ne_bytes(words[Word::Clean as usize]), 1, "turn {turn}: it is open");
        }
    }

    #[test]
    fn what_is_being_cleaned_is_cleaned_while_nobody_writes() {
        pollster::block_on(async {
            let directory = tempfile::tempdir().unwrap();
            // With an interval that never comes, the thread does nothing by itself.
            let durability = Durability::Interval(Duration::from_hours(1));
            let options = OpenOptions { durability, ..OpenOptions::default() };
            let disk =
                LocalDisk::open_with(directory.path(), options, Settings::limited(8 << 20)).await.unwrap();
            let larder = Larder::open(disk.clone()).await.unwrap();
            let cache = larder.cache("tests").format(Format::Raw).build::<u64, Bytes>().unwrap();
            let value = |turn: u64| Bytes::from(turn.to_le_bytes().repeat(500));
            let head = &disk.inner.tables.head;
            let (mut random, mut stored) = (fastrand::Rng::with_seed(7), BTreeMap::new());
            // Until a segment is being cleaned of which something is to be moved: one in four stays.
            let is_needed =
                |known: Known| u64::from(known.number) == Word::Cleaning.get(head) && known.live > 0;
            while !known(&disk.inner.tables).any(is_needed) {
                let turn = random.u64(1000..);
                let key = if random.u8(..4) == 0 { turn } else { random.u64(..200) };
                assert!(cache.set(&key, &value(turn)).await.unwrap().is_stored());
                stored.insert(key, turn);
            }
            let weak = Arc::downgrade(&disk.inner);
            let appended = Word::Appended.get(head);
            assert_eq!(tend(&weak, Woken::Late, appended - 1), Some(appended));
            assert_ne!(Word::Cleaning.get(head), 0, "somebody has just written");
            assert_eq!(tend(&weak, Woken::Late, appended), Some(appended));
            assert_eq!(Word::Cleaning.get(head), 0);
            assert_eq!(emptied(&disk.inner.tables).len(), 1);
            assert!(tend(&weak, Woken::Late, appended) > Some(appended));
            assert!(
                emptied(&disk.inner.tables).is_empty(),
                "its file goes once what was moved is on the medium"
            );
            for (key, turn) in stored {
                assert_eq!(cache.get(&key).await.unwrap(), Some(value(turn)));
            }
            let mut findings: Vec<Finding> = Vec::new();
            disk.check(Repair::Tell, &mut findings).await.unwrap();
            assert!(findings.is_empty(), "{findings:?}");
        });
    }
}
