//! What pictures of runs promise: everything that a run has is in them, and any name survives.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod flow;
mod languages;
mod parts;
