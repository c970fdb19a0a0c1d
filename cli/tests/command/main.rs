//! The command as its users meet it: the built binary, in fresh directories.

mod checking;
mod comparing;
mod entries;
mod mistakes;
mod output;
mod stand;
