//! The checks, by area and group. Each is a promise; it panics, naming the disk, where the promise is broken.

pub mod keying;
pub mod values;
