//! Opening a directory.
//!
//! A lock on one file lets one process at a time open or close. Whoever opens looks at what is recorded first, so a
//! later format is left as it is. The index is believed if it was written in this boot of the machine, in this very file,
//! or was on the medium when the last handle was closed; else it is made anew from the log.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use larder_core::clock::{Clock, SystemClock};
use larder_core::disk::{Requested, Settings};
use larder_core::{Error, ErrorKind, Result};
use larder_mapping::{Access, Forks};

use crate::area::{UNIT, WORD};
use crate::aside::{Teller, aside};
use crate::disk::LocalDisk;
use crate::handles::{self, Handle};
use crate::head::{FORMAT, MAGIC, MOST_HANDLES, WORDS, Word, closed};
use crate::inner::Inner;
use crate::options::{Mode, OpenOptions};
use crate::recorded::{self, Recorded};
use crate::root::Root;
use crate::section::Turns;
use crate::shelf::Shelf;
use crate::tables::{self, Tables};
use crate::{apart, chains, journal, medium, place_of, seal, segment, share, tend};

/// The bytes of the head that say what the index is worth, up to the end of a page.
const CLAIM: usize = 4096;
/// How long whoever finds a damaged index waits for others to close it.
const GRACE: std::time::Duration = std::time::Duration::from_millis(250);
/// How long until somebody who waits for another opening tries again.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(2);

impl LocalDisk {
    /// Opens the directory `path`, which is made with those above it where it is missing. Any number of processes may have
    /// it open. What is not asked for in `settings` is as it was recorded. Requested settings that differ
    /// from the recorded ones replace them for all processes, unless [`precedence`](Requested::precedence)
    /// says otherwise; [`settings_change`](Self::settings_change) then returns both. Opening evicts nothing:
    /// a lower limit evicts at the next write.
    ///
    /// The work is done on another thread, as it may take long: a log without an index that can be believed is read once, about a
    /// second for 10⁶ entries. If the future is dropped meanwhile, the directory is opened and closed again, or not opened.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when `path` is a file or below one, lies on a network file system, is a directory with files of
    /// other programs and no disk, or when no size limit is asked for nor recorded: nothing is created. [`ErrorKind::Format`] for a directory of a later format, which is left
    /// as it is. [`ErrorKind::Unavailable`] when the directory cannot be made, written to or read, or others were opening
    /// it for longer than the deadline.
    pub async fn open(path: impl AsRef<Path>, settings: impl Into<Requested>) -> Result<Self> {
        Self::open_with(path, OpenOptions::default(), settings).await
    }

    /// As [`open`](Self::open), with these options.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open). With [`Mode::ReadOnly`] also [`ErrorKind::NotFound`] when there is no disk, and
    /// [`ErrorKind::ReadOnly`] when settings are asked for that are not the recorded ones.
    pub async fn open_with(
        path: impl AsRef<Path>,
        options: OpenOptions,
        settings: impl Into<Requested>,
    ) -> Result<Self> {
        // Now, because the process may change its directory before the thread runs.
        let root = std::path::absolute(path.as_ref()).map_err(|error| {
            Error::new(ErrorKind::Invalid, "a path that cannot be made absolute").because(error)
        })?;
        let location = format!("file://{}", root.display());
        let settings = settings.into();
        let place = location.clone();
        let open = move |_: &Teller<()>| match options.mode {
            Mode::ReadWrite => pollster::block_on(open_for_writing(root, place, options, settings)),
            Mode::ReadOnly => open_for_reading(&root, place, options, settings),
        };
        aside(open, |()| {}).await.map_err(|error| error.on(location))
    }
}

fn failed(what: &'static str) -> impl Fn(io::Error) -> Error {
    move |cause| Error::new(ErrorKind::Unavailable, what).because(cause)
}

