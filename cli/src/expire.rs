//! `larder expire`: removes entries whose life is over.

use std::io::Write;

use clap::Args;
use larder::{Bytes, Format};

use crate::failure::Failure;
use crate::moment::{self, Moment};
use crate::opened::{Intent, Place};
use crate::removal;

const EXAMPLES: &str = "\
Dead entries are never handed out; they only take up room, until it is needed or this command removes them.

Examples:
  larder expire -c cache.toml
  larder expire -c cache.toml --at '1 day'
  larder expire -c cache.toml --at 2027-01-01T00:00:00Z --json

Exit codes: 0 done; 2 a wrong call or configuration; 3 the disk failed, and how many entries went until then is told.";

/// What `expire` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Expire {
    #[command(flatten)]
    place: Place,
    /// Remove those that are dead at this time, or this long from now [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment::moment)]
    at: Option<Moment>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

impl Expire {
    /// Removes the entries.
    ///
    /// # Errors
    ///
    /// Those of the disk; how many went until then is written.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let opened = self.place.open(self.place.settings()?, Intent::Change)?;
        let now = opened.store.larder().now();
        let time = self.at.map_or(now, |at| at.ahead_of(now));
        // No value is read, so any type will do.
        let cache = opened.cache::<Bytes>(Format::Raw)?;
        removal::run(&opened, self.json, out, || cache.expire_at(time))
    }
}
