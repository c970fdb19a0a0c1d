//! The caching core on every disk (SPEC 2.7 to 2.13).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod behaviors;
mod calls;
mod core;
mod events;
mod files;
#[path = "../hook/flows.rs"]
mod flows;
mod metadata;
mod random;
mod results;
#[expect(dead_code, reason = "some of it is for the hook alone")]
#[path = "../hook/stores.rs"]
mod stores;
#[cfg(feature = "arrow")]
mod tables;
#[expect(dead_code, reason = "some of it is for the hook alone")]
#[path = "../hook/told.rs"]
mod told;
mod versions;
