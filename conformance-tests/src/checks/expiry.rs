//! Life and death of entries. A disk keeps the dead until it is told; the cache knows the time.

pub mod life;
pub mod removal;
