//! What each handle of a model has of its own: nothing that counts, unless the model is to go wrong.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use larder_core::disk::Settings;
use larder_core::entry::Entry;
use larder_core::key::Key;

#[derive(Debug)]
pub(super) struct Handle {
    /// How many were opened at the place before it.
    pub(super) number: u64,
    /// What it was opened with.
    pub(super) settings: Settings,
    /// What it read first at each key.
    read: Mutex<BTreeMap<Vec<u8>, Option<Entry>>>,
}

impl Handle {
    pub(super) const fn new(number: u64, settings: Settings) -> Self {
        Self { number, settings, read: Mutex::new(BTreeMap::new()) }
    }

    /// What was read first at `key`.
    pub(super) fn read(&self, key: &Key, now: impl FnOnce() -> Option<Entry>) -> Option<Entry> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.entry(key.as_bytes().to_vec()).or_insert_with(now).clone()
    }
}
