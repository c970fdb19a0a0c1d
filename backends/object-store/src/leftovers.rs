//! What killed writers leave on a path: files that are no entries.
//!
//! The store writes `name#1` and then renames it, so a writer that is killed leaves such a file. No listing shows
//! them and nobody counts them; opening a path removes those that no living writer can still be at, judged by the time
//! of their last change alone: a neighbour's write under way is never touched.

use std::fs::{self, DirEntry};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Longer than any write takes between two changes of its file.
pub(crate) const GRACE: Duration = Duration::from_hours(1);

/// Removes leftovers below `root` that were last changed before `deadline`; says how many.
///
/// A file or directory that cannot be read or removed is passed over: it only takes room, and the next opening
/// tries again.
pub(crate) fn remove(root: &Path, deadline: SystemTime) -> usize {
    old(root, deadline).filter(|file| fs::remove_file(file.path()).is_ok()).count()
}

/// Leftovers below `root` that were last changed before `deadline`.
pub(crate) fn old(root: &Path, deadline: SystemTime) -> impl Iterator<Item = DirEntry> + use<> {
    let all = entries(root).flat_map(|entry| {
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        let found: Box<dyn Iterator<Item = DirEntry>> = if is_hex(name, 2) {
            Box::new(entries(&entry.path()).filter(|file| is_leftover(file, |name| is_hex(name, 64))))
        } else if is_leftover(&entry, |name| matches!(name, "settings.json" | "larder")) {
            Box::new(std::iter::once(entry))
        } else {
            Box::new(std::iter::empty())
        };
        found
    });
    all.filter(move |file| is_old(file, deadline))
}

fn entries(directory: &Path) -> impl Iterator<Item = DirEntry> + use<> {
    fs::read_dir(directory).into_iter().flatten().flatten()
}

/// Whether the store made this name on the way to one of `ours`.
fn is_leftover(file: &DirEntry, ours: impl Fn(&str) -> bool) -> bool {
    let name = file.file_name();
    let parts = name.to_str().and_then(|name| name.split_once('#'));
    parts.is_some_and(|(name, number)| {
        ours(name) && !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

fn is_old(file: &DirEntry, deadline: SystemTime) -> bool {
    let modified = file.metadata().and_then(|meta| meta.modified());
    modified.is_ok_and(|modified| modified < deadline)
}

fn is_hex(name: &str, digits: usize) -> bool {
    name.len() == digits && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
