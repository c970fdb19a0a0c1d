//! What is the local disk's alone: its directory, its log, its processes.

#[path = "disk/bench.rs"]
mod bench;
#[path = "disk/cleaning.rs"]
mod cleaning;
#[path = "disk/descriptors.rs"]
mod descriptors;
#[path = "disk/directory.rs"]
mod directory;
#[path = "disk/durability.rs"]
mod durability;
#[path = "disk/fixture.rs"]
mod fixture;
#[path = "disk/foreign.rs"]
mod foreign;
#[path = "disk/large.rs"]
mod large;
#[path = "disk/mapped.rs"]
mod mapped;
#[path = "disk/moved.rs"]
mod moved;
#[path = "disk/opening.rs"]
mod opening;
#[path = "disk/reading.rs"]
mod reading;
#[path = "disk/rebuilding.rs"]
mod rebuilding;
#[path = "disk/removed.rs"]
mod removed;
#[path = "disk/trouble.rs"]
mod trouble;
#[path = "disk/users.rs"]
mod users;
