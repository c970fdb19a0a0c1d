//! Several handles and processes at one place: what one does all see, and what is limited is limited for all together.

pub mod limits;
pub mod views;
pub mod winners;

/// How many others have the place open: every second one is a process, where there are any.
const OTHERS: u64 = 4;
