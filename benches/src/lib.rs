//! Benches of larder: trace replay, what tiers and parts cost, and torture.

pub mod bookkeeping;
pub mod replay;
pub mod rounds;
pub mod torture;
pub mod trace;
