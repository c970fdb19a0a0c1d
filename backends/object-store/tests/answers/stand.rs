//! Disks on a server that answers as it is told.

use std::sync::Arc;
use std::time::Duration;

use larder_conformance::Bench;
use larder_core::cache::Cache;
use larder_core::clock::{Clock, DrivenClock};
use larder_core::disk::{Capabilities, Disk, Settings};
use larder_core::larder::Larder;
use larder_core::{Error, Result};
use larder_object_store::{Location, ObjectStoreDisk, OpenOptions, StoreOptions};
use pollster::block_on;

use crate::server::Server;

/// The secret of every client, to be looked for in every error.
pub(crate) const PLANTED: &str = "planted/secret+of==the-tests";

pub(crate) const URL: &str = "s3://shelf/some/prefix";

/// How long an operation may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

/// A server, and the clock that deadlines wait on.
pub(crate) struct Stand {
    pub(crate) server: Server,
    pub(crate) clock: DrivenClock,
}

impl Stand {
    pub(crate) fn new() -> Self {
        Self { server: Server::start(), clock: DrivenClock::default() }
    }

    fn location(&self) -> Location {
        let mut options: StoreOptions = [
            ("region", "us-east-1"),
            ("access_key_id", "ann"),
            ("secret_access_key", PLANTED),
            ("allow_http", "true"),
        ]
        .into_iter()
        .collect();
        options.set("endpoint", self.server.endpoint());
        Location::Bucket { url: URL.to_owned(), options }
    }

    /// Opens the disk; its deadlines wait on the stand's clock.
    pub(crate) fn open(&self) -> Result<ObjectStoreDisk> {
        self.open_within(DEADLINE, Arc::new(self.clock.clone()))
    }

    /// Opens the disk with another deadline, on another clock.
    pub(crate) fn open_within(&self, deadline: Duration, clock: Arc<dyn Clock>) -> Result<ObjectStoreDisk> {
        let options = OpenOptions { deadline, clock, ..OpenOptions::default() };
        block_on(ObjectStoreDisk::open(self.location(), options, Settings::unbounded()))
    }

    /// The error with which the disk does not open: it says where, and no secret.
    pub(crate) fn refused(&self) -> Error {
        told(self.open().expect_err("it opens nothing"))
    }

    /// Does `work`, one deadline after the other from when the server was asked.
    pub(crate) fn while_time_passes<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let working = scope.spawn(work);
            while !working.is_finished() {
                if self.server.count() > 0 {
                    self.clock.advance(DEADLINE);
                }
                std::thread::yield_now();
            }
            working.join().unwrap()
        })
    }

    /// A disk on an honest server.
    pub(crate) fn disk(&self) -> ObjectStoreDisk {
        self.server.tell(|_| crate::server::Reply::Honest);
        let disk = self.open().unwrap();
        assert!(disk.capabilities().create && disk.capabilities().compare, "the shelf is honest");
        disk
    }
}

/// The error, once it is certain that it says where and tells no secret.
#[track_caller]
pub(crate) fn told(error: Error) -> Error {
    let text = format!("{error} {error:?}");
    assert!(text.contains(URL), "where: {text}");
    assert!(!text.contains(PLANTED), "a secret: {text}");
    assert!(!text.contains("planted%2Fsecret"), "a secret in a url: {text}");
    error
}

/// A cache that takes every failure of the disk for a miss, as caches do unless they are told otherwise.
pub(crate) fn cache(disk: &ObjectStoreDisk) -> Cache<String, String> {
    block_on(Larder::open(disk.clone())).unwrap().cache("answers").build().unwrap()
}

/// Tools for disks.
pub(crate) fn bench() -> Bench {
    let capabilities = Capabilities { durable: false, ..Capabilities::of_process() };
    Bench::new("answers", capabilities, |_, settings| async move {
        Ok(Arc::new(ObjectStoreDisk::memory(settings)) as Arc<dyn Disk>)
    })
}
