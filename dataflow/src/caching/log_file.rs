//! Events in a file: one JSON object a line, appended as they happen.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::Event;

/// A file that events are appended to.
#[derive(Debug)]
pub(super) struct LogFile(Mutex<File>);

impl LogFile {
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(Mutex::new(file)))
    }

    /// Appends `event`, in one write, so that lines of several processes are not mixed.
    pub(super) fn append(&self, event: &Event) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        // A file has no state that a panic elsewhere could have left half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)
    }
}
