//! larder: any of its disks, through the blocking face, with values as they are.

use std::path::Path;

use larder::blocking::{Cache, Store};
use larder::disk::{Disk, Settings};
use larder::{Bytes, CacheSettings, Compression, Format, MemoryDisk, ObjectStoreDisk, Outcome};
use larder_local::{LocalDisk, OpenOptions};

use crate::Fallible;
use crate::engine::{Engine, Opening};

/// How values of the local disk come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    /// As copies.
    Copied,
    /// As they lie in its files.
    Mapped,
}

/// An opened disk and a cache on it.
pub(crate) struct Larder {
    store: Store,
    cache: Cache<String, Bytes>,
    is_durable: bool,
}

impl Larder {
    /// The local disk.
    pub(crate) fn local(opening: &Opening, values: Values) -> Fallible<Self> {
        // Mapped values are put beside reads of others that look at no byte of a value.
        let mapped = values == Values::Mapped;
        let options = OpenOptions { mapped, checked: !mapped, ..OpenOptions::default() };
        let disk = LocalDisk::open_with(&opening.directory, options, settings(opening));
        Self::on(pollster::block_on(disk)?)
    }

    /// The disk in memory.
    pub(crate) fn memory(opening: &Opening) -> Fallible<Self> {
        Self::on(MemoryDisk::new(settings(opening)))
    }

    /// The disk of object stores, on a path: one file for each entry.
    pub(crate) fn files(opening: &Opening) -> Fallible<Self> {
        let disk = ObjectStoreDisk::at_path(&opening.directory, settings(opening));
        Self::on(pollster::block_on(disk)?)
    }

    fn on(disk: impl Disk) -> Fallible<Self> {
        let larder = pollster::block_on(larder::Larder::open(disk))?;
        let settings = CacheSettings {
            serializer: Format::Raw,
            compression: Compression::None,
            ..CacheSettings::default()
        };
        let is_durable = larder.disk().capabilities().durable;
        let store = Store::from(larder::Store::new(larder, settings));
        Ok(Self { cache: store.cache("peers")?, store, is_durable })
    }
}

/// Removes the index of a local disk that is not open. It is what lies in memory alone: after a crash of the machine it
/// is not believed, and made anew as if it were not there.
pub(crate) fn lose_index(directory: &Path) -> Fallible {
    for name in ["index", "slots", "chains", "segments", "namespaces"] {
        std::fs::remove_file(directory.join(name))
            .map_err(|error| format!("the index file {name}: {error}"))?;
    }
    Ok(())
}

fn settings(opening: &Opening) -> Settings {
    Settings::unbounded().policy(opening.policy.name())
}

impl Engine for Larder {
    fn set(&mut self, key: &str, value: &Bytes) -> Fallible {
        match self.cache.set(key, value)? {
            Outcome::Stored => Ok(()),
            other => Err(format!("a set came to {other:?}").into()),
        }
    }

    fn get(&mut self, key: &str, see: &mut dyn FnMut(&[u8])) -> Fallible {
        if let Some(value) = self.cache.get(key)? {
            see(&value);
        }
        Ok(())
    }

    fn delete(&mut self, key: &str) -> Fallible {
        self.cache.remove(key)?;
        Ok(())
    }

    fn bound(&mut self) -> Fallible {
        let settings = self.store.settings()?;
        let size_limit = Some(self.store.volume()?);
        self.store.change(Settings { size_limit, ..settings })?;
        Ok(())
    }

    fn settle(&mut self) -> Fallible {
        Ok(self.store.sync()?)
    }

    fn bytes(&mut self) -> Fallible<Option<u64>> {
        // What is in memory is in no directory.
        if self.is_durable { Ok(None) } else { Ok(Some(self.store.volume()?)) }
    }

    fn entries(&mut self) -> Fallible<Option<u64>> {
        Ok(Some(self.store.usage()?.entries))
    }
}
