//! What became of an operation: values that cannot be overlooked.

use super::Brief;
use crate::entry::Version;

/// What became of a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a put that was refused stored nothing"]
pub enum Put {
    /// The entry is stored and can be read.
    Stored {
        /// The entry as it is stored.
        brief: Brief,
        /// What was there before.
        replaced: Replaced,
    },
    /// The condition did not hold; this version is stored, if any. Nothing was changed.
    Conflict(Option<Version>),
    /// The entry was not admitted. What was there before is there still.
    Refused(Refusal),
}

/// What a put replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// Nothing was stored.
    Nothing,
    /// This entry.
    Entry(Brief),
    /// The disk cannot know: it wrote blindly.
    Unknown,
}

/// Why an entry was not admitted. Sizes are bytes of volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is larger than the limit.
    TooLarge {
        /// What it would add to the volume.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// No more room can be made under the policy.
    Full,
    /// The policy only remembers it for the next time.
    NotAdmitted,
}

/// What became of a touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a touch that met another version changed nothing"]
pub enum Revised {
    /// The entry has the new expiry and version.
    Done(Brief),
    /// Another version is stored, or nothing. Nothing was changed.
    Conflict(Option<Version>),
}

/// What became of a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a removal that met another version removed nothing"]
pub enum Removed {
    /// This entry is gone.
    Gone(Brief),
    /// Nothing was stored.
    Nothing,
    /// The condition did not hold; this version is stored. Nothing was changed.
    Conflict(Version),
}

/// What became of a victim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a victim that changed is still there"]
pub enum Fate {
    /// It is gone, and its size is free.
    Gone,
    /// It was hit since it was surveyed; this is what it is now. It is still there.
    Changed(Brief),
    /// One before it had [changed](Fate::Changed), so its turn may not have come. Nothing was done about it.
    Spared,
    /// Somebody is writing it. It is still there.
    Busy,
    /// It was gone already, or another version of it is stored.
    Absent,
}

/// Why an entry goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// Somebody asked for it, by key.
    Removed,
    /// All entries of its cache were cleared.
    Cleared,
    /// It had a tag that was evicted.
    Tagged,
    /// Its life was over.
    Expired,
    /// Room was needed.
    Evicted,
    /// A newer value of its key was refused: the old one would be a wrong answer.
    Superseded,
}

impl From<Removed> for Fate {
    /// What a removal was to a victim.
    fn from(removed: Removed) -> Self {
        match removed {
            Removed::Gone(_) => Self::Gone,
            Removed::Nothing | Removed::Conflict(_) => Self::Absent,
        }
    }
}
