//! Where a disk under test is opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

/// A fresh place for one check: a name that no other place has, and an empty directory.
///
/// A disk in memory needs neither. A disk that outlives its handle keeps what it holds under the name or in the
/// directory: opening one place twice is a reopen. The directory goes with the last clone.
#[derive(Clone, Debug)]
pub struct Place {
    name: Arc<str>,
    path: Arc<Path>,
    /// Goes with the last clone; `None` of a place that is somebody else's.
    _directory: Option<Arc<TempDir>>,
}

impl Place {
    pub(super) fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let directory = TempDir::with_prefix("larder-").expect("the system gives a directory to tests");
        Self {
            name: format!("place-{}-{number}", std::process::id()).into(),
            path: directory.path().into(),
            _directory: Some(Arc::new(directory)),
        }
    }

    /// The place of another process.
    pub(crate) fn lent(name: &str, path: PathBuf) -> Self {
        Self { name: name.into(), path: path.into(), _directory: None }
    }

    /// The name, of letters, digits and dashes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The directory; it exists.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
