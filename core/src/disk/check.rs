//! What a disk finds wrong with itself.
//!
//! Findings are values. They are handed out one by one as they are found, so that the check of a huge disk takes no
//! memory for them; the price is that whoever wants them in an order keeps them.

use std::fmt;

/// What a check does about what it finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repair {
    /// It tells, and changes nothing.
    #[default]
    Tell,
    /// It repairs what can be repaired and removes what cannot. What is [not its own](Flaw::is_left_alone) it leaves.
    Fix,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Flaw {
    /// What lies under the name of an entry is none: cut, changed, or another key's.
    Damaged,
    /// An entry lies there that the index does not know.
    Unindexed,
    /// The index knows an entry that is not there.
    Missing,
    /// The index tells something else of an entry than what lies there: another write, size or expiry.
    Differing,
    /// The volume is not the sum of the sizes.
    Volume,
    /// A count is not the number of entries.
    Count,
    /// The index does not find by tag, expiry or order what it should.
    Index,
    /// The recorded settings cannot be read.
    Settings,
    /// What a writer left that was killed.
    Unfinished,
    /// The mark of a removal that nobody needs any more. No harm: it only takes up room.
    Spent,
    /// An entry of a later format. Left alone: a later version reads it.
    Newer,
    /// Something that is not the disk's. Left alone.
    Foreign,
}

impl Flaw {
    /// Every flaw that this version knows.
    pub const ALL: &[Self] = &[
        Self::Damaged,
        Self::Unindexed,
        Self::Missing,
        Self::Differing,
        Self::Volume,
        Self::Count,
        Self::Index,
        Self::Settings,
        Self::Unfinished,
        Self::Spent,
        Self::Newer,
        Self::Foreign,
    ];

    /// Whether it is none of the disk's business: such things are told, never touched, and nothing is wrong with a
    /// disk for them.
    pub const fn is_left_alone(self) -> bool {
        matches!(self, Self::Newer | Self::Foreign)
    }

    /// Whether something is wrong with the disk for it.
    pub const fn is_harm(self) -> bool {
        !self.is_left_alone() && !matches!(self, Self::Spent)
    }

    /// The flaw in one word, as it stands in messages and in `--json`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Unindexed => "unindexed",
            Self::Missing => "missing",
            Self::Differing => "differing",
            Self::Volume => "volume",
            Self::Count => "count",
            Self::Index => "index",
            Self::Settings => "settings",
            Self::Unfinished => "unfinished",
            Self::Spent => "spent",
            Self::Newer => "newer",
            Self::Foreign => "foreign",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What was done about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fixed {
    /// Nothing: it is as it was found.
    No,
    /// It is right now.
    Repaired,
    /// It is gone.
    Removed,
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub flaw: Flaw,
    /// What it is wrong with: the name of a file, of an object, of a key; for sums the name of the disk's part.
    pub at: String,
    /// How it is wrong, in words.
    pub why: String,
    /// The bytes that lie there, if something does.
    pub size: Option<u64>,
    /// What was done about it.
    pub fixed: Fixed,
}

impl Finding {
    /// A finding that nothing was done about.
    pub fn new(flaw: Flaw, at: impl fmt::Display, why: impl fmt::Display) -> Self {
        Self { flaw, at: at.to_string(), why: why.to_string(), size: None, fixed: Fixed::No }
    }

    /// The same, of so many bytes.
    #[must_use]
    pub fn of(self, bytes: u64) -> Self {
        Self { size: Some(bytes), ..self }
    }

    /// The same, with this done about it if `repair` asks for it.
    #[must_use]
    pub fn then(self, repair: Repair, fixed: Fixed) -> Self {
        match repair {
            Repair::Tell => self,
            Repair::Fix => Self { fixed, ..self },
        }
    }
}

/// Takes findings as they are found.
///
/// A vector takes them all:
///
/// ```
/// use larder_core::disk::{Disk, Finding, Repair};
///
/// async fn is_healthy(disk: &dyn Disk) -> larder_core::Result<bool> {
///     let mut findings: Vec<Finding> = Vec::new();
///     disk.check(Repair::Tell, &mut findings).await?;
///     Ok(!findings.iter().any(|finding| finding.flaw.is_harm()))
/// }
/// ```
pub trait Findings: Send {
    /// Takes one.
    fn add(&mut self, finding: Finding);

    /// Hears that `looked` of about `of` things were looked at. Whoever does not care need not listen.
    fn looked(&mut self, looked: u64, of: u64) {
        let _ = (looked, of);
    }
}

impl Findings for Vec<Finding> {
    fn add(&mut self, finding: Finding) {
        self.push(finding);
    }
}

/// What a check looked at, and what became of the entries by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Entries that were looked at and are whole.
    pub entries: u64,
    /// Entries that the disk counts now and did not before.
    pub adopted: u64,
    /// Entries that the disk counted before and does not now.
    pub struck: u64,
}
