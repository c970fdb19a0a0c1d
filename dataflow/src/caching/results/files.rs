//! Results in files that other programs read, each in the format that its node asks for.
//!
//! A file is the result: there is no entry beside it, so that nothing outlives the other. The price is that the directory has limits of
//! its own, which hold for each process by itself.

mod directory;

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use larder::clock::{Clock, SystemClock};
use larder::random::{Random, SystemRandom};
use larder::{Bytes, Time};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Found, ResultStore};
use crate::caching::DataVersion;
use crate::caching::file_format::{FileFormat, Plain};
use crate::caching::format::{unknown, unsupported};
use crate::error::{Error, ErrorKind, Result};
use crate::kind::Kind;
use crate::value::Value;
use directory::Directory;

/// A [`ResultStore`] in a directory: a file for each result, with the extension of its format.
///
/// The formats `json`, `messagepack` and `bytes` are there, `csv`, `feather` and `parquet` for tables with the feature `arrow`, and those that are
/// added. A result of which nothing is said is in JSON. A file may be deleted at any time: its result is then computed again.
/// Who changes a file changes the result. Where two nodes make the same in two formats there are two files.
///
/// ```
/// use larder_dataflow::caching::{CachingAdapter, FileResults};
/// use larder_dataflow::{Driver, node, nodes};
///
/// #[node(format = "json")]
/// fn squares(count: u64) -> Vec<u64> {
///     (1..=count).map(|number| number * number).collect()
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let place = format!("file://{}?size_limit=1GiB", directory.path().join("cache").display());
/// # let path = directory.path().join("results");
/// let files = FileResults::open(&path)?.max_bytes(1 << 30);
/// let cache = CachingAdapter::builder().place(&place).files(files).build()?;
/// let driver = Driver::builder().nodes(nodes![squares]).with_cache(cache).build()?;
/// driver.execute(["squares"]).input("count", 3_u64).wait()?;
/// let file = std::fs::read_dir(&path)?.next().unwrap()?;
/// assert_eq!(std::fs::read_to_string(file.path())?, "[1,4,9]");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct FileResults {
    path: Arc<PathBuf>,
    directory: Arc<Directory>,
    formats: Vec<Arc<dyn FileFormat>>,
    max_bytes: Option<u64>,
    life: Option<Duration>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl FileResults {
    /// Results in this directory, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// [`Cache`](ErrorKind::Cache) when it cannot be made.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let directory = Directory::open(&path).map_err(|error| failed("open", &path, error))?;
        let formats = Plain::ALL.map(|format| Arc::new(format) as Arc<dyn FileFormat>).to_vec();
        #[cfg(feature = "arrow")]
        let formats = {
            let tables = crate::caching::tables::Table::ALL;
            formats.into_iter().chain(tables.map(|format| Arc::new(format) as Arc<dyn FileFormat>)).collect()
        };
        Ok(Self {
            path: Arc::new(path),
            directory: Arc::new(directory),
            formats,
            max_bytes: None,
            life: None,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom::new()),
        })
    }

    /// Knows this format too; it takes the place of those that have its name or its extension.
    #[must_use]
    pub fn format(mut self, format: impl FileFormat) -> Self {
        self.formats.retain(|known| known.name() != format.name() && known.extension() != format.extension());
        self.formats.push(Arc::new(format));
        self
    }

    /// Deletes the files that were stored first where all are more bytes than this.
    #[must_use]
    pub fn max_bytes(self, max_bytes: u64) -> Self {
        Self { max_bytes: Some(max_bytes), ..self }
    }

    /// Has results expire this long after they were stored.
    #[must_use]
    pub fn life(self, life: Duration) -> Self {
        Self { life: Some(life), ..self }
    }

    /// Reads times from this clock.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    pub(in crate::caching) fn knows(&self, format: &str) -> bool {
        self.formats.iter().any(|known| known.name() == format)
    }

    fn format_of(&self, name: &str, kind: Kind) -> Result<&Arc<dyn FileFormat>> {
        let found = self.formats.iter().find(|known| known.name() == name).ok_or_else(|| {
            let known: Vec<&str> = self.formats.iter().map(|known| known.name()).collect();
            unknown(name, &known)
        })?;
        if found.holds(kind) { Ok(found) } else { Err(unsupported(name, kind)) }
    }

    fn names(&self, version: &DataVersion, kind: Kind) -> Vec<String> {
        self.formats.iter().map(|format| name_of(version, kind, format.extension())).collect()
    }

    fn extensions(&self) -> Vec<String> {
        self.formats.iter().map(|format| format.extension().to_owned()).collect()
    }

    /// Whether what was stored then is still to be had.
    fn is_live(&self, stored: Time) -> bool {
        self.life.is_none_or(|life| self.clock.now().since(stored) < life)
    }

    /// Runs `act` on a thread of its own.
    ///
    /// Not on the pool of [`blocking`]: nodes run there, and a node that waits for a result would wait for itself where
    /// the pool is full.
    async fn with<T: Send + 'static>(
        &self,
        what: &str,
        act: impl FnOnce(&Directory) -> std::io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let directory = Arc::clone(&self.directory);
        on_own_thread(move || act(&directory)).await.map_err(|error| failed(what, &self.path, error))
    }
}

