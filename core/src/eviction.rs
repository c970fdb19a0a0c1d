//! Who goes when room is needed.
//!
//! Size limit and policies live here once, for every disk. A [`Policy`] ranks briefs; the [`Evictor`] surveys a
//! disk, keeps the best victims sorted, hands them out one batch after another and surveys again when they are
//! used up. A survey of *n* entries yields half of them as victims, or all where hits do not count, so that an eviction
//! looks at two entries whatever *n*. The choice is exact, not sampled: a victim that was hit or written since is looked
//! at again, and every write of this process that could come before the known victims is merged in.

mod candidates;
mod evictor;
mod policy;

pub use evictor::{Evictor, Pick, Round, Settled, Surveying};
pub use policy::{
    DEFAULT_POLICY, Entrance, Heeds, Judgement, Lfu, Lrs, Lru, MOST_QUEUES, Newcomer, NoEviction, Policies,
    Policy, Queues, Standing,
};
