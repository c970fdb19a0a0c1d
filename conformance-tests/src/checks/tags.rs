//! Tags: labels by which entries go together.

pub mod eviction;
pub mod identity;
