//! Caches and disks in trouble: operations dropped at every point, places that fail, writers in each other's way.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checked;
mod damaged;
mod dropping;
mod place;
mod ranged;
mod sharing;
mod storm;
