//! `larder cull`: removes what is dead, and what is above the limits.

use std::io::Write;

use clap::Args;
use pollster::block_on;

use crate::failure::Failure;
use crate::opened::{Intent, Place};
use crate::removal;

const EXAMPLES: &str = "\
Dead entries of all caches on the disk go first; then, while the volume or the number of entries is above its limit, \
entries in the order of the policy. A lowered limit is obeyed by the next write too; this command does not wait for it.

Examples:
  larder cull -c cache.toml
  larder cull -c cache.toml --json

Exit codes: 0 done; 2 a wrong call or configuration; 3 the disk failed, and how many entries went until then is told.";

/// What `cull` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Cull {
    #[command(flatten)]
    place: Place,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

impl Cull {
    /// Removes the entries.
    ///
    /// # Errors
    ///
    /// Those of the disk; how many went until then is written.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let opened = self.place.open(self.place.settings()?, Intent::Change)?;
        removal::run(&opened, self.json, out, || block_on(opened.store.larder().cull()))
    }
}
