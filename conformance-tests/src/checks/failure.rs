//! What happens when the disk fails, lies or hesitates, and what a disk does not pretend.

pub mod broken;
pub mod computing;
pub mod reading;
pub mod undeclared;
