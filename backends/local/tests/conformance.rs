//! The suite, run on a directory.

use std::sync::Arc;

use larder_conformance::Place;
use larder_core::disk::{Capabilities, Disk, Reach, Settings};
use larder_local::{Durability, LocalDisk, OpenOptions};

larder_conformance::conformance! {
    local,
    Capabilities { reach: Reach::Host, ..Capabilities::of_process() },
    |place: Place, settings: Settings| async move {
        // Reopening says what it wants, as the suite does; the medium is a matter of other tests.
        let options = OpenOptions { durability: Durability::None, ..OpenOptions::default() };
        Ok(Arc::new(LocalDisk::open_with(place.path(), options, settings).await?) as Arc<dyn Disk>)
    },
    processes
}

larder_conformance::conformance! {
    mapped,
    Capabilities { reach: Reach::Host, ..Capabilities::of_process() },
    |place: Place, settings: Settings| async move {
        let options = OpenOptions { durability: Durability::None, mapped: true, ..OpenOptions::default() };
        Ok(Arc::new(LocalDisk::open_with(place.path(), options, settings).await?) as Arc<dyn Disk>)
    },
    processes
}
