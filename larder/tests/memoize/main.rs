//! What memoized functions promise.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod names;
mod places;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use larder::disk::Settings;
use larder::{CacheSettings, Larder, MemoryDisk, Parts, Store, blocking};

static STORE: LazyLock<blocking::Store> = LazyLock::new(|| blocking::Store::from(store()));
static ASYNC_STORE: LazyLock<Store> = LazyLock::new(store);

fn store() -> Store {
    store_with(Parts::default())
}

fn store_with(parts: Parts) -> Store {
    let disk = Arc::new(MemoryDisk::new(Settings::limited(64 << 20)));
    let larder = pollster::block_on(Larder::assemble(disk, parts)).unwrap();
    Store::new(larder, CacheSettings::default())
}

fn count(runs: &AtomicUsize) -> usize {
    runs.load(Ordering::Relaxed)
}
