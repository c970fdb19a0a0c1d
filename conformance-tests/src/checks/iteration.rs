//! Going through all entries: none left out, none twice, in order where there is one.

pub mod keys;
pub mod order;
pub mod pages;
