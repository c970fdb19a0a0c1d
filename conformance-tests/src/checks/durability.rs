//! What a durable disk keeps when it is opened again.

pub mod foreign;
pub mod reopening;
