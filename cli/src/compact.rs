//! `larder compact`: gives back the space that a disk does not need.

use std::io::Write;

use clap::Args;
use larder::Larder;
use larder::disk::Space;
use pollster::block_on;
use serde_json::json;

use crate::failure::Failure;
use crate::opened::{Intent, Place};
use crate::progress::Progress;
use crate::size::bytes;

const EXAMPLES: &str = "\
A local disk keeps what was removed until its file is cleaned, a little with each write, so that its files take no more than \
its utilization allows. This command cleans all of it now, while others go on. Entries stay, limits too. Other disks have \
nothing to give back.

Examples:
  larder compact -c cache.toml
  larder compact -c file:///var/cache/app --json

Exit codes: 0 done; 2 a wrong call or configuration, or a disk that has nothing to give back; 3 the disk failed; what was
given back until then is.";

/// What `compact` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Compact {
    #[command(flatten)]
    place: Place,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

impl Compact {
    /// Gives the space back, and writes how much the disk took and takes.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] for a disk that never has anything to give back. Those of the disk; what was given back until
    /// then is written.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let opened = self.place.open(self.place.settings()?, Intent::Change)?;
        let larder = opened.store.larder();
        let before = taken(larder)?;
        let mut progress = Progress::over(1);
        let compacted = block_on(larder.compact(&mut |done, of| progress.at(done, of, "bytes cleaned")));
        drop(progress);
        let after = taken(larder)?;
        let failure = compacted.err().map(Failure::from);
        if let Some(failure @ Failure::Call(_)) = failure {
            return Err(failure);
        }
        if self.json {
            let stopped = failure.as_ref().map(Failure::message);
            writeln!(out, "{}", json!({ "before": before, "after": after, "stopped": stopped }))?;
        } else {
            writeln!(out, "{} taken, {} before", bytes(after), bytes(before))?;
        }
        failure.map_or(Ok(()), Err)
    }
}

/// The bytes that the disk takes of its medium; none where it does not say.
fn taken(larder: &Larder) -> Result<u64, Failure> {
    Ok(block_on(larder.space())?.as_ref().map_or(0, Space::total))
}
