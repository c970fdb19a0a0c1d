//! Fresh places of the kind that a configuration names, for those who try out disks: of the configured place nothing
//! is read, written or removed.
//!
//! Memory is fresh by itself, files lie in directories of the caller's. In a bucket each place is a prefix of its own
//! below the configured one; all of them are erased at the end, or left behind by whoever is killed.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use larder::clock::SystemClock;
use larder::disk::{Disk, Requested, Settings as Limits};
use larder::{DiskKind, LocalDisk, LocalSettings, MemoryDisk, Mode, ObjectStoreDisk, ObjectStoreSettings};
use pollster::block_on;

use crate::failure::{Failure, say};

/// Where disks of one kind are tried out.
#[derive(Debug)]
pub(crate) struct Ground {
    kind: Kind,
    /// Places in the bucket that were opened.
    opened: Mutex<Vec<ObjectStoreSettings>>,
}

#[derive(Clone, Debug)]
enum Kind {
    Memory,
    /// As these settings say, but for where it lies.
    Local(LocalSettings),
    StoreInMemory,
    StoreInFiles,
    /// Below the prefix that is this one's own.
    Bucket(ObjectStoreSettings),
}

/// A disk that was opened for a try, and what is known of it beyond the trait.
#[derive(Clone, Debug)]
pub(crate) struct Tried {
    pub(crate) disk: Arc<dyn Disk>,
    /// The same, if it is on an object store.
    pub(crate) store: Option<ObjectStoreDisk>,
}

impl Ground {
    /// The ground for disks like this one.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] for a url that names no place.
    pub(crate) fn of(kind: &DiskKind) -> Result<Self, Failure> {
        let kind = match kind {
            DiskKind::Memory => Kind::Memory,
            DiskKind::Local(local) => Kind::Local(local.clone()),
            DiskKind::ObjectStore(_) if kind.path()?.is_some() => Kind::StoreInFiles,
            DiskKind::ObjectStore(store) if store.url.starts_with("memory:") => Kind::StoreInMemory,
            DiskKind::ObjectStore(store) => {
                let name: String = std::iter::repeat_with(fastrand::alphanumeric).take(12).collect();
                let own = below(store, &format!("larder-{}", name.to_lowercase()));
                say(format_args!("larder: note: writes below {}, and removes it at the end", own.url));
                Kind::Bucket(own)
            }
            other => {
                return Err(Failure::Call(format!("this command does not know the disk `{}`", other.name())));
            }
        };
        Ok(Self { kind, opened: Mutex::default() })
    }

    /// What disks of this kind are called.
    pub(crate) fn name(&self) -> &'static str {
        match self.kind {
            Kind::Memory => "memory",
            Kind::Local(_) => "local",
            Kind::StoreInMemory => "store+memory",
            Kind::StoreInFiles => "store+file",
            Kind::Bucket(_) => "bucket",
        }
    }

    /// Whether disks of this kind lie in directories.
    pub(crate) fn is_files(&self) -> bool {
        matches!(self.kind, Kind::Local(_) | Kind::StoreInFiles)
    }

    /// Opens the disk called `name`, which lies in `directory` if its kind lies in files.
    ///
    /// # Errors
    ///
    /// Those of opening a disk.
    pub(crate) async fn open(&self, directory: &Path, name: &str, limits: Limits) -> larder::Result<Tried> {
        let store = match &self.kind {
            Kind::Memory => {
                let disk = Arc::new(MemoryDisk::new(limits));
                return Ok(Tried { disk, store: None });
            }
            Kind::Local(local) => {
                let disk = Box::pin(LocalDisk::open_with(directory, local.options(), limits)).await?;
                return Ok(Tried { disk: Arc::new(disk), store: None });
            }
            Kind::StoreInMemory => ObjectStoreDisk::memory(limits),
            Kind::StoreInFiles => ObjectStoreDisk::at_path(directory, Some(limits)).await?,
            Kind::Bucket(own) => {
                let place = below(own, name);
                self.remember(&place);
                open_bucket(place, limits).await?
            }
        };
        Ok(Tried { disk: Arc::new(store.clone()), store: Some(store) })
    }

    fn remember(&self, place: &ObjectStoreSettings) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if !opened.contains(place) {
            opened.push(place.clone());
        }
    }

    /// Removes what was written to a bucket until now. What cannot be removed is told, and left behind.
    pub(crate) fn erase(&self) {
        let opened = std::mem::take(&mut *self.opened.lock().unwrap_or_else(PoisonError::into_inner));
        for place in opened {
            let url = place.url.clone();
            let erased = block_on(async { open_bucket(place, Limits::unbounded()).await?.erase().await });
            if let Err(error) = erased {
                say(format_args!("larder: note: {url} is left behind: {error}"));
            }
        }
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.erase();
    }
}

async fn open_bucket(
    place: ObjectStoreSettings,
    limits: impl Into<Requested>,
) -> larder::Result<ObjectStoreDisk> {
    place.open_disk(limits, Mode::ReadWrite, Arc::new(SystemClock)).await
}

/// The store at the prefix `name` below that of `store`.
fn below(store: &ObjectStoreSettings, name: &str) -> ObjectStoreSettings {
    let url = format!("{}/{name}", store.url.trim_end_matches('/'));
    ObjectStoreSettings { url, ..store.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_bucket_is_below_the_configured_one() {
        for url in ["s3://bucket", "s3://bucket/", "s3://bucket/prefix"] {
            let mut store = ObjectStoreSettings::at(url);
            store.options.set("region", "here");
            let own = below(&store, "larder-x");
            assert_eq!(own.url, format!("{}/larder-x", url.trim_end_matches('/')));
            assert_eq!(own.options, store.options);
        }
    }

    #[test]
    fn each_kind_opens_a_disk_of_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("store+file://{}", directory.path().join("configured").display());
        for (kind, name) in [
            (DiskKind::Memory, "memory"),
            (DiskKind::local(directory.path().join("configured").display().to_string()), "local"),
            (DiskKind::object_store("memory:///"), "store+memory"),
            (DiskKind::object_store(url), "store+file"),
        ] {
            let ground = Ground::of(&kind).unwrap();
            let tried =
                block_on(ground.open(&directory.path().join(name).join("own"), "own", Limits::unbounded()));
            let tried = tried.unwrap();
            assert_eq!((ground.name(), tried.store.is_some()), (name, name.starts_with("store")));
            assert_eq!(ground.is_files(), tried.disk.location().ends_with("/own"));
        }
        assert!(!directory.path().join("configured").exists());
    }
}
