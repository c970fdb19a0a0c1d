//! Files that killed writers left: under a temporary name, and in no listing.
//!
//! A file counts as left if its name has the form of a temporary one, its content begins as larder's does, it was last
//! changed long ago by the clock of the file system, and no live stream marks it as being written.

use std::io;
use std::time::{Duration, SystemTime};

use larder_core::frame::Head;
use object_store::Result;
use rustix::fs::FileType;

use super::listing::{is_hexadecimal, is_staged_at_root, is_staged_entry};
use super::root::{self, Root, failed};

/// Longer than any whole write takes. A stream may take longer, and marks its file.
pub(crate) const GRACE: Duration = Duration::from_hours(1);

/// A file that a killed writer left.
#[derive(Clone, Debug)]
pub(crate) struct Leftover {
    /// The name below the directory of the store.
    pub(crate) name: String,
    pub(crate) size: u64,
    modified: SystemTime,
}

/// All leftovers last changed before `deadline`.
///
/// # Errors
///
/// Those of listing a directory of entries. A file that cannot be read is passed over: it only takes space.
pub(super) fn find(root: &Root, deadline: SystemTime) -> Result<Vec<Leftover>> {
    let mut found = Vec::new();
    let listed = root.names("").map_err(|cause| failed("listing", root.path_of(""), cause))?;
    for named in listed {
        let Some(name) = named.name.to_str() else { continue };
        if is_hexadecimal(name, 2) && named.kind != FileType::RegularFile {
            for below in root.names(name).unwrap_or_default() {
                let file = below.name.to_str().filter(|file| is_staged_entry(file));
                found.extend(file.and_then(|file| leftover(root, format!("{name}/{file}"), deadline)));
            }
        } else if is_staged_at_root(name) {
            found.extend(leftover(root, name.to_owned(), deadline));
        }
    }
    Ok(found)
}

/// Removes `leftover` if it is still what was found. Returns whether it was.
pub(super) fn remove(root: &Root, leftover: &Leftover) -> bool {
    let any_time = leftover.modified + Duration::from_secs(1);
    let same = self::leftover(root, leftover.name.clone(), any_time);
    same.is_some_and(|found| (found.size, found.modified) == (leftover.size, leftover.modified))
        && root.remove(&leftover.name).is_ok()
}

/// The file `name`, if it is larder's, last changed before `deadline` and not being written.
fn leftover(root: &Root, name: String, deadline: SystemTime) -> Option<Leftover> {
    let status = root.status(&name, false).ok().filter(root::Status::is_file)?;
    if status.modified >= deadline || !begins_as_ours(root, &name).unwrap_or(false) {
        return None;
    }
    Some(Leftover { name, size: status.size, modified: status.modified })
}

/// Whether the file has the content of an entry or of settings that were not written to the end, or none at all.
fn begins_as_ours(root: &Root, name: &str) -> io::Result<bool> {
    let mut file = root.open_file(name)?;
    if root::is_being_written(&file) {
        return Ok(false);
    }
    let bytes = root::read(&mut file, 16)?;
    let settings: &[u8] = br#"{"version":"#;
    let is_settings = bytes.starts_with(settings) || settings.starts_with(&bytes);
    let is_trial = name.starts_with("larder#") && b"larder".starts_with(bytes.as_slice());
    Ok(if name.contains('/') {
        bytes.iter().all(|byte| *byte == 0) || Head::has_magic(&bytes)
    } else {
        is_settings || is_trial
    })
}
