//! What the tests stand on: the tools of the suite, and directories with disks.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use larder_conformance::Bench;
use larder_core::disk::{Capabilities, Disk, Settings};
use larder_core::key::Key;
use larder_object_store::ObjectStoreDisk;
use tempfile::TempDir;

/// Tools for any disk; its own disk is in memory.
pub(crate) fn bench() -> Bench {
    let capabilities = Capabilities { durable: false, ..Capabilities::of_process() };
    Bench::new("disk", capabilities, |_, settings| async move {
        Ok(Arc::new(ObjectStoreDisk::memory(settings)) as Arc<dyn Disk>)
    })
}

pub(crate) fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A disk on `path` without limits.
pub(crate) async fn at(path: &Path) -> ObjectStoreDisk {
    ObjectStoreDisk::at_path(path, Some(Settings::unbounded())).await.unwrap()
}

/// The file that the entry at `key` lies in.
pub(crate) fn file_of(path: &Path, key: &Key) -> PathBuf {
    let name = key.digest().to_string();
    path.join(&name[..2]).join(name)
}

/// All files below `path`, sorted.
pub(crate) fn files(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_dir() {
            found.extend(files(&entry));
        } else {
            found.push(entry);
        }
    }
    found.sort();
    found
}
