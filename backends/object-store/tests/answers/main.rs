//! What the disk makes of the answers of a store on the network, from a server that answers as it is told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod asked;
mod bodies;
mod counts;
mod google;
mod mistakes;
mod retries;
mod server;
mod shelf;
mod stand;
