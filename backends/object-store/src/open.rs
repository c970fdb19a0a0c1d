//! Opening a disk: settings first, then one listing.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use larder_core::books::{Books, Found};
use larder_core::disk::{Capabilities, Precedence, Reach, Requested, Settings, SettingsChange};
use larder_core::random::SystemRandom;
use larder_core::spawn::Spawn;
use larder_core::{Error, ErrorKind, Result};
use object_store::ObjectStore;
use object_store::memory::InMemory;
use object_store::path::Path as Prefix;

use crate::bucket::Bucket;
use crate::carrier::Carrier;
use crate::claim::{self, Recorded};
use crate::deadline::Deadline;
use crate::disk::{Inner, ObjectStoreDisk};
use crate::failure::{failed, opening};
use crate::files::{Files, GRACE, Threads};
use crate::options::{ConditionalWrites, Mode, OpenOptions, StoreOptions};
use crate::probe::{Honoured, probe};
use crate::remote::connect;
use crate::stamps::Stamps;
use crate::store_url::StoreUrl;
use crate::{path, recorded};

/// Where the objects of a disk lie.
///
/// `Debug` shows no url that is none of a store: there may be a secret in it.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// In the memory of this process, `memory:///`: gone with the disk.
    Memory,
    /// In files below this directory, `store+file:///path`.
    Path(PathBuf),
    /// In a store on a network, such as `s3://bucket/prefix`.
    Bucket {
        /// The url, a [`StoreUrl`], without credentials and without settings.
        url: String,
        /// What the client of the store is told; what is not told comes from the environment (`AWS_*` and the like).
        options: StoreOptions,
    },
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("Memory"),
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::Bucket { url, options } => {
                let shown = if url.parse::<StoreUrl>().is_ok() { url } else { "***" };
                f.debug_struct("Bucket").field("url", &shown).field("options", options).finish()
            }
        }
    }
}

/// Where a disk in memory lies.
const MEMORY: &str = "memory:///";

/// Who else writes below the prefix of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Nobody, as long as this disk is open: then its books are exact, and it can compare and touch.
    Alone,
    /// Other disks, perhaps on other hosts. The disk can do what the store proves to honour.
    Shared,
}

impl ObjectStoreDisk {
    /// Opens the disk at `location`. What is not asked for in `settings` is as it was recorded.
    ///
    /// # Errors
    ///
    /// Those of [`at_path`](Self::at_path) and [`in_bucket`](Self::in_bucket). A place in memory is always new, so it
    /// needs a size limit.
    pub async fn open(
        location: Location,
        options: OpenOptions,
        settings: impl Into<Requested>,
    ) -> Result<Self> {
        match location {
            Location::Memory => Ok(Self::memory(settings.into().over(None, MEMORY)?)),
            Location::Path(path) => Self::at_path_with(path, options, settings).await,
            Location::Bucket { url, options: store } => {
                Self::in_bucket(&url, &store, options, settings).await
            }
        }
    }

    /// A new disk in memory. It can do all that a disk can, but last.
    pub fn memory(settings: Settings) -> Self {
        let capabilities = Capabilities { durable: false, ..Capabilities::of_process() };
        let bucket = Bucket::new(Arc::new(InMemory::new()), Prefix::default());
        let place = Place {
            location: MEMORY.to_owned(),
            bucket,
            sharing: Sharing::Alone,
            carrier: Carrier::default(),
            files: None,
        };
        place.assemble(Books::new(settings), None, capabilities, &OpenOptions::default(), false)
    }

    /// Opens the store in the directory `path`, and creates the directory if it is missing. Many processes may have it
    /// open.
    ///
    /// A directory that is not empty must be a larder store: its settings are recorded, or an entry proves it.
    ///
    /// Requested settings that differ from the recorded ones replace them for all processes, unless
    /// [`precedence`](Requested::precedence) says otherwise; [`settings_change`](Self::settings_change) then
    /// returns both. Opening evicts nothing: a lower limit evicts at the next write. With [`Mode::ReadOnly`]
    /// the recorded settings stay in effect.
    ///
    /// Temporary files that writers left which were killed more than an hour ago are removed; foreign files are never
    /// overwritten, renamed or removed. The disk keeps the directory open: it follows a directory that is moved, and
    /// does not touch one that is created in its place.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if `path` is a file or below one, if the directory is neither empty nor a larder store
    /// (the error names what is in the way), and if no size limit is asked for nor recorded: nothing is created.
    /// [`ErrorKind::Unavailable`] if the directory cannot be created, written to or listed. [`ErrorKind::Format`] or
    /// [`ErrorKind::Corrupt`] for recorded settings that cannot be read; asking for a size limit replaces damaged ones
    /// if an entry proves that the directory is a larder store, never those of a later version.
    pub async fn at_path(path: impl AsRef<Path>, settings: impl Into<Requested>) -> Result<Self> {
        Self::at_path_with(path, OpenOptions::default(), settings).await
    }

