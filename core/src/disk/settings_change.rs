//! The difference between the settings that a caller requests and those recorded with a disk.
//!
//! A recorded limit binds every process that has the disk open, so replacing it must be visible: each disk
//! that records its settings returns a [`SettingsChange`] from the call that opened it, and [`tracing`] gets
//! an event.

use std::fmt;

use super::Settings;

/// Which settings are in effect if the requested ones differ from those recorded with the disk.
///
/// A disk without recorded settings uses the requested ones either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precedence {
    /// The requested settings replace the recorded ones, for all processes that have the disk open.
    #[default]
    Requested,
    /// The recorded settings stay in effect and nothing is changed.
    Recorded,
}

/// Settings that were requested when a disk was opened and that differ from the recorded ones.
///
/// Opening itself evicts nothing. If the change was applied and [lowers a limit](Self::lowers_a_limit), the
/// next write or [`cull`](crate::larder::Larder::cull) evicts entries until the disk is within the new limit,
/// and no more. Until then the old settings can be restored with
/// [`Larder::change`](crate::larder::Larder::change) and no entry is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingsChange {
    /// The settings recorded with the disk before it was opened.
    pub recorded: Settings,
    /// The recorded settings with the requested ones in their place.
    pub requested: Settings,
    /// Whether the requested settings are in effect; otherwise the recorded ones are.
    pub applied: bool,
}

impl SettingsChange {
    /// The change from `recorded` to `requested`; `None` if they are equal.
    pub fn between(recorded: &Settings, requested: &Settings, precedence: Precedence) -> Option<Self> {
        (recorded != requested).then(|| Self {
            recorded: recorded.clone(),
            requested: requested.clone(),
            applied: precedence == Precedence::Requested,
        })
    }

    /// Whether the requested size limit or number of entries is below the recorded one, so that applying the
    /// change may evict entries.
    pub fn lowers_a_limit(&self) -> bool {
        let lowers =
            |old: Option<u64>, new: Option<u64>| new.is_some_and(|new| old.is_none_or(|old| new < old));
        lowers(self.recorded.size_limit, self.requested.size_limit)
            || lowers(self.recorded.max_entries, self.requested.max_entries)
    }

    /// Each setting that differs: its name, the recorded value and the requested value.
    pub fn differences(&self) -> impl Iterator<Item = (&'static str, String, String)> {
        let values = |settings: &Settings| {
            [shown(settings.size_limit), shown(settings.max_entries), settings.policy.to_string()]
        };
        let pairs = values(&self.recorded).into_iter().zip(values(&self.requested));
        let named = ["size_limit", "max_entries", "policy"].into_iter().zip(pairs);
        named.filter(|(_, (old, new))| old != new).map(|(name, (old, new))| (name, old, new))
    }

    /// Emits one event for each setting that differs. Replaced settings bind other processes too, and
    /// recorded settings that stay in effect are not what this caller asked for.
    pub(super) fn emit(&self, disk: &str) {
        for (setting, recorded, requested) in self.differences() {
            if !self.applied {
                tracing::warn!(
                    disk,
                    setting,
                    recorded,
                    requested,
                    "the requested setting differs from the recorded one, which stays in effect"
                );
            } else if self.lowers_a_limit() {
                tracing::warn!(
                    disk,
                    setting,
                    recorded,
                    requested,
                    "the requested setting replaces the recorded one; entries above the limit will be evicted"
                );
            } else {
                tracing::info!(
                    disk,
                    setting,
                    recorded,
                    requested,
                    "the requested setting replaces the recorded one"
                );
            }
        }
    }
}

/// Lists the settings that differ: `size_limit 1048576 -> 1024, policy lru -> lfu`.
impl fmt::Display for SettingsChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, recorded, requested)) in self.differences().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{name} {recorded} -> {requested}")?;
        }
        Ok(())
    }
}

fn shown(limit: Option<u64>) -> String {
    limit.map_or_else(|| "unbounded".to_owned(), |number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_lists_old_and_new_values() {
        let recorded = Settings::limited(1 << 20);
        let requested = Settings { max_entries: Some(3), ..Settings::limited(1024).policy("lfu") };
        let change =
            SettingsChange::between(&recorded, &requested, Precedence::Requested).expect("they differ");
        assert_eq!(
            change.to_string(),
            "size_limit 1048576 -> 1024, max_entries unbounded -> 3, policy lru -> lfu"
        );
        assert!(change.lowers_a_limit());
        assert!(change.applied);
        assert_eq!(SettingsChange::between(&recorded, &recorded, Precedence::Requested), None);
    }

    #[test]
    fn only_a_lower_limit_can_evict() {
        let lowers = |recorded: &Settings, requested: &Settings| {
            let change = SettingsChange::between(recorded, requested, Precedence::Recorded);
            change.is_some_and(|change| change.lowers_a_limit())
        };
        let (small, large) = (Settings::limited(10), Settings::limited(20));
        assert!(lowers(&large, &small));
        assert!(!lowers(&small, &large));
        assert!(lowers(&Settings::unbounded(), &small));
        assert!(!lowers(&small, &Settings::unbounded()));
        assert!(!lowers(&small, &small.clone().policy("lfu")));
        assert!(lowers(&small, &Settings { max_entries: Some(1), ..small.clone() }));
    }
}
