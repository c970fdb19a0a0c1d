//! Who goes first when room is needed.

pub mod order;
pub mod records;
pub mod twin;
pub mod victims;