    async fn at_path_with(
        path: impl AsRef<Path>,
        options: OpenOptions,
        settings: impl Into<Requested>,
    ) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let location = format!("store+file://{}", path.display());
        let (settings, mode) = (settings.into(), options.mode);
        let bare = settings.size_limit.is_none();
        let named = location.clone();
        let (sharing, carrier) = (Sharing::Shared, Carrier::default());
        let prepared = Threads::new().run(move || path::prepare(&path, &named, bare, mode)).await;
        let files = prepared.map_err(|error| error.on(&location))?;
        let bucket = Bucket::new(Arc::new(files.clone()), Prefix::default());
        let place = Place { location, bucket, sharing, carrier, files: Some(files) };
        // A hard link is made only where nothing is, and no file system compares.
        place.load(&options, settings, Some(Honoured { create: true, update: false }), Reach::Host).await
    }

    /// Opens what lies below the prefix of a bucket or of a `WebDAV` server, in any spelling that [`StoreUrl`] has.
    ///
    /// What `store` does not say of the client comes from the environment, as the tools of the store read it:
    /// `AWS_ACCESS_KEY_ID` and the like. The store is asked which conditional writes it honours; the disk
    /// declares no others. Its bytes are moved by threads of its own, so it works in any runtime and in none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for a url or an option that cannot be used, for a bucket that is not there or in another
    /// region, for a prefix that is neither empty nor a larder store, and for credentials that the store refuses. [`ErrorKind::Unavailable`] when it cannot be reached within
    /// the deadline. For settings as for [`at_path`](Self::at_path). No error tells a secret.
    pub async fn in_bucket(
        url: &str,
        store: &StoreOptions,
        options: OpenOptions,
        settings: impl Into<Requested>,
    ) -> Result<Self> {
        // One that is none is not named in the error: there may be a secret in it.
        let url: StoreUrl = url.parse()?;
        let location = url.to_string();
        let carrier = Carrier::for_network();
        let connected = carrier.runtime().and_then(|runtime| connect(&url, store, options.deadline, runtime));
        let store = connected.map_err(|error| error.on(&location))?;
        let bucket = Bucket::new(Arc::new(store), url.prefix().clone());
        let place = Place { location, bucket, sharing: Sharing::Shared, carrier, files: None };
        place.load(&options, settings.into(), None, Reach::Hosts).await
    }

    /// Opens what lies below `prefix` in a store of the caller's, who names it by `location` in errors.
    ///
    /// A store that others write to is asked which conditional writes it honours.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if no size limit is asked for nor recorded, or if the prefix is neither empty nor a larder
    /// store, [`ErrorKind::Unavailable`] if the store cannot be read or written to; for recorded settings as for [`at_path`](Self::at_path).
    pub async fn with_store(
        location: impl Into<String>,
        store: Arc<dyn ObjectStore>,
        prefix: &str,
        sharing: Sharing,
        options: OpenOptions,
        settings: impl Into<Requested>,
    ) -> Result<Self> {
        let location = location.into();
        let prefix = Prefix::parse(prefix).map_err(|cause| {
            let error = Error::new(ErrorKind::Invalid, format!("the prefix `{prefix}` is no path"));
            error.because(cause).on(&location)
        })?;
        let bucket = Bucket::new(store, prefix);
        let place = Place { location, bucket, sharing, carrier: Carrier::default(), files: None };
        let (honoured, reach) = match sharing {
            Sharing::Alone => (Some(Honoured { create: true, update: true }), Reach::Process),
            Sharing::Shared => (None, Reach::Hosts),
        };
        place.load(&options, settings.into(), honoured, reach).await
    }

    /// Has `spawn` carry on writes whose callers dropped them midway, in place of a thread of the disk's own. The
    /// first spawner given to a disk or a clone of it stays.
    #[must_use]
    pub fn carried_by(self, spawn: Arc<dyn Spawn>) -> Self {
        self.inner.carrier.give(spawn);
        self
    }
}

/// A store that is reached, before anything of it is known.
struct Place {
    location: String,
    bucket: Bucket,
    sharing: Sharing,
    carrier: Carrier,
    /// The store itself, if it is a directory.
    files: Option<Files>,
}

impl Place {
    /// Reads what is there; asks the store what it honours unless that is known.
    async fn load(
        self,
        options: &OpenOptions,
        requested: Requested,
        known: Option<Honoured>,
        reach: Reach,
    ) -> Result<ObjectStoreDisk> {
        let deadline = Deadline::new(Some(options.deadline), Arc::clone(&options.clock));
        let loaded = deadline.within("opening the store", self.read(options, requested, known)).await;
        let Loaded { books, change, honoured } = loaded.map_err(|error| opening(error).on(&self.location))?;
        let capabilities = Capabilities {
            create: honoured.create,
            compare: honoured.update,
            touch: honoured.update,
            // A listing knows neither the order of insertion nor namespaces.
            ordered: false,
            counted: false,
            durable: true,
            check: true,
            reach,
        };
        Ok(self.assemble(books, change, capabilities, options, true))
    }

