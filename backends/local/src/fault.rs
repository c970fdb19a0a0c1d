//! Moments at which a process may die.
//!
//! In the library a moment is nothing. Tests count moments, and end the process at the one that they choose, as a kill
//! does: between two instructions that others can tell apart.

/// A moment between two changes that others see.
#[cfg(not(test))]
#[inline(always)]
pub(crate) const fn moment() {}

#[cfg(test)]
pub(crate) use tests::moment;

#[cfg(test)]
mod tests;
