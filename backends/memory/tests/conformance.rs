//! The suite, run on the memory disk.

use std::sync::Arc;

use larder_conformance::Place;
use larder_core::disk::{Capabilities, Disk, Settings};
use larder_memory::MemoryDisk;

larder_conformance::conformance! {
    memory,
    Capabilities { durable: false, ..Capabilities::of_process() },
    |_place: Place, settings: Settings| async move { Ok(Arc::new(MemoryDisk::new(settings)) as Arc<dyn Disk>) }
}
