//! The promises of every disk, kept in memory and on a path.

use std::sync::Arc;

use larder_conformance::Place;
use larder_core::disk::{Capabilities, Disk, Reach, Settings};
use larder_object_store::ObjectStoreDisk;

larder_conformance::conformance! {
    memory,
    Capabilities { durable: false, ..Capabilities::of_process() },
    |_: Place, settings: Settings| async move { Ok(Arc::new(ObjectStoreDisk::memory(settings)) as Arc<dyn Disk>) }
}

larder_conformance::conformance! {
    path,
    Capabilities {
        compare: false,
        touch: false,
        ordered: false,
        counted: false,
        reach: Reach::Host,
        ..Capabilities::of_process()
    },
    |place: Place, settings: Settings| async move {
        let disk = ObjectStoreDisk::at_path(place.path(), Some(settings)).await?;
        Ok(Arc::new(disk) as Arc<dyn Disk>)
    },
    processes
}
