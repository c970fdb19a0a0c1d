//! The command as its users meet it: the built binary, in fresh directories.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checking;
mod comparing;
mod completing;
mod configured;
mod entries;
mod limits;
mod listing;
mod local;
mod mistakes;
mod output;
mod repairing;
mod stand;
mod sweeping;
