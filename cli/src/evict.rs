//! `larder evict`: removes all entries that have a tag.

use std::io::Write;

use clap::Args;
use larder::{Bytes, Format, Tag};

use crate::failure::Failure;
use crate::opened::{Intent, Place};
use crate::{removal, typed};

const EXAMPLES: &str = "\
Entries of other caches on the disk stay, whatever their tags. Entries that get the tag meanwhile may stay.

Examples:
  larder evict -c cache.toml words
  larder evict -c cache.toml --cache users i:42 staff
  larder evict -c cache.toml --tag words --tag i:42
  larder evict -c s3://bucket/prefix words --json

Exit codes: 0 done, also when no entry has the tag; 2 a wrong call or configuration; 3 the disk failed, and how many
entries went until then is told.";

/// What `evict` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = typed::SYNTAX, after_long_help = format!("{}\n\n{EXAMPLES}", typed::SYNTAX))]
pub(crate) struct Evict {
    #[command(flatten)]
    place: Place,
    /// The tags; an entry that has any of them goes
    #[arg(value_name = "TAG", value_parser = typed::tag, required_unless_present = "tag")]
    tags: Vec<Tag>,
    /// Another tag; can be given more than once
    #[arg(long, value_name = "TAG", value_parser = typed::tag)]
    tag: Vec<Tag>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

impl Evict {
    /// Removes the entries.
    ///
    /// # Errors
    ///
    /// Those of the disk; how many went until then is written.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let opened = self.place.open(self.place.settings()?, Intent::Change)?;
        // No value is read, so any type will do.
        let cache = opened.cache::<Bytes>(Format::Raw)?;
        removal::run(&opened, self.json, out, || {
            let mut removed = 0;
            for tag in self.tags.iter().chain(&self.tag) {
                let gone = cache.evict(tag.clone());
                removed += gone.map_err(|error| {
                    let done = removed + error.done().unwrap_or(0);
                    error.after(done)
                })?;
            }
            Ok(removed)
        })
    }
}
