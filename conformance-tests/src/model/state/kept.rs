//! What the model keeps of a write: all that it was given, unless it is to go wrong.

use std::sync::Arc;

use larder_core::Bytes;
use larder_core::disk::Condition;
use larder_core::entry::Meta;
use larder_core::tag::Tag;
use larder_core::time::Time;

use super::{State, Stored};
use crate::model::Fault;

impl State {
    /// The metadata that the model keeps: those it was given, unless it is to go wrong.
    pub(super) fn kept(&self, meta: &Arc<Meta>, old: Option<&Stored>, condition: Condition) -> Arc<Meta> {
        let mut kept = Meta::clone(meta);
        let is_swap = matches!(condition, Condition::Is(_));
        match (self.fault, old) {
            (Some(Fault::DropsUserMeta), _) => kept.user.clear(),
            (Some(Fault::DropsTags), _) => kept.tags.clear(),
            (Some(Fault::TagsAsText), _) => {
                kept.tags = kept.tags.iter().map(|tag| Tag::Text(tag.to_string())).collect();
            }
            (Some(Fault::RoundsTimes), _) => {
                kept.stored = Time::from_secs(kept.stored.nanos() / 1_000_000_000);
            }
            (Some(Fault::DropsExpiry), _) => kept.expires = None,
            (Some(Fault::KeepsFewTags), _) => kept.tags.truncate(8),
            (Some(Fault::DropsCost), _) => (kept.cost, kept.schema) = (None, None),
            (Some(Fault::DropsSchema), _) => kept.schema = None,
            (Some(Fault::SwapDropsTags), _) if is_swap => kept.tags.clear(),
            (Some(Fault::SwapDropsExpiry), _) if is_swap => kept.expires = None,
            (Some(Fault::SwapDropsCost), _) if is_swap => kept.cost = None,
            (Some(Fault::SwapDropsUserMeta), _) if is_swap => kept.user.clear(),
            (Some(Fault::SwapKeepsOldMeta), Some(old)) if is_swap => {
                kept = Meta { version: kept.version, nonce: kept.nonce, ..(*old.meta).clone() };
            }
            (Some(Fault::KeepsVersion), Some(old)) => kept.version = old.meta.version,
            (Some(Fault::KeepsOldMeta), Some(old)) => {
                kept = Meta { version: kept.version, nonce: kept.nonce, ..(*old.meta).clone() };
            }
            _ => {}
        }
        Arc::new(kept)
    }

    pub(super) fn kept_body(&self, body: &Bytes, old: Option<&Stored>) -> Bytes {
        match old {
            Some(old) if self.has(Fault::KeepsOldTail) && old.body.len() > body.len() => {
                [body, &old.body[body.len()..]].concat().into()
            }
            _ => body.clone(),
        }
    }
}
