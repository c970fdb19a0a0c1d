//! The suite, run on the shelf.

use std::sync::Arc;

use larder_conformance::Place;
use larder_core::disk::{Capabilities, Disk, Settings};
use shelf_disk::Shelf;

larder_conformance::conformance! {
    shelf,
    Capabilities::of_process(),
    |place: Place, settings: Settings| async move {
        Ok(Arc::new(Shelf::open(place.path(), settings).await?) as Arc<dyn Disk>)
    }
}
