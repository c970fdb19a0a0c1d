//! The directory of the results: files that appear whole, and go when there are too many.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use larder::{Bytes, Time};

/// A directory with results.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    /// How many bytes there are, at most; nothing before they were counted.
    volume: Mutex<Option<u64>>,
}

/// A file with a result.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) stored: Time,
    bytes: u64,
}

fn moment(time: Time) -> io::Result<SystemTime> {
    let time = jiff::Timestamp::from_nanosecond(time.nanos().into()).map_err(io::Error::other)?;
    Ok(time.into())
}

/// What is not there is no error: another process may have deleted it.
fn if_there<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Directory {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self { path: path.to_owned(), volume: Mutex::default() })
    }

    /// Writes a file beside the one of this name, and puts it in its place: readers see the one or the other. It is on the medium
    /// before it has the name: bytes have no end that could be missed after a power failure.
    pub(super) fn write(&self, name: &str, bytes: &[u8], stored: Time, random: u64) -> io::Result<()> {
        let beside = self.path.join(format!("{name}.{random:016x}.tmp"));
        let written = File::create_new(&beside).and_then(|mut file| {
            file.write_all(bytes)?;
            file.set_modified(moment(stored)?)?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&beside, self.path.join(name))).inspect_err(|_| {
            // What is left of it is deleted with the rest: the first error is the one to tell.
            drop(fs::remove_file(&beside));
        })
    }

    /// The content of the first of these that is there, and when it was stored.
    pub(super) fn first_of(&self, names: &[String]) -> io::Result<Option<(usize, Bytes, Time)>> {
        for (at, name) in names.iter().enumerate() {
            if let Some(mut file) = if_there(File::open(self.path.join(name)))? {
                let stored = file.metadata()?.modified()?.into();
                let mut bytes = Vec::new();
                io::Read::read_to_end(&mut file, &mut bytes)?;
                return Ok(Some((at, bytes.into(), stored)));
            }
        }
        Ok(None)
    }

    pub(super) fn remove(&self, names: &[String]) -> io::Result<()> {
        names.iter().try_for_each(|name| if_there(fs::remove_file(self.path.join(name))).map(drop))
    }

    /// All files with these extensions, and what writes left that came to no end; other files are not ours.
    pub(super) fn files(&self, extensions: &[String]) -> io::Result<Vec<Found>> {
        let is_result = |name: &str| {
            let mut parts = name.rsplitn(3, '.');
            let extension = parts.next().unwrap_or_default();
            let digest = parts.next().unwrap_or_default();
            let is_digest = digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_digest && extensions.iter().any(|known| known == extension)
        };
        let is_ours = |name: &str| {
            let unfinished = name.strip_suffix(".tmp").and_then(|name| name.rsplit_once('.'));
            is_result(unfinished.map_or(name, |(name, _)| name))
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if !is_ours(&name) {
                continue;
            }
            if let Some(metadata) = if_there(entry.metadata())? {
                files.push(Found { name, stored: metadata.modified()?.into(), bytes: metadata.len() });
            }
        }
        Ok(files)
    }

    /// After `added` bytes: deletes what was stored first, but not `latest`, until all are `most` bytes.
    ///
    /// The files are counted when they may be too many, and not at each write.
    pub(super) fn shrink(
        &self,
        most: u64,
        added: u64,
        latest: &str,
        extensions: &[String],
    ) -> io::Result<()> {
        // A number that a panic left behind is too large at worst, and is counted again.
        let mut volume = self.volume.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = *volume
            && known.saturating_add(added) <= most
        {
            *volume = Some(known + added);
            return Ok(());
        }
        let mut files = self.files(extensions)?;
        files.sort_by(|one, other| (one.stored, &one.name).cmp(&(other.stored, &other.name)));
        let mut bytes: u64 = files.iter().map(|file| file.bytes).sum();
        for file in files.iter().filter(|file| file.name != latest) {
            if bytes <= most {
                break;
            }
            if_there(fs::remove_file(self.path.join(&file.name)))?;
            bytes -= file.bytes;
        }
        *volume = Some(bytes);
        Ok(())
    }
}
