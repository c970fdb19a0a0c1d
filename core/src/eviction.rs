//! Who goes when room is needed.
//!
//! Size limit and policies live here once, for every disk. A [`Policy`] ranks briefs; the [`Evictor`] surveys a
//! disk, keeps the victims sorted, adds what is stored later and hands them out one batch after another, so that the next
//! survey is far away. The choice is exact, not sampled: a victim that was hit or written since it was looked at is looked
//! at again. The price is that the evictor holds a candidate for each entry.

mod candidates;
mod evictor;
mod policy;

pub use evictor::{Evictor, Pick, Round, Settled, Surveying};
pub use policy::{
    DEFAULT_POLICY, Entrance, Heeds, Judgement, Lfu, Lrs, Lru, MOST_QUEUES, Newcomer, NoEviction, Policies,
    Policy, Queues, Standing,
};
