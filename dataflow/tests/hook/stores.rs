//! The disks that each check runs on.

use std::sync::Arc;

use larder::clock::DrivenClock;
use larder::{CacheSettings, Larder, Store};
use larder_conformance::faulty::Faulty;
use larder_dataflow::{CacheHook, Module};
use tempfile::TempDir;

/// An opened store, with the directory that goes with it.
pub(crate) struct Place {
    pub(crate) store: Store,
    _directory: Option<TempDir>,
}

impl Place {
    /// The place of a store whose disk outlives it.
    pub(crate) fn on(store: Store) -> Self {
        Self { store, _directory: None }
    }

    pub(crate) fn hook(&self) -> Arc<CacheHook> {
        Arc::new(CacheHook::new(&self.store).unwrap())
    }
}

/// A driver of these nodes with a hook on a place.
pub(crate) fn driver(place: &Place, module: Module) -> larder_dataflow::Driver {
    larder_dataflow::Driver::builder().nodes(module).adapter(place.hook()).build().unwrap()
}

fn open(url: &str) -> Store {
    pollster::block_on(larder::open(url)).unwrap()
}

pub(crate) fn memory() -> Place {
    Place { store: open("memory:?size_limit=64MiB"), _directory: None }
}

pub(crate) fn local() -> Place {
    on_path("file://{}?size_limit=64MiB")
}

pub(crate) fn objects_on_path() -> Place {
    on_path("store+file://{}?size_limit=64MiB")
}

pub(crate) fn objects_in_memory() -> Place {
    Place { store: open("memory:///?size_limit=64MiB"), _directory: None }
}

fn on_path(url: &str) -> Place {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&url.replace("{}", directory.path().to_str().unwrap()));
    Place { store, _directory: Some(directory) }
}

/// A disk in memory that can be told to fail.
pub(crate) fn faulty() -> (Place, Faulty<larder::MemoryDisk>) {
    let disk = larder::MemoryDisk::new(larder::disk::Settings::limited(64 << 20));
    let faulty = Faulty::new(Arc::new(disk), Arc::new(DrivenClock::default()));
    let larder = pollster::block_on(Larder::open(faulty.clone())).unwrap();
    (Place { store: Store::new(larder, CacheSettings::default()), _directory: None }, faulty)
}

/// Runs checks on every disk, each as a test of its own.
macro_rules! on_every_disk {
    ($($check:ident),* $(,)?) => {
        $crate::stores::on_every_disk!(@ memory $($check)*);
        $crate::stores::on_every_disk!(@ local $($check)*);
        $crate::stores::on_every_disk!(@ objects_on_path $($check)*);
        $crate::stores::on_every_disk!(@ objects_in_memory $($check)*);
    };
    (@ $disk:ident $($check:ident)*) => {
        mod $disk {
            $(#[test]
            fn $check() {
                super::$check(&$crate::stores::$disk());
            })*
        }
    };
}
pub(crate) use on_every_disk;
