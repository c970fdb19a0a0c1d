//! How far the promises of a disk go.
//!
//! A check belongs to one level, by what it needs. A level is reached by keeping all of its promises: a capability that
//! the level is about must not be lacking, others may. Levels do not stand on one another: a path that many processes
//! share may reach the third without the second.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::report::{Counts, Outcome};
use crate::{Check, Need};

/// What a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Entries come back whole under their keys, within the limits, for as long as they live.
    #[serde(rename = "L1")]
    Core,
    /// Many at once: of any number of callers one wins, and nobody sees half of anything.
    #[serde(rename = "L2")]
    Atomic,
    /// Entries outlive the handle.
    #[serde(rename = "L3")]
    Durable,
    /// Many hosts share a disk. This version has no checks of it.
    #[serde(rename = "L4")]
    Distributed,
}

impl Level {
    /// All levels.
    pub const ALL: [Self; 4] = [Self::Core, Self::Atomic, Self::Durable, Self::Distributed];

    /// The level of a check.
    pub fn of(check: &Check) -> Self {
        let needs = |level: Self| check.needs.iter().any(|need| level.is_about(*need));
        if needs(Self::Durable) {
            Self::Durable
        } else if needs(Self::Atomic) || check.area == "concurrency" {
            Self::Atomic
        } else {
            Self::Core
        }
    }

    /// Whether a disk that lacks this cannot reach the level.
    pub const fn is_about(self, need: Need) -> bool {
        match self {
            Self::Core | Self::Distributed => false,
            Self::Atomic => matches!(need, Need::Create | Need::Compare | Need::Touch),
            Self::Durable => matches!(need, Need::Durable),
        }
    }

    /// The level in a word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Atomic => "atomic",
            Self::Durable => "durable",
            Self::Distributed => "distributed",
        }
    }
}

/// `L1`, `L2` and so on.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Core => "L1",
            Self::Atomic => "L2",
            Self::Durable => "L3",
            Self::Distributed => "L4",
        })
    }
}

/// How a disk stands at a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Which one.
    pub level: Level,
    /// In a word.
    pub name: String,
    /// Whether the disk reaches it: every promise was tried and kept, but for those about capabilities that the level
    /// is not about.
    pub reached: bool,
    /// Its checks together.
    pub counts: Counts,
    /// What the disk lacks of what the level is about.
    pub lacks: BTreeSet<String>,
}

impl Standing {
    /// How a disk stands at `level` of which nothing was tried yet.
    pub(crate) fn at(level: Level) -> Self {
        let (counts, lacks) = Default::default();
        Self { level, name: level.name().to_owned(), reached: false, counts, lacks }
    }

    pub(crate) fn take(&mut self, result: &Outcome, lacking: Option<Need>) {
        self.counts.take(result);
        if let Some(need) = lacking.filter(|need| self.level.is_about(*need)) {
            self.lacks.insert(need.to_string());
        }
        self.reached = self.counts.passed > 0 && self.counts.failed == 0 && self.lacks.is_empty();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CHECKS;

    #[test]
    fn every_level_but_the_last_has_checks() {
        for level in Level::ALL {
            let any = CHECKS.iter().any(|check| Level::of(check) == level);
            assert_eq!(any, level != Level::Distributed, "{level}");
        }
    }

    #[test]
    fn what_a_level_is_about_must_not_be_lacking() {
        let skipped = |need: Need| Outcome::Skipped { needs: need.to_string() };
        let mut standing = Standing::at(Level::Atomic);
        standing.take(&skipped(Need::Ordered), Some(Need::Ordered));
        assert!(!standing.reached, "nothing was tried");
        standing.take(&Outcome::Passed, None);
        assert!(standing.reached);
        standing.take(&skipped(Need::Compare), Some(Need::Compare));
        assert!(!standing.reached && standing.lacks.contains("compare"), "{standing:?}");
        let mut standing = Standing::at(Level::Core);
        standing.take(&Outcome::Passed, None);
        standing.take(&Outcome::Failed { message: "x".into() }, None);
        assert!(!standing.reached);
    }
}
