//! Opening a disk: settings first, then one listing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use larder_core::books::{Books, Found};
use larder_core::disk::{Capabilities, Reach, Requested, Settings};
use larder_core::key::Digest;
use larder_core::spawn::Spawn;
use larder_core::{Error, ErrorKind, Result};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path as Prefix;

use crate::bucket::Bucket;
use crate::carrier::Carrier;
use crate::disk::{Inner, ObjectStoreDisk};
use crate::failure::failed;
use crate::options::{OpenOptions, StoreOptions};
use crate::{leftovers, path, recorded};

/// Where the objects of a disk lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the memory of this process, `memory:///`: gone with the disk.
    Memory,
    /// In files below this directory, `store+file:///path`.
    Path(PathBuf),
    /// In a bucket: `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix`.
    Bucket {
        /// The url, without credentials and without settings.
        url: String,
        /// What the client of the store is told; what is not told comes from the environment (`AWS_*` and the like).
        options: StoreOptions,
    },
}

/// Who else writes below the prefix of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Nobody, as long as this disk is open: then its books are exact, and it can compare and touch.
    Alone,
    /// Other disks, perhaps on other hosts. The store must honour [`PutMode::Create`](object_store::PutMode::Create).
    Shared,
}

impl ObjectStoreDisk {
    /// Opens the disk at `location`. Without settings it opens as it was recorded.
    ///
    /// # Errors
    ///
    /// Those of [`at_path`](Self::at_path). A place in memory is always new, so it needs settings.
    pub async fn open(
        location: Location,
        options: OpenOptions,
        settings: impl Into<Requested>,
    ) -> Result<Self> {
        let _ = options;
        match location {
            Location::Memory => {
                let settings = settings.into().over(None);
                Ok(Self::memory(settings.map_err(|error| error.on("memory:///"))?))
            }
            Location::Path(path) => Self::at_path(path, settings).await,
            Location::Bucket { url, .. } => {
                Err(Error::new(ErrorKind::Unsupported, "buckets are not there yet").on(url))
            }
        }
    }

    /// A new disk in memory. It can do all that a disk can, but last.
    pub fn memory(settings: Settings) -> Self {
        let capabilities = Capabilities { durable: false, ..Capabilities::of_process() };
        let bucket = Bucket::new(Arc::new(InMemory::new()), Prefix::default());
        assemble("memory:///".to_owned(), bucket, capabilities, Books::new(settings))
    }

    /// Opens the files below the directory `path`, which is made where it is missing. Many processes may have it open.
    ///
    /// Given settings replace the recorded ones. Files that writers left that were killed more than an hour ago are
    /// removed; other files that are no entries are left alone.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when `path` is a file or below one, and when no settings are given nor recorded: nothing
    /// is created. [`ErrorKind::Unavailable`] when the directory cannot be made, written to or listed.
    /// [`ErrorKind::Format`] or [`ErrorKind::Corrupt`] for recorded settings that cannot be read; given ones replace
    /// damaged ones, not those of a later version.
    pub async fn at_path(path: impl AsRef<Path>, settings: impl Into<Requested>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let location = format!("store+file://{}", path.display());
        let settings = settings.into();
        let bare = settings.size_limit.is_none();
        let prepared = blocking(move || prepare(&path, bare)).await;
        let store = prepared.map_err(|error| error.on(&location))?;
        let capabilities = Capabilities { reach: Reach::Host, ..of(Sharing::Shared) };
        Self::load(location, Arc::new(store), Prefix::default(), capabilities, settings).await
    }

