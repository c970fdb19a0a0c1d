//! Numbers that are counted: by the cache for itself, and by programs in it.

pub mod numbers;
pub mod statistics;
