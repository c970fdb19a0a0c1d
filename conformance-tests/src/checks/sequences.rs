//! Random sequences of operations, on the disk under test and on the model side by side.

pub mod model;
