//! Lists the files that can be entries, and names what is beside them.
//!
//! A directory that may hold entries and cannot be read is an error: a part of a listing is never taken for the
//! whole. Other directories are named and not entered. What can hold no data (a broken link, a socket, a FIFO) is
//! reported as [`Error::InvalidPath`], which does not end the listing.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;

use futures_util::Stream;
use futures_util::stream;
use larder_core::key::Digest;
use object_store::path::{self, Path};
use object_store::{Error, ObjectMeta, Result};
use rustix::fs::FileType;

use super::Files;
use super::root::{Named, Root, Status, failed};

/// Directories that file systems make at their root, which a user cannot remove.
const OF_FILE_SYSTEMS: &[&str] = &["lost+found", ".snapshot"];

/// What was listed, and the directories that are still to be.
struct Listing {
    files: Files,
    found: VecDeque<Result<ObjectMeta>>,
    /// Directories of entries; `None` before the root was listed.
    directories: Option<Vec<String>>,
}

/// All files that have a name of an object, directory by directory.
pub(super) fn list(files: Files) -> impl Stream<Item = Result<ObjectMeta>> + Send + 'static {
    let listing = Listing { files, found: VecDeque::new(), directories: None };
    stream::unfold(listing, |mut listing| async move {
        loop {
            if let Some(found) = listing.found.pop_front() {
                return Some((found, listing));
            }
            let listed = match &mut listing.directories {
                None => listing.files.run(root).await.map(|(found, directories)| {
                    listing.directories = Some(directories);
                    found
                }),
                Some(directories) => {
                    let directory = directories.pop()?;
                    listing.files.run(move |root| entries(root, &directory)).await
                }
            };
            match listed {
                Ok(found) => listing.found = found,
                Err(error) => {
                    listing.directories = Some(Vec::new());
                    return Some((Err(error), listing));
                }
            }
        }
    })
}

/// Lists the root. Returns its files, and the directories that entries are in.
fn root(root: &Root) -> Result<(VecDeque<Result<ObjectMeta>>, Vec<String>)> {
    let listed = root.names("").map_err(|cause| failed("listing", root.path_of(""), cause))?;
    let (mut found, mut directories) = (VecDeque::new(), Vec::new());
    for named in listed {
        let text = named.name.to_str();
        if text.is_some_and(is_staged_at_root) {
            continue;
        }
        let Some(name) = text.filter(|name| is_hexadecimal(name, 2)) else {
            found.extend(other(root, "", &named));
            continue;
        };
        // Followed: the directory may be a link to one on another device.
        match root.status(name, true) {
            Ok(status) if status.kind == FileType::Directory => directories.push(name.to_owned()),
            Err(cause) if !is_broken(&cause) => return Err(failed("listing", root.path_of(name), cause)),
            Ok(_) | Err(_) => found.extend(other(root, "", &named)),
        }
    }
    directories.sort_unstable_by(|one, other| other.cmp(one));
    Ok((found, directories))
}

/// Lists a directory of entries.
fn entries(root: &Root, directory: &str) -> Result<VecDeque<Result<ObjectMeta>>> {
    let listed = match root.names(directory) {
        // Removed since the root was listed.
        Err(cause) if is_broken(&cause) => return Ok(VecDeque::new()),
        listed => listed.map_err(|cause| failed("listing", root.path_of(directory), cause))?,
    };
    let mut found = VecDeque::with_capacity(listed.len());
    for named in listed {
        let text = named.name.to_str();
        if text.is_some_and(is_staged_entry) {
            continue;
        }
        let Some(name) = text.filter(|name| name.parse::<Digest>().is_ok()) else {
            found.extend(other(root, directory, &named));
            continue;
        };
        let at = format!("{directory}/{name}");
        match root.status(&at, false) {
            Ok(status) if status.is_file() => found.push_back(Ok(super::meta(&Path::from(at), &status))),
            // It has the name of an entry and cannot be one.
            Ok(_) => found.push_back(Err(no_object(root, &at))),
            // Removed since the directory was listed.
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(failed("reading the status of", root.path_of(&at), cause)),
        }
    }
    Ok(found)
}

/// Names what has no name of an entry.
fn other(root: &Root, directory: &str, named: &Named) -> Option<Result<ObjectMeta>> {
    let Some(name) = named.name.to_str() else { return Some(Err(not_unicode(&named.name))) };
    let at = if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") };
    if directory.is_empty() && OF_FILE_SYSTEMS.contains(&name) && named.kind != FileType::RegularFile {
        return Some(Err(no_object(root, &at)));
    }
    let path = Path::parse(&at).unwrap_or_else(|_| Path::from(at.as_str()));
    let described = |status: &Status| Some(Ok(super::meta(&path, status)));
    match root.status(&at, true) {
        Ok(status) if matches!(status.kind, FileType::Socket | FileType::Fifo) => {
            Some(Err(no_object(root, &at)))
        }
        Ok(status) if status.is_file() => described(&status),
        Ok(status) => described(&Status { size: 0, ..status }),
        Err(cause) if is_broken(&cause) => match root.status(&at, false) {
            Ok(_) => Some(Err(no_object(root, &at))),
            // Removed since the directory was listed.
            Err(_) => None,
        },
        // There is something, and it is not the disk's.
        Err(_) => described(&Status::unknown()),
    }
}

fn no_object(root: &Root, at: &str) -> Error {
    Error::InvalidPath { source: path::Error::InvalidPath { path: root.path_of(at) } }
}

fn not_unicode(name: &OsStr) -> Error {
    let path = name.to_string_lossy().into_owned();
    match std::str::from_utf8(name.as_bytes()) {
        Err(source) => Error::InvalidPath { source: path::Error::NonUnicode { path, source } },
        Ok(_) => Error::InvalidPath { source: path::Error::InvalidPath { path: path.into() } },
    }
}

/// Whether a link leads nowhere, or to itself.
fn is_broken(cause: &io::Error) -> bool {
    cause.kind() == io::ErrorKind::NotFound
        || cause.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

/// Whether `name` is that of a file in the root on the way to its final name.
pub(super) fn is_staged_at_root(name: &str) -> bool {
    is_staged(name, |name| matches!(name, "settings.json" | "larder"))
}

/// Whether `name` is that of an entry on the way to its final name.
pub(super) fn is_staged_entry(name: &str) -> bool {
    is_staged(name, |name| is_hexadecimal(name, 64))
}

fn is_staged(name: &str, is_ours: impl Fn(&str) -> bool) -> bool {
    name.split_once('#').is_some_and(|(name, number)| {
        is_ours(name) && !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

pub(super) fn is_hexadecimal(name: &str, digits: usize) -> bool {
    name.len() == digits && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
