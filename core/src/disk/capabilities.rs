//! What truly differs between disks.

use crate::error::{Error, ErrorKind};

/// Who may have the same disk open at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The clones of one handle, in one process.
    Process,
    /// Many processes of one host.
    Host,
    /// Many hosts.
    Hosts,
}

/// What a disk can do. The conformance suite tests each both ways: what is declared works, what is not declared
/// answers [`Unsupported`](crate::ErrorKind::Unsupported), never half an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a declaration of independent facts, named where it is made"
)]
pub struct Capabilities {
    /// [`Condition::Absent`](super::Condition::Absent) is honoured by `put`: of any number of creates one wins.
    pub create: bool,
    /// [`Condition::Is`](super::Condition::Is) is honoured by `put` and `remove`: compare-and-swap, counters,
    /// popping once.
    pub compare: bool,
    /// [`revise`](super::Disk::revise) gives an entry another expiry.
    pub touch: bool,
    /// Surveys are in order of insertion, and an overwrite keeps its place.
    pub ordered: bool,
    /// Volume and counts are exact and need no scan; `put` knows what it replaces.
    pub counted: bool,
    /// Entries survive the handle, with times, tags and counts.
    pub durable: bool,
    /// [`check`](super::Disk::check) finds what is wrong with the disk, and fixes it.
    pub check: bool,
    /// Who may have it open at once.
    pub reach: Reach,
}

impl Capabilities {
    /// All that a disk within one process can do. What a disk cannot do is taken away by name:
    /// `Capabilities { durable: false, ..Capabilities::of_process() }`.
    pub const fn of_process() -> Self {
        Self {
            create: true,
            compare: true,
            touch: true,
            ordered: true,
            counted: true,
            durable: true,
            check: true,
            reach: Reach::Process,
        }
    }

    /// The error with which a disk answers what it does not declare.
    pub fn unsupported(what: &str) -> Error {
        Error::new(ErrorKind::Unsupported, format!("{what}: this disk does not declare it"))
    }
}