    async fn read(
        &self,
        options: &OpenOptions,
        requested: Requested,
        known: Option<Honoured>,
    ) -> Result<Loaded> {
        let precedence = match options.mode {
            Mode::ReadWrite => requested.precedence,
            // A disk that is only read records nothing, so no other settings than the recorded ones can be in
            // effect.
            Mode::ReadOnly => Precedence::Recorded,
        };
        let requested = Requested { precedence, ..requested };
        let recorded = claim::recorded(&self.bucket).await?;
        if matches!(recorded, Recorded::Nothing) {
            // Fails before everything is listed if there is no size limit at all.
            requested.clone().over(None, &self.location)?;
        }
        let listing = self.bucket.list().await?;
        let recorded = claim::claim(&self.bucket, recorded, &listing, &requested).await?;
        let (settings, mut change) = requested.clone().merge(recorded.as_ref(), &self.location)?;
        let books = Books::new(settings.clone());
        for listed in listing.entries {
            let found = Found::unread(&listed.digest, listed.length, listed.modified);
            books.enter(&listed.digest, found);
        }
        if options.mode == Mode::ReadOnly {
            return Ok(Loaded { books, change, honoured: known.unwrap_or_default() });
        }
        if let Some(files) = &self.files {
            tidy(files).await?;
        }
        let honoured = match known {
            // What is known of a place need not be asked for, and is not used either where it was said not to be.
            Some(_) if options.conditional_writes == ConditionalWrites::Never => Honoured::default(),
            Some(honoured) => honoured,
            None => probe(&self.bucket, options.conditional_writes, &SystemRandom::new()).await?,
        };
        // Last, so that an opening that fails leaves no trace.
        let creates = known.unwrap_or(honoured).create;
        if let Some((settings, changed)) = self.record(requested, settings, recorded, creates).await? {
            let _ = books.settings(Some(settings));
            change = changed;
        }
        Ok(Loaded { books, change, honoured })
    }

    /// Records `settings` unless they are what is recorded. Returns others if another disk was faster, which hold.
    async fn record(
        &self,
        requested: Requested,
        settings: Settings,
        recorded: Option<Settings>,
        creates: bool,
    ) -> Result<Option<(Settings, Option<SettingsChange>)>> {
        if recorded.as_ref() == Some(&settings) {
            return Ok(None);
        }
        let record = recorded::write(&settings);
        if recorded.is_some() || !creates {
            return self.bucket.record(record).await.map(|()| None);
        }
        if self.bucket.record_first(record.clone()).await? {
            return Ok(None);
        }
        let found = match claim::recorded(&self.bucket).await? {
            // Damaged settings whose place entries proved, or settings that somebody removed again.
            Recorded::Damaged(_) | Recorded::Nothing => {
                return self.bucket.record(record).await.map(|()| None);
            }
            Recorded::Settings(found) => found,
        };
        let (settings, change) = requested.merge(Some(&found), &self.location)?;
        if settings != found {
            self.bucket.record(recorded::write(&settings)).await?;
        }
        Ok(Some((settings, change)))
    }

    fn assemble(
        self,
        books: Books<larder_core::key::Digest>,
        change: Option<SettingsChange>,
        capabilities: Capabilities,
        options: &OpenOptions,
        waits: bool,
    ) -> ObjectStoreDisk {
        let Self { location, bucket, sharing, carrier, files } = self;
        let inner = Inner {
            location,
            bucket,
            books,
            capabilities,
            sharing,
            files,
            carrier: Arc::new(carrier),
            deadline: Deadline::new(waits.then_some(options.deadline), Arc::clone(&options.clock)),
            stamps: Stamps::default(),
            random: Arc::new(SystemRandom::new()),
        };
        ObjectStoreDisk { inner: Arc::new(inner), settings_change: change.map(Arc::new) }
    }
}

/// What is known of a store after it was read.
struct Loaded {
    books: Books<larder_core::key::Digest>,
    change: Option<SettingsChange>,
    honoured: Honoured,
}

/// Proves that files can be written, and removes those that killed writers left.
async fn tidy(files: &Files) -> Result<()> {
    let now = files.prove_writable().await.map_err(|cause| failed("opening the store", cause))?;
    let Some(deadline) = now.checked_sub(GRACE) else { return Ok(()) };
    // Leftovers only take space; what cannot be listed was an error before, or is left for the next opening.
    for leftover in files.leftovers(deadline).await.unwrap_or_default() {
        files.remove_leftover(leftover).await;
    }
    Ok(())
}
