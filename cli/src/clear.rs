//! `larder clear`: removes all entries of a cache.
//!
//! What is gone is gone, so a person at a terminal is asked, and a script must say that it means it.

use std::io::{self, IsTerminal, Write};

use clap::Args;
use larder::{Bytes, Format};

use crate::failure::Failure;
use crate::opened::{Intent, Opened, Place};
use crate::removal;

const EXAMPLES: &str = "\
Entries of other caches on the disk stay, and so do its limits. On a terminal the command asks first; elsewhere it \
refuses without --yes.

Examples:
  larder clear -c cache.toml
  larder clear -c cache.toml --cache users --yes
  larder clear -c cache.toml --yes --json

Exit codes: 0 done; 1 not meant, and nothing was removed; 2 a wrong call or configuration; 3 the disk failed, and how
many entries went until then is told.";

/// What `clear` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Clear {
    #[command(flatten)]
    place: Place,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

impl Clear {
    /// Removes the entries.
    ///
    /// # Errors
    ///
    /// [`Failure::Found`] if a person says no, [`Failure::Call`] if there is no person to ask: nothing is removed.
    /// Those of the disk; how many went until then is written.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let settings = self.place.settings()?;
        if !self.yes && !io::stdin().is_terminal() {
            let message = "nobody is there to ask: --yes says that all entries of the cache are to go";
            return Err(Failure::Call(message.into()));
        }
        let opened = self.place.open(settings, Intent::Change)?;
        if !self.yes {
            ask(&opened, &mut io::stdin().lock())?;
        }
        // No value is read, so any type will do.
        let cache = opened.cache::<Bytes>(Format::Raw)?;
        removal::run(&opened, self.json, out, || cache.clear())
    }
}

/// Asks whether it is meant.
fn ask(opened: &Opened, answers: &mut dyn io::BufRead) -> Result<(), Failure> {
    let location = opened.store.larder().disk().location();
    // Where nobody reads the question nobody answers it either.
    let _ = write!(io::stderr(), "Remove all entries of the cache `{}` on {location}? [y/N] ", opened.name());
    let mut answer = String::new();
    let read = answers.read_line(&mut answer);
    read.map_err(|cause| Failure::Call(format!("reading the answer: {cause}")))?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Failure::Found("nothing was removed".into()))
}
