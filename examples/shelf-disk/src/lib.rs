//! A whole disk in about sixty lines: every entry a file of one directory.
//!
//! The place only moves frames; [`FramedDisk`] makes a disk of it. Copy this crate to write a disk of your own, put
//! the frames where you want them, and run the suite as `tests/conformance.rs` does.

use std::fs;
use std::io::{self, ErrorKind as Io};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use larder_core::disk::Settings;
use larder_core::framed::{FramedDisk, Frames};
use larder_core::key::Digest;
use larder_core::{Bytes, Error, ErrorKind, Result};

/// A directory of frames, for one process at a time.
#[derive(Debug)]
pub struct Shelf {
    directory: PathBuf,
    location: String,
}

impl Shelf {
    /// Opens a disk in `directory`, which is created if it is not there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the directory cannot be created or read.
    pub async fn open(directory: &Path, settings: Settings) -> Result<FramedDisk<Self>> {
        let shelf = Self { directory: directory.into(), location: format!("shelf:{}", directory.display()) };
        fs::create_dir_all(directory).map_err(|error| shelf.failed("creating the directory", error))?;
        FramedDisk::open(shelf, settings).await
    }

    fn file(&self, name: &Digest) -> PathBuf {
        self.directory.join(name.to_string())
    }

    fn failed(&self, doing: &'static str, error: io::Error) -> Error {
        Error::new(ErrorKind::Unavailable, doing).on(&*self.location).because(error)
    }
}

#[async_trait]
impl Frames for Shelf {
    fn location(&self) -> &str {
        &self.location
    }

    fn is_durable(&self) -> bool {
        true
    }

    async fn read(&self, name: &Digest) -> Result<Option<Bytes>> {
        match fs::read(self.file(name)) {
            Ok(frame) => Ok(Some(frame.into())),
            Err(error) if error.kind() == Io::NotFound => Ok(None),
            Err(error) => Err(self.failed("reading a frame", error)),
        }
    }

    async fn write(&self, name: &Digest, frame: Bytes) -> Result<()> {
        // Under another name first, so that a reader never sees half a frame.
        let part = self.directory.join(format!("{name}.part"));
        let written = fs::write(&part, frame).and_then(|()| fs::rename(&part, self.file(name)));
        written.map_err(|error| self.failed("writing a frame", error))
    }

    async fn delete(&self, name: &Digest) -> Result<()> {
        match fs::remove_file(self.file(name)) {
            Err(error) if error.kind() != Io::NotFound => Err(self.failed("deleting a frame", error)),
            _ => Ok(()),
        }
    }

    async fn names(&self) -> Result<Vec<Digest>> {
        let files = fs::read_dir(&self.directory).map_err(|error| self.failed("listing frames", error))?;
        // Parts of writes that were killed, and what others put here, have no digest for a name.
        Ok(files.flatten().filter_map(|file| file.file_name().to_str()?.parse().ok()).collect())
    }
}