async fn open_for_writing(
    root: PathBuf,
    location: String,
    options: OpenOptions,
    requested: Requested,
) -> Result<LocalDisk> {
    place_of::check(&root)?;
    let there = Root::open(&root).map_err(failed("opening the directory of the disk"))?;
    let recorded = match &there {
        Some(root) => Recorded::find(root, &requested, &location)?,
        None => None,
    };
    // Before anything is made: whoever only forgot the limit leaves no directory behind.
    if recorded.is_none() {
        requested.clone().over(None, &location)?;
    }
    let share = options.share.unwrap_or_default();
    let root = there.map_or_else(|| Root::create_for(&root, share), Ok);
    let root = Arc::new(root.map_err(failed("creating the directory of the disk"))?);
    let _alone = alone(&root, &options).await?;
    // Others may have made it meanwhile, or put something else there.
    let recorded = Recorded::find(&root, &requested, &location)?;
    let (settings, change) =
        requested.merge(recorded.as_ref().map(Recorded::settings).as_ref(), &location)?;
    let salt = recorded.as_ref().map_or_else(|| fastrand::u64(1..), |recorded| recorded.salt);
    let recorded_share = recorded.as_ref().map(|recorded| recorded.share);
    share::set(&root, recorded_share, options.share).map_err(failed("setting who may use the files"))?;
    // The first file of a disk: as long as it is not there nothing else is.
    let is_new = !root.has(recorded::FILE).map_err(failed("looking for larder.json"))?;
    if is_new || recorded_share != Some(root.share()) {
        let settings = recorded.as_ref().map_or_else(|| settings.clone(), Recorded::settings);
        Recorded::new(salt, &settings).write(&root).map_err(failed("recording the settings"))?;
    }
    for directory in [segment::DIRECTORY, apart::DIRECTORY, apart::UNFINISHED] {
        root.create_directory(directory).map_err(failed("creating the directory of the disk"))?;
    }
    let boot = boot(&root);
    // A head that is cut is made longer when it is opened, so it is looked at before.
    let is_cut = is_cut(&root).map_err(failed("reading the length of the index"))?;
    let mut tables = Tables::open(&root, Access::Write).map_err(failed("mapping the index"))?;
    let state = if is_cut { State::Stale } else { state(&tables, boot)? };
    // Others change it while they have it open.
    let was_left_open = state == State::Trusted && !seal::is_closed(&tables) && !are_open(&tables)?;
    if state != State::Trusted {
        if are_others(&tables).await.map_err(failed("looking for others who have the disk open"))? {
            let message =
                "the index is damaged while others have the disk open; close them and open it again";
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        drop(tables);
        remove_index(&root).map_err(failed("removing a stale index"))?;
        tables = Tables::open(&root, Access::Write).map_err(failed("mapping the index"))?;
        initialize(&tables, salt).map_err(failed("making the index"))?;
    }
    if Word::Clean.get(&tables.head) == closed::IN_THIS_BOOT {
        claim(&tables, boot);
    } else if Word::Clean.get(&tables.head) == closed::ON_THE_MEDIUM {
        // Before anything else of it changes: else a crash could leave on the medium an index of which some is new and
        // that says that it was closed.
        claim(&tables, boot);
        tables.head.sync(0, CLAIM).map_err(failed("writing to the medium that the index is open"))?;
        medium::reached(&root.path(tables::HEAD), CLAIM);
    }
    let handle = Handle::take(&tables).map_err(failed("taking the lock of a handle"))?;
    let Some(handle) = handle else {
        let message = format!(
            "the disk is open {MOST_HANDLES} times already, which is the most; close some of them, or share one"
        );
        return Err(Error::new(ErrorKind::Unavailable, message));
    };
    let inner = Inner {
        location,
        options,
        tables,
        turns: Turns::default(),
        shelf: Shelf::new(&root, Access::Write, salt),
        rows: crate::log::Rows::default(),
        writers: crate::writers::Writers::default(),
        ahead: crate::survey::Ahead::default(),
        synced: Arc::default(),
        replaced: crate::replaced::Waiting::default(),
        salt,
        boot,
        writes_mapped: place_of::reserves(&root),
        has_emptied: std::sync::atomic::AtomicBool::new(false),
        forks: Forks::now(),
        watch: crate::watch::Watch::default(),
        lost: AtomicU32::new(0),
        handle: Some(handle),
        root,
    };
    inner.begin(state, was_left_open, &settings, recorded.is_some()).await?;
    let inner = Arc::new(inner);
    let tended = tend::begin(&inner).map_err(failed("starting the thread that writes to the medium"))?;
    Ok(LocalDisk { _tended: Some(Arc::new(tended)), inner, settings_change: change.map(Arc::new) })
}

fn open_for_reading(
    root: &Path,
    location: String,
    options: OpenOptions,
    requested: Requested,
) -> Result<LocalDisk> {
    let missing = || Error::new(ErrorKind::NotFound, "there is no disk in this directory");
    let root = Root::open(root).map_err(failed("opening the directory of the disk"))?.ok_or_else(missing)?;
    let root = Arc::new(root);
    let recorded = Recorded::read(&root)?.ok_or_else(missing)?;
    let settings = recorded.settings();
    let (in_effect, change) = requested.merge(Some(&settings), &location)?;
    if in_effect != settings {
        let message =
            "other settings than the recorded ones are asked for, and the disk is opened for reading only";
        return Err(Error::new(ErrorKind::ReadOnly, message));
    }
    let boot = boot(&root);
    let tables = Tables::open(&root, Access::Read).ok().filter(|tables| {
        // Without others who write, nothing finishes what a dead writer left half done.
        matches!(state(tables, boot), Ok(State::Trusted))
    });
    let is_stale = tables.is_none();
    let tables = match tables {
        Some(tables) => tables,
        None => Tables::in_memory().map_err(failed("making an index in memory"))?,
    };
    let inner = Inner {
        location,
        options,
        tables,
        turns: Turns::default(),
        handle: None,
        shelf: Shelf::new(&root, Access::Read, recorded.salt),
        rows: crate::log::Rows::default(),
        writers: crate::writers::Writers::default(),
        ahead: crate::survey::Ahead::default(),
        synced: Arc::default(),
        replaced: crate::replaced::Waiting::default(),
        salt: recorded.salt,
        boot,
        writes_mapped: false,
        has_emptied: std::sync::atomic::AtomicBool::new(false),
        forks: Forks::now(),
        watch: crate::watch::Watch::default(),
        lost: AtomicU32::new(0),
        root,
    };
    if is_stale {
        initialize(&inner.tables, inner.salt).map_err(failed("making an index in memory"))?;
        let mut section = inner.turns.alone(&inner.tables);
        recorded::change(&mut section, &settings)?;
        inner.rebuild(&mut section, HashMap::new()).map_err(failed("reading the log"))?;
    }
    Ok(LocalDisk { _tended: None, inner: Arc::new(inner), settings_change: change.map(Arc::new) })
}

/// Whether others have the disk open. Who is just closing it is waited for, and so is a program that was started by one
/// that had it open: it holds what it inherited until it runs.
async fn are_others(tables: &Tables) -> io::Result<bool> {
    let began = SystemClock.monotonic();
    while handles::are_others(tables)? {
        if SystemClock.monotonic().saturating_sub(began) >= GRACE {
            return Ok(true);
        }
        SystemClock.sleep(PAUSE).await;
    }
    Ok(false)
}

/// Waits until nobody else opens or closes.
async fn alone(root: &Root, options: &OpenOptions) -> Result<File> {
    let began = options.clock.monotonic();
    loop {
        if let Some(lock) = root.try_lock().map_err(failed("locking the directory"))? {
            return Ok(lock);
        }
        if options.clock.monotonic().saturating_sub(began) >= options.deadline {
            let message =
                "timeout: another process was opening or closing the disk for longer than the deadline";
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        SystemClock.sleep(PAUSE).await;
    }
}

/// What an index is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Trusted,
    /// There was none.
    New,
    /// It may be behind the log, or ahead of it.
    Stale,
}

/// What the index is worth. Nobody changes it meanwhile, unless it is open: then it has no checksum.
///
/// # Errors
///
/// The lengths of its files cannot be read, or it cannot be mapped.
fn state(tables: &Tables, boot: [u64; 2]) -> Result<State> {
    let head = &tables.head;
    let (magic, format) = (Word::Magic.get(head), Word::Format.get(head));
    if magic == 0 {
        return Ok(State::New);
    }
    // The index is derived from the log, whose format larder.json tells: one of another format is rebuilt.
    let is_whole = tables.are_whole().map_err(failed("reading the lengths of the index"))?;
    if magic != MAGIC || format != FORMAT || !is_whole {
        return Ok(State::Stale);
    }
    // Else a part that cannot be mapped for want of memory would pass for damage.
    tables.map_all().map_err(failed("mapping the index"))?;
    let here = (boot, file(tables));
    let file = (Word::Device.get(head), Word::Inode.get(head));
    let there = ([head_word(tables, 0), head_word(tables, 1)], file);
    let is_of_this_boot = here == there && here.0 != [0; 2];
    let is_trusted = match Word::Clean.get(head) {
        closed::ON_THE_MEDIUM => seal::is_right(tables),
        closed::IN_THIS_BOOT => is_of_this_boot && seal::is_right(tables),
        // Who has it open has it open in this boot of the machine, also where the system does not say which that is.
        closed::NOT => is_of_this_boot || are_open(tables)?,
        _ => false,
    };
    Ok(if is_trusted { State::Trusted } else { State::Stale })
}

fn are_open(tables: &Tables) -> Result<bool> {
    handles::are_others(tables).map_err(failed("looking for others who have the disk open"))
}

/// Whether the file of the head is there and shorter than it should be.
fn is_cut(root: &Root) -> io::Result<bool> {
    let length = root.status(tables::HEAD)?.map_or(0, |status| status.length);
    Ok(length > 0 && length < (WORDS * WORD) as u64)
}

/// Says in which boot of the machine and in which file the index is written from now on.
fn claim(tables: &Tables, boot: [u64; 2]) {
    let head = &tables.head;
    let [first, second] = boot;
    head.word(Word::Boot as usize).store(first, Ordering::Relaxed);
    head.word(Word::Boot as usize + 1).store(second, Ordering::Relaxed);
    let (device, inode) = file(tables);
    Word::Device.put(head, device);
    Word::Inode.put(head, inode);
    Word::Clean.put(head, closed::NOT);
}

fn head_word(tables: &Tables, index: usize) -> u64 {
    tables.head.load(Word::Boot as usize + index, Ordering::Relaxed)
}

/// What tells this boot of the machine from others; zeros where nothing does, so that an index is then only believed if
/// it was closed.
fn boot(root: &Root) -> [u64; 2] {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let part = |range| digits.get(range).and_then(|digits: &str| u64::from_str_radix(digits, 16).ok());
    // Tests pretend that the machine was started again.
    [part(0..16).unwrap_or(0).wrapping_add(medium::boots(root)), part(16..32).unwrap_or(0)]
}

/// The device and the number of the file of the head.
fn file(tables: &Tables) -> (u64, u64) {
    tables.identity.map_or((0, 0), |identity| (identity.device, identity.inode))
}

fn remove_index(root: &Root) -> io::Result<()> {
    for name in tables::FILES.into_iter().chain([tables::HEAD]) {
        match root.remove(name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Makes an empty index. The magic comes last: until then it is none.
fn initialize(tables: &Tables, salt: u64) -> io::Result<()> {
    let head = &tables.head;
    Word::PACKED.into_iter().for_each(|word| word.put(head, 0));
    reserve_first(tables)?;
    Word::Shape.put(head, Word::NewShape.get(head));
    Word::SizeLimit.put(head, u64::MAX);
    Word::MaxEntries.put(head, u64::MAX);
    Word::Salt.put(head, salt);
    Word::Format.put(head, FORMAT);
    Ok(())
}

/// Reserves the first chains of tables that are empty.
pub(crate) fn reserve_first(tables: &Tables) -> io::Result<()> {
    let words = tables.chains.grow(0, chains::FIRST as usize)?;
    Word::ChainWords.put(&tables.head, (words / UNIT) as u64);
    Word::NewShape.put(&tables.head, chains::FIRST << 1);
    Ok(())
}

impl Inner {
    /// Makes the disk ready for use: alone with its opening.
    async fn begin(
        &self,
        state: State,
        was_left_open: bool,
        settings: &Settings,
        is_recorded: bool,
    ) -> Result<()> {
        let head = &self.tables.head;
        let number = self.writer()?.number;
        let mut is_verified = !was_left_open;
        self.within(|section| {
            if !is_verified {
                let failed = failed("verifying the index");
                let inconsistency = seal::inconsistency(section.tables).map_err(&failed)?;
                if let Some(why) = inconsistency {
                    section.condemn(why);
                } else if !self.sums(section).map_err(&failed)?.is_empty() {
                    section.condemn("the sums of the index are wrong");
                }
                is_verified = true;
            }
            self.erase_abandoned(section).map_err(failed("erasing an uncommitted record"))?;
            if recorded::read(&self.tables) != *settings {
                recorded::change(section, settings)?;
                Recorded::new(self.salt, settings)
                    .write(&self.root)
                    .map_err(failed("recording the settings"))?;
            }
            if state != State::Trusted && is_recorded {
                let began = std::time::Instant::now();
                let rebuilt = self.rebuild(section, HashMap::new()).map_err(failed("reading the log"))?;
                let (entries, damaged) = (rebuilt.entries, rebuilt.damaged);
                if let Err(error) = self.bury(section, &rebuilt.lost) {
                    tracing::warn!(%error, "older entries may come back in place of damaged ones");
                }
                tracing::info!(
                    entries,
                    damaged,
                    seconds = began.elapsed().as_secs_f64(),
                    "the index was rebuilt"
                );
            }
            Ok(())
        })
        .await?;
        self.tidy(number).await?;
        claim(&self.tables, self.boot);
        Word::Magic.put(head, MAGIC);
        Ok(())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.handle.is_none() || !self.forks.is_same() {
            return;
        }
        if let Err(error) = self.close() {
            tracing::warn!(%error, disk = self.location, "the disk could not be written to the medium at its end");
        }
    }
}

impl Inner {
    /// Writes everything to the medium, if the disk is to be durable; the last handle then writes the checksum of the index.
    fn close(&self) -> io::Result<()> {
        let is_durable = self.options.durability != crate::Durability::None;
        if is_durable {
            self.sync_all()?;
            self.append_checkpoint();
            self.sync_log()?;
        }
        let Some(_alone) = self.root.try_lock()? else { return Ok(()) };
        if handles::are_others(&self.tables)? || !journal::is_empty(&self.tables) {
            return Ok(());
        }
        // A checksum over damaged sums would have them believed.
        if !self.enter().map_err(io::Error::other)?.is_some_and(|section| Self::verify_sums(&section)) {
            return Ok(());
        }
        if !is_durable {
            seal::write(&self.tables, closed::IN_THIS_BOOT);
            return Ok(());
        }
        self.tables.sync()?;
        tables::FILES.iter().for_each(|name| medium::reached(&self.root.path(name), usize::MAX));
        seal::write(&self.tables, closed::ON_THE_MEDIUM);
        self.tables.head.sync(0, self.tables.head.len())?;
        medium::reached(&self.root.path(tables::HEAD), usize::MAX);
        Ok(())
    }
}
