//! The checks, by area and group. Each is a promise; it panics, naming the disk, where the promise is broken.

pub mod computations;
pub mod concurrency;
pub mod counters;
pub mod durability;
pub mod eviction;
pub mod expiry;
pub mod failure;
pub mod iteration;
pub mod keying;
pub mod processes;
pub mod repair;
pub mod sequences;
pub mod size_caps;
pub mod tags;
pub mod values;
