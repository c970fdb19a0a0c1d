//! `larder conformance`: the promises of a disk, checked on the kind of disk that a configuration names.
//!
//! Each check has a fresh disk: of the configured place nothing is read, written or created.

use std::io::Write;
use std::panic;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use larder::disk::{Disk, Settings as Limits};
use larder::{DiskKind, Error, ErrorKind, MemoryDisk, ObjectStoreDisk, Settings};
use larder_conformance::report::{Checked, Outcome};
use larder_conformance::{Bench, Place, Report};
use pollster::block_on;

use crate::failure::Failure;
use crate::table::{Align, Table};

const EXAMPLES: &str = "\
Each check has a disk of its own, of the configured kind: in memory, or in a fresh directory below TMPDIR. Of the \
configured place nothing is read, written or created. What a disk does not declare is skipped, and it must answer that it cannot do it.

Examples:
  larder conformance cache.toml
  larder conformance cache.toml --filter eviction
  larder conformance cache.toml --json

Exit codes: 0 all promises are kept; 1 a promise is broken; 2 a wrong call or configuration; 3 the disk failed.";

/// What `conformance` is asked.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Conformance {
    /// The configuration of the disk, in TOML
    #[arg(value_name = "FILE")]
    config: PathBuf,
    /// Run only the checks whose path contains this
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    filter: String,
    /// Write the report as one JSON object
    #[arg(long)]
    json: bool,
}

impl Conformance {
    /// Runs the checks, and writes the report.
    ///
    /// # Errors
    ///
    /// [`Failure::Found`] after the report, if a promise is broken. [`Failure::Call`] where no check has the filter.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let settings = Settings::read(&self.config)?;
        let kind = settings.tiers.first().map(|tier| tier.kind.clone());
        let kind = kind.ok_or_else(|| Failure::Call(format!("{} names no disk", self.config.display())))?;
        let report = check(&kind, &self.filter)?;
        if report.checks.is_empty() {
            let areas = check_areas().join(", ");
            let message = format!("no check has `{}` in its path; areas: {areas}", self.filter);
            return Err(Failure::Call(message));
        }
        self.tell(&report, out)
    }

    fn tell(&self, report: &Report, out: &mut dyn Write) -> Result<(), Failure> {
        if self.json {
            serde_json::to_writer_pretty(&mut *out, report)?;
            writeln!(out)?;
        } else {
            write(report, out)?;
        }
        match report.overall.failed {
            0 => Ok(()),
            failed => Err(Failure::Found(format!("{failed} of {} checks failed", report.checks.len()))),
        }
    }
}

fn check(kind: &DiskKind, filter: &str) -> Result<Report, Failure> {
    let (directory, _) = crate::compare::fresh(None)?;
    let first = block_on(open(kind.clone(), directory.path().join("disk"), Limits::unbounded()))?;
    let (declared, name) = (first.capabilities(), kind_name(kind)?);
    drop(first);
    let bench = || {
        let kind = kind.clone();
        Bench::new(name, declared, move |place: Place, limits| {
            open(kind.clone(), place.path().to_owned(), limits)
        })
    };
    Ok(quietly(bench, filter))
}

/// Runs the checks. One that fails panics; the report has its message, so that it need not be told twice.
fn quietly(bench: impl Fn() -> Bench, filter: &str) -> Report {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let report = larder_conformance::run(bench, filter);
    panic::set_hook(hook);
    report
}

/// A disk of this kind, below `path` if it lies in files.
async fn open(kind: DiskKind, path: PathBuf, limits: Limits) -> larder::Result<Arc<dyn Disk>> {
    match kind {
        DiskKind::Memory => Ok(Arc::new(MemoryDisk::new(limits))),
        DiskKind::ObjectStore { .. } if kind.path()?.is_some() => {
            Ok(Arc::new(ObjectStoreDisk::at_path(path, Some(limits)).await?))
        }
        DiskKind::ObjectStore { .. } => Ok(Arc::new(ObjectStoreDisk::memory(limits))),
        other => {
            let message = format!("this version checks no disks of the kind `{}`", other.name());
            Err(Error::new(ErrorKind::Unsupported, message))
        }
    }
}

fn kind_name(kind: &DiskKind) -> Result<&'static str, Failure> {
    Ok(match kind {
        DiskKind::Memory => "memory",
        _ if kind.path()?.is_some() => "store+file",
        _ => "store+memory",
    })
}

fn check_areas() -> Vec<&'static str> {
    let mut areas: Vec<_> = larder_conformance::CHECKS.iter().map(|check| check.area).collect();
    areas.dedup();
    areas
}

fn write(report: &Report, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{}: {} checks, each on a fresh disk\n", report.disk, report.checks.len())?;
    let mut table = Table::new([Align::Left, Align::Right, Align::Right, Align::Right]);
    table.row(["area", "passed", "failed", "skipped"]);
    table.rule();
    let overall = [("all".to_owned(), report.overall)];
    let areas = report.areas.iter().map(|(area, counts)| (area.clone(), *counts));
    for (area, counts) in areas.chain(overall) {
        table.row([area, counts.passed.to_string(), counts.failed.to_string(), counts.skipped.to_string()]);
    }
    table.write(out)?;
    for Checked { check, lines, result } in &report.checks {
        match result {
            Outcome::Passed => {}
            Outcome::Skipped { needs } => writeln!(out, "\nskipped {check}: needs {needs}")?,
            Outcome::Failed { message } => {
                writeln!(
                    out,
                    "\nfailed {check} ({}):\n  {}",
                    lines.join(", "),
                    message.replace('\n', "\n  ")
                )?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use larder::disk::Capabilities;
    use larder_conformance::model::{Fault, ModelDisk};

    use super::*;

    #[test]
    fn a_broken_promise_is_told_and_ends_with_1() {
        let bench = || {
            Bench::new("broken", Capabilities::of_process(), |_: Place, limits| async move {
                Ok(Arc::new(ModelDisk::new(limits).with_fault(Fault::CutsBodies)) as Arc<dyn Disk>)
            })
        };
        let report = quietly(bench, "values::");
        let command = |json| Conformance { config: PathBuf::new(), filter: String::new(), json };
        for json in [false, true] {
            let mut out = Vec::new();
            let told = command(json).tell(&report, &mut out);
            assert!(matches!(told, Err(Failure::Found(_))), "{told:?}");
            let out = String::from_utf8(out).unwrap();
            assert!(out.contains(if json { "\"result\": \"failed\"" } else { "failed values::" }), "{out}");
        }
    }
}
