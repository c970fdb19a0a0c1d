//! What engines are measured at.

mod growth;
mod mix;
mod open;
mod plain;
mod policies;
mod prepared;
mod stall;

use std::path::Path;

use crate::Fallible;
use crate::bench::Bench;
use crate::engine::{Kind, Policy};
use crate::row::Row;

/// One work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Work {
    /// Storing under new keys, a commit each.
    Set,
    /// Storing under keys that are there.
    Overwrite,
    /// Reading what is there, in random order, as a value that the caller owns.
    Get,
    /// The same, where it lies.
    Borrow,
    /// Reading what is not there.
    Miss,
    /// Removing what is there.
    Delete,
    /// Reading what is there, where a policy takes notice.
    GetUnder(Policy),
    /// Storing where there is room, beside those who have to make it.
    EvictOff,
    /// Storing where something has to go each time.
    Evict(Policy),
    /// 90 gets, 9 sets, 1 delete, in one process.
    MixOne,
    /// The same in four processes at once.
    MixFour,
    /// Opening what is there, up to the first read.
    Open,
    /// Opening after a crash of the machine, up to the first read.
    Rebuild,
    /// Memory that no file lies behind.
    Memory,
    /// Reading, as entries grow.
    GrowthGet,
    /// Storing, as entries grow.
    GrowthSet,
}

impl Work {
    /// Every work.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let plain = [Self::Set, Self::Overwrite, Self::Get, Self::Borrow, Self::Miss, Self::Delete];
        let under = Policy::ALL.into_iter().map(Self::GetUnder).chain([Self::EvictOff]);
        let last = [
            Self::MixOne,
            Self::MixFour,
            Self::Open,
            Self::Rebuild,
            Self::Memory,
            Self::GrowthGet,
            Self::GrowthSet,
        ];
        plain.into_iter().chain(under).chain(Policy::ALL.into_iter().map(Self::Evict)).chain(last)
    }

    /// As rows and arguments call it.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Set => "set".to_owned(),
            Self::Overwrite => "overwrite".to_owned(),
            Self::Get => "get".to_owned(),
            Self::Borrow => "borrow".to_owned(),
            Self::Miss => "miss".to_owned(),
            Self::Delete => "delete".to_owned(),
            Self::GetUnder(policy) => format!("get-{}", policy.name()),
            Self::EvictOff => "evict-off".to_owned(),
            Self::Evict(policy) => format!("evict-{}", policy.name()),
            Self::MixOne => "mix-1".to_owned(),
            Self::MixFour => "mix-4".to_owned(),
            Self::Open => "open".to_owned(),
            Self::Rebuild => "rebuild".to_owned(),
            Self::Memory => "memory".to_owned(),
            Self::GrowthGet => "growth-get".to_owned(),
            Self::GrowthSet => "growth-set".to_owned(),
        }
    }

    /// Whether this engine can be measured at it.
    pub(crate) fn suits(self, kind: Kind) -> bool {
        let traits = kind.traits();
        match self {
            Self::Borrow => traits.borrows,
            Self::GetUnder(policy) | Self::Evict(policy) => traits.policies.contains(&policy),
            Self::EvictOff => !traits.policies.is_empty(),
            Self::MixOne | Self::MixFour => traits.shared,
            Self::Open => traits.durable,
            Self::Rebuild => kind == Kind::LarderLocal,
            Self::GrowthGet | Self::GrowthSet => {
                matches!(kind, Kind::LarderLocal | Kind::Lmdb | Kind::Hashmap)
            }
            Self::Set | Self::Overwrite | Self::Get | Self::Miss | Self::Delete | Self::Memory => true,
        }
    }
}

/// Everything that was chosen, as rows.
pub(crate) fn all(bench: &mut Bench) -> Vec<Row> {
    let mut rows = Vec::new();
    for (at, table) in bench.scale.tables.clone().into_iter().enumerate() {
        rows.extend(plain::measure(bench, at as u64, table));
    }
    rows.extend(policies::measure(bench));
    rows.extend(prepared::measure(bench));
    rows.extend(growth::measure(bench));
    rows
}

/// The bytes that the files below a directory take on the medium.
fn space(directory: &Path) -> Fallible<u64> {
    use std::os::unix::fs::MetadataExt;
    /// The unit in which a file system counts the blocks of a file.
    const BLOCK: u64 = 512;
    let mut taken = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        taken += if metadata.is_dir() { space(&entry.path())? } else { metadata.blocks() * BLOCK };
    }
    Ok(taken)
}
