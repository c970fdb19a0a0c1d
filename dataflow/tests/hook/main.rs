//! The cache hook on every disk (SPEC 2.4 to 2.6).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod faults;
mod flows;
mod history;
mod keys;
mod lines;
mod random;

mod stores;
mod told;
