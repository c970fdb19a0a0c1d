//! foyer: entries in blocks of a device of files, written behind, a small memory before it.
//!
//! Its memory is kept so small that reads are of the device, which is what is compared. It writes behind and drops what
//! it cannot write in time, so what it forgets is counted and not held against it. A full device goes block by block.

use foyer::{
    BlockEngineConfig, DeviceBuilder, FsDeviceBuilder, HybridCache, HybridCacheBuilder, HybridCachePolicy,
    PsyncIoEngineConfig,
};
use larder::Bytes;
use tokio::runtime::Runtime;

use crate::Fallible;
use crate::engine::{Engine, Opening};

/// The bytes of values that stay in memory.
const MEMORY: usize = 64 << 10;
/// A block; the largest entry fits in it several times.
const BLOCK: usize = 16 << 20;
/// The least number of blocks that the engine can rotate through.
const LEAST: usize = 4;
/// An entry takes whole pages.
const PAGE: usize = 4096;
/// How many bytes are inserted before a fill waits for them to be written.
const STRETCH: usize = 4 << 20;

/// An open cache and the runtime that it awaits on.
pub(crate) struct Foyer {
    cache: HybridCache<String, Vec<u8>>,
    runtime: Runtime,
}

impl Foyer {
    pub(crate) fn open(opening: &Opening) -> Fallible<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        // A header and the key lie before the value.
        let entries = usize::try_from(opening.entries)? * (opening.size + 256).next_multiple_of(PAGE);
        let room = if opening.bound { entries } else { entries * 2 };
        let capacity = room.next_multiple_of(BLOCK).max(LEAST * BLOCK);
        let cache = runtime.block_on(async {
            let device = FsDeviceBuilder::new(&opening.directory).with_capacity(capacity).build()?;
            HybridCacheBuilder::new()
                .with_policy(HybridCachePolicy::WriteOnInsertion)
                .memory(MEMORY)
                .with_weighter(|key: &String, value: &Vec<u8>| key.len() + value.len())
                .storage()
                .with_io_engine_config(PsyncIoEngineConfig::new())
                .with_engine_config(BlockEngineConfig::new(device).with_block_size(BLOCK))
                .build()
                .await
        })?;
        Ok(Self { cache, runtime })
    }
}

impl Engine for Foyer {
    fn set(&mut self, key: &str, value: &Bytes) -> Fallible {
        let _inside = self.runtime.enter();
        self.cache.insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn get(&mut self, key: &str, see: &mut dyn FnMut(&[u8])) -> Fallible {
        let _inside = self.runtime.enter();
        if let Some(entry) = self.runtime.block_on(self.cache.get(key))? {
            see(entry.value());
        }
        Ok(())
    }

    fn delete(&mut self, key: &str) -> Fallible {
        let _inside = self.runtime.enter();
        self.cache.remove(key);
        Ok(())
    }

    fn fill(&mut self, entries: &mut dyn Iterator<Item = (String, Bytes)>) -> Fallible {
        let mut waiting = 0;
        for (key, value) in entries {
            waiting += value.len().next_multiple_of(PAGE);
            self.set(&key, &value)?;
            if waiting > STRETCH {
                self.settle()?;
                waiting = 0;
            }
        }
        self.settle()
    }

    fn bound(&mut self) -> Fallible {
        // The device was made no larger.
        Ok(())
    }

    fn settle(&mut self) -> Fallible {
        self.runtime.block_on(self.cache.storage().wait());
        Ok(())
    }
}

impl Drop for Foyer {
    fn drop(&mut self) {
        // What is not written when the process ends is not measured either.
        let _ = self.runtime.block_on(self.cache.close());
    }
}