    /// Opens what lies below `prefix` in a store of the caller's, who names it by `location` in errors.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when no settings are given nor recorded, [`ErrorKind::Unavailable`] when the store
    /// cannot be read; for recorded settings as for [`at_path`](Self::at_path).
    pub async fn with_store(
        location: impl Into<String>,
        store: Arc<dyn ObjectStore>,
        prefix: &str,
        sharing: Sharing,
        settings: impl Into<Requested>,
    ) -> Result<Self> {
        let location = location.into();
        let prefix = Prefix::parse(prefix).map_err(|cause| {
            let error = Error::new(ErrorKind::Invalid, format!("the prefix `{prefix}` is no path"));
            error.because(cause).on(&location)
        })?;
        Self::load(location, store, prefix, of(sharing), settings.into()).await
    }

    /// Has `spawn` carry on writes whose callers dropped them midway, in place of a thread of the disk's own. The
    /// first spawner given to a disk or a clone of it stays.
    #[must_use]
    pub fn carried_by(self, spawn: Arc<dyn Spawn>) -> Self {
        self.inner.carrier.give(spawn);
        self
    }

    async fn load(
        location: String,
        store: Arc<dyn ObjectStore>,
        prefix: Prefix,
        capabilities: Capabilities,
        requested: Requested,
    ) -> Result<Self> {
        let bucket = Bucket::new(store, prefix);
        let books = async {
            let (settings, change) = settle(&bucket, requested).await?;
            let books = Books::new(settings);
            for listed in bucket.list().await? {
                let found = Found::unread(&listed.digest, listed.length, listed.modified);
                books.enter(&listed.digest, found);
            }
            // Last, so that an opening that fails leaves no trace.
            if let Some(settings) = &change {
                bucket.record(recorded::write(settings)).await?;
            }
            Ok(books)
        };
        let books = books.await.map_err(|error: Error| error.on(&location))?;
        Ok(assemble(location, bucket, capabilities, books))
    }
}

/// What a disk can do on a store that outlives it.
const fn of(sharing: Sharing) -> Capabilities {
    let alone = matches!(sharing, Sharing::Alone);
    Capabilities {
        create: true,
        compare: alone,
        touch: alone,
        // A listing knows neither the order of insertion nor namespaces.
        ordered: false,
        counted: false,
        durable: true,
        check: true,
        reach: if alone { Reach::Process } else { Reach::Hosts },
    }
}

fn assemble(
    location: String,
    bucket: Bucket,
    capabilities: Capabilities,
    books: Books<Digest>,
) -> ObjectStoreDisk {
    let carrier = Arc::new(Carrier::default());
    ObjectStoreDisk { inner: Arc::new(Inner { location, bucket, books, capabilities, carrier }) }
}

/// The settings that hold, and those to be recorded because they are new.
async fn settle(bucket: &Bucket, requested: Requested) -> Result<(Settings, Option<Settings>)> {
    let recorded = match bucket.recorded().await?.map(|bytes| recorded::read(&bytes)).transpose() {
        // Damaged ones count as none: whoever asks for a limit replaces them.
        Err(error) if error.kind() == ErrorKind::Corrupt && requested.size_limit.is_some() => None,
        recorded => recorded?,
    };
    let settings = requested.over(recorded.as_ref())?;
    let change = (recorded.as_ref() != Some(&settings)).then(|| settings.clone());
    Ok((settings, change))
}

/// The store of files below `path`, and the directory for it; with nothing given it must be there.
fn prepare(path: &Path, bare: bool) -> Result<LocalFileSystem> {
    if bare && !path.exists() {
        return Err(Requested::default().over(None).expect_err("nothing is asked for"));
    }
    path::prepare(path)?;
    if let Some(deadline) = SystemTime::now().checked_sub(leftovers::GRACE) {
        leftovers::remove(path, deadline);
    }
    LocalFileSystem::new_with_prefix(path).map_err(|cause| failed("opening the directory", cause))
}

/// Runs what waits for the file system: beside the executor in a runtime, here outside of one.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await.unwrap_or_else(|cause| {
            Err(Error::new(ErrorKind::Unavailable, "the runtime ended meanwhile").because(cause))
        }),
        Err(_) => work(),
    }
}
