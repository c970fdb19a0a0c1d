//! Disks that are compared: kinds with a fresh place for each opening.
//!
//! Of a configured disk its kind, its policy and its file system are used, never the place itself: what lies there
//! is not the comparison's to touch.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use larder::disk::Settings as Limits;
use larder::{DiskKind, Settings};
use tempfile::TempDir;

use crate::failure::Failure;

/// A disk that is compared.
#[derive(Clone, Debug)]
pub(crate) struct Contender {
    /// The name that rows give it.
    pub(crate) name: String,
    /// The policy of its configuration, if it has one.
    pub(crate) policy: Option<String>,
    place: Place,
}

/// Where its entries lie.
#[derive(Clone, Debug)]
enum Place {
    Memory,
    StoreInMemory,
    /// In directories below this one; those of the system for temporary files, if `None`.
    StoreBelow(Option<Arc<PathBuf>>),
}

/// The disk of one opening, gone with this.
#[derive(Debug)]
pub(crate) struct Opening {
    /// What to open.
    pub(crate) kind: DiskKind,
    directory: Option<TempDir>,
}

/// Directories that are done with and not yet deleted.
///
/// ext4 does not use inodes again within seconds of their deletion, and searches past them: deleting the files of
/// one cell made the sets of the next ten times slower. So directories wait, as long as they are small.
#[derive(Debug, Default)]
pub(crate) struct Retired {
    directories: Vec<TempDir>,
    bytes: u64,
}

/// Directories that are done with are deleted when they hold more than this together.
const MOST_RETIRED: u64 = 1 << 30;

impl Retired {
    /// Takes the directory of `opening`, which holds so many bytes.
    pub(crate) fn keep(&mut self, opening: Opening, bytes: u64) {
        if let Some(directory) = opening.directory {
            self.directories.push(directory);
            self.bytes += bytes;
        }
        if self.bytes > MOST_RETIRED {
            *self = Self::default();
        }
    }
}

impl Contender {
    /// The disks that need no configuration.
    pub(crate) fn built_in() -> Vec<Self> {
        let contender = |name: &str, place| Self { name: name.into(), policy: None, place };
        vec![
            contender("memory", Place::Memory),
            contender("store+memory", Place::StoreInMemory),
            contender("store+file", Place::StoreBelow(None)),
        ]
    }

    /// The disk that the file at `path` configures.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] for a file that cannot be read or says what nobody knows.
    pub(crate) fn configured(path: &Path) -> Result<Self, Failure> {
        let settings = Settings::read(path)?;
        let tier = settings.tiers.first();
        let tier = tier.ok_or_else(|| Failure::Call(format!("{} names no disk", path.display())))?;
        let place = match tier.kind.path()? {
            Some(path) => Place::StoreBelow(Some(Arc::new(existing(&path)))),
            None if matches!(tier.kind, DiskKind::Memory) => Place::Memory,
            None => Place::StoreInMemory,
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, policy: tier.limits.policy.as_ref().map(ToString::to_string), place })
    }

    /// A fresh place of this kind.
    ///
    /// # Errors
    ///
    /// [`Failure::Disk`] where no directory can be made.
    pub(crate) fn opening(&self) -> Result<Opening, Failure> {
        let url = |url: &str| DiskKind::object_store(url);
        match &self.place {
            Place::Memory => Ok(Opening { kind: DiskKind::Memory, directory: None }),
            Place::StoreInMemory => Ok(Opening { kind: url("memory:///"), directory: None }),
            Place::StoreBelow(parent) => {
                let (directory, kind) = fresh(parent.as_deref().map(PathBuf::as_path))?;
                Ok(Opening { kind, directory: Some(directory) })
            }
        }
    }
}

/// A fresh directory below `parent`, and the disk in it.
///
/// # Errors
///
/// [`Failure::Disk`] where no directory can be made.
pub(crate) fn fresh(parent: Option<&Path>) -> Result<(TempDir, DiskKind), Failure> {
    let system = std::env::temp_dir();
    let parent = parent.unwrap_or(&system);
    let refused = |cause| Failure::Disk(format!("making a directory in {}: {cause}", parent.display()));
    let directory = tempfile::Builder::new().prefix("larder-").tempdir_in(parent).map_err(refused)?;
    let path = directory.path().to_str();
    // A `$` in the path would be taken for a variable, and a `?` for settings.
    let path = path.filter(|path| !path.contains(['$', '?']));
    let path = path.ok_or_else(|| {
        Failure::Disk(format!(
            "{} cannot stand in a url: set TMPDIR to a plain path",
            directory.path().display()
        ))
    })?;
    let kind = DiskKind::object_store(format!("store+file://{path}"));
    Ok((directory, kind))
}

/// The directory above `path` that is there, so that a fresh one is on the same file system.
fn existing(path: &Path) -> PathBuf {
    let above = path.ancestors().skip(1).find(|above| above.is_dir());
    above.map_or_else(|| PathBuf::from("."), Path::to_owned)
}

impl Opening {
    /// The disk under these limits.
    pub(crate) fn tier(&self, limits: Limits) -> larder::TierSettings {
        larder::TierSettings::new(self.kind.clone(), limits)
    }
}
