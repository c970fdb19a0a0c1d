//! Decides whether a directory without `larder.json` is empty, a disk, or another program's.
//!
//! A new disk is made in an empty directory alone. Where anything lies in the way nothing is created, because
//! the names of the layout (`index`, `log`, `slots` and so on) are names that other programs use too. Two
//! things are allowed: `lost+found`, which every new ext4 file system has at its root, and what a process
//! left that ended while it wrote the first `larder.json`, which is the first file of a disk.
//!
//! A disk whose `larder.json` was removed by another program is proved by content: an index or a segment with
//! our magic number, and nothing that is not of the layout or does not hold what such a file holds.

use std::io;
use std::sync::atomic::Ordering;

use larder_core::disk::{Requested, Settings};
use larder_core::frame::Head;
use larder_core::{Error, ErrorKind, Result};
use larder_mapping::Access;

use crate::head::{FORMAT, MAGIC, Word};
use crate::recorded::{self, Recorded};
use crate::root::{FileKind, Root};
use crate::tables::{self, Tables};
use crate::{apart, log, segment, share};

/// How many names an error has at most.
const MAX_NAMES: usize = 5;

impl Recorded {
    /// What is recorded in `root`, or what its files prove where the record is gone; `None` for a directory
    /// in which a new disk can be made. Nothing is changed.
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read); [`ErrorKind::Invalid`] with the first names of what is in the way.
    pub(crate) fn find(root: &Root, requested: &Requested, location: &str) -> Result<Option<Self>> {
        let failed =
            |cause| Error::new(ErrorKind::Unavailable, "looking at what is in the directory").because(cause);
        // A record that is written anew is for the users that it was for.
        root.set_share(share::shown(root).map_err(failed)?);
        if let Some(recorded) = Self::read_or_mend(root, requested, location)? {
            return Ok(Some(recorded));
        }
        let looked = Looked::at(root).map_err(failed)?;
        if !looked.in_the_way.is_empty() {
            return Err(in_the_way(root, &looked.in_the_way));
        }
        let Some(salt) = looked.salt else { return Ok(None) };
        tracing::warn!(disk = location, "larder.json is gone and is written anew");
        let settings = requested.clone().over(looked.settings.as_ref(), location)?;
        Ok(Some(Self::new(salt, &settings).shared_with(root.share())))
    }
}

fn in_the_way(root: &Root, names: &[String]) -> Error {
    let first: Vec<String> = names.iter().take(MAX_NAMES).map(|name| format!("`{name}`")).collect();
    let more = match names.len().saturating_sub(MAX_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "{} is not empty and not a cache of larder, as it has no larder.json; in the way: {}{more}; choose a new \
         or an empty directory",
        root.path("").display(),
        first.join(", ")
    );
    Error::new(ErrorKind::Invalid, message)
}

/// What is in a directory without a record.
#[derive(Debug, Default)]
struct Looked {
    /// What is not the disk's, by name.
    in_the_way: Vec<String>,
    /// What the records of the log are checked with, if the directory is a disk.
    salt: Option<u64>,
    /// The settings as the index has them.
    settings: Option<Settings>,
}

impl Looked {
    fn at(root: &Root) -> io::Result<Self> {
        let mut looked = Self::default();
        let mut names = names(root, "")?;
        names.retain(|name| name != "lost+found" && name != recorded::NEW);
        if names.is_empty() {
            looked.add_record(root)?;
            return Ok(looked);
        }
        looked.add_index(root)?;
        for name in &names {
            match name.as_str() {
                segment::DIRECTORY => looked.add_segments(root)?,
                apart::DIRECTORY => looked.add_bodies(root)?,
                // Directories of earlier versions of this layout had them.
                "lock" => looked.add_if(root, name, |_, length| length == 0)?,
                "handles" => looked.add_handles(root)?,
                tables::HEAD => {}
                name if tables::FILES.contains(&name) => {
                    looked.add_if(root, name, |_, length| length.is_multiple_of(crate::area::WORD as u64))?;
                }
                name => looked.in_the_way.push(name.to_owned()),
            }
        }
        looked.add_record(root)?;
        if looked.salt.is_none() {
            // Names alone prove nothing.
            looked.in_the_way = names;
        }
        looked.in_the_way.sort();
        Ok(looked)
    }

    /// Adds a file, which is the disk's if `is_ours` says so of its first bytes and its length.
    fn add_if(
        &mut self,
        root: &Root,
        name: &str,
        is_ours: impl FnOnce(&[u8; 64], u64) -> bool,
    ) -> io::Result<()> {
        if !matches!(begin(root, name)?, Some((bytes, length)) if is_ours(&bytes, length)) {
            self.in_the_way.push(name.to_owned());
        }
        Ok(())
    }

    fn add_record(&mut self, root: &Root) -> io::Result<()> {
        if root.has(recorded::NEW)? && !is_own_new(root)? {
            self.in_the_way.push(recorded::NEW.to_owned());
        }
        if root.status("lost+found")?.is_some_and(|found| found.kind != FileKind::Directory) {
            self.in_the_way.push("lost+found".to_owned());
        }
        Ok(())
    }

