//! `larder incr`: adds to a number.

use std::io::Write;

use clap::Args;
use larder::key::KeyValue;
use larder::{Error, ErrorKind};
use serde_json::json;

use crate::failure::Failure;
use crate::opened::{Intent, Place};
use crate::typed;

const EXAMPLES: &str = "\
Of any number of increments at once every one counts, on a disk that can compare: memory, and a bucket that honours \
conditional writes. A number that \
is not there begins at --initial, without an end and without tags; one that is there keeps its own. \
A stored value must be an integer of 64 bits without a fraction or an exponent; any other is refused and stays.

Examples:
  larder incr -c s3://bucket/prefix visits
  larder incr -c cache.toml visits --by -5 --initial 100
  larder incr -c cache.toml --cache users i:42 --json

Exit codes: 0 done, and the sum is written; 1 what is stored is no number, or the sum leaves 64 bits; 2 a wrong call or
configuration, or a disk that cannot compare; 3 the disk failed.";

/// What `incr` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = typed::SYNTAX, after_long_help = format!("{}\n\n{EXAMPLES}", typed::SYNTAX))]
pub(crate) struct Incr {
    #[command(flatten)]
    place: Place,
    /// The key
    #[arg(value_parser = typed::key)]
    key: KeyValue,
    /// Add this
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true)]
    by: i64,
    /// Begin here where no number is stored
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    initial: i64,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

impl Incr {
    /// Adds, and writes the sum.
    ///
    /// # Errors
    ///
    /// [`Failure::Found`] for what is no number, and for a sum beyond 64 bits: nothing is changed.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let mut settings = self.place.settings()?;
        // A new number has no end, whatever the life of the cache.
        settings.cache.life = None;
        let format = settings.cache.serializer;
        let opened = self.place.open(settings, Intent::Fill)?;
        let sum =
            opened.cache::<i64>(format)?.update(&self.key, |old| self.add(old)).map_err(
                |error| match error.kind() {
                    ErrorKind::Decode => {
                        let message = "incrementing a value that is no integer of 64 bits";
                        Error::new(ErrorKind::NotANumber, message).of(&typed::shown(&self.key))
                    }
                    _ => error,
                },
            )?;
        opened.sync()?;
        if self.json {
            writeln!(out, "{}", json!({ "key": typed::as_json(&self.key), "value": sum }))?;
        } else {
            writeln!(out, "{sum}")?;
        }
        Ok(())
    }

    fn add(&self, old: Option<i64>) -> larder::Result<i64> {
        let old = old.unwrap_or(self.initial);
        old.checked_add(self.by).ok_or_else(|| {
            let message = format!("{old} and {} together leave 64 bits", self.by);
            Error::new(ErrorKind::Overflow, message)
        })
    }
}