/// Runs `work` on a new thread, or on this one if the system has no thread left.
async fn on_own_thread<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    let (sender, receiver) = async_channel::bounded(1);
    let shared = Arc::new(Mutex::new(Some(work)));
    let taken = Arc::clone(&shared);
    let thread = std::thread::Builder::new().name("larder-results".to_owned()).spawn(move || {
        let work = taken.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(work) = work {
            // There is room for the one message; the receiver is gone if the caller stopped waiting.
            let _ = sender.try_send(work());
        }
    });
    if thread.is_err() {
        let work = shared.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(work) = work {
            return work();
        }
    }
    // The sender is dropped without a message if the work panicked.
    receiver.recv().await.unwrap_or_else(|_| Err(std::io::Error::other("the operation panicked")))
}

/// The name of a file: of the version, and of the type, whose name may be long.
fn name_of(version: &DataVersion, kind: Kind, extension: &str) -> String {
    const ODD: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');
    let name = utf8_percent_encode(version.as_str(), ODD);
    let digest = blake3::hash(kind.name().as_bytes()).to_hex();
    format!("{name}.{}.{extension}", &digest[..32])
}

fn failed(what: &str, path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Cache, format!("cannot {what} results in {}", path.display())).because(error)
}

#[async_trait]
impl ResultStore for FileResults {
    async fn set(
        &self,
        version: &DataVersion,
        kind: Kind,
        value: &Value,
        format: Option<&str>,
    ) -> Result<bool> {
        let format = self.format_of(format.unwrap_or(Plain::ALL[0].name()), kind)?;
        let bytes = format.write(kind, value)?;
        if self.max_bytes.is_some_and(|most| bytes.len() as u64 > most) {
            return Ok(false);
        }
        let name = name_of(version, kind, format.extension());
        let (now, random, limit) = (self.clock.now(), self.random.next(), self.max_bytes);
        let extensions = self.extensions();
        self.with("store", move |directory| {
            directory.write(&name, &bytes, now, random)?;
            limit.map_or(Ok(()), |most| directory.shrink(most, bytes.len() as u64, &name, &extensions))
        })
        .await?;
        Ok(true)
    }

    fn supports(&self, kind: Kind, format: &str) -> Result<()> {
        self.format_of(format, kind).map(drop)
    }

    async fn get(&self, version: &DataVersion, kind: Kind) -> Result<Found> {
        let names = self.names(version, kind);
        let found: Option<(usize, Bytes, Time)> =
            self.with("read", move |directory| directory.first_of(&names)).await?;
        match found {
            Some((at, bytes, stored)) if self.is_live(stored) => {
                Ok(self.formats[at].read(kind, &bytes).map_or(Found::Unreadable, Found::Result))
            }
            _ => Ok(Found::Nothing),
        }
    }

    async fn delete(&self, version: &DataVersion, kind: Kind) -> Result<()> {
        let names = self.names(version, kind);
        self.with("delete", move |directory| directory.remove(&names)).await
    }

    async fn delete_all(&self) -> Result<()> {
        let extensions = self.extensions();
        self.with("delete", move |directory| {
            let all: Vec<String> = directory.files(&extensions)?.into_iter().map(|file| file.name).collect();
            directory.remove(&all)
        })
        .await
    }

    async fn delete_expired(&self) -> Result<u64> {
        let (files, extensions) = (self.clone(), self.extensions());
        self.with("delete", move |directory| {
            let mut expired = directory.files(&extensions)?;
            expired.retain(|file| !files.is_live(file.stored));
            let expired: Vec<String> = expired.into_iter().map(|file| file.name).collect();
            directory.remove(&expired)?;
            Ok(expired.len() as u64)
        })
        .await
    }
}
