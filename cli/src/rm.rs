//! `larder rm`: removes entries by key.

use std::io::Write;

use clap::Args;
use larder::key::KeyValue;
use larder::{Bytes, Format};
use serde_json::json;

use crate::failure::Failure;
use crate::opened::{Intent, Place};
use crate::typed;

const EXAMPLES: &str = "\
Examples:
  larder rm --config cache.toml greeting
  larder rm --config cache.toml --cache users i:42 i:43

Exit codes: 0 removed; 1 a key was not there; 2 a wrong call or configuration; 3 the disk failed.";

/// What `rm` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = typed::SYNTAX, after_long_help = format!("{}\n\n{EXAMPLES}", typed::SYNTAX))]
pub(crate) struct Rm {
    #[command(flatten)]
    place: Place,
    /// The keys
    #[arg(value_parser = typed::key, value_name = "KEY", required = true)]
    keys: Vec<KeyValue>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

impl Rm {
    /// Removes the entries.
    ///
    /// # Errors
    ///
    /// [`Failure::Found`] if a key was not there; the others are removed.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let opened = self.place.open(self.place.settings()?, Intent::Change)?;
        // No value is read, so any type will do.
        let cache = opened.cache::<Bytes>(Format::Raw)?;
        let mut missing = Vec::new();
        let mut removed = 0;
        for key in &self.keys {
            if cache.remove(key)? {
                removed += 1;
            } else {
                missing.push(key);
            }
        }
        if self.json {
            let missing: Vec<_> = missing.iter().map(|key| typed::as_json(key)).collect();
            writeln!(out, "{}", json!({ "removed": removed, "missing": missing }))?;
        } else {
            writeln!(out, "{removed} removed")?;
        }
        if missing.is_empty() {
            return Ok(());
        }
        let missing: Vec<_> = missing.into_iter().map(typed::shown).collect();
        Err(Failure::Found(format!("not there: {} in cache `{}`", missing.join(", "), opened.name())))
    }
}
