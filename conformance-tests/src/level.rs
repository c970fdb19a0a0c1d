//! How far the promises of a disk go.
//!
//! A check belongs to one level, by what it needs. A level is reached by keeping all of its promises: a capability that
//! the level is about must not be lacking, others may. Levels do not stand on one another: a path that many processes
//! share may reach the third without the second. A level that has no checks is [`Unchecked`](Grade::Unchecked), so that
//! nobody takes it for one that is kept.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::report::{Counts, Outcome};
use crate::{CHECKS, Check, Need};

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
        } else if needs(Self::Atomic) || matches!(check.area, "concurrency" | "processes") {
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
    /// What came of it.
    pub grade: Grade,
    /// Its checks that were run, together.
    pub counts: Counts,
    /// How many of its checks were not run.
    pub untried: usize,
    /// What the disk lacks of what the level is about.
    pub lacks: BTreeSet<String>,
}

/// What came of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Every promise was tried and kept, but for those about capabilities that the level is not about.
    Reached,
    /// A promise is broken.
    Broken,
    /// The disk lacks something that the level is about.
    Lacking,
    /// What was tried is kept, and not all was tried.
    Partial,
    /// Nothing was tried.
    Untried,
    /// This version has no checks of the level, so nothing is known.
    Unchecked,
}

impl Standing {
    /// How a disk stands at `level` of which nothing was tried yet.
    pub(crate) fn at(level: Level) -> Self {
        let untried = CHECKS.iter().filter(|check| Level::of(check) == level).count();
        let (counts, lacks) = Default::default();
        let grade = if untried == 0 { Grade::Unchecked } else { Grade::Untried };
        Self { level, name: level.name().to_owned(), grade, counts, untried, lacks }
    }

    pub(crate) fn take(&mut self, result: &Outcome, lacking: Option<Need>) {
        self.counts.take(result);
        self.untried -= 1;
        if let Some(need) = lacking.filter(|need| self.level.is_about(*need)) {
            self.lacks.insert(need.to_string());
        }
        self.grade = match self.counts {
            Counts { failed: 1.., .. } => Grade::Broken,
            _ if !self.lacks.is_empty() => Grade::Lacking,
            // What was only skipped was not tried.
            Counts { passed: 0, .. } => Grade::Untried,
            _ if self.untried > 0 => Grade::Partial,
            _ => Grade::Reached,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_but_the_last_has_checks() {
        for level in Level::ALL {
            let grade = Standing::at(level).grade;
            assert_eq!(grade == Grade::Unchecked, level == Level::Distributed, "{level}");
        }
    }

    /// The grade of a level of three checks of which these were run.
    fn grade(results: &[Result<(), Need>]) -> Grade {
        let mut standing = Standing { untried: 3, ..Standing::at(Level::Atomic) };
        for result in results {
            match result {
                Ok(()) => standing.take(&Outcome::Passed, None),
                Err(need) => standing.take(&Outcome::Skipped { needs: need.to_string() }, Some(*need)),
            }
        }
        standing.grade
    }

    #[test]
    fn a_level_is_reached_when_all_of_it_was_tried_and_kept() {
        assert_eq!(grade(&[]), Grade::Untried);
        assert_eq!(grade(&[Err(Need::Ordered)]), Grade::Untried);
        assert_eq!(grade(&[Err(Need::Ordered), Ok(())]), Grade::Partial);
        assert_eq!(grade(&[Err(Need::Ordered), Ok(()), Ok(())]), Grade::Reached);
    }

    #[test]
    fn what_a_level_is_about_must_not_be_lacking() {
        assert_eq!(grade(&[Ok(()), Err(Need::Compare)]), Grade::Lacking);
        let mut standing = Standing::at(Level::Atomic);
        standing.take(&Outcome::Skipped { needs: "compare".into() }, Some(Need::Compare));
        assert!(standing.lacks.contains("compare"), "{standing:?}");
    }

    #[test]
    fn a_broken_promise_outweighs_all() {
        let mut standing = Standing::at(Level::Core);
        standing.take(&Outcome::Passed, None);
        standing.take(&Outcome::Failed { message: "x".into() }, None);
        assert_eq!(standing.grade, Grade::Broken);
    }
}
