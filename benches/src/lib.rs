//! Benches of larder: trace replay, and what tiers and parts cost.

pub mod bookkeeping;
pub mod replay;
pub mod rounds;
pub mod trace;
