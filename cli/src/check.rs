//! `larder check`: what is wrong with a disk, and putting it right.
//!
//! Findings are written as they are found, so that a huge disk is checked in little memory.

use std::io::{self, Write};

use clap::Args;
use larder::disk::{Checked, Finding, Findings, Fixed, Repair};
use pollster::block_on;
use serde_json::json;

use crate::failure::Failure;
use crate::opened::{Intent, Place};
use crate::progress::Progress;
use crate::size::bytes;
use crate::typed;

const EXAMPLES: &str = "\
Every entry on the disk, of all caches, is read and compared with what the disk knows of it: on a bucket that is a \
request for each, and the transfer of all of it. Others may go on meanwhile; what they are writing is passed over.

Without --fix nothing is changed. With it what is found is repaired, or removed where it cannot be. Foreign files, and \
entries of a later version of larder, are told and never touched; nothing is wrong with a disk for them.

Findings:
  damaged     what lies under the name of an entry is none
  unindexed   an entry that the disk does not know of
  missing     an entry that the disk knows of and that is not there
  differing   an entry of which the disk knows something else than what is there
  volume, count, index   a sum or an order that is not that of the entries
  settings    recorded settings that cannot be read
  unfinished  what a writer left that was killed
  spent       the mark of a removal that nobody needs any more; no harm
  newer, foreign         told and left alone

Examples:
  larder check -c cache.toml
  larder check -c cache.toml --fix
  larder check -c s3://bucket/prefix --json | jq -r 'select(.flaw == \"damaged\").at'

Exit codes: 0 nothing is wrong, or all of it was fixed; 1 something is wrong, and is still; 2 a wrong call or
configuration; 3 the disk failed.";

/// What `check` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Check {
    #[command(flatten)]
    place: Place,
    /// Repair what is found, or remove it
    #[arg(long)]
    fix: bool,
    /// Write one JSON object a line: each finding, and at the end the sums
    #[arg(long)]
    json: bool,
}

/// Writes findings as they come.
struct Telling<'a> {
    out: &'a mut (dyn Write + Send),
    json: bool,
    progress: Progress,
    found: u64,
    fixed: u64,
    left_alone: u64,
    /// Harm that was not fixed.
    harm: u64,
    /// The first failure of the output; nothing is written after it.
    failed: Option<io::Error>,
}

impl Check {
    /// Checks, and writes what is found.
    ///
    /// # Errors
    ///
    /// [`Failure::Found`] after the report, if something is wrong and was not fixed. Those of the disk: what was found
    /// until then is written.
    pub(crate) fn run(&self, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
        let (intent, repair) =
            if self.fix { (Intent::Change, Repair::Fix) } else { (Intent::Look, Repair::Tell) };
        let opened = self.place.open(self.place.settings()?, intent)?;
        let mut telling = Telling {
            out,
            json: self.json,
            progress: Progress::over(1),
            found: 0,
            fixed: 0,
            left_alone: 0,
            harm: 0,
            failed: None,
        };
        let checked = block_on(opened.store.larder().check(repair, &mut telling));
        telling.end(checked)
    }
}

impl Telling<'_> {
    /// Writes the sums.
    fn end(self, checked: larder::Result<Checked>) -> Result<(), Failure> {
        let Self { out, json, progress, found, fixed, left_alone, harm, failed } = self;
        drop(progress);
        if let Some(error) = failed {
            return Err(error.into());
        }
        let checked = checked?;
        if json {
            let sums = json!({
                "entries": checked.entries, "found": found, "fixed": fixed, "left_alone": left_alone,
                "adopted": checked.adopted, "struck": checked.struck,
            });
            writeln!(out, "{sums}")?;
        } else {
            writeln!(
                out,
                "{} entries are whole; {found} found, {fixed} fixed, {left_alone} left alone",
                checked.entries
            )?;
        }
        match harm {
            0 => Ok(()),
            1 => Err(Failure::Found("1 thing is wrong with the disk".into())),
            left => Err(Failure::Found(format!("{left} things are wrong with the disk"))),
        }
    }

    fn write(&mut self, finding: &Finding) -> io::Result<()> {
        let Finding { flaw, at, why, size, fixed } = finding;
        let done = match fixed {
            Fixed::Repaired => "repaired",
            Fixed::Removed => "removed",
            Fixed::No => "no",
        };
        if self.json {
            let line = json!({ "flaw": flaw.as_str(), "at": at, "why": why, "size": size, "fixed": done });
            return writeln!(self.out, "{line}");
        }
        let size = size.map_or_else(String::new, |size| format!(" ({})", bytes(size)));
        let fixed = if *fixed == Fixed::No { String::new() } else { format!("; {done}") };
        // Names of foreign files may hold anything.
        let (at, why) = (typed::escaped(at), typed::escaped(why));
        writeln!(self.out, "{:<10}  {at}{size}: {why}{fixed}", flaw.as_str())
    }
}

impl Findings for Telling<'_> {
    fn add(&mut self, finding: Finding) {
        self.harm += u64::from(finding.flaw.is_harm() && finding.fixed == Fixed::No);
        if finding.flaw.is_left_alone() {
            self.left_alone += 1;
        } else {
            self.found += 1;
            self.fixed += u64::from(finding.fixed != Fixed::No);
        }
        if self.failed.is_none() {
            self.failed = self.write(&finding).err();
        }
    }

    fn looked(&mut self, looked: u64, of: u64) {
        self.progress.at(looked, of, "checked");
    }
}
