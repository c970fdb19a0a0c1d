use larder_conformance::Place;
use larder_core::disk::{Capabilities, Disk, Settings};
use std::sync::Arc;
larder_conformance::conformance! {
    memory,
    Capabilities { durable: false, ..Capabilities::of_process() },
    |_: Place, settings: Settings| async move { Ok(Arc::new(larder_memory::MemoryDisk::new(settings)) as Arc<dyn Disk>) }
}
