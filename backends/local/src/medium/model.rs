//! A model of the medium: what was written to it is there, and of the rest what a coin says.
//!
//! A file keeps the bytes that it had when it was last written to the medium; each page that changed since is there or not. A
//! directory keeps its names likewise; those that were made since are there or not, and those that went since go in their
//! order, as on a file system with a journal.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

const PAGE: usize = 4096;

/// Which file, under whatever name: numbers of files are given again, so with the time of its birth.
type File = (u64, SystemTime);

/// The files of a directory and those below it, by their paths within it.
pub(super) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// The directories that are watched.
static MEDIA: Mutex<Vec<(PathBuf, Medium)>> = Mutex::new(Vec::new());

/// How often the machine was started, for directories for which it was.
static BOOTS: Mutex<BTreeMap<PathBuf, u64>> = Mutex::new(BTreeMap::new());

/// How often the machine was started since, as far as this directory is concerned.
pub(crate) fn boots(root: &crate::root::Root) -> u64 {
    let boots = BOOTS.lock().unwrap_or_else(PoisonError::into_inner);
    boots.get(&root.path("")).copied().unwrap_or(0)
}

/// Pretends that the machine is started again.
pub(super) fn reboot(root: &Path) {
    let mut boots = BOOTS.lock().unwrap_or_else(PoisonError::into_inner);
    // No two directories are of the same boot.
    let boot = boots.len() as u64 + 1;
    boots.insert(root.join(""), boot);
}

fn media() -> MutexGuard<'static, Vec<(PathBuf, Medium)>> {
    MEDIA.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is done after so many moments.
type Plan = (u64, Box<dyn FnOnce()>);

thread_local! {
    /// What this thread does once.
    static PLANNED: RefCell<Option<Plan>> = RefCell::default();
}

/// Does `what` in this thread once so many moments have passed.
pub(super) fn plan(moments: u64, what: impl FnOnce() + 'static) {
    PLANNED.set(Some((moments, Box::new(what))));
}

/// Does what is planned now; says whether it was not done before.
pub(super) fn overtake() -> bool {
    let planned = PLANNED.take();
    let was_planned = planned.is_some();
    if let Some((_, what)) = planned {
        what();
    }
    was_planned
}

/// A moment of this thread.
pub(crate) fn at_moment() {
    let is_now = PLANNED.with_borrow_mut(|planned| match planned {
        Some((left, _)) if *left > 0 => {
            *left -= 1;
            false
        }
        planned => planned.is_some(),
    });
    if is_now {
        let _ = overtake();
    }
}

/// So many bytes of this file, or the names in this directory, are on the medium as they are now.
pub(crate) fn reached(path: &Path, length: usize) {
    let mut media = media();
    let Some((root, medium)) = media.iter_mut().find(|(root, _)| path.starts_with(root)) else { return };
    // Somebody else may have removed it.
    let Ok(metadata) = std::fs::metadata(path) else { return };
    if metadata.is_dir() {
        let below = path.strip_prefix(root).expect("it lies there");
        medium.names.insert(below.to_owned(), names(path));
    } else if let Ok(bytes) = std::fs::read(path) {
        let length = length.min(bytes.len());
        let there = medium.bytes.entry(identity(&metadata)).or_default();
        if length == bytes.len() {
            *there = bytes;
        } else {
            there.resize(there.len().max(length), 0);
            there[..length].copy_from_slice(&bytes[..length]);
        }
    }
}

fn identity(metadata: &Metadata) -> File {
    (metadata.ino(), metadata.created().expect("the file system knows the birth of files"))
}

/// The names of files in a directory, with the files.
fn names(directory: &Path) -> BTreeMap<PathBuf, File> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let files = entries.filter_map(|entry| {
        let metadata = entry.metadata().ok().filter(Metadata::is_file)?;
        Some((PathBuf::from(entry.file_name()), identity(&metadata)))
    });
    files.collect()
}

/// What is known to be on the medium.
#[derive(Clone, Debug, Default)]
struct Medium {
    bytes: BTreeMap<File, Vec<u8>>,
    /// The names in each directory.
    names: BTreeMap<PathBuf, BTreeMap<PathBuf, File>>,
}

/// Watches what of a directory gets to the medium, for as long as it is there.
pub(super) struct Watched(PathBuf);

impl Watched {
    pub(super) fn new(root: &Path) -> Self {
        media().push((root.to_owned(), Medium::default()));
        Self(root.to_owned())
    }

    /// Watches a directory of which all is on the medium, as after a crash.
    pub(super) fn with_all(root: &Path) -> Self {
        let mut crash = Crash::default();
        crash.look(root, Path::new(""));
        let medium = Medium { bytes: crash.bytes, names: crash.names };
        media().push((root.to_owned(), medium));
        Self(root.to_owned())
    }

    /// The moment of a crash.
    pub(super) fn crash(&self) -> Crash {
        let media = media();
        let (root, medium) = media.iter().find(|(root, _)| *root == self.0).expect("it is watched");
        let mut crash = Crash { medium: medium.clone(), ..Crash::default() };
        crash.look(root, Path::new(""));
        crash
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        media().retain(|(root, _)| *root != self.0);
    }
}

/// What programs saw at the moment of a crash, and what was on the medium.
#[derive(Debug, Default)]
pub(super) struct Crash {
    medium: Medium,
    names: BTreeMap<PathBuf, BTreeMap<PathBuf, File>>,
    bytes: BTreeMap<File, Vec<u8>>,
}

impl Crash {
    fn look(&mut self, root: &Path, below: &Path) {
        let directory = root.join(below);
        let names = names(&directory);
        for (name, file) in &names {
            // A draught may go at any time.
            let bytes = std::fs::read(directory.join(name)).unwrap_or_default();
            self.bytes.insert(*file, bytes);
        }
        self.names.insert(below.to_owned(), names);
        for entry in std::fs::read_dir(&directory).into_iter().flatten().flatten() {
            // Handles are locks of processes, and those are gone after a crash.
            if entry.path().is_dir() && entry.file_name() != "handles" {
                self.look(root, &below.join(entry.file_name()));
            }
        }
    }

    /// What may lie on the medium after it.
    pub(super) fn left(&self, random: &mut fastrand::Rng) -> Files {
        let mut left = Files::new();
        for (directory, now) in &self.names {
            let empty = BTreeMap::new();
            let before = self.medium.names.get(directory).unwrap_or(&empty);
            for (name, file) in now {
                if before.get(name) == Some(file) || random.bool() {
                    left.insert(directory.join(name), self.bytes_left(*file, random));
                } else if let Some(replaced) = before.get(name) {
                    left.insert(directory.join(name), self.bytes_left(*replaced, random));
                }
            }
            let went: Vec<_> = before.iter().filter(|(name, _)| !now.contains_key(*name)).collect();
            for (name, file) in went.iter().skip(random.usize(..=went.len())) {
                left.insert(directory.join(name), self.bytes_left(**file, random));
            }
        }
        left
    }

    fn bytes_left(&self, file: File, random: &mut fastrand::Rng) -> Vec<u8> {
        let empty = Vec::new();
        let there = self.medium.bytes.get(&file).unwrap_or(&empty);
        let Some(now) = self.bytes.get(&file) else { return there.clone() };
        let mut bytes = now.clone();
        for (page, number) in bytes.chunks_mut(PAGE).zip(0..) {
            let before = there.get(number * PAGE..).unwrap_or_default();
            let before = &before[..before.len().min(page.len())];
            if random.bool() {
                page.fill(0);
                page[..before.len()].copy_from_slice(before);
            }
        }
        bytes
    }
}
