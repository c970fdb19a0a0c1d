//! Every attribute of serde with every format and compression: a value comes back as it was, or its write is refused.

mod containers;
mod conversions;
mod dynamic;
mod fields;
mod harness;
mod plain;
mod reasons;
mod variants;