    fn add_index(&mut self, root: &Root) -> io::Result<()> {
        let length = (crate::head::WORDS * crate::area::WORD) as u64;
        let Some((bytes, found)) = begin(root, tables::HEAD)? else {
            if root.has(tables::HEAD)? {
                self.in_the_way.push(tables::HEAD.to_owned());
            }
            return Ok(());
        };
        let word = |word: Word| u64::from_ne_bytes(bytes.as_chunks::<8>().0[word as usize]);
        if word(Word::Magic) != MAGIC || found < length {
            self.in_the_way.push(tables::HEAD.to_owned());
            return Ok(());
        }
        self.salt = Some(word(Word::Salt));
        if word(Word::Format) == FORMAT {
            let tables = Tables::open(root, Access::Read);
            // Where a table is gone the index is made anew, and the settings are asked for.
            self.settings = tables
                .ok()
                .filter(|tables| tables.head.load(0, Ordering::Acquire) == MAGIC)
                .map(|tables| recorded::read(&tables));
        }
        Ok(())
    }

    fn add_segments(&mut self, root: &Root) -> io::Result<()> {
        for name in names(root, segment::DIRECTORY)? {
            let number = segment::number_of(&name);
            let name = format!("{}/{name}", segment::DIRECTORY);
            let salt = begin(root, &name)?.and_then(|(bytes, _)| match number {
                Some(number) => segment::salt_in(&bytes, number),
                None if name == log::RESERVE => (bytes == [0; 64]).then_some(0),
                None => None,
            });
            match salt {
                // It was being made, or holds nothing.
                Some(0) => {}
                Some(salt) if self.salt.is_none_or(|known| known == salt) => self.salt = Some(salt),
                _ => self.in_the_way.push(name),
            }
        }
        Ok(())
    }

    fn add_bodies(&mut self, root: &Root) -> io::Result<()> {
        let is_frame =
            |bytes: &[u8; 64], length| length == 0 || Head::length_of(&bytes[..Head::PREFIX]).is_ok();
        for name in names(root, apart::DIRECTORY)? {
            let path = format!("{}/{name}", apart::DIRECTORY);
            if path == apart::UNFINISHED {
                for name in names(root, apart::UNFINISHED)? {
                    let path = format!("{}/{name}", apart::UNFINISHED);
                    self.add_if(root, &path, |bytes, length| {
                        apart::is_unfinished(&name) && is_frame(bytes, length)
                    })?;
                }
            } else {
                self.add_if(root, &path, |bytes, length| {
                    apart::number_of(&name).is_some() && is_frame(bytes, length)
                })?;
            }
        }
        Ok(())
    }

    fn add_handles(&mut self, root: &Root) -> io::Result<()> {
        for name in names(root, "handles")? {
            let path = format!("handles/{name}");
            self.add_if(root, &path, |_, length| name.parse::<u16>().is_ok() && length == 0)?;
        }
        Ok(())
    }
}

/// Whether `larder.json.new` is one that a process left that ended while it wrote it: the beginning of a
/// record.
pub(crate) fn is_own_new(root: &Root) -> io::Result<bool> {
    let Some((bytes, length)) = begin(root, recorded::NEW)? else { return Ok(false) };
    let length = usize::try_from(length).unwrap_or(usize::MAX).min(recorded::BEGIN.len());
    // A crash of the machine leaves zeros where the bytes did not reach the medium.
    Ok(bytes[..length] == recorded::BEGIN.as_bytes()[..length]
        || bytes[..length].iter().all(|byte| *byte == 0))
}

/// Whether the file of the reserve holds nothing, as it does if it is ours.
pub(crate) fn is_reserve(root: &Root) -> io::Result<bool> {
    Ok(begin(root, log::RESERVE)?.is_some_and(|(bytes, _)| bytes == [0; 64]))
}

/// The salt in the file with the name of segment `number`, see [`segment::salt_in`]; `None` if it is no
/// segment.
pub(crate) fn salt_of(root: &Root, number: u32) -> io::Result<Option<u64>> {
    Ok(begin(root, &segment::file(number))?.and_then(|(bytes, _)| segment::salt_in(&bytes, number)))
}

/// The first bytes of a regular file, filled up with zeros, and its length; `None` if it is no regular file
/// or not there.
fn begin(root: &Root, name: &str) -> io::Result<Option<([u8; 64], u64)>> {
    match root.status(name)? {
        Some(status) if status.kind == FileKind::File => {}
        _ => return Ok(None),
    }
    let file = match root.open_file(name, Access::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let length = file.length()?;
    let mut bytes = [0; 64];
    let there = usize::try_from(length).unwrap_or(usize::MAX).min(bytes.len());
    file.read_exact_at(&mut bytes[..there], 0)?;
    Ok(Some((bytes, length)))
}

/// The names in a directory; its own if it is a file. Names that are no text are shown as well as they can
/// be.
fn names(root: &Root, directory: &str) -> io::Result<Vec<String>> {
    if !directory.is_empty()
        && root.status(directory)?.is_some_and(|status| status.kind != FileKind::Directory)
    {
        return Ok(vec![String::new()]);
    }
    let names = root.names(directory)?;
    Ok(names.into_iter().map(|name| name.to_string_lossy().into_owned()).collect())
}
