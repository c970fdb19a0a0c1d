//! What is on the medium.
//!
//! In the library a note is nothing. Tests note what was written to the medium, and know so what a crash of the machine may
//! leave of a directory.

#[cfg(not(test))]
use std::path::Path;

/// So many bytes of this file, or the names in this directory, are on the medium as they are now.
#[cfg(not(test))]
#[inline(always)]
pub(crate) const fn reached(_: &Path, _: usize) {}

/// How often the machine was started since, as far as this directory is concerned.
#[cfg(not(test))]
pub(crate) const fn boots(_: &crate::root::Root) -> u64 {
    0
}

#[cfg(test)]
pub(crate) use model::{at_moment, boots, reached};

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
