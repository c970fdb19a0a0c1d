//! How the caching core is made.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use larder::Store;
use larder::clock::{Clock, SystemClock};
use larder::random::{Random, SystemRandom};

use super::behavior::{Behaviors, Nodes};
use super::log_file::LogFile;
use super::{
    Behavior, CachingAdapter, DataVersion, FileResults, MetadataStore, ResultStore, StoredMetadata,
    StoredResults,
};
use crate::error::{Error, ErrorKind, Result};

/// Collects what a [`CachingAdapter`] is made of.
///
/// ```
/// use larder_dataflow::caching::{Behavior, CachingAdapter};
/// use larder_dataflow::{Driver, node, nodes};
///
/// #[node]
/// fn downloaded(url: &str) -> String {
///     format!("page at {url}")
/// }
/// #[node]
/// fn words(downloaded: &str) -> usize {
///     downloaded.split(' ').count()
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let store = pollster::block_on(larder::open(format!("file://{}?size_limit=1MiB", directory.path().display())))?;
/// let cache = CachingAdapter::builder().store(&store).behavior(Behavior::Recompute, ["downloaded"]).build()?;
/// let driver = Driver::builder().nodes(nodes![downloaded, words]).with_cache(cache).build()?;
/// for _ in 0..2 {
///     // Downloaded each time; counted once, since the page is the same.
///     driver.execute(["words"]).input("url", "/index").wait()?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CachingBuilder {
    place: Option<PathBuf>,
    store: Option<Store>,
    name: String,
    metadata: Option<Box<dyn MetadataStore>>,
    results: Option<Box<dyn ResultStore>>,
    files: Option<FileResults>,
    behaviors: Behaviors,
    format: Option<String>,
    log_file: Option<PathBuf>,
    runs: usize,
    depth: usize,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// Where results are kept if nothing is said, with this limit.
const PLACE: &str = "file://.larder_cache?size_limit=10GiB";

impl Default for CachingBuilder {
    fn default() -> Self {
        Self {
            place: None,
            store: None,
            name: "caching".to_owned(),
            metadata: None,
            results: None,
            files: None,
            behaviors: Behaviors::default(),
            format: None,
            log_file: None,
            runs: 32,
            depth: DataVersion::MOST_DEPTH,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom::new()),
        }
    }
}

impl CachingBuilder {
    /// Keeps all in the place that a settings file or a url says, as [`larder::open`] takes it. If nothing is said, in `./.larder_cache`, up to
    /// 10 GiB.
    #[must_use]
    pub fn place(self, place: impl AsRef<Path>) -> Self {
        Self { place: Some(place.as_ref().to_owned()), ..self }
    }

    /// Keeps all on an opened store.
    #[must_use]
    pub fn store(self, store: &Store) -> Self {
        Self { store: Some(store.clone()), ..self }
    }

    /// Uses caches whose names begin with this: adapters of different names share nothing.
    #[must_use]
    pub fn name(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// Keeps versions and runs here.
    #[must_use]
    pub fn metadata(self, metadata: impl MetadataStore + 'static) -> Self {
        Self { metadata: Some(Box::new(metadata)), ..self }
    }

    /// Keeps results here.
    #[must_use]
    pub fn results(self, results: impl ResultStore + 'static) -> Self {
        Self { results: Some(Box::new(results)), ..self }
    }

    /// Keeps the results of nodes here that ask for one of the formats that it knows; others are where they are otherwise.
    #[must_use]
    pub fn files(self, files: FileResults) -> Self {
        Self { files: Some(files), ..self }
    }

    /// Has this done for these nodes, whatever they say themselves.
    #[must_use]
    pub fn behavior(mut self, behavior: Behavior, nodes: impl Into<Nodes>) -> Self {
        self.behaviors.lists.push((behavior, nodes.into()));
        self
    }

    /// Has this done for nodes of which nothing is said.
    #[must_use]
    pub fn default_behavior(mut self, behavior: Behavior) -> Self {
        self.behaviors.default = behavior;
        self
    }

    /// Has this done for loaders of which nothing is said.
    #[must_use]
    pub fn loader_behavior(mut self, behavior: Behavior) -> Self {
        self.behaviors.loaders = Some(behavior);
        self
    }

    /// Has this done for savers of which nothing is said.
    #[must_use]
    pub fn saver_behavior(mut self, behavior: Behavior) -> Self {
        self.behaviors.savers = Some(behavior);
        self
    }

    /// Stores results in the format of this name where a node says none; otherwise in that of the store.
    #[must_use]
    pub fn format(self, name: &str) -> Self {
        Self { format: Some(name.to_owned()), ..self }
    }

    /// Appends every event to this file, a JSON object a line.
    #[must_use]
    pub fn log_file(self, path: impl AsRef<Path>) -> Self {
        Self { log_file: Some(path.as_ref().to_owned()), ..self }
    }

    /// Remembers this many runs, for logs and views; 32 if nothing is said. What the metadata store keeps is not touched.
    #[must_use]
    pub fn keep_runs(self, runs: usize) -> Self {
        Self { runs, ..self }
    }

    /// Gives values that nest deeper than this no version; 127 if nothing is said, and at most.
    #[must_use]
    pub fn depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// Reads the times of events from this clock.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Draws versions of what has none from this.
    #[must_use]
    pub fn random(self, random: Arc<dyn Random>) -> Self {
        Self { random, ..self }
    }

    /// Makes the adapter, on this thread; where a place was named it is opened.
    ///
    /// # Errors
    ///
    /// [`Cache`](ErrorKind::Cache) when the place cannot be opened or the log file cannot be written.
    pub fn build(self) -> Result<CachingAdapter> {
        let is_whole = self.metadata.is_some() && self.results.is_some();
        let store = match (self.store, &self.place) {
            (Some(store), _) => Some(store),
            (None, None) if is_whole => None,
            (None, place) => {
                let place = place.as_deref().unwrap_or(Path::new(PLACE));
                Some(pollster::block_on(larder::open(place))?)
            }
        };
        let opened = || store.as_ref().expect("a store is opened where one is needed");
        let metadata = match self.metadata {
            Some(metadata) => metadata,
            None => Box::new(StoredMetadata::new(opened(), &self.name)?),
        };
        let results = match self.results {
            Some(results) => results,
            None => Box::new(StoredResults::new(opened(), &self.name)),
        };
        let log_file = self.log_file.map(|path| {
            let failed = |error| {
                Error::new(ErrorKind::Cache, format!("cannot write {}", path.display())).because(error)
            };
            LogFile::open(&path).map_err(failed)
        });
        Ok(CachingAdapter {
            metadata,
            results,
            files: self.files,
            behaviors: self.behaviors,
            format: self.format,
            log_file: log_file.transpose()?,
            most_runs: self.runs,
            depth: self.depth,
            clock: self.clock,
            random: self.random,
            runs: std::sync::Mutex::default(),
        })
    }
}
