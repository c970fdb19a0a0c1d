//! What the clones of a disk share.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use larder_core::clock::{Clock, SystemClock};
use larder_core::disk::Capabilities;
use larder_core::{Error, ErrorKind, Result};
use larder_mapping::Forks;

use crate::handles::Handle;
use crate::log::Rows;
use crate::options::{Mode, OpenOptions};
use crate::replaced::Waiting;
use crate::root::Root;
use crate::section::{Section, Turns};
use crate::shelf::Shelf;
use crate::survey::Ahead;
use crate::sync::Synced;
use crate::tables::Tables;
use crate::writers::Writers;

/// How long a thread waits for other processes before it lets others of its process run.
const PATIENCE: Duration = Duration::from_millis(1);
/// How long a reader that meets an unfinished step waits for its writer, which may have lost the processor or been
/// stopped.
const READER_PATIENCE: Duration = Duration::from_millis(250);
/// How long until it tries again.
const PAUSE: Duration = Duration::from_millis(1);
/// How often an operation has the index rebuilt.
const REBUILDS: u32 = 3;

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) location: String,
    pub(crate) root: Arc<Root>,
    pub(crate) options: OpenOptions,
    pub(crate) tables: Tables,
    pub(crate) turns: Turns,
    /// `None` where the disk only reads.
    pub(crate) handle: Option<Handle>,
    pub(crate) shelf: Shelf,
    pub(crate) rows: Rows,
    pub(crate) writers: Writers,
    pub(crate) ahead: Ahead,
    pub(crate) synced: Arc<Synced>,
    pub(crate) replaced: Waiting,
    pub(crate) salt: u64,
    /// The boot of the machine; zeros if that is unknown.
    pub(crate) boot: [u64; 2],
    /// Whether records are written through the map; else by system calls, where space cannot be reserved.
    pub(crate) writes_mapped: bool,
    /// Whether this process has emptied a segment whose file may still be there.
    pub(crate) has_emptied: std::sync::atomic::AtomicBool,
    pub(crate) forks: Forks,
    pub(crate) watch: crate::watch::Watch,
    /// A segment whose file another program removed, until it is replaced; else 0.
    pub(crate) lost: AtomicU32,
}

impl Inner {
    pub(crate) const fn capabilities() -> Capabilities {
        Capabilities { reach: larder_core::disk::Reach::Host, ..Capabilities::of_process() }
    }

    /// An error of this disk.
    pub(crate) fn error(&self, kind: ErrorKind, message: &'static str) -> Error {
        Error::new(kind, message).on(self.location.as_str())
    }

    /// That the operating system refused something.
    pub(crate) fn failed(&self, what: &'static str, cause: std::io::Error) -> Error {
        self.error(ErrorKind::Unavailable, what).because(cause)
    }

    /// Classifies an error of opening or reading a file: only a file that was read and holds the wrong bytes is corrupt.
    /// Every other error is one of the environment and says nothing about what is stored.
    pub(crate) fn unreadable(&self, what: &'static str, cause: std::io::Error) -> Error {
        use std::io::ErrorKind::{InvalidData, UnexpectedEof};
        let kind = match cause.kind() {
            InvalidData | UnexpectedEof => ErrorKind::Corrupt,
            _ => ErrorKind::Unavailable,
        };
        self.error(kind, what).because(cause)
    }

    /// Refuses a child that was forked with this disk open.
    #[inline]
    pub(crate) fn check_process(&self) -> Result<()> {
        if self.forks.is_same() {
            return Ok(());
        }
        Err(self
            .error(ErrorKind::Invalid, "this disk was opened before the process was forked; open it anew"))
    }

    /// The handle of this disk, which writes.
    #[inline]
    pub(crate) fn writer(&self) -> Result<&Handle> {
        match (&self.handle, self.options.mode) {
            (Some(handle), Mode::ReadWrite) => Ok(handle),
            _ => Err(self.error(ErrorKind::ReadOnly, "the disk was opened for reading only")),
        }
    }

    /// Enters a section if it is free soon. An index that was found inconsistent is rebuilt first.
    #[inline]
    pub(crate) fn enter(&self) -> Result<Option<Section<'_>>> {
        let handle = self.writer()?;
        let section = self.turns.enter(&self.tables, handle, PATIENCE);
        let mut section = section.map_err(|error| self.failed("entering the writers' section", error))?;
        if let Some(section) = &mut section {
            if section.is_condemned() {
                self.recover(section).map_err(|error| self.failed("rebuilding the index", error))?;
            }
            self.shelf.refresh(&self.tables);
            if section.is_inherited {
                let erased = self.erase_abandoned(section);
                erased.map_err(|error| self.failed("erasing an uncommitted record", error))?;
            }
            self.recover_lost(section);
        }
        Ok(section)
    }

    /// Does `what` in a section, waiting for other processes up to the deadline. If it finds the index inconsistent, the
    /// index is rebuilt and it is done again.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the deadline passed: nothing was done.
    pub(crate) async fn within<T>(&self, mut what: impl FnMut(&mut Section<'_>) -> Result<T>) -> Result<T> {
        self.check_process()?;
        if let Some(mut section) = self.enter()? {
            let done = what(&mut section);
            if !section.is_condemned() {
                return done;
            }
        }
        let began = self.options.clock.monotonic();
        let is_late = || self.options.clock.monotonic().saturating_sub(began) >= self.options.deadline;
        Box::pin(self.wait_within(what, is_late)).await
    }

    /// As [`within`](Inner::within), for a reader: it waits for other processes for a moment and not up to the deadline, as
    /// a process that was stopped in the section may stay so.
    pub(crate) async fn within_soon<T>(&self, what: impl FnMut(&mut Section<'_>) -> Result<T>) -> Result<T> {
        self.check_process()?;
        let began = SystemClock.monotonic();
        let is_late = || SystemClock.monotonic().saturating_sub(began) >= READER_PATIENCE;
        Box::pin(self.wait_within(what, is_late)).await
    }

    /// Does `what` in a section, waiting for other processes until it `is_late`.
    async fn wait_within<T>(
        &self,
        mut what: impl FnMut(&mut Section<'_>) -> Result<T>,
        is_late: impl Fn() -> bool,
    ) -> Result<T> {
        let mut rebuilt = 0;
        loop {
            // Other processes move by the time of the machine, whatever clock this one was given.
            SystemClock.sleep(PAUSE).await;
            if let Some(mut section) = self.enter()? {
                let done = what(&mut section);
                if !section.is_condemned() {
                    return done;
                }
                rebuilt += 1;
                if rebuilt > REBUILDS {
                    let message = "the index is inconsistent also after it was rebuilt";
                    return Err(self.error(ErrorKind::Corrupt, message));
                }
            }
            if is_late() {
                return Err(self.error(
                    ErrorKind::Unavailable,
                    "timeout: another process did not release the writers' lock in time",
                ));
            }
        }
    }
}
