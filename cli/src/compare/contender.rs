//! Disks that are compared: kinds with a fresh place for each opening.
//!
//! Of a configured disk its kind, its policy and its file system or bucket are used, never the place itself: what lies
//! there is not the comparison's to touch.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use larder::DiskKind;
use larder::disk::Settings as Limits;
use pollster::block_on;
use tempfile::TempDir;

use crate::failure::Failure;
use crate::ground::{Ground, Tried};
use crate::source;

/// A disk that is compared.
#[derive(Clone, Debug)]
pub(crate) struct Contender {
    /// The name that rows give it.
    pub(crate) name: String,
    /// The policy of its configuration, if it has one.
    pub(crate) policy: Option<String>,
    ground: Arc<Ground>,
    /// Where its directories are made; where the system has temporary files, if `None`.
    parent: Option<Arc<PathBuf>>,
}

/// A fresh place, and how far the work on it is.
#[derive(Debug)]
pub(crate) struct Opening {
    ground: Arc<Ground>,
    name: String,
    directory: Option<TempDir>,
    done: AtomicU64,
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
    /// Takes the directory of `opening`, which holds so many bytes; what lies in a bucket is removed.
    pub(crate) fn keep(&mut self, opening: Opening, bytes: u64) {
        opening.ground.erase();
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
    /// The disks that are compared if none is configured: memory, a directory, and what an object store costs by itself.
    const USUAL: [&str; 3] = ["memory", "local", "store+memory"];

    /// The usual ones of the disks that need no configuration.
    ///
    /// # Errors
    ///
    /// None in practice: their kinds name places.
    pub(crate) fn usual() -> Result<Vec<Self>, Failure> {
        let mut usual = Self::built_in()?;
        usual.retain(|disk| Self::USUAL.contains(&disk.name.as_str()));
        Ok(usual)
    }

    /// The disks that need no configuration.
    ///
    /// # Errors
    ///
    /// None in practice: their kinds name places.
    pub(crate) fn built_in() -> Result<Vec<Self>, Failure> {
        let kinds = [
            DiskKind::Memory,
            DiskKind::local(std::env::temp_dir().display().to_string()),
            DiskKind::object_store("memory:///"),
            DiskKind::object_store(format!("store+file://{}", std::env::temp_dir().display())),
        ];
        let contender = |kind| {
            let ground = Ground::of(&kind)?;
            Ok(Self { name: ground.name().into(), policy: None, ground: Arc::new(ground), parent: None })
        };
        kinds.into_iter().map(contender).collect()
    }

    /// The disk that the file or url `place` configures.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] for a file that cannot be read or says what nobody knows.
    pub(crate) fn configured(place: &str) -> Result<Self, Failure> {
        let settings = source::settings(place)?;
        let tier = settings.tiers.into_iter().next().expect("understood settings have one tier");
        let parent = tier.kind.path()?.map(|path| Arc::new(existing(&path)));
        let ground = Arc::new(Ground::of(&tier.kind)?);
        let name = match &tier.kind {
            // A url of settings carries no secrets; one of the command line may.
            DiskKind::ObjectStore(store) if place.contains("://") => store.url.clone(),
            DiskKind::Local(local) if place.contains("://") => format!("file://{}", local.path),
            _ if place.starts_with("memory:") => ground.name().to_owned(),
            _ => Path::new(place).file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        };
        let policy = tier.limits.policy.as_ref().map(ToString::to_string);
        Ok(Self { name, policy, ground, parent })
    }

    /// A fresh place of this kind.
    ///
    /// # Errors
    ///
    /// [`Failure::Disk`] where no directory can be made.
    pub(crate) fn opening(&self) -> Result<Opening, Failure> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("place-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let parent = self.parent.as_deref().map(PathBuf::as_path);
        let directory = if self.ground.is_files() { Some(fresh(parent)?) } else { None };
        Ok(Opening { ground: Arc::clone(&self.ground), name, directory, done: AtomicU64::new(0) })
    }
}

/// A fresh directory below `parent`, or where the system has temporary files.
///
/// # Errors
///
/// [`Failure::Disk`] where no directory can be made.
fn fresh(parent: Option<&Path>) -> Result<TempDir, Failure> {
    let system = std::env::temp_dir();
    let parent = parent.unwrap_or(&system);
    let refused = |cause| Failure::Disk(format!("making a directory in {}: {cause}", parent.display()));
    tempfile::Builder::new().prefix("larder-").tempdir_in(parent).map_err(refused)
}

/// The directory above `path` that is there, so that a fresh one is on the same file system.
fn existing(path: &Path) -> PathBuf {
    let above = path.ancestors().skip(1).find(|above| above.is_dir());
    above.map_or_else(|| PathBuf::from("."), Path::to_owned)
}

impl Opening {
    /// Opens the disk under these limits.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub(crate) fn open(&self, limits: Limits) -> Result<Tried, Failure> {
        let directory = self.directory.as_ref().map_or(Path::new(""), TempDir::path);
        Ok(block_on(self.ground.open(directory, &self.name, limits))?)
    }

    /// Notes that an operation is done.
    pub(crate) fn tick(&self) {
        // A number for people, which guards nothing.
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// How many operations are done.
    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
}
