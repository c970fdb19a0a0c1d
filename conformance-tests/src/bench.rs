//! The bench: one disk under test with a driven clock, seeded randomness and tools for checks.
//!
//! Every check gets a bench of its own, so that checks share nothing and run in any order. Its time stands still
//! until the check moves it.

mod caches;
mod pause;
mod place;
mod tools;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use larder_core::clock::{Clock, DrivenClock};
use larder_core::disk::{Capabilities, Disk, Settings};
use larder_core::error::Result;
use larder_core::key::{CacheKey, Key, Namespace};
use larder_core::random::{Random, Seeded};
use larder_core::time::Time;

pub use caches::{Numbers, Texts};
pub(crate) use pause::Pause;
pub use place::Place;

/// What a [`Factory`] answers.
type Opening = Pin<Box<dyn Future<Output = Result<Arc<dyn Disk>>> + Send>>;

/// How a process that serves this bench is started.
type Program = Arc<dyn Fn() -> Command + Send + Sync>;

/// Opens the disk under test.
type Factory = Arc<dyn Fn(Place, Settings) -> Opening + Send + Sync>;

/// One disk under test, and what a check needs to try it.
///
/// ```
/// use std::sync::Arc;
///
/// use larder_conformance::model::ModelDisk;
/// use larder_conformance::{Bench, Place};
/// use larder_core::disk::{Capabilities, Disk, Settings};
///
/// let bench = Bench::new("model", Capabilities::of_process(), |_: Place, settings: Settings| async move {
///     Ok(Arc::new(ModelDisk::new(settings)) as Arc<dyn Disk>)
/// });
/// let disk = bench.block_on(bench.open(Settings::unbounded()));
/// assert_eq!(disk.capabilities(), bench.declared());
/// ```
#[derive(Clone)]
pub struct Bench {
    name: Arc<str>,
    declared: Capabilities,
    factory: Factory,
    place: Place,
    clock: DrivenClock,
    random: Arc<Seeded>,
    namespace: Namespace,
    /// Whether processes share the disk, so that tests are started as such.
    is_shared: bool,
    program: Option<Program>,
}

impl Bench {
    /// A bench for the disk called `name`, which declares these capabilities and is opened by `open`.
    pub fn new<O, F>(name: &str, declared: Capabilities, open: O) -> Self
    where
        O: Fn(Place, Settings) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Arc<dyn Disk>>> + Send + 'static,
    {
        Self {
            name: name.into(),
            declared,
            factory: Arc::new(move |place, settings| Box::pin(open(place, settings))),
            place: Place::fresh(),
            clock: DrivenClock::default(),
            random: Arc::new(Seeded::new(7)),
            namespace: Namespace::named("bench"),
            is_shared: false,
            program: None,
        }
    }

    /// The same bench, whose checks of many at one place start processes: `program`, which calls
    /// [`serve`](crate::serve) with a bench like this one. Without it they open handles in this process alone.
    #[must_use]
    pub fn in_processes(self, program: impl Fn() -> Command + Send + Sync + 'static) -> Self {
        Self { program: Some(Arc::new(program)), ..self }
    }

    /// The same bench, of a disk that processes share, so that the tests of `conformance!` start themselves.
    #[doc(hidden)]
    #[must_use]
    pub fn shared(self) -> Self {
        Self { is_shared: true, ..self }
    }

    /// The same bench in the test of this path, which is the program that its processes run, where there are any.
    pub(crate) fn in_test(&self, path: &str) -> Self {
        if !self.is_shared {
            return self.clone();
        }
        let path = path.to_owned();
        self.clone().in_processes(move || {
            let program = std::env::current_exe().expect("a test has a program");
            let mut command = Command::new(program);
            command.args([path.as_str(), "--exact", "--nocapture", "--include-ignored"]);
            command
        })
    }

    /// This bench in another process, at the place of the one that started it; the worker `number` draws versions of its own.
    pub(crate) fn beside(&self, place: Place, number: u64) -> Self {
        Self { place, random: Arc::new(Seeded::new(1_000 + number)), ..self.clone() }
    }

    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    /// What a process that serves this bench is started with.
    pub(crate) fn program(&self) -> Option<Command> {
        self.program.as_ref().map(|program| program())
    }

    /// The same disk at a place of its own, with another clock.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self { place: Place::fresh(), clock: DrivenClock::default(), ..self.clone() }
    }

    /// The name of the disk under test.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the disk under test is said to be able to do.
    pub const fn declared(&self) -> Capabilities {
        self.declared
    }

    /// Drives `future` to its end on this thread. There is no runtime.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        pollster::block_on(future)
    }

    /// Opens the disk at the place of this bench; the second time this is a reopen.
    ///
    /// # Panics
    ///
    /// When the disk does not open, or declares something else than it was said to.
    pub async fn open(&self, settings: Settings) -> Arc<dyn Disk> {
        let opened = (self.factory)(self.place.clone(), settings).await;
        let disk = opened.unwrap_or_else(|error| panic!("{self}: opening the disk: {error:?}"));
        assert_eq!(disk.capabilities(), self.declared, "{self}: the disk declares something else");
        disk
    }

    /// Opens the disk at the place of this bench, which may refuse it.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub(crate) async fn try_open(&self, settings: Settings) -> Result<Arc<dyn Disk>> {
        (self.factory)(self.place.clone(), settings).await
    }

    /// Opens the disk without limits.
    pub async fn disk(&self) -> Arc<dyn Disk> {
        self.open(Settings::unbounded()).await
    }

    /// The clock, to be driven.
    pub const fn clock(&self) -> &DrivenClock {
        &self.clock
    }

    /// The time now.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Moves the time forward by so many seconds.
    pub fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// The source of randomness: the same numbers in every run.
    pub fn random(&self) -> &Seeded {
        &self.random
    }

    /// A random number below `bound`, which is not 0.
    pub fn below(&self, bound: u64) -> u64 {
        self.random.next() % bound
    }

    /// The namespace of the keys that this bench makes.
    pub const fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// The key of `value` in the bench's namespace.
    pub fn key(&self, value: &(impl CacheKey + ?Sized)) -> Key {
        self.must(Key::new(&self.namespace, value), "making a key")
    }

    /// What `result` holds.
    ///
    /// # Panics
    ///
    /// With the name of the disk, `doing` and the error.
    #[track_caller]
    pub fn must<T>(&self, result: Result<T>, doing: &str) -> T {
        match result {
            Ok(value) => value,
            Err(error) => panic!("{self}: {doing}: {error:?}"),
        }
    }
}

impl fmt::Display for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bench")
            .field("name", &self.name)
            .field("declared", &self.declared)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
